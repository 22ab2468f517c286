"""cache-conformance in the hands of somebody whose supervisord does real work.

usage: command_line_operator_test.py --programs FOLDER [TEST…]
"""

import base64
import os
import re
import socket
import subprocess
import sys
import time
import xmlrpc.client

from command_line import FETCH, KEYS, STORE, WRONG, CommandLineTest, case, main

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PYTHON = os.path.join(ROOT, "build", "supervisord", "1.1.0", "bin", "python")  # it has supervisor

CACHE = "[rpcinterface:cache]\n" \
        "supervisor.rpcinterface_factory = supervisor_cache.rpcinterface:make_cache_rpcinterface\n"
SUPERVISOR = "[rpcinterface:supervisor]\n" \
             "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Operator(CommandLineTest):
    def start_supervisord(self, listener, more=CACHE, environment=None):
        """A real one that listens as these lines say; returns the path of its configuration."""
        config = self.write("supervisord.conf", f"""; as people write it
[supervisord]
nodaemon = true
logfile = %(here)s/supervisord.log
pidfile = %(here)s/supervisord.pid
user = root
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


PASSWORD = "s3cret%:word;x"
SECRETS = [PASSWORD, base64.b64encode(f"me:{PASSWORD}".encode()).decode()]
ASKS = f"username = me\npassword = {PASSWORD.replace('%', '%%')}\t; not for everybody\n"


class Config(Operator):
    def test_a_real_supervisord_on_both_kinds_of_socket(self):
        for start in [self.start_inet, self.start_unix]:
            with self.subTest(start.__name__):
                config, target = start(ASKS)
                self.assert_status(0, "--config", config, "--spec", "1.1", "--strict")
                self.assertIn(target, self.out)
                self.assert_no_secrets(self.out, self.err)

    def test_what_supervisorctl_is_told_comes_first(self):
        config, url = self.start_inet(ASKS, more=CACHE + "[supervisorctl]\nserverurl = http://127.0.0.1:%(ENV_KIT_PORT)s\n")
        port = url.split(":")[2].split("/")[0]
        other = self.write("other.conf", "[supervisorctl]\nSERVERURL : http://127.0.0.1:%(ENV_KIT_PORT)s\n"
                           "username=me\npassword=%(ENV_KIT_PASSWORD)s\n[unix_http_server]\nfile=/nowhere\n")
        env = {**os.environ, "KIT_PORT": port, "KIT_PASSWORD": PASSWORD}
        for path in [config, other]:
            with self.subTest(path):
                self.assert_status(0, "--config", path, "version-is-string", env=env)

    def test_a_configuration_that_takes_all_from_the_environment(self):
        port = free_port()
        process = self.start(os.path.join(ROOT, "scripts", "supervisord"), "--port", str(port),
                             "--username", "me", "--password", PASSWORD)
        self.wait_for(socket.AF_INET, ("127.0.0.1", port))
        env = {**os.environ, "CACHE_PORT": str(port), "CACHE_USERNAME": "me", "CACHE_PASSWORD": PASSWORD}
        config = os.path.join(ROOT, "build", "supervisord", "run", "inet.conf")
        self.assert_status(0, "--config", config, "version-is-string", env=env)
        self.assert_refused(3, "refuses this user and password", "--config", config, "version-is-string",
                            env={**env, "CACHE_PASSWORD": "x"})
        process.terminate()

    def test_a_user_beside_it_counts_instead(self):
        config, _ = self.start_inet(ASKS)
        env = {**os.environ, "KIT_RIGHT": PASSWORD, "KIT_WRONG": "x"}
        self.assert_status(0, "--config", config, "--username", "me", "--password-env", "KIT_RIGHT",
                           "version-is-string", env=env)
        self.assert_refused(3, "refuses this user and password", "--config", config, "--username", "me",
                            "--password-env", "KIT_WRONG", env=env)

    def test_a_failure_can_be_repeated_by_who_knows_the_password(self):
        config, _ = self.start_inet(ASKS)
        self.assert_status(1, "--config", config, "--spec", "1.1", *self.fixtures(case("a", STORE, WRONG)))
        self.assert_no_secrets(self.out)
        lines = re.findall(r"^    (curl .*)$", self.out, re.MULTILINE)
        self.assertEqual(len(lines), 2)
        for line in lines:
            told = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=30,
                                  env={**os.environ, "SUPERVISOR_PASSWORD": PASSWORD})
            self.assertIn("HTTP/1.1 200", told.stdout, told.stderr)
            untold = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=30)
            self.assertIn("SUPERVISOR_PASSWORD: set it to the password in the file of --config", untold.stderr)
        command = re.search(r"^  only this (.*)$", self.out, re.MULTILINE)[1]
        only = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30)
        self.assertIn("FAILED: 1 case of 1", only.stdout, only.stderr)

    def test_a_configuration_that_names_no_target_is_2_in_one_sentence(self):
        for text, config in [
            (":1:1: there is no [supervisorctl], [unix_http_server] or", "[supervisord]\n"),
            (":1:1: there is no [section] before this line", "port = 9001\n"),
            (":3:1: this line is neither", "[inet_http_server]\nport = 9001\nsecret\n"),
            (":2:1: serverurl: there is no environment variable", "[supervisorctl]\nserverurl = %(ENV_KIT_NO_SUCH)s\n"),
            (":2:1: serverurl: expected", "[supervisorctl]\nserverurl = https://secret/\n"),
            (":2:1: supervisorctl passes over a user", "[supervisorctl]\nserverurl = http://me:secret@h/\n"),
            (":3:1: password: a % in it", "[inet_http_server]\nport = 1\npassword = 5%secret\nusername = u\n"),
            (":4:1: this is the hash of a password", "[inet_http_server]\nport = 1\nusername = u\npassword = {SHA}secret\n"),
        ]:
            with self.subTest(text):
                path = self.write("broken.conf", config)
                self.assert_refused(2, path + text, "--config", path)
                self.assertNotIn("secret", self.err)
                self.assertEqual(self.err.count("\n"), 1)
        self.assert_refused(2, "--config /nowhere: the file cannot be read", "--config", "/nowhere")
        self.assert_refused(2, "exclude each other", "--config", path, "--url", "http://h/")


if __name__ == "__main__":
    main()
