"""cache-conformance and targets for it, started as people and CI start them: what the tests of its command line share.

Each of those is called with `--programs FOLDER [TEST…]`.
"""

import http.client
import http.server
import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import xmlrpc.client

PROGRAMS = os.path.abspath(sys.argv[2])
SUITE = os.path.join(PROGRAMS, "cache-conformance")
SERVER = os.path.join(PROGRAMS, "cache-server")
SUPERVISORD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts", "supervisord")
LIAR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "targets", "liar.py")

STORE = {"call": "cache.store", "params": [{"$key": "a"}, "v"], "setup": True}
FETCH = {"call": "cache.fetch", "params": [{"$key": "a"}], "value": "v"}
WRONG = {"call": "cache.fetch", "params": [{"$key": "a"}], "value": "w"}
KEYS = {"call": "cache.getKeys", "value": {"$$type": "array"}}


def case(name, *steps, level="must", **more):
    given = {"id": name, "title": "title of " + name, "level": level, "cites": ["kept"], **more,
             "steps": list(steps)}
    return {**given, "recorded": "here"} if level == "observed" else given


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class CommandLineTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="it's a ")  # which a shell has to be told
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def fixtures(self, *cases, level="must"):
        """A folder with these cases, all of which cite one statement."""
        folder = os.path.join(self.folder, "fixtures")
        os.makedirs(folder, exist_ok=True)
        statement = {"id": "kept", "level": level, "statement": "What is stored is kept.", "source": "the document",
                     "if_broken": "It is lost.", "proved_by": "cases"}
        self.write("fixtures/behaviours.json", json.dumps({"format": "1.0", "behaviours": [statement]}))
        self.write("fixtures/suite.json",
                   json.dumps({"format": "1.0", "suite": "tiny", "title": "t", "cases": list(cases)}))
        return ["--fixtures", folder]

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def run_suite(self, *options, timeout=60, **more):
        try:
            done = subprocess.run([SUITE, *options], capture_output=True, text=True, timeout=timeout, **more)
        except subprocess.TimeoutExpired:
            self.fail(f"still running after {timeout} seconds: {options}")
        self.out, self.err = done.stdout, done.stderr
        return done.returncode

    def assert_status(self, status, *options, **more):
        self.assertEqual(self.run_suite(*options, **more), status, self.out + self.err)

    def assert_refused(self, status, text, *options, **more):
        """Refused in one sentence on stderr, and nothing was run."""
        self.assert_status(status, *options, **more)
        self.assertIn(text, self.err)
        self.assertEqual(self.out, "")

    def assert_one_sentence(self):
        self.assertRegex(self.err, r"^cache-conformance: [^\n]+\n$")

    def start(self, *command):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, 10)
        self.addCleanup(process.kill)
        return process

    def start_server(self, spec="1.0", *options):
        line = self.start(SERVER, "--port", "0", "--spec", spec, *options).stdout.readline()
        url = line.split()[-1]
        return url, xmlrpc.client.ServerProxy(url)

    def start_unix_server(self, spec="1.0"):
        path = os.path.join(self.folder, "socket-" + spec)
        self.start(SERVER, "--unix-socket", path, "--spec", spec).stdout.readline()
        return path

    def start_supervisord(self, cache="1.1.0"):
        """A real one. What it writes is appended to the file `log` in the test's folder."""
        port = free_port()
        with open(os.path.join(self.folder, "log"), "ab") as log:
            process = subprocess.Popen([SUPERVISORD, "--cache", cache, "--port", str(port)], stdout=log, stderr=log)
        self.addCleanup(process.wait, 10)
        self.addCleanup(process.terminate)
        url = f"http://127.0.0.1:{port}/RPC2"
        proxy = xmlrpc.client.ServerProxy(url)
        self.wait_until(lambda: self.answers(proxy))
        return url, proxy

    def answers(self, proxy):
        try:
            return proxy.cache.getAPIVersion()
        except (OSError, http.client.HTTPException):
            return None

    def wait_until(self, condition):
        until = time.monotonic() + 15
        while not condition():
            self.assertLess(time.monotonic(), until, "it did not come true")
            time.sleep(0.02)

    def start_liar(self, mode):
        url = self.start(sys.executable, LIAR, mode, "0").stdout.readline().strip()
        return url, xmlrpc.client.ServerProxy(url)

    def serve(self, status, body):
        """A server of one answer, whatever it is asked."""
        return self.serve_with(lambda request, authorization: (status, body))

    def serve_with(self, answer, headers=None):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                request = self.rfile.read(int(self.headers["Content-Length"]))
                status, body = answer(request, self.headers.get("Authorization", ""))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                for header in (headers or {}).items():
                    self.send_header(*header)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.handle_error = lambda *_: None  # the suite may go away at any time
        threading.Thread(target=server.serve_forever, args=[0.02]).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"

    def liar(self, mode):
        return ["--spawn", f"exec {sys.executable} {shlex.quote(LIAR)} {mode} {{port}}", "--spec", "1.0"]


def main():
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], warnings="ignore")
