"""A client library's session with a server.

usage: session_test.py SERVER [--unix] [--empty-is-null] CLIENT…

SERVER is as in running_server.py. CLIENT… is a command to which the server's URL is
added. It reads the calls from stdin, [["METHOD", [PARAMETER, …]], …] in JSON, makes
them in order, and prints the answers: [{"value": …} or {"fault": [CODE, "TEXT"]}, …].
With --unix it is given the server's Unix socket too, as unix:///PATH. It ends with status 1 if it
got no answer that it understands. With --empty-is-null it is one whose library reads
an empty string or struct as nothing at all.
"""

import json
import subprocess
import sys
import unittest

from running_server import Server

SERVER, *CLIENT = sys.argv[1:]
OPTIONS = set()
while CLIENT[0] in ("--unix", "--empty-is-null"):
    OPTIONS.add(CLIENT.pop(0))

# What markup, escapes, blanks, line ends and an encoding could spoil.
KEY = "k e\u0301\u00e9\ud55c <&>\"'"
TEXT = " \u00fc\u4e2d ]]> &amp; <b>'\"</b>\n\ttabs and blanks  "
# Every type that JSON has too.
NESTED = {"list": [1, -2147483648, 2.5, True, False, "", []], "struct": {"name": TEXT}, "empty": {}}

NOT_A_STRING = {"fault": [2, "INCORRECT_PARAMETERS: Cache data must be a string"]}
BAD_NAME = {"fault": [10, "BAD_NAME"]}


def value(of):
    return {"value": of}


def session(spec):
    """(method, parameters, answer) of each call; a cache that is empty, and empty again afterwards."""
    any_type = spec == "1.1"
    return [
        ("cache.getAPIVersion", [], value("0.2")),
        ("cache.getKeys", [], value([])),
        ("cache.getCount", [], value(0)),
        ("cache.store", [KEY, TEXT], value(True)),
        ("cache.fetch", [KEY], value(TEXT)),
        ("cache.store", ["nested", NESTED], value(True) if any_type else NOT_A_STRING),
        ("cache.fetch", ["nested"], value(NESTED) if any_type else BAD_NAME),
        ("cache.store", ["b", ""], value(True)),
        ("cache.fetch", ["b"], value("")),
        ("cache.getKeys", [], value(["b", KEY, "nested"] if any_type else ["b", KEY])),
        ("cache.getCount", [], value(3 if any_type else 2)),
        ("cache.fetch", ["missing"], BAD_NAME),
        ("cache.store", ["", "v"], {"fault": [10, "BAD_NAME: Cache key must be a non-empty string"]}),
        ("cache.store", ["too few"], {"fault": [2, "INCORRECT_PARAMETERS"]}),
        ("cache.nope", [], {"fault": [1, "UNKNOWN_METHOD"]}),
        ("cache.delete", [KEY], value(True)),
        ("cache.delete", [KEY], value(True)),
        ("cache.getCount", [], value(2 if any_type else 1)),
        ("cache.clear", [], value(True)),
        ("cache.getKeys", [], value([])),
    ]


BATCH = [
    ("system.multicall", [[
        {"methodName": "cache.store", "params": [KEY, TEXT]},
        {"methodName": "cache.fetch", "params": [KEY]},
        {"methodName": "cache.fetch", "params": ["missing"]},
        {"methodName": "cache.getKeys", "params": []},
    ]], value([True, TEXT, {"faultCode": 10, "faultString": "BAD_NAME"}, [KEY]])),
    ("system.multicall", [[]], value([])),
    ("cache.clear", [], value(True)),
]

INTROSPECTION = [
    ("system.methodSignature", ["cache.store"], value(["boolean", "string", "string"])),
    ("system.methodSignature", ["cache.nope"], {"fault": [4, "SIGNATURE_UNSUPPORTED"]}),
    ("supervisor.getAPIVersion", [], value("3.0")),
]


def as_text(answer):
    """JSON again: to Python, True is 1 and 1 is 1.0."""
    return json.dumps(answer, ensure_ascii=False, sort_keys=True)


def as_read(value):
    """What the client's library makes of it."""
    if "--empty-is-null" in OPTIONS and value in ("", {}):
        return None
    if isinstance(value, dict):
        return {name: as_read(member) for name, member in value.items()}
    if isinstance(value, list):
        return [as_read(item) for item in value]
    return value


class Session(unittest.TestCase):
    maxDiff = None

    def run_client(self, url, calls):
        return subprocess.run([*CLIENT, url], input=json.dumps([call[:2] for call in calls]), encoding="utf-8",
                              capture_output=True, timeout=60)

    def answers(self, url, calls):
        done = self.run_client(url, calls)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        answers = json.loads(done.stdout)
        self.assertEqual(len(answers), len(calls))
        return answers

    def check(self, url, calls):
        for (method, parameters, expected), answer in zip(calls, self.answers(url, calls)):
            with self.subTest(method, parameters=parameters):
                self.assertEqual(as_text(answer), as_text(as_read(expected)))

    def check_all(self, url, spec):
        self.check(url, session(spec))
        self.check(url, BATCH)
        self.check(url, INTROSPECTION)

    def test_inet(self):
        for spec in ["1.1", "1.0"]:
            with self.subTest(spec), Server(SERVER, spec) as server:
                self.check_all(server.url, spec)

    def test_methods_are_listed(self):
        with Server(SERVER) as server:
            [methods] = self.answers(server.url, [("system.listMethods", [])])
            names = {"cache.store", "system.multicall", "supervisor.getState"}
            self.assertEqual(names & set(methods["value"]), names)
            self.assertEqual(methods["value"], sorted(methods["value"]))

    def test_password(self):
        with Server(SERVER, password=True) as server:
            self.check(server.full_url, session("1.1"))
            for url in [server.url, server.full_url.replace("word@", "work@")]:
                with self.subTest(url):
                    done = self.run_client(url, session("1.1"))
                    self.assertEqual(done.returncode, 1, done.stderr)
                    self.assertEqual(done.stdout, "")

    if "--unix" in OPTIONS:
        def test_unix(self):
            for spec in ["1.1", "1.0"]:
                with self.subTest(spec), Server(SERVER, spec, unix=True) as server:
                    self.check_all(server.server_url, spec)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], warnings="ignore")
