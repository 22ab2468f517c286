"""A server for a test: the program that is named, on a free place of this machine.

    with Server(program, spec="1.1") as server:
        xmlrpc.client.ServerProxy(server.url)

The program is a cache-server or scripts/supervisord; its file name tells which. It
has answered when the block begins, and is ended with it; that it could not be
started, or did not end well, fails the test.
"""

import os
import socket
import subprocess
import tempfile
import time

USERNAME, PASSWORD = "user", "s3cret:word"
RELEASES = {"1.0": "1.0.0", "1.1": "1.1.0"}  # of supervisor_cache, by spec


class Server:
    def __init__(self, program, spec="1.1", unix=False, password=False):
        self.is_supervisord = os.path.basename(program) == "supervisord"
        self._command = [program, *(("--cache", RELEASES[spec]) if self.is_supervisord else ("--spec", spec))]
        self._unix, self._password = unix, password

    def __enter__(self):
        """Sets `path` on a Unix socket; else `port`, `url` and, with the password in it, `full_url`.

        `server_url` is what supervisor's own clients call the place.
        """
        self._folder = tempfile.TemporaryDirectory()
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_):
        status = self._end()
        assert status == 0, f"{self._command[0]} ended with status {status}"

    @property
    def pid(self):
        """scripts/supervisord becomes the supervisord: the process stays the same."""
        return self._process.pid

    def wait(self, seconds):
        """The exit status of a server that ends by itself."""
        return self._process.wait(seconds)

    def _start(self):
        self._process = None
        if self._unix:
            self.path = os.path.join(self._folder.name, "s.sock")
            self._command += ["--unix-socket", self.path]
        else:
            self._command += ["--port", str(free_port() if self.is_supervisord else 0)]
        environment = dict(os.environ)
        if self._password:
            self._command += ["--username", USERNAME]
            if self.is_supervisord:
                self._command += ["--password", PASSWORD]
            else:
                self._command += ["--password-env", "KIT_TEST_PASSWORD"]
                environment["KIT_TEST_PASSWORD"] = PASSWORD
        self._process = subprocess.Popen(self._command, env=environment, stdout=subprocess.PIPE, text=True)
        if self.is_supervisord:
            place = self._command[-1 if not self._password else -5]
            self._wait_for((socket.AF_UNIX, self.path) if self._unix
                           else (socket.AF_INET, ("127.0.0.1", int(place))))
        else:
            line = self._process.stdout.readline().strip()
            assert line.startswith("listening on "), f"{self._command}: {line!r}"
            place = line.removesuffix("/RPC2").rpartition(":")[2]
        if self._unix:
            self.server_url = "unix://" + self.path
        else:
            self.port = int(place)
            self.server_url = f"http://127.0.0.1:{self.port}"
            self.url = self.server_url + "/RPC2"
            self.full_url = self.url.replace("//", f"//{USERNAME}:s3cret%3Aword@")

    def _wait_for(self, address):
        """Until it has answered: it accepts connections before it can be ended cleanly."""
        until = time.monotonic() + 60  # the first of all may install it
        while True:
            assert self._process.poll() is None, f"{self._command} has ended"
            try:
                with socket.socket(address[0]) as connection:
                    connection.settimeout(5)
                    connection.connect(address[1])
                    connection.sendall(b"GET /RPC2 HTTP/1.0\r\n\r\n")
                    if connection.recv(1):
                        return
            except OSError:
                pass
            assert time.monotonic() < until, f"{self._command} does not answer"
            time.sleep(0.02)

    def _end(self):
        """The exit status; None if it was never started."""
        try:
            if self._process is None:
                return None
            self._process.terminate()
            try:
                return self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
                raise
            finally:
                self._process.stdout.close()
        finally:
            self._folder.cleanup()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
