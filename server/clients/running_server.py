"""A server for a test: the program that is named, on a free place of this machine.

    with Server(program, spec="1.1") as server:
        xmlrpc.client.ServerProxy(server.url)

The program is a cache-server or scripts/supervisord; its file name tells which. It
can answer when the block begins, and is ended with the block. That it could not be
started, or ended with a status other than 0, fails the test.
"""

import contextlib
import os
import socket
import subprocess
import tempfile
import time
import urllib.parse

USERNAME, PASSWORD = "user", "s3cret:word"
RELEASES = {"1.0": "1.0.0", "1.1": "1.1.0"}  # of supervisor_cache, by spec


class Server:
    """Once it is entered, it has

    path       of the Unix socket, with unix=True; else
    port, url  on 127.0.0.1, and
    full_url   with USERNAME and PASSWORD in it, which it asks for with password=True;
    server_url what supervisor's own clients call the place, in either case.

    A cache-server writes its log to the file `log`.
    """

    def __init__(self, program, spec="1.1", unix=False, password=False, log=None):
        self.is_supervisord = os.path.basename(program) == "supervisord"
        self._program, self._unix, self._log = program, unix, log
        self._options = ["--cache", RELEASES[spec]] if self.is_supervisord else ["--spec", spec]
        if log:
            self._options.append("--log")
        if password:
            self._options += ["--username", USERNAME]
            self._options += (["--password", PASSWORD] if self.is_supervisord
                              else ["--password-env", "KIT_TEST_PASSWORD"])

    @property
    def pid(self):
        """scripts/supervisord becomes the supervisord: the process stays the same."""
        return self._process.pid

    def wait(self, seconds):
        """The exit status, of a server that ends by itself."""
        return self._process.wait(seconds)

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            port = free_port() if self.is_supervisord else 0
            if self._unix:
                self.path = os.path.join(stack.enter_context(tempfile.TemporaryDirectory()), "s.sock")
                place = ["--unix-socket", self.path]
            else:
                place = ["--port", str(port)]
            self._process = subprocess.Popen([self._program, *self._options, *place], stdout=subprocess.PIPE,
                                             stderr=self._log, text=True,
                                             env={**os.environ, "KIT_TEST_PASSWORD": PASSWORD})
            stack.callback(self._end)
            if self.is_supervisord:
                self._wait_for_answer(*((socket.AF_UNIX, self.path) if self._unix
                                        else (socket.AF_INET, ("127.0.0.1", port))))
            else:
                line = self._process.stdout.readline()
                assert line.startswith("listening on "), f"it said {line!r}"
                port = urllib.parse.urlsplit(line.split()[-1]).port
            if self._unix:
                self.server_url = "unix://" + self.path
            else:
                self.port = port
                self.server_url = f"http://127.0.0.1:{port}"
                self.url = self.server_url + "/RPC2"
                self.full_url = self.url.replace("//", f"//{USERNAME}:{urllib.parse.quote(PASSWORD)}@")
            self._ending = stack.pop_all()
        return self

    def __exit__(self, *exception):
        return self._ending.__exit__(*exception)

    def _wait_for_answer(self, family, address):
        """A supervisord accepts connections before it can be ended cleanly."""
        until = time.monotonic() + 60
        while True:
            assert self._process.poll() is None, "it has ended"
            assert time.monotonic() < until, "it does not answer"
            with contextlib.suppress(OSError), socket.socket(family) as connection:
                connection.settimeout(5)
                connection.connect(address)
                connection.sendall(b"GET /RPC2 HTTP/1.0\r\n\r\n")
                if connection.recv(1):
                    return
            time.sleep(0.02)

    def _end(self):
        self._process.stdout.close()
        self._process.terminate()
        try:
            status = self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        assert status == 0, f"{self._program} ended with status {status}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
