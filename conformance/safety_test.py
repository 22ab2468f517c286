"""A plain run at a target that does real work: what it sends, and what it leaves behind.

usage: safety_test.py --programs FOLDER [TEST…]
"""

import os
import re
import urllib.parse
import urllib.request
import xmlrpc.client

from command_line import FETCH, STORE, CommandLineTest, case, main
from plain_run import breaches, raw_breaches
from recording_proxy import RecordingProxy, requests_in

RUN = "1a2b3c4d"
PREFIX = "kit-" + RUN


class Recorded(CommandLineTest):
    def run_through_proxy(self, url, *options):
        """What the suite has sent, connection by connection."""
        target = urllib.parse.urlsplit(url)
        proxy = RecordingProxy(target.hostname, target.port)
        try:
            self.status = self.run_suite("--url", f"http://127.0.0.1:{proxy.port}/RPC2", "--run-id", RUN, *options)
        finally:
            proxy.close()
        return [bytes(stream) for stream in proxy.streams if stream]


class WhatIsSent(Recorded):
    def assert_harmless(self, url, judge, *options):
        streams = self.run_through_proxy(url, "--strict", *options)
        self.assertEqual(self.status, 0, self.out + self.err)
        self.assertEqual([each for stream in streams for each in judge(stream, PREFIX)], [])
        # Nearly every case names a key: the proxy was not passed by.
        passed = sum(int(number) for number in re.findall(r"^\w+ +(\d+) passed", self.out, flags=re.MULTILINE))
        own = {name for stream in streams for name in re.findall(rb"kit-1a2b3c4d\.([a-z0-9-]+)", stream)}
        self.assertGreater(passed, 100)
        self.assertGreater(len(own), passed * 0.6)

    def test_a_plain_run_names_its_own_keys_only(self):
        for start, version in [(self.start_server, "1.0"), (self.start_server, "1.1"),
                               (self.start_supervisord, "1.0.0"), (self.start_supervisord, "1.1.0")]:
            with self.subTest(f"{start.__name__} {version}"):
                url, _ = start(version)
                self.assert_harmless(url, breaches)

    def test_heavy_and_hostile_cases_name_their_own_keys_only(self):
        for start, version in [(self.start_server, "1.1"), (self.start_supervisord, "1.1.0")]:
            with self.subTest(f"{start.__name__} {version}"):
                url, _ = start(version)
                self.assert_harmless(url, raw_breaches, "--allow", "heavy,hostile")


class WhichConnections(Recorded):
    def test_the_steps_of_a_case_share_them_and_its_keys_are_deleted_on_others(self):
        url, _ = self.start_server()
        cases = self.fixtures(case("a", STORE, {**FETCH, "on": "b"}, FETCH, {**FETCH, "on": "b"}), case("c", STORE, FETCH))
        streams = self.run_through_proxy(url, "--spec", "1.0", *cases)
        self.assertEqual(self.status, 0, self.out + self.err)
        calls = [[re.search(rb"<methodName>cache\.(\w+)", body)[1].decode() for _, body in requests_in(stream)]
                 for stream in streams if PREFIX.encode() in stream]
        self.assertEqual(calls, [["store", "fetch"], ["fetch", "fetch"], ["delete"], ["store", "fetch"], ["delete"]])


def posted(body):
    return {"post": {"body": body}, "http": {"status": 200}}


def method(name, params="<params/>"):
    return f"<methodCall><methodName>{name}</methodName>{params}</methodCall>"


ONE = "<params><param><value><string>{}</string></value></param></params>"

# What a plain run must not do; each can be written only where "exclusive" is needed.
FORBIDDEN = {
    "emptied": {"call": "cache.clear", "value": True},
    "emptied-of-one": {"call": "cache.clear", "params": [{"$key": "a"}], "fault": True},
    "emptied-in-capitals": {"call": "cache.CLEAR", "fault": True},
    "emptied-in-private": {"call": "cache._clear", "fault": True},
    "emptied-elsewhere": {"call": "nope.clear", "fault": True},
    "emptied-in-a-batch": {"call": "system.multicall", "value": {"$$type": "array"},
                           "params": [[{"methodName": "cache.clear", "params": []}]]},
    "emptied-by-reference": posted(method("cache.&#99;le&#x61;r")),
    "emptied-in-cdata": posted(method("cache.cl<![CDATA[ea]]>r")),
    "emptied-around-a-comment": posted(method("cache.cl<!-- -->ear")),
    "emptied-by-entity": posted('<!DOCTYPE m [<!ENTITY c "cle">]>' + method("cache.&c;ar")),
    "emptied-by-path": {"post": {"path": "{path}/clear", "body": method("cache.getKeys")}, "http": {"status": 200}},
    "stored": {"call": "cache.store", "params": ["theirs", "v"], "value": True},
    "stored-near": {"call": "cache.store", "params": ["kit-1a2b3c4d", "v"], "value": True},
    "stored-as-int": {"call": "cache.store", "params": [5, "v"], "fault": True},
    "stored-as-boolean": {"call": "cache.store", "params": [True, "v"], "fault": True},
    "stored-as-array": {"call": "cache.store", "params": [[{"$key": "a"}, "b"], "v"], "fault": True},
    "stored-as-empty-array": {"call": "cache.store", "params": [[], "v"], "fault": True},
    "stored-as-struct": {"call": "cache.store", "params": [{"n": "b"}, "v"], "fault": True},
    "fetched": {"call": "cache.fetch", "params": ["theirs"], "fault": True},
    "deleted": {"call": "cache.delete", "params": ["theirs"], "value": True},
    "deleted-in-a-batch": {"call": "system.multicall", "value": {"$$type": "array"},
                           "params": [[{"methodName": "cache.delete", "params": ["theirs"]}]]},
    "deleted-in-capitals": {"call": "cache.DELETE", "params": ["theirs"], "fault": True},
    "deleted-as-base64": posted(method("cache.delete", ONE.replace("string", "base64").format("dGhlaXJz"))),
    "deleted-untyped": posted(method("cache.delete", "<params><param><value>theirs</value></param></params>")),
    "chunked": {"send": "POST {path} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "http": {"status": 411}},
}


class WhatWouldBeSeen(Recorded):
    def test_a_case_that_touches_what_is_others_is_seen(self):
        url, cache = self.start_server()
        fixtures = self.fixtures(*(case(name, step, needs=["exclusive", "hostile"])
                                   for name, step in FORBIDDEN.items()))
        for name in FORBIDDEN:
            with self.subTest(name):
                cache.cache.clear()
                streams = self.run_through_proxy(url, *fixtures, "--spec", "1.0", "--allow", "exclusive,hostile", name)
                self.assertNotIn("left out", self.out)
                self.assertNotEqual([each for stream in streams for each in breaches(stream, PREFIX)], [])

    def test_a_request_to_shut_down_or_restart_is_seen(self):
        for name in ["supervisor.shutdown", "supervisor.restart", "SUPERVISOR.Restart", "supervisor.reloadConfig",
                     "supervisor.clearLog", "supervisor.stopAllProcesses", "supervisor.sh&#117;tdown",
                     "supervisor._restart", "nope.<![CDATA[shut]]>down"]:
            with self.subTest(name):
                body = method(name, ONE.format(PREFIX + ".a.a")).encode()
                stream = b"POST /RPC2 HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
                self.assertEqual(requests_in(stream)[0][1], body)
                self.assertNotEqual(breaches(stream, PREFIX), [])
                self.assertNotEqual(raw_breaches(stream, PREFIX), [])

    def test_bytes_that_are_no_requests_are_seen(self):
        for stream in [b"junk", b"POST /RPC2\r\n\r\n", b"POST /RPC2 HTTP/1.1\r\nContent-Length: 5\r\n\r\nab",
                       b"POST /RPC2 HTTP/1.1\r\nContent-Length: 2\r\n\r\nabc", b"\r\n",
                       b"POST /RPC2 HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 1\r\n\r\nab",
                       b"POST /RPC2 HTTP/1.1\r\nContent-Length : 2\r\n\r\nab"]:
            with self.subTest(stream):
                self.assertNotEqual(breaches(stream, PREFIX), [])


# The last four are as another run would name them, or nearly as this one does.
FOREIGN = {" ": "", "a": "theirs", "\N{SNOWMAN} & <b>": "  \t& <\N{GRINNING FACE}>", "kit-": "v",
           "kit-0a0b0c0d.store-a.a": "v", PREFIX: "v", PREFIX + "X.a": "v", "Kit-1a2b3c4d.a": "v"}
TYPED = {"int": -5, "boolean": True, "double": 0.1, "date": xmlrpc.client.DateTime("19980717T14:08:55"),
         "array": [1, [], ["x", False]], "struct": {"b": 1, "a": {"": [2.5]}}}


def everything_in(url, proxy):
    """Keys in their order, their number, and of each value the very bytes of its answer."""
    keys = proxy.cache.getKeys()

    def fetched(key):
        request = urllib.request.Request(url, xmlrpc.client.dumps((key,), "cache.fetch").encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()
    return keys, proxy.cache.getCount(), {key: fetched(key) for key in keys}


class WhatIsLeft(CommandLineTest):
    def test_a_plain_run_leaves_the_target_as_it_was(self):
        for start, version in [(self.start_server, "1.0"), (self.start_server, "1.1"),
                               (self.start_supervisord, "1.0.0"), (self.start_supervisord, "1.1.0")]:
            with self.subTest(f"{start.__name__} {version}"):
                url, proxy = start(version)
                for key, value in {**FOREIGN, **(TYPED if version.startswith("1.1") else {})}.items():
                    proxy.cache.store(key, value)
                before = everything_in(url, proxy)
                for options in [[], ["--allow", "all", "--require-all", "[cache.store]~[exclusive]"]]:
                    self.assert_status(0, "--url", url, "--strict", "--run-id", RUN, *options)
                    self.assertEqual(everything_in(url, proxy), before)

    def test_a_plain_run_writes_nothing_to_the_log_of_a_supervisord(self):
        url, _ = self.start_supervisord()
        log = os.path.join(self.folder, "log")
        before = os.path.getsize(log)
        self.assert_status(0, "--url", url, "--strict")
        self.assertEqual(os.path.getsize(log), before)
        self.assert_status(0, "--url", url, "--allow", "hostile", "malformed-no-xml")
        self.assertGreater(os.path.getsize(log), before)


if __name__ == "__main__":
    main()
