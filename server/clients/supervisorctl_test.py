"""The real supervisorctl, with the real cache plugin, and a server.

usage: supervisorctl_test.py SERVER [TEST…] (SERVER as in running_server.py)

Runs with an interpreter that has `supervisor` and `supervisor_cache`.
"""

import importlib.metadata
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
import xmlrpc.client

from running_server import PASSWORD, USERNAME, Server

SERVER = sys.argv[1]

CONFIGURATION = """[supervisorctl]

[ctlplugin:cache]
supervisor.ctl_factory = supervisor_cache.controllerplugin:make_cache_controllerplugin
"""

HELP = {
    "cache_clear": "cache_clear\tClear all items from the cache.\n",
    "cache_count": "cache_count\tGet a count of all items in the cache.\n",
    "cache_delete": "cache_delete <key>\tDelete the item cached at <key>.\n",
    "cache_fetch": "cache_fetch <key>\tFetch the item cached at <key>.\n",
    "cache_keys": "cache_keys\tList the keys of all items in the cache.\n",
    "cache_store": "cache_store <key> <value>\tStore <value> in the cache at <key>.\n",
}


def fault(text):
    return f"error: <class 'xmlrpc.client.Fault'>, <Fault 10: '{text}'>: file: client.py\n"


UNAUTHORIZED = ("Server requires authentication\nerror: <class 'xmlrpc.client.ProtocolError'>, "
                "<ProtocolError for 127.0.0.1/RPC2: 401 Unauthorized>: file: xmlrpc.py\n")
UNREACHABLE = "error: <class 'ConnectionRefusedError'>, [Errno 111] Connection refused: file: socket.py\n"

# words, stdout, exit status; each finds what those before it have left. The words are
# joined by blanks and split again as a shell would.
ONE_SHOT = [
    ("cache_keys", "[]\n", 0),
    ("cache_count", "0\n", 0),
    ('cache_store "foo" "bar baz"', "", 0),
    ("cache_fetch foo", "'bar baz'\n", 0),
    ("cache_store b 2", "", 0),
    (r'cache_store a "quoted \" x"', "", 0),
    ("cache_fetch a", "'quoted \" x'\n", 0),
    ("cache_store \u00e9 \u00fc\U0001f600", "", 0),
    ("cache_fetch \u00e9", "'\u00fc\U0001f600'\n", 0),
    ('cache_store e ""', "", 0),
    ("cache_fetch e", "''\n", 0),
    ("cache_keys", "['a', 'b', 'e', 'foo', '\u00e9']\n", 0),
    ("cache_count", "5\n", 0),
    ("cache_fetch nope", fault("BAD_NAME"), 1),
    ('cache_store "" x', fault("BAD_NAME: Cache key must be a non-empty string"), 1),
    ("cache_delete nope", "", 0),
    ("cache_delete b", "", 0),
    ("cache_count", "4\n", 0),
    ("cache_clear x", HELP["cache_clear"], 0),
    ("cache_count x", HELP["cache_count"], 0),
    ("cache_delete", HELP["cache_delete"], 0),
    ("cache_delete a b", HELP["cache_delete"], 0),
    ("cache_fetch", HELP["cache_fetch"], 0),
    ("cache_keys x", HELP["cache_keys"], 0),
    ("cache_store a", HELP["cache_store"], 0),
    ("cache_store foo bar baz", HELP["cache_store"], 0),
    ("cache_nope", "*** Unknown syntax: cache_nope\n", 1),
    ("cache_count", "4\n", 0),
    ("cache_clear", "", 0),
    ("cache_keys", "[]\n", 0),
    ("status", "", 0),
    ("avail", "", 0),
]

# Python's repr of what others have stored: value, stdout of cache_fetch
VALUES = [
    (5, "5\n"),
    (1.5, "1.5\n"),
    (True, "True\n"),
    ([1, "x", [True]], "[1, 'x', [True]]\n"),
    ({"b": 1, "a": [2]}, "{'a': [2], 'b': 1}\n"),
    ("it's", '"it\'s"\n'),
    ("a\nb\tc\\", "'a\\nb\\tc\\\\'\n"),
]


class Supervisorctl(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.configuration = os.path.join(folder, "supervisorctl.conf")
        with open(self.configuration, "w", encoding="ascii") as file:
            file.write(CONFIGURATION)

    def command(self, server, words=(), username=None, password=None):
        credentials = ["-u", username, "-p", password] if username else []
        return [sys.executable, "-I", "-X", "utf8", "-m", "supervisor.supervisorctl", "-c", self.configuration,
                "-s", server.server_url, *credentials, *words]

    def run_ctl(self, server, line, stdin="", **credentials):
        done = subprocess.run(self.command(server, line.split(" ") if line else (), **credentials), input=stdin,
                              capture_output=True, encoding="utf-8", timeout=60)
        self.assertEqual(done.stderr, "")
        # Where in Python's libraries an error came up differs from release to release.
        stdout = re.sub(r"file: \S+/(\w+\.py) line: \d+", r"file: \1", done.stdout)
        return stdout, done.returncode

    def check(self, server, line, stdout, status, **credentials):
        with self.subTest(line):
            self.assertEqual(self.run_ctl(server, line, **credentials), (stdout, status))


class Commands(Supervisorctl):
    def test_one_shot(self):
        for unix in [False, True]:
            with self.subTest(unix=unix), Server(SERVER, unix=unix) as server:
                for row in ONE_SHOT:
                    self.check(server, *row)

    def test_about_the_server(self):
        with Server(SERVER) as server:
            version = importlib.metadata.version("supervisor") if server.is_supervisord else "4.2.5"
            self.check(server, "version", version + "\n", 0)
            self.check(server, "pid", f"{server.pid}\n", 0)

    def test_values_of_any_type(self):
        with Server(SERVER, "1.1") as server, xmlrpc.client.ServerProxy(server.url) as proxy:
            for value, stdout in VALUES:
                proxy.cache.store("k", value)
                self.check(server, "cache_fetch k", stdout, 0)

    def test_interactive(self):
        with Server(SERVER) as server:
            stdout, status = self.run_ctl(server, None, "cache_keys\ncache_store a 1\ncache_fetch a\ncache_nope\n"
                                                        "help cache_keys\ncache_delete a\ncache_count\nquit\n")
            self.assertEqual(stdout, "supervisor> []\nsupervisor> supervisor> '1'\n"
                                     "supervisor> *** Unknown syntax: cache_nope\n"
                                     "supervisor> *** No help on cache_keys\n" + HELP["cache_keys"] +
                                     "supervisor> supervisor> 0\nsupervisor> \n")
            self.assertEqual(status, 0)

    def test_password(self):
        with Server(SERVER, password=True) as server:
            self.check(server, "cache_store a 1", "", 0, username=USERNAME, password=PASSWORD)
            for line in ["cache_clear", "cache_keys", "status"]:
                self.check(server, line, UNAUTHORIZED, 1)
                self.check(server, line, UNAUTHORIZED, 1, username=USERNAME, password="wrong")
            self.check(server, "cache_keys", "['a']\n", 0, username=USERNAME, password=PASSWORD)

    def test_reload_empties_the_cache(self):
        with Server(SERVER) as server:
            self.check(server, "cache_store a 1", "", 0)
            self.check(server, "reload", "Restarted supervisord\n", 0)
            until = time.monotonic() + 20
            while (answer := self.run_ctl(server, "cache_keys")) != ("[]\n", 0):
                self.assertLess(time.monotonic(), until, answer)
            self.check(server, "pid", f"{server.pid}\n", 0)

    def test_shutdown(self):
        with Server(SERVER) as server:
            self.check(server, "shutdown", "Shut down\n", 0)
            self.assertEqual(server.wait(10), 0)
            self.check(server, "cache_keys", UNREACHABLE, 1)
            self.check(server, "status", server.server_url + " refused connection\n", 4)


class LeftAlone(Supervisorctl):
    def test_an_interactive_session(self):
        """It has one connection, and does not open another."""
        with Server(SERVER) as server:
            with subprocess.Popen(self.command(server), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  encoding="utf-8") as session:
                try:
                    session.stdin.write("cache_store a 1\n")
                    session.stdin.flush()
                    time.sleep(60)
                    self.assertIsNone(session.poll())
                    stdout, _ = session.communicate("cache_fetch a\nquit\n", timeout=30)
                finally:
                    session.kill()
            self.assertEqual(stdout, "supervisor> supervisor> '1'\nsupervisor> \n")
            self.assertEqual(session.returncode, 0)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], warnings="ignore")
