"""cache-server without more connections, descriptors or memory, and while it ends and begins.

usage: abuse_limits_test.py CACHE-SERVER [TEST…]
"""

import contextlib
import subprocess
import time
import unittest

from abuse import COUNT, KEPT, MIB, PATIENCE, SANITIZED, SERVER, Abuse, Server, call, main, post


class Limits(Abuse):
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
                    client = self.connect()
                    with contextlib.suppress(ConnectionError):
                        client.send(post(b"a" * 50 * MIB, announced=announced))
                    if announced == 50 * MIB:  # closed at once, or answered: it is no call
                        self.assertIn(client.answer()[0], (None, 400))
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


if __name__ == "__main__":
    main()
