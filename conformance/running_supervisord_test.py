"""The suite at a real supervisord that somebody else has started and uses.

usage: running_supervisord_test.py CACHE-CONFORMANCE SCRIPTS-SUPERVISORD [TEST…]
"""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import xmlrpc.client

conformance, supervisord = (os.path.abspath(path) for path in sys.argv[1:3])

# The last three nearly begin like the keys of a run with this id.
RUN = "1a2b3c4d"
FOREIGN = ["a", " ", "kit-1a2b3c4d", "kit-1a2b3c4d-a", "Kit-1a2b3c4d.a"]


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path):
        super().__init__()
        self.path = path

    def make_connection(self, host):
        return UnixConnection(self.path)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RunningSupervisord(unittest.TestCase):
    def start(self, cache, *options):
        process = subprocess.Popen(
            [supervisord, "--cache", cache, *options],
            # A pipe that nobody reads would stop it once its log has filled it.
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait, 10)
        self.addCleanup(process.terminate)
        return process

    def start_inet(self, cache):
        port = free_port()
        self.start(cache, "--port", str(port))
        url = f"http://127.0.0.1:{port}/RPC2"
        return url, self.wait_for(xmlrpc.client.ServerProxy(url))

    def start_unix(self, cache):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "supervisor.sock")
        self.start(cache, "--unix-socket", path)
        return path, self.wait_for(
            xmlrpc.client.ServerProxy("http://localhost/RPC2", UnixTransport(path)))

    def wait_for(self, proxy):
        until = time.monotonic() + 30
        while True:
            try:
                proxy.cache.getAPIVersion()
                return proxy
            except (OSError, http.client.HTTPException):
                self.assertLess(time.monotonic(), until, "supervisord does not answer")
                time.sleep(0.02)

    def run_suite(self, *options):
        done = subprocess.run(
            [conformance, *options, "--strict", "--run-id", RUN],
            capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_by_url_with_everything_allowed(self):
        for cache, spec in [("1.1.0", "1.1"), ("1.0.0", "1.0")]:
            with self.subTest(cache):
                url, proxy = self.start_inet(cache)
                out = self.run_suite("--url", url, "--allow", "all")
                self.assertIn(f"spec      {spec}, found", out)
                self.assertIn("restarts the target, and only one that was started here may be", out)
                self.assertEqual(proxy.cache.getKeys(), [])

    def test_by_socket_with_everything_allowed(self):
        path, proxy = self.start_unix("1.1.0")
        out = self.run_suite("--unix-socket", path, "--allow", "all")
        self.assertIn("spec      1.1, found", out)
        self.assertEqual(proxy.cache.getKeys(), [])

    def test_keys_of_others_stay(self):
        url, proxy = self.start_inet("1.1.0")
        for key in FOREIGN:
            proxy.cache.store(key, "theirs: " + key)
        for allowed in [[], ["--allow", "all"]]:
            with self.subTest(allowed):
                out = self.run_suite("--url", url, *allowed)
                self.assertEqual(proxy.cache.getKeys(), sorted(FOREIGN))
                for key in FOREIGN:
                    self.assertEqual(proxy.cache.fetch(key), "theirs: " + key)
                self.assertIn("needs an empty cache, and there are 5 keys in it" if allowed
                              else "needs exclusive", out)

    def test_a_plain_run_with_a_password(self):
        port = free_port()
        self.start("1.1.0", "--port", str(port), "--username", "user", "--password", "s3cret:word")
        self.wait_for(xmlrpc.client.ServerProxy(f"http://user:s3cret%3Aword@127.0.0.1:{port}/RPC2"))
        url = f"http://127.0.0.1:{port}/RPC2"
        os.environ["KIT_TEST_PASSWORD"] = "s3cret:word"
        out = self.run_suite("--url", url, "--username", "user", "--password-env", "KIT_TEST_PASSWORD",
                             "[wire.http]")
        self.assertIn("PASSED", out)
        refused = subprocess.run([conformance, "--url", url], capture_output=True, text=True, timeout=60)
        self.assertEqual(refused.returncode, 3)
        self.assertIn("asks for a user and a password", refused.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], warnings="ignore")
