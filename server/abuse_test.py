"""cache-server under abuse: while it goes on and after it, all others are served as before.

usage: abuse_test.py CACHE-SERVER [TEST…]
"""

import contextlib
import itertools
import os
import random
import resource
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import xmlrpc.client

SERVER = os.path.abspath(sys.argv.pop(1))

# Far more than anything takes, also with a sanitizer on a machine that others use: who
# needs longer is stuck.
PATIENCE = 10

# AddressSanitizer keeps what is freed in order to find who uses it again: of memory, such
# a build tells nothing.
with open(SERVER, "rb") as program:
    SANITIZED = b"__asan_init" in program.read()

MIB = 1 << 20
KEPT = "kept as it was: é & <"


def call(method, *params):
    return xmlrpc.client.dumps(params, method).encode()


def post(body, fields="", target="/RPC2", announced=None):
    length = len(body) if announced is None else announced
    return f"POST {target} HTTP/1.1\r\n{fields}Content-Length: {length}\r\n\r\n".encode() + body


COUNT = post(call("cache.getCount"))


class Client:
    """One connection. What it cannot do in time fails the test."""

    def __init__(self, address):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(address)
        self.received = bytearray()

    def send(self, data):
        self.socket.sendall(data)

    def send_until_refused(self, piece, most):
        """Sends on and on; how much went out before the server closed."""
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < most:
                sent += self.socket.send(piece)
        return sent

    def ask(self, data):
        self.send(data)
        return self.answer()

    def answer(self):
        """Status and body of the next answer; (None, b"") if the connection is closed instead."""
        while b"\r\n\r\n" not in self.received:
            if not self._receive():
                return None, b""
        head, _, rest = self.received.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in bytes(head).split(b"\r\n")[1:])
        length = int(fields[b"content-length"])
        self.received = rest
        while len(self.received) < length:
            if not self._receive():
                return None, b""
        body = bytes(self.received[:length])
        del self.received[:length]
        return int(head[9:12]), body

    def is_closed(self):
        return not self.received and not self._receive()

    def _receive(self):
        try:
            data = self.socket.recv(MIB)
        except ConnectionError:
            data = b""
        self.received += data
        return data

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()

    def reset(self):
        """Closes without a farewell: TCP sends RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class Server:
    def __init__(self, *options, descriptors=None, address_space=None):
        def limit():
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
            if address_space:
                resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))

        self.process = subprocess.Popen([SERVER, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, preexec_fn=limit)
        self.url = self.process.stdout.readline().strip().removeprefix("listening on ")
        if self.url.startswith("unix:"):
            self.address = self.url.removeprefix("unix:")
        elif self.url:
            self.address = ("127.0.0.1", int(self.url.rsplit(":", 1)[1].removesuffix("/RPC2")))

    def end(self):
        """Status, and what was written to stderr."""
        self.process.terminate()
        try:
            _, err = self.process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            return "still running after SIGTERM", ""
        return self.process.returncode, err

    def memory(self, of="VmRSS"):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) << 10 for line in file if line.startswith(of + ":"))

    def ticks(self):
        """Hundredths of a second of CPU time so far."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


class Abuse(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "s.sock")

    @contextlib.contextmanager
    def serving(self, *options, **more):
        """A server that holds a key, and a connection that stays. Both are as before at the end."""
        self.server = Server(*(options or ("--port", "0")), **more)
        clients = self.clients = []
        try:
            self.kept = self.connect()
            self.assertEqual(self.kept.ask(post(call("cache.store", "kept", KEPT)))[0], 200)
            self.descriptors = self.server.descriptors()
            self.memory = self.server.memory()
            yield self.server
            self.assert_others_are_served()
        finally:
            for client in clients:
                client.close()
            ended = self.server.end()
        self.assertEqual(ended, (0, ""))

    def connect(self):
        client = Client(self.server.address)
        self.clients.append(client)
        return client

    def assert_served(self, client):
        status, body = client.ask(post(call("cache.fetch", "kept")))
        self.assertEqual(status, 200, body)
        self.assertEqual(xmlrpc.client.loads(body)[0][0], KEPT)

    def assert_others_are_served(self):
        self.assert_served(self.kept)
        fresh = Client(self.server.address)
        try:
            self.assert_served(fresh)
        finally:
            fresh.close()

    def assert_soon(self, wanted, what):
        end = time.monotonic() + PATIENCE
        while not wanted():
            self.assertLess(time.monotonic(), end, what())
            time.sleep(0.02)

    def assert_given_back(self):
        """What the others had is free again: descriptors, and the memory."""
        for client in self.clients[1:]:
            client.close()
        del self.clients[1:]
        self.assert_soon(lambda: self.server.descriptors() <= self.descriptors,
                         lambda: f"{self.server.descriptors()} descriptors, {self.descriptors} before")
        self.assert_memory(32)

    def assert_memory(self, more):
        """It has, or soon has, at most so many MiB more than before."""
        if not SANITIZED:
            self.assert_soon(lambda: self.server.memory() < self.memory + more * MIB,
                             lambda: f"{self.server.memory() / MIB:.0f} MiB, {self.memory / MIB:.0f} MiB before")

    def assert_idle(self):
        """It waits, and does nothing but wait."""
        time.sleep(0.1)  # for what is still under way
        before = self.server.ticks()
        time.sleep(1)
        self.assertLessEqual(self.server.ticks() - before, 5)

    def store(self, key, value):
        status, body = self.kept.ask(post(call("cache.store", key, value)))
        self.assertEqual((status, xmlrpc.client.loads(body)[0][0]), (200, True))

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

    # Requests that do not come, or not at once

    def test_announced_and_never_sent(self):
        with self.serving():
            clients = [self.connect() for _ in range(100)]
            for client in clients:
                client.send(post(b"", announced=60_000_000))
            self.assert_others_are_served()
            self.assert_memory(32)
            for announced in (99999999999, "9" * 40):
                self.assertEqual(self.connect().ask(post(b"", announced=announced))[0], 413)
            self.assert_idle()
            self.assert_given_back()

    def test_half_sent(self):
        with self.serving():
            for _ in range(40):
                self.connect().send(post(b"a" * MIB, announced=60_000_000))
            self.assert_others_are_served()
            self.assert_memory(160)
            self.assert_given_back()

    def test_a_byte_now_and_then(self):
        with self.serving("--port", "0", "--request-timeout", "2"):
            begin = time.monotonic()
            pending = {}
            for start in (b"", b"POST /RPC2 HTTP/1.1\r\n", post(b"", announced=1000),
                          post(b"", target="/nope", announced=1000)):
                client = self.connect()
                client.send(start)
                pending[client] = start
            self.assertEqual(client.answer()[0], 400)  # what was not wanted has to come whole, too
            while pending and time.monotonic() < begin + PATIENCE:
                self.assert_others_are_served()
                for client in list(pending):
                    client.socket.setblocking(False)
                    try:
                        gone = not client.socket.recv(1, socket.MSG_PEEK)
                    except BlockingIOError:
                        with contextlib.suppress(ConnectionError):
                            client.socket.send(b"a")
                        continue
                    finally:
                        client.socket.settimeout(PATIENCE)
                    self.assertFalse(gone, pending[client])
                    self.assertEqual(client.answer()[0], 408)
                    self.assertTrue(client.is_closed())
                    del pending[client]
                time.sleep(0.2)
            self.assertEqual(list(pending.values()), [])
            self.assertGreater(time.monotonic() - begin, 1.5)
            self.assert_given_back()

    def test_over_the_longest_body(self):
        with self.serving("--port", "0", "--max-body", "1M"):
            whole = self.connect()
            whole.send_until_refused(post(b"a" * 20 * MIB), 20 * MIB)
            self.assertEqual(whole.answer()[0], 413)
            endless = self.connect()
            endless.send(post(b"a", announced=MIB + 1))
            end = time.monotonic() + PATIENCE
            while endless.send_until_refused(b"a" * 65536, 65536):
                self.assertLess(time.monotonic(), end)
            self.assert_others_are_served()
            self.assertEqual(self.connect().ask(post(b"a" * MIB))[0], 400)
            self.assert_given_back()

    def test_answers_stay_in_order_after_unwanted_bodies(self):
        hidden = COUNT * 20
        with self.serving():
            client = self.connect()
            for pause in (0, 0.05):
                client.send(post(b"", target="/nope", announced=len(hidden)))
                time.sleep(pause)
                client.send(hidden + COUNT + post(b"junk") + COUNT)
                self.assertEqual([client.answer()[0] for _ in range(4)], [400, 200, 400, 200])
            self.assert_served(client)

    def test_pipelined(self):
        with self.serving():
            for many in (b"\n".join([COUNT] * 10_000), b"A / HTTP/2\n\n" * 10_000):
                client = self.connect()
                client.socket.setblocking(False)
                sent = 0
                answers = bytearray()
                end = time.monotonic() + PATIENCE
                while (answered := answers.count(b"HTTP/1.1 ")) < 10_000:
                    self.assertLess(time.monotonic(), end, f"{answered} answers")
                    with contextlib.suppress(BlockingIOError):
                        sent += client.socket.send(many[sent:sent + MIB])
                    with contextlib.suppress(BlockingIOError):
                        answers += client.socket.recv(MIB)
                self.assert_others_are_served()

    # Clients that end, vanish, or do nothing

    def test_half_closed(self):
        for options in (["--port", "0"], ["--unix-socket", self.path]):
            with self.subTest(options[0]), self.serving(*options):
                self.store("big", "a" * 8 * MIB)
                big = post(call("cache.fetch", "big"))
                for sent, answers in [(b"", 0), (b"POST /RP", 0), (post(b"a", announced=9), 0), (COUNT, 1),
                                      (COUNT * 3 + b"POST", 3), (big, 1), (big * 3, 3),
                                      (post(b"", announced=99999999999), 1)]:
                    with self.subTest(sent):
                        client = self.connect()
                        client.send(sent)
                        client.half_close()
                        if answers == 3 and len(sent) > 300:
                            self.assert_idle()
                        self.assert_others_are_served()
                        for _ in range(answers):
                            self.assertIn(client.answer()[0], (200, 413))
                        self.assertTrue(client.is_closed())
                self.kept.ask(post(call("cache.delete", "big")))
                self.assert_given_back()

    def test_gone_in_mid_answer(self):
        for options in (["--port", "0"], ["--unix-socket", self.path]):
            with self.subTest(options[0]), self.serving(*options):
                self.store("big", "a" * 8 * MIB)
                for leave in (Client.reset, Client.close):
                    for wait in (False, True):
                        clients = [self.connect() for _ in range(5)]
                        for client in clients:
                            client.send(post(call("cache.fetch", "big")) * 5)
                            client.socket.recv(1)
                        if wait:
                            self.assert_others_are_served()
                        for client in clients:
                            leave(client)
                        self.assert_others_are_served()
                self.kept.ask(post(call("cache.delete", "big")))
                self.assert_given_back()

    def test_opened_and_dropped(self):
        for options in (["--port", "0"], ["--unix-socket", self.path]):
            with self.subTest(options[0]), self.serving(*options):
                for leave in (Client.close, Client.reset):
                    clients = [self.connect() for _ in range(200)]
                    self.assert_others_are_served()
                    for client in clients:
                        leave(client)
                self.assert_given_back()

    def test_deaf(self):
        for options in (["--port", "0"], ["--unix-socket", self.path]):
            with self.subTest(options[0]), self.serving(*options, "--request-timeout", "1.5"):
                self.store("big", "a" * 8 * MIB)
                for _ in range(10):
                    self.connect().send(post(call("cache.fetch", "big")) * 50)
                self.assert_others_are_served()
                self.assert_idle()
                self.assert_memory(8 + 10 * 8 + 64)
                self.assert_soon(lambda: self.server.descriptors() <= self.descriptors,
                                 lambda: "a client that takes no answers is kept")
                self.kept.ask(post(call("cache.delete", "big")))
                self.assert_given_back()

    def test_greedy(self):
        """A client that takes answers as fast as they are made."""
        with self.serving():
            self.store("big", "a" * 8 * MIB)
            reader = subprocess.Popen([sys.executable, "-c", GREEDY, str(self.server.address[1])],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            try:
                reader.stdin.write(post(call("cache.fetch", "big")) * 300)
                reader.stdin.close()
                reader.stdout.read(1)
                begin = time.monotonic()
                served = 0
                while time.monotonic() < begin + 1 and reader.poll() is None:
                    self.assert_served(self.kept)
                    served += 1
                self.assertGreater(served, 10)
            finally:
                reader.kill()
                reader.wait()
                reader.stdout.close()

    def test_idle(self):
        with self.serving():
            clients = [self.connect() for _ in range(1000)]
            for client in clients:
                self.assertEqual(client.ask(COUNT)[0], 200)
            self.assert_idle()
            self.assert_others_are_served()
            for client in clients:
                self.assertEqual(client.ask(COUNT)[0], 200)
            self.assert_given_back()

    def test_idle_after_large_requests(self):
        with self.serving():
            self.store("a", "a" * 60_000)
            for _ in range(400):
                client = self.connect()
                self.assertEqual(client.ask(post(call("cache.fetch", "a" * 60_000), "a:\n" * 40_000))[0], 200)
                self.assertEqual(client.ask(post(call("cache.fetch", "a")))[0], 200)
            self.assert_memory(32)
            self.assert_given_back()

    def test_rests_of_large_requests(self):
        with self.serving():
            for _ in range(20):
                client = self.connect()
                self.assertEqual(client.ask(post(b"a" * 8 * MIB) + b"P")[0], 400)
                client.send(b"O")
            self.assert_others_are_served()
            self.assert_memory(32)

    # Limits of the server and of the system

    def test_too_many_connections(self):
        with self.serving():
            clients = [self.connect() for _ in range(5000)]
            self.assert_served(self.kept)
            statuses = [client.ask(COUNT)[0] for client in clients]
            self.assertEqual(statuses, [200] * 4095 + [503] * 905)
            self.assert_served(self.kept)
            self.assert_given_back()

    def test_no_more_descriptors(self):
        with self.serving(descriptors=64):
            clients = [self.connect() for _ in range(200)]
            for client in clients[:40]:
                self.assertEqual(client.ask(COUNT)[0], 200)
            self.assert_served(self.kept)
            self.assert_idle()
            self.assert_served(self.kept)
            for client in clients[:150]:
                client.close()
            for client in clients[150:190]:
                self.assertEqual(client.ask(COUNT)[0], 200)
            self.assert_given_back()

    @unittest.skipIf(SANITIZED, "a sanitizer takes all of the address space for itself")
    def test_no_more_memory(self):
        with self.serving(address_space=300 * MIB):
            # Bodies that are half there until there is no memory, and then whole ones.
            for announced in (50 * MIB + 1, 50 * MIB):
                for _ in range(8):
                    with contextlib.suppress(ConnectionError):
                        self.connect().send(post(b"a" * 50 * MIB, announced=announced))
                self.assert_others_are_served()

    # Ends and begins

    def test_a_signal_ends_it_at_once(self):
        for options in (["--port", "0"], ["--unix-socket", self.path]):
            with self.subTest(options[0]), self.serving(*options):
                self.store("big", "a" * 8 * MIB)
                for i in range(100):
                    client = self.connect()
                    client.send([b"", b"POST", post(b"a", announced=9), post(call("cache.fetch", "big"))][i % 4])
                self.assert_others_are_served()
                begin = time.monotonic()
                ended = self.server.end()
                took = time.monotonic() - begin
                self.assertEqual(ended, (0, ""))
                self.assertLess(took, 1)
                # It can begin again at once, with all that is left of the connections.
                again = str(self.server.address[1]) if options[0] == "--port" else self.path
                self.server = Server(options[0], again)
                self.kept = self.connect()
                self.store("kept", KEPT)

    def test_a_second_server(self):
        for options in (["--port", "0"], ["--unix-socket", self.path]):
            with self.subTest(options[0]), self.serving(*options):
                taken = str(self.server.address[1]) if options[0] == "--port" else self.path
                second = subprocess.run([SERVER, options[0], taken], capture_output=True, text=True,
                                        timeout=PATIENCE, check=False)
                self.assertEqual((second.returncode, second.stdout, second.stderr.count("\n")), (2, "", 1))


GREEDY = """
import socket, sys, threading
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
connection.sendall(sys.stdin.buffer.read())
connection.recv(1)
sys.stdout.write("x")
sys.stdout.flush()
buffer = bytearray(1 << 20)
while connection.recv_into(buffer):
    pass
"""

if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    unittest.main()
