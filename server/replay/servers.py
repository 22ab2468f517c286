"""The servers that are sent what a recording holds, each in the state that a case expects."""

import contextlib
import os
import re
import subprocess
import tempfile
import time

from connection import PATIENCE, Connection
from recording import ENVELOPE

LINGER = 60  # seconds for a case after a shutdown; its server is ended when it is over


class Server:
    """A server of its own, on a free port or a Unix socket, until the block ends."""

    def __init__(self, program, spec, auth=None, unix=False, linger=None):
        self.auth = auth
        self.directory = tempfile.TemporaryDirectory()
        socket_path = os.path.join(self.directory.name, "s")
        command = [program, "--spec", spec]
        command += ["--unix-socket", socket_path] if unix else ["--port", "0"]
        environment = dict(os.environ)
        if auth:
            name, _, environment["REPLAY_PASSWORD"] = auth.partition(":")
            command += ["--username", name, "--password-env", "REPLAY_PASSWORD"]
        if linger is not None:
            command += ["--linger", str(linger)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment,
                                        text=True)
        line = self.process.stdout.readline()
        port = re.fullmatch(r"listening on http://127\.0\.0\.1:([0-9]+)\S*\n", line)
        self.address = ("127.0.0.1", int(port[1])) if port else socket_path
        if not line:
            self.end()
            raise ChildProcessError(f"{' '.join(command)}: did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self.process.kill()  # it may be lingering
        self.process.wait()
        self.process.stdout.close()
        self.directory.cleanup()

    def connect(self):
        return Connection(self.address)

    def call(self, method):
        with self.connect() as connection:
            return connection.post(ENVELOPE.format(method, "").encode(), self.auth)

    def restart(self):
        """Restarts it by a call, with something in its cache."""
        with self.connect() as connection:
            params = "<param><value>left over</value></param>" * 2
            connection.post(ENVELOPE.format("cache.store", params).encode())
            connection.post(ENVELOPE.format("supervisor.restart", "").encode())
        self.wait_until(lambda answer: "value" in answer)

    def wait_until(self, is_reached):
        """Asks for its state until the answer is as it should be."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                answer = self.call("supervisor.getState")
                if answer is not None and is_reached(answer):
                    return
            time.sleep(0.05)
        raise ChildProcessError("the server's state did not become what a case expects")


class Servers:
    """The servers that the cases of one recording need."""

    def __init__(self, program, spec):
        self.program, self.spec = program, spec
        self.started = {}
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()

    def shared(self, auth=None, unix=False):
        if (auth, unix) not in self.started:
            server = Server(self.program, self.spec, auth, unix)
            self.started[auth, unix] = self.stack.enter_context(server)
        return self.started[auth, unix]

    @contextlib.contextmanager
    def for_case(self, steps):
        """A server as the case expects it."""
        first = steps[0]
        methods = {entry.method for entry in steps}
        if first.given == "restarted":
            with Server(self.program, self.spec, linger=0) as server:
                server.restart()
                yield server
        elif first.given == "SIGTERM":
            with Server(self.program, self.spec, linger=LINGER) as server:
                server.process.terminate()
                server.wait_until(lambda answer: "fault" in answer)
                yield server
        elif methods & {"supervisor.shutdown", "supervisor.restart"}:
            with Server(self.program, self.spec, linger=LINGER) as server:
                yield server
        else:
            server = self.shared(first.auth, first.unix)
            if server.call("cache.clear") != {"status": 200, "value": ["boolean", True]}:
                raise ChildProcessError("could not clear the cache")
            yield server
