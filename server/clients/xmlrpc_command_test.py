"""The `xmlrpc` command of Xmlrpc-c, a strict client in C, and a server.

usage: xmlrpc_command_test.py SERVER (as in running_server.py; `xmlrpc` is in PATH)

It knows no arrays and structs as parameters, and so no system.multicall.
"""

import subprocess
import sys
import unittest

from running_server import PASSWORD, USERNAME, Server

SERVER = sys.argv[1]

FAULT = "Failed.  Call failed.  RPC failed at server.  {}.  (XML-RPC fault code {})\n"
REFUSED = "Failed.  Call failed.  HTTP response code is {}, not 200.  (XML-RPC fault code -504)\n"

# words, then what is printed after `Result:` or, if it begins with `Failed.`, on stderr
STRINGS = [
    (["cache.getKeys"], "Array of 0 items:\n"),
    (["cache.store", "s/\u00e9 <&>", "s/v \u00fc"], "Boolean: TRUE\n"),
    (["cache.fetch", "\u00e9 <&>"], "String: 'v \\xc3\\xbc'\n"),
    (["cache.store", "empty", ""], "Boolean: TRUE\n"),
    (["cache.fetch", "empty"], "String: ''\n"),
    (["cache.getKeys"], "Array of 2 items:\n  Index  0 String: 'empty'\n  Index  1 String: '\\xc3\\xa9 <&>'\n"),
    (["cache.getCount"], "Integer: 2\n"),
    (["cache.getAPIVersion"], "String: '0.2'\n"),
    (["cache.fetch", "nope"], FAULT.format("BAD_NAME", 10)),
    (["cache.store", "k"], FAULT.format("INCORRECT_PARAMETERS", 2)),
    (["cache.nope"], FAULT.format("UNKNOWN_METHOD", 1)),
    (["cache.delete", "empty"], "Boolean: TRUE\n"),
    (["cache.clear"], "Boolean: TRUE\n"),
    (["cache.getCount"], "Integer: 0\n"),
    (["system.methodSignature", "cache.store"],
     "Array of 3 items:\n  Index  0 String: 'boolean'\n  Index  1 String: 'string'\n  Index  2 String: 'string'\n"),
    (["supervisor.getAPIVersion"], "String: '3.0'\n"),
]

# as it is given, and as it is fetched
VALUES = [
    ("i/-5", "Integer: -5\n"),
    ("d/1.5", "Floating Point: 1.500000\n"),
    ("b/true", "Boolean: TRUE\n"),
    ("b/false", "Boolean: FALSE\n"),
    ("h/c3bc", "String: '\\xc3\\xbc'\n"),  # base64
    ("I/5", "String: '5'\n"),  # i8
    ("n/", REFUSED.format(500)),  # nil
]


class XmlrpcCommand(unittest.TestCase):
    def check(self, url, words, expected):
        with self.subTest(words):
            done = subprocess.run(["xmlrpc", url, *words], capture_output=True, encoding="utf-8", timeout=60)
            if expected.startswith("Failed."):
                self.assertEqual((done.stdout, done.stderr, done.returncode), ("", expected, 1))
            else:
                self.assertEqual((done.stdout, done.stderr, done.returncode), (f"Result:\n\n{expected}", "", 0))

    def test_strings(self):
        for spec in ["1.1", "1.0"]:
            with self.subTest(spec), Server(SERVER, spec) as server:
                for words, expected in STRINGS:
                    self.check(server.url, words, expected)

    def test_values(self):
        with Server(SERVER, "1.1") as server:
            for given, expected in VALUES:
                self.check(server.url, ["cache.store", "k", given], "Boolean: TRUE\n")
                self.check(server.url, ["cache.fetch", "k"], expected)
        with Server(SERVER, "1.0") as server:
            self.check(server.url, ["cache.store", "k", "i/-5"],
                       FAULT.format("INCORRECT_PARAMETERS: Cache data must be a string", 2))

    def test_password(self):
        with Server(SERVER, password=True) as server:
            user = "-username=" + USERNAME
            self.check(server.url, ["cache.getCount", user, "-password=" + PASSWORD], "Integer: 0\n")
            self.check(server.url, ["cache.getCount", user, "-password=wrong"], REFUSED.format(401))
            self.check(server.url, ["cache.getCount"], REFUSED.format(401))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], warnings="ignore")
