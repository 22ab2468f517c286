"""cache-server under abuse: while it goes on and after it, all others are served as before.

What the tests of it share. Each is called with `CACHE-SERVER [TEST…]`.
"""

import contextlib
import os
import resource
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import xmlrpc.client

SERVER = os.path.abspath(sys.argv[1])

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
        """It soon has done what is still under way, and then does nothing but wait."""
        def ticks_in_a_second():
            before = self.server.ticks()
            time.sleep(1)
            return self.server.ticks() - before
        self.assert_soon(lambda: ticks_in_a_second() <= 5, lambda: "it never waits")

    def store(self, key, value):
        status, body = self.kept.ask(post(call("cache.store", key, value)))
        self.assertEqual((status, xmlrpc.client.loads(body)[0][0]), (200, True))


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
