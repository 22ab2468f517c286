"""cache-server under abuse by what requests hold: their bodies and heads.

usage: abuse_requests_test.py CACHE-SERVER [TEST…]
"""

import contextlib
import itertools
import random
import socket
import ssl
import time
import xmlrpc.client

from abuse import COUNT, MIB, PATIENCE, SANITIZED, Abuse, call, main, post


class Requests(Abuse):
    # Bodies

    def test_entities(self):
        laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
        documents = {
            "billion laughs": ('<!ENTITY l0 "lol">' + laughs, "&l9;"),
            "quadratic": (f'<!ENTITY a "{"a" * 100_000}">', "&a;" * 100_000),
            "a file": ('<!ENTITY f SYSTEM "file:///etc/passwd">', "&f;"),
            "a parameter entity": ('<!ENTITY % f SYSTEM "file:///etc/passwd"> %f;', "&f;"),
            "itself": ('<!ENTITY a "&b;"><!ENTITY b "&a;">', "&a;"),
        }
        with self.serving():
            for name, (entities, text) in documents.items():
                with self.subTest(name):
                    body = (f"<?xml version='1.0'?><!DOCTYPE d [{entities}]><methodCall><methodName>cache.store"
                            f"</methodName><params><param><value>e</value></param><param><value>{text}</value>"
                            "</param></params></methodCall>")
                    client = self.connect()
                    client.send(post(body.encode()))
                    self.assert_others_are_served()
                    self.assertEqual(client.answer()[0], 400)
            self.assertEqual(self.kept.ask(post(call("cache.fetch", "e")))[1].count(b"<fault>"), 1)
            self.assert_given_back()

    def test_an_external_entity_is_not_fetched(self):
        with socket.create_server(("127.0.0.1", 0)) as asked, self.serving():
            asked.settimeout(0.3)
            url = f"http://127.0.0.1:{asked.getsockname()[1]}/"
            for document in (f'<!DOCTYPE d SYSTEM "{url}">', f'<!DOCTYPE d [<!ENTITY f SYSTEM "{url}">]>'):
                self.connect().ask(post(f"{document}<methodCall><methodName>&f;</methodName></methodCall>".encode()))
            with self.assertRaises(TimeoutError):
                asked.accept()

    def test_deep_nesting(self):
        with self.serving():
            for opened, closed, depth in [
                    ("<value><array><data>", "</data></array></value>", 100_000), ("<a>", "</a>", 300_000),
                    ("<value><struct><member><name>a</name>", "</member></struct></value>", 100_000)]:
                for tail in (closed * depth, ""):
                    with self.subTest(opened, closed=bool(tail)):
                        client = self.connect()
                        client.send(post((f"<methodCall><methodName>cache.clear</methodName><params>"
                                          f"{opened * depth}{tail}</params></methodCall>").encode()))
                        self.assert_others_are_served()
                        self.assertEqual(client.answer()[0], 400)
            self.assert_given_back()

    def test_many_parameters(self):
        with self.serving():
            status, body = self.connect().ask(post(call("cache.store", *["a"] * 10_000)))
            self.assertEqual(status, 200)
            self.assertIn(b"<fault>", body)

    def test_names_with_the_same_hash(self):
        # Either may stand in the place of the other, anywhere, and std::hash gives the same.
        halves = ("ip0epqt84c9mhut1", "ipsK\u054b\u03294c|S\u034f\u0322")
        names = map("".join, itertools.product(halves, repeat=16))
        members = "".join(f"<member><name>{name}</name><value/></member>" for name in names)
        with self.serving():
            client = self.connect()
            client.send(post((f"<methodCall><methodName>cache.getCount</methodName><params><param><value><struct>"
                              f"{members}</struct></value></param></params></methodCall>").encode()))
            self.assert_others_are_served()
            self.assertEqual(client.answer()[0], 200)
            self.assert_given_back()

    def test_many_tiny_elements(self):
        size = 8 * MIB
        for element in ("<value/>", "<a/>", "<value>a</value>"):
            with self.subTest(element), self.serving("--port", "0", "--spec", "1.1"):
                elements = element * (size // len(element))
                body = (f"<methodCall><methodName>cache.store</methodName><params><param><value>many</value></param>"
                        f"<param><value><array><data>{elements}</data></array></value></param></params></methodCall>")
                peaks = []
                for _ in range(2):
                    client = self.connect()
                    client.send(post(body.encode()))
                    self.assert_others_are_served()
                    self.assertIn(client.answer()[0], (200, 400))
                    self.kept.ask(post(call("cache.delete", "many")))
                    peaks.append(self.server.memory("VmHWM") - self.memory)
                if not SANITIZED:
                    self.assertLess(peaks[0] / size, 60, "bytes of memory for a byte of the body")
                    # What malloc has kept of small pieces serves the next one.
                    self.assertLess(peaks[1], peaks[0] * 1.25)
                    self.assertLess(self.server.memory() - self.memory, peaks[0] / 2)

    def test_a_member_with_many_elements(self):
        """It is refused, and what it holds is not gathered before."""
        size = 8 * MIB
        body = (f"<methodCall><methodName>cache.getCount</methodName><params><param><value><struct><member>"
                f"{'<a/>' * (size // 4)}</member></struct></value></param></params></methodCall>")
        with self.serving():
            client = self.connect()
            client.send(post(body.encode()))
            self.assert_others_are_served()
            self.assertEqual(client.answer()[0], 400)
            if not SANITIZED:
                peak = self.server.memory("VmHWM") - self.memory
                self.assertLess(peak / size, 4, "bytes of memory for a byte of the body")
            self.assert_given_back()

    def test_eight_mebibytes_pass(self):
        value = "".join(map(str, range(2 * MIB)))[:8 * MIB]
        with self.serving():
            self.store("big", value)
            status, body = self.connect().ask(post(call("cache.fetch", "big")))
            self.assertEqual(status, 200)
            self.assertEqual(xmlrpc.client.loads(body)[0][0], value)
            self.kept.ask(post(call("cache.delete", "big")))
            self.assert_given_back()

    # Heads

    def test_many_fields(self):
        with self.serving():
            client = self.connect()
            fields = "".join(f"{i}:\r\n" for i in range(16_000))
            self.assertEqual(client.ask(post(call("cache.getCount"), fields))[0], 200)
            client.send_until_refused(post(b"", "".join(f"X-{i}: a\r\n" for i in range(20_000))), 1)
            self.assertEqual(client.answer()[0], 431)

    def test_long_fields(self):
        with self.serving():
            for begin in (b"POST /RPC2 HTTP/1.1\r\nX: ", b"POST /RPC2 HTTP/1.1\r\nX: a\r\n ", b"POST /", b"a"):
                with self.subTest(begin):
                    client = self.connect()
                    client.send(begin)
                    client.send_until_refused(b"a" * MIB, MIB)
                    self.assertEqual(client.answer()[0], 431)
                    self.assertTrue(client.is_closed())
            # One that never stops is cut off.
            client = self.connect()
            client.send(b"POST /RPC2 HTTP/1.1\r\nX: ")
            end = time.monotonic() + PATIENCE
            while client.send_until_refused(b"a" * 65536, 65536):
                self.assertLess(time.monotonic(), end)
            self.assert_given_back()

    def test_what_is_not_http(self):
        with self.serving():
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                context = ssl.create_default_context()
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                context.wrap_socket(self.connect().socket)
            for junk in (b"\0" * 65536, b"\xff" * 65536 + b"\n\n", b"SSH-2.0-x\r\n\r\n", random.Random(1).randbytes(65536)):
                client = self.connect()
                client.send(junk)
                self.assertIn(client.answer()[0], (400, 431))
                self.assertTrue(client.is_closed())

    def test_blank_lines(self):
        with self.serving():
            client = self.connect()
            with contextlib.suppress(ConnectionError):
                client.send(b"\r\n" * 4 * MIB + COUNT)
            self.assert_others_are_served()
            self.assertTrue(client.is_closed())  # without an answer
            self.assert_memory(32)


if __name__ == "__main__":
    main()
