"""cache-server under abuse by clients that are slow, idle, deaf or greedy, or vanish.

usage: abuse_connections_test.py CACHE-SERVER [TEST…]
"""

import contextlib
import socket
import subprocess
import sys
import time

from abuse import COUNT, MIB, PATIENCE, Abuse, Client, call, main, post


class Connections(Abuse):
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
    main()
