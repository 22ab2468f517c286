"""A real supervisord, set up by hand, for tests of cache-conformance's command line."""

import base64
import os
import socket
import subprocess
import time

from command_line import CommandLineTest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PYTHON = os.path.join(ROOT, "build", "supervisord", "1.1.0", "bin", "python")  # it has supervisor

CACHE = "[rpcinterface:cache]\n" \
        "supervisor.rpcinterface_factory = supervisor_cache.rpcinterface:make_cache_rpcinterface\n"
SUPERVISOR = "[rpcinterface:supervisor]\n" \
             "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n"

PASSWORD = "s3cret%:word;x"
SECRETS = [PASSWORD, base64.b64encode(f"me:{PASSWORD}".encode()).decode()]
ASKS = f"username = me\npassword = {PASSWORD.replace('%', '%%')}\t; not for everybody\n"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class SupervisordTest(CommandLineTest):
    def start_supervisord(self, listener, more=CACHE, environment=None):
        """A real one that listens as these lines say; returns the path of its configuration."""
        config = self.write("supervisord.conf", f"""; as people write it
[supervisord]
nodaemon = true
logfile = %(here)s/supervisord.log
pidfile = %(here)s/supervisord.pid
{"user = root" if os.geteuid() == 0 else ""}
{listener}
{SUPERVISOR}{more}
""")
        process = subprocess.Popen([PYTHON, "-I", "-m", "supervisor.supervisord", "-c", config],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env={**os.environ, **(environment or {})})
        self.addCleanup(process.wait, 20)
        self.addCleanup(process.kill)
        self.process = process
        return config

    def wait_for(self, family, address):
        until = time.monotonic() + 30
        while True:
            with socket.socket(family) as probe:
                if probe.connect_ex(address) == 0:
                    return
            self.assertLess(time.monotonic(), until, "supervisord does not answer")
            time.sleep(0.02)

    def start_inet(self, more_lines="", **more):
        port = free_port()
        config = self.start_supervisord(f"[inet_http_server]\nport = 127.0.0.1:{port}\n{more_lines}", **more)
        self.wait_for(socket.AF_INET, ("127.0.0.1", port))
        return config, f"http://127.0.0.1:{port}/RPC2"

    def start_unix(self, more_lines="", **more):
        config = self.start_supervisord(f"[unix_http_server]\nfile = %(here)s/sock ; here\n{more_lines}", **more)
        path = os.path.join(self.folder, "sock")
        self.wait_for(socket.AF_UNIX, path)
        return config, path

    def assert_no_secrets(self, *texts):
        for text in texts:
            for secret in SECRETS:
                self.assertNotIn(secret, text)
