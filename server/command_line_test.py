"""The command line of cache-server: what it prints, refuses, and how it ends.

    command_line_test.py --server build/bin/cache-server
"""

import argparse
import base64
import contextlib
import http.client
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import xmlrpc.client

SERVER = ""


def run(*options, env=None):
    """The finished process of a command line that does not serve."""
    return subprocess.run([SERVER, *options], capture_output=True, text=True, timeout=10,
                          env={**os.environ, **(env or {})})


class Running:
    """A server that is running, with its standard output and error."""

    def __init__(self, *options, env=None):
        self.process = subprocess.Popen(
            [SERVER, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **(env or {})})
        self.line = self.process.stdout.readline()
        if not self.line:
            raise AssertionError(self.process.stderr.read())
        self.url = self.line.split()[-1]
        self.port = self.url.split(":")[-1].split("/")[0]

    def proxy(self, credentials=""):
        return xmlrpc.client.ServerProxy(self.url.replace("://", "://" + credentials))

    def end(self, number=signal.SIGTERM):
        """Ends it and returns its status; what else it has written is in `out`, `err`."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.out, self.err = self.process.communicate(timeout=10)
        return self.process.returncode


@contextlib.contextmanager
def running(*options, env=None):
    server = Running(*options, env=env)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
        server.process.communicate()


class Printing(unittest.TestCase):
    def test_help_names_every_option_once_and_fits_a_terminal(self):
        result = run("--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertLessEqual(max(map(len, result.stdout.splitlines())), 80)
        options = re.findall(r"^  (--[a-z-]+)", result.stdout, re.M)
        self.assertEqual(len(options), len(set(options)))
        for option in ("--host", "--port", "--unix-socket", "--spec", "--linger", "--username",
                       "--password-env", "--password-file", "--log", "--help", "--version"):
            self.assertIn(option, options)

    def test_help_has_a_title_for_every_group_and_a_text_for_every_option(self):
        usage, about, *groups, status = run("--help").stdout.split("\n\n")
        self.assertRegex(about, r"^Serves ")
        self.assertRegex(usage, r"\AUsage: cache-server .*\n +cache-server --unix-socket PATH")
        self.assertRegex(status, r"\AExit status: 0 .*; 2 ")
        for group in groups:
            title, *lines = group.splitlines()
            self.assertRegex(title, r"^[A-Z][A-Za-z ]+:$")
            for line in lines:
                self.assertRegex(line, r"^  (--(log|help|version)|--[a-z-]+ [A-Z]+|) +\S")

    def test_help_and_version_win_over_what_follows(self):
        self.assertEqual(run("--help", "--nonsense").returncode, 0)
        self.assertRegex(run("--version").stdout, r"^cache-server \d+\.\d+\.\d+\n$")


class Refusals(unittest.TestCase):
    def assert_refused(self, sentence, *options, env=None):
        result = run(*options, env=env)
        self.assertEqual((result.returncode, result.stdout, result.stderr),
                         (2, "", f"cache-server: {sentence}\n"))

    def test_bad_values(self):
        for options, sentence in (
            (["--port", "65536"], "--port 65536: not a port; give a number from 0 to 65535"),
            (["--port", "x"], "--port x: not a port; give a number from 0 to 65535"),
            (["--spec", "2.0"], "--spec 2.0: no such specification; give 1.0 or 1.1"),
            (["--linger", "-1"], "--linger -1: give a number of seconds, such as 0.5 or 30, up to 1000000"),
            (["--linger", "nan"], "--linger nan: give a number of seconds, such as 0.5 or 30, up to 1000000"),
            (["--max-body", "0"],
             "--max-body 0: give a number of bytes, such as 8192, 64K, 16M or 1G"),
            (["--max-body", "16MB"],
             "--max-body 16MB: give a number of bytes, such as 8192, 64K, 16M or 1G"),
            (["--max-body", "K"],
             "--max-body K: give a number of bytes, such as 8192, 64K, 16M or 1G"),
            (["--max-connections", "0"],
             "--max-connections 0: give a number from 1 to 1000000"),
            (["--max-depth", "0"], "--max-depth 0: give a number from 1 to 1000000"),
            (["--max-data", "1T"],
             "--max-data 1T: give a number of bytes, such as 8192, 64K, 16M or 1G"),
            (["--request-timeout", "0"],
             "--request-timeout 0: give a number of seconds, such as 0.5 or 30, up to 1000000"),
            (["--port"], "--port: needs a value; see --help"),
            (["--nonsense"], "--nonsense: no such option; see --help"),
            (["--max", "5"], "--max: no such option; see --help"),
            (["--por=1"], "--por: no such option; see --help"),
            (["-x"], "-x: no such option; see --help"),
            (["9001"], "9001: nothing but options is expected; see --help"),
            (["9001", "--port"], "9001: nothing but options is expected; see --help"),
            (["--unix-socket", "s", "--port", "1"],
             "--unix-socket: replaces --port; give one or the other"),
            (["--host", "::1", "--unix-socket", "s"],
             "--unix-socket: replaces --host; give one or the other"),
            (["--host", "127.0.0.1.example.invalid"],
             "--host 127.0.0.1.example.invalid: no such host; use an address of this machine, "
             "such as 127.0.0.1"),
        ):
            with self.subTest(options):
                self.assert_refused(sentence, *options)

    def test_half_of_the_credentials(self):
        goes_with = "--username: goes with --password-env VARIABLE or --password-file FILE"
        self.assert_refused(goes_with, "--username", "u")
        self.assert_refused(goes_with, "--password-env", "HOME")
        self.assert_refused("--password-env and --password-file: give one or the other",
                            "--username", "u", "--password-env", "HOME", "--password-file", "x")
        self.assert_refused("--password-env NO_SUCH_NAME: there is no such variable",
                            "--username", "u", "--password-env", "NO_SUCH_NAME")
        self.assert_refused("--password-file /no/such: the file cannot be read",
                            "--username", "u", "--password-file", "/no/such")
        self.assert_refused("--password-file /: the file cannot be read",
                            "--username", "u", "--password-file", "/")
        self.assert_refused("--password-env EMPTY: the password is empty",
                            "--username", "u", "--password-env", "EMPTY", env={"EMPTY": ""})
        self.assert_refused("--password-file /dev/null: the password is empty",
                            "--username", "u", "--password-file", "/dev/null")
        self.assert_refused("--password-file /dev/zero: the password is too long",
                            "--username", "u", "--password-file", "/dev/zero")
        self.assert_refused("--username a:b: HTTP allows no colon in a name",
                            "--username", "a:b", "--password-env", "HOME")

    def test_a_port_in_use(self):
        with running("--port", "0") as server:
            self.assert_refused(
                f"--port {server.port}: the port is in use on 127.0.0.1; stop what listens "
                "there, or choose another (0 takes a free one)", "--port", server.port)

    def test_a_socket_that_is_taken_or_not_ours(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "s.sock")
            with running("--unix-socket", path) as server:
                self.assertEqual(server.line, f"listening on unix:{path}\n")
                self.assertEqual(os.stat(path).st_mode & 0o777, 0o700)
                self.assert_refused(
                    f"--unix-socket {path}: a running server listens there already; stop it, or "
                    "choose another path", "--unix-socket", path)
                self.assertEqual(server.end(), 0)
            self.assertFalse(os.path.exists(path))
            with open(path, "w") as file:
                file.write("precious")
            self.assert_refused(
                f"--unix-socket {path}: this exists and is not a socket; choose another path",
                "--unix-socket", path)
            self.assertEqual(os.path.getsize(path), 8)

    def test_a_stale_socket_is_replaced(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "s.sock")
            with running("--unix-socket", path) as server:
                server.end(signal.SIGKILL)
                self.assertTrue(os.path.exists(path))
            with running("--unix-socket", path) as server:
                self.assertEqual(server.end(), 0)


class Descriptors(unittest.TestCase):
    def test_it_takes_as_many_as_it_may(self):
        few, most = 64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        before = resource.prlimit(os.getpid(), resource.RLIMIT_NOFILE, (few, most))
        try:
            with running("--port", "0") as server:
                self.assertEqual(resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE), (most, most))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)

    def test_too_few_for_itself(self):
        with open(SERVER, "rb") as program:
            if b"__asan_init" in program.read():
                self.skipTest("a sanitizer needs descriptors itself, and takes what it cannot look at for broken")
        for number in (4, 5, 6):
            with self.subTest(number):
                done = subprocess.run(["sh", "-c", f'ulimit -n {number}; exec "$0" --port 0', SERVER],
                                      capture_output=True, text=True, timeout=10)
                self.assertEqual(done.returncode, 2)
                self.assertRegex(done.stderr, r"^cache-server: [^\n]+: Too many open files\n$")


class Ending(unittest.TestCase):
    def test_signals_end_it_with_status_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with running("--port", "0") as server:
                self.assertRegex(server.line,
                                 r"^listening on http://127\.0\.0\.1:\d+/RPC2\n$")
                self.assertEqual(server.end(number), 0)
                self.assertEqual((server.out, server.err), ("", ""))

    def test_the_port_is_free_at_once(self):
        with running("--port", "0") as server:
            proxy = server.proxy()
            proxy.cache.getCount()
            server.end()
            with running("--port", server.port) as next_one:
                self.assertEqual(next_one.port, server.port)
                self.assertEqual(next_one.proxy().cache.getCount(), 0)

    def test_shutdown_ends_it_with_its_answer(self):
        with running("--port", "0") as server:
            self.assertIs(server.proxy().supervisor.shutdown(), True)
            self.assertEqual(server.process.wait(timeout=10), 0)

    def test_while_it_lingers_calls_are_refused(self):
        def stop_by_call(server):
            self.assertIs(server.proxy().supervisor.shutdown(), True)

        def stop_by_signal(server):
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.2)

        for stop in (stop_by_call, stop_by_signal):
            with self.subTest(stop.__name__), running("--port", "0", "--linger", "1") as server:
                stop(server)
                begin = time.monotonic()
                with self.assertRaises(xmlrpc.client.Fault) as raised:
                    server.proxy().cache.getCount()
                self.assertEqual(raised.exception.faultCode, 6)
                self.assertIn("cache.store", server.proxy().system.listMethods())
                self.assertEqual(server.process.wait(timeout=10), 0)
                self.assertGreater(time.monotonic() - begin, 0.5)

    def test_a_second_signal_does_not_wait(self):
        with running("--port", "0", "--linger", "60") as server:
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            self.assertIsNone(server.process.poll())
            self.assertEqual(server.end(signal.SIGINT), 0)

    def test_after_a_restart_the_cache_is_empty(self):
        with running("--port", "0") as server:
            proxy = server.proxy()
            pid = proxy.supervisor.getPID()
            proxy.cache.store("key", "value")
            self.assertIs(proxy.supervisor.restart(), True)
            self.assertEqual(proxy.cache.getKeys(), [])  # the client connects again
            self.assertEqual(proxy.supervisor.getPID(), pid)
            self.assertEqual(server.end(), 0)
            self.assertEqual((server.out, server.err), ("", ""))


class Access(unittest.TestCase):
    PASSWORD = "s3cret:x"

    def status(self, server, authorization=None):
        connection = http.client.HTTPConnection("127.0.0.1", int(server.port), timeout=10)
        headers = {"Authorization": authorization} if authorization else {}
        connection.request("POST", "/RPC2", "<methodCall><methodName>cache.getCount</methodName>"
                           "</methodCall>", headers)
        status = connection.getresponse().status
        connection.close()
        return status

    def check(self, server):
        self.assertEqual(server.proxy(f"u:{self.PASSWORD}@").cache.getCount(), 0)
        self.assertEqual(self.status(server), 401)
        wrong = base64.b64encode(b"u:s3cret").decode()
        self.assertEqual(self.status(server, f"Basic {wrong}"), 401)

    def test_the_password_comes_from_the_environment_or_a_file(self):
        options = ["--port", "0", "--username", "u"]
        with running(*options, "--password-env", "KIT_PASSWORD",
                     env={"KIT_PASSWORD": self.PASSWORD}) as server:
            self.check(server)
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(self.PASSWORD + "\r\n")
            file.flush()
            with running(*options, "--password-file", file.name) as server:
                self.check(server)

    def test_a_warning_when_others_can_reach_it_without_a_password(self):
        with running("--host", "0.0.0.0", "--port", "0") as server:
            server.end()
            self.assertEqual(
                server.err,
                f"cache-server: warning: {server.url} can be reached from other machines, "
                "and no password is asked for; see --username\n")
        with running("--host", "0.0.0.0", "--port", "0", "--username", "u", "--password-env",
                     "HOME") as server:
            server.end()
            self.assertEqual(server.err, "")


class Log(unittest.TestCase):
    def test_one_line_a_call_and_no_password(self):
        with running("--port", "0", "--log", "--username", "u", "--password-env", "KIT_PASSWORD",
                     env={"KIT_PASSWORD": "s3cret"}) as server:
            proxy = server.proxy("u:s3cret@")
            proxy.cache.store("key", "x" * 1000)
            with self.assertRaises(xmlrpc.client.Fault):
                proxy.cache.fetch("a\nb")
            proxy.system.multicall([{"methodName": "cache.getCount", "params": []}])
            with self.assertRaises(xmlrpc.client.ProtocolError):
                server.proxy("u:wrong@").cache.getCount()
            self.assertEqual(server.end(), 0)
        self.assertEqual(server.out, "")
        lines = server.err.splitlines()
        start = r"^\d\d:\d\d:\d\d\.\d\d\d 127\.0\.0\.1:\d+ "
        for line, rest in zip(lines, (
            r'200 \d+\.\d\d ms cache\.store\("key", "x{60}…\(1000 bytes\)"\) -> true$',
            r'200 \d+\.\d\d ms cache\.fetch\("a\\nb"\) -> fault 10 BAD_NAME$',
            r'200 \d+\.\d\d ms system\.multicall\(\[\{"methodName": "cache\.getCount", '
            r'"params": \[\]\}\]\) -> \[1\]$',
            r"401 \d+\.\d\d ms POST /RPC2 -> Unauthorized: a username and a password are needed$",
        ), strict=True):
            self.assertRegex(line, start + rest)
        self.assertNotIn("s3cret", server.err)


    def test_a_log_that_nobody_reads_holds_nobody_up(self):
        with running("--port", "0", "--log") as server:
            proxy = server.proxy()
            for _ in range(2000):  # more than a pipe holds
                proxy.cache.store("key", "x" * 1000)
            self.assertEqual(server.end(), 0)
            self.assertGreater(server.err.count("\n"), 100)

    def test_it_serves_on_when_whoever_read_its_lines_has_gone(self):
        nobody, lines = os.pipe()
        os.close(nobody)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "s.sock")
            process = subprocess.Popen([SERVER, "--unix-socket", path, "--log"], stdout=lines, stderr=lines)
            try:
                os.close(lines)
                until = time.monotonic() + 10
                for _ in range(2):
                    with socket.socket(socket.AF_UNIX) as client:
                        while (client.connect_ex(path) != 0 and process.poll() is None
                               and time.monotonic() < until):
                            time.sleep(0.01)
                        client.sendall(b"GET /nope HTTP/1.0\r\n\r\n")
                        self.assertTrue(client.recv(4096).startswith(b"HTTP/1.1 404 "))
                process.terminate()
                self.assertEqual(process.wait(10), 0)
            finally:
                process.kill()
                process.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    arguments, rest = parser.parse_known_args()
    SERVER = arguments.server
    socket.setdefaulttimeout(10)  # a server that hangs fails a test, and does not hold it up
    unittest.main(argv=sys.argv[:1] + rest, warnings="ignore")  # sockets left to the collector
