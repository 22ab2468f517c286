"""cache-conformance as people and CI meet it: options, texts, exit statuses, signals.

usage: command_line_test.py --programs FOLDER [TEST…]
"""

import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import xml.etree.ElementTree
import xmlrpc.client

PROGRAMS = os.path.abspath(sys.argv[2])
SUITE = os.path.join(PROGRAMS, "cache-conformance")
SERVER = os.path.join(PROGRAMS, "cache-server")
LIAR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "targets", "liar.py")
RUN = "1a2b3c4d"

STORE = {"call": "cache.store", "params": [{"$key": "a"}, "v"], "setup": True}
FETCH = {"call": "cache.fetch", "params": [{"$key": "a"}], "value": "v"}
WRONG = {"call": "cache.fetch", "params": [{"$key": "a"}], "value": "w"}
KEYS = {"call": "cache.getKeys", "value": {"$$type": "array"}}


def case(name, *steps, level="must", **more):
    given = {"id": name, "title": "title of " + name, "level": level, "cites": ["kept"], **more,
             "steps": list(steps)}
    return {**given, "recorded": "here"} if level == "observed" else given


class CommandLine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def fixtures(self, *cases, level="must"):
        """A folder with these cases, all of which cite one statement."""
        folder = os.path.join(self.folder, "fixtures")
        os.makedirs(folder, exist_ok=True)
        statement = {"id": "kept", "level": level, "statement": "What is stored is kept.", "source": "the document",
                     "if_broken": "It is lost.", "proved_by": "cases"}
        self.write("fixtures/behaviours.json", json.dumps({"format": "1.0", "behaviours": [statement]}))
        self.write("fixtures/suite.json",
                   json.dumps({"format": "1.0", "suite": "tiny", "title": "t", "cases": list(cases)}))
        return ["--fixtures", folder]

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def run_suite(self, *options, timeout=60, **more):
        done = subprocess.run([SUITE, *options], capture_output=True, text=True, timeout=timeout, **more)
        self.out, self.err = done.stdout, done.stderr
        return done.returncode

    def assert_status(self, status, *options, **more):
        self.assertEqual(self.run_suite(*options, **more), status, self.out + self.err)

    def assert_refused(self, status, text, *options):
        """Refused in one sentence on stderr, and nothing was run."""
        self.assert_status(status, *options)
        self.assertIn(text, self.err)
        self.assertNotIn("passed", self.out)

    def start(self, *command):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, 10)
        self.addCleanup(process.kill)
        return process

    def start_server(self, spec="1.0"):
        line = self.start(SERVER, "--port", "0", "--spec", spec).stdout.readline()
        url = line.split()[-1]
        return url, xmlrpc.client.ServerProxy(url)

    def serve(self, status, body, headers=()):
        """A server of one answer, whatever it is asked."""
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                for name, value in [("Content-Length", str(len(body))), *headers]:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"

    # Options, fixtures and filters

    def test_bad_options_are_2(self):
        for text, options in [
            ("--nonsense", ["--nonsense"]),
            ("--spec 2: expected auto, 1.0 or 1.1", ["--spec", "2"]),
            ('"root" is no need; known: exclusive, restart, heavy, hostile, slow, all', ["--allow", "slow,root"]),
            ("--timeout x: expected a number of seconds", ["--timeout", "x"]),
            ("--deadline 0: expected a number of seconds", ["--deadline", "0"]),
            ("exclude each other", ["--url", "http://h/", "--unix-socket", "/s"]),
            ("TLS is not spoken here", ["--url", "https://h/"]),
            ("expected http://HOST:PORT/RPC2", ["--url", "h:9001"]),
            ("--username goes with", ["--username", "u"]),
            ("there is no such variable", ["--username", "u", "--password-env", "KIT_NO_SUCH"]),
            ("the file cannot be read", ["--username", "u", "--password-file", "/nonexistent"]),
            ("--run-id 12: expected eight hexadecimal digits", ["--run-id", "12"]),
            ("write {port}", ["--spawn", "true"]),
            ("write {port}", ["--spawn", "true {port} {socket}"]),
            ("no case of spec 1.0 matches", ["no-such-case"]),
        ]:
            with self.subTest(options):
                self.assert_refused(2, text, *options)

    def test_broken_fixtures_are_2_with_file_line_and_column(self):
        good = case("a", STORE, FETCH)
        for text, cases in [
            ('suite.json:1:72: unknown key "titel"', [{"id": "a", "titel": "x"}]),
            ("no expectation", [case("a", {"call": "cache.getKeys"})]),
            ("more than one of value, fault", [case("a", {**KEYS, "fault": True})]),
            ('unknown need "root"', [case("a", KEYS, needs=["root"])]),
            ('the id "a" is used twice; first at ', [good, good]),
            ('the case needs "exclusive"', [case("a", {"call": "cache.store", "params": ["k", "v"], "fault": True})]),
        ]:
            with self.subTest(text):
                self.assert_refused(2, text, *self.fixtures(*cases))
                self.assertRegex(self.err, r"^\S+/fixtures/suite\.json:1:\d+: .+\n$")

    def test_fixtures_that_are_not_there_or_not_json_are_2(self):
        options = self.fixtures(case("a", KEYS))
        self.write("fixtures/suite.json", '{"format": "1.0",\n "suite": }')
        self.assert_refused(2, "suite.json:2:11: not JSON", *options)
        self.assert_refused(2, "there is no such folder", "--fixtures", "/nonexistent")
        os.mkdir(os.path.join(self.folder, "empty"))
        self.assert_refused(2, "there is no .json file", "--fixtures", os.path.join(self.folder, "empty"))

    def test_cases_are_listed_without_a_target(self):
        self.assert_status(0, "--list-tests", "--url", "http://127.0.0.1:1/RPC2")
        both = self.out
        self.assertIn("string-only-refuses-int", both)
        self.assertIn("any-int", both)
        self.assert_status(0, "--list-tests", "--spec", "1.0")
        self.assertNotIn("any-int", self.out)
        self.assertIn("string-only-refuses-int", self.out)

    def test_help_and_version(self):
        self.assert_status(0, "--help")
        for text in ["--unix-socket", "--allow", "Exit status: 0 passed"]:
            self.assertIn(text, self.out)
        self.assert_status(0, "--version")
        self.assertRegex(self.out, r"^cache-conformance \d+\.\d+\.\d+\n$")

    # Targets that cannot be judged

    def test_nobody_there_is_3(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}/RPC2"
            self.assert_refused(3, f"no connection to {url}: Connection refused; is the target running?", "--url", url)
        self.assert_refused(3, "no connection to unix:/nonexistent/s: No such file", "--unix-socket", "/nonexistent/s")

    def test_a_command_that_ends_before_it_answers_is_3(self):
        self.assert_refused(3, "exited with status 5 before it answered", "--spawn", "echo broken >&2; exit 5 # {port}")
        self.assertIn("it wrote:\nbroken", self.err)

    def test_what_is_no_cache_is_3_with_advice(self):
        html = b"<html><body>hello</body></html>"
        fault = xmlrpc.client.dumps(xmlrpc.client.Fault(1, "UNKNOWN_METHOD")).encode()
        for text, server, path in [
            ("did you mean http://", (200, html), "/"),
            ("did you mean http://", (404, html), "/rpc"),
            ("give --username and --password-env", (401, html), "/RPC2"),
            ("answers every call with HTTP status 500", (500, b"oops"), "/RPC2"),
            ("[rpcinterface:cache]", (200, fault), "/RPC2"),
        ]:
            with self.subTest(text):
                self.assert_refused(3, text, "--url", self.serve(*server) + path)

    def test_a_silent_target_is_3(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/RPC2"
            self.assert_refused(3, "no answer in time", "--url", url, "--timeout", "0.5")

    def test_a_reached_deadline_is_3(self):
        waits = [case(f"w{i}", {"wait": 1}, KEYS, needs=["slow"]) for i in range(4)]
        self.assert_status(3, *self.fixtures(*waits), "--allow", "slow", "--deadline", "1.5")
        self.assertIn("NOT JUDGED to the end: --deadline was reached", self.out)

    # Verdicts

    def test_levels_decide_as_they_should(self):
        must = self.fixtures(case("a", STORE, WRONG))
        self.assert_status(1, *must)
        self.assertIn("FAILED: 1 case of 1", self.out)
        should = self.fixtures(case("a", STORE, WRONG, level="should"))
        self.assert_status(0, *should)
        self.assertIn("1 warning", self.out)
        self.assert_status(1, *should, "--strict")

    def test_a_failed_set_up_blocks(self):
        bad = {"call": "cache.store", "params": ["", "v"], "setup": True}
        self.assert_status(1, *self.fixtures(case("a", bad, FETCH)))
        self.assertIn("BLOCKED  a", self.out)
        self.assert_status(1, *self.fixtures(case("a", bad, FETCH, level="observed")))

    def test_a_skip_counts_with_require_all(self):
        slow = self.fixtures(case("a", {"wait": 1}, KEYS, needs=["slow"]), case("b", KEYS))
        self.assert_status(0, *slow)
        self.assertIn("1  needs slow: a", self.out)
        self.assert_status(1, *slow, "--require-all")

    def test_a_failure_can_be_read_and_repeated(self):
        url, _ = self.start_server()
        again = self.fixtures(case("other", KEYS), case("a", STORE, WRONG, why="because"))
        self.assert_status(1, "--url", url, "--spec", "1.0", *again)
        for text in ["title of a [must]", "the document", "What is stored is kept.", "It is lost.", "because",
                     'expected  "w"', 'actual    "v"', "| POST /RPC2 HTTP/1.1", "<methodName>cache.fetch",
                     "| HTTP/1.1 200 OK", "<value><string>v</string></value>"]:
            self.assertIn(text, self.out)
        lines = re.findall(r"^    (curl .*)$", self.out, re.MULTILINE)
        self.assertEqual(len(lines), 2)
        for line in lines:
            repeated = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=30)
            self.assertIn("HTTP/1.1 200", repeated.stdout, repeated.stderr)
        self.assertIn("<value><string>v</string></value>", repeated.stdout)
        command = re.search(r"^  only this (.*)$", self.out, re.MULTILINE)[1]
        only = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30)
        self.assertEqual(only.returncode, 1)
        self.assertIn("FAILED: 1 case of 1", only.stdout)

    def test_the_spec_is_found_or_not(self):
        for spec in ["1.0", "1.1"]:
            url, _ = self.start_server(spec)
            self.assert_status(0, "--url", url, "version-is-string")
            self.assertIn(f"spec      {spec}, found by storing an integer; pin it with --spec {spec}", self.out)
        one = xmlrpc.client.dumps((1,), methodresponse=True).encode()
        self.assert_status(1, "--url", self.serve(200, one), "count-is-integer")
        self.assertIn("FAILED  spec-can-be-told", self.out)

    def test_junit_agrees(self):
        path = os.path.join(self.folder, "junit.xml")
        cases = self.fixtures(case("good", STORE, FETCH), case("bad", STORE, WRONG),
                              case("slow", {"wait": 1}, KEYS, needs=["slow"]))
        self.assert_status(1, *cases, "-r", "kit", "-r", "junit::out=" + path)
        self.assertIn("FAILED: 1 case of 3", self.out)
        suite = xml.etree.ElementTree.parse(path).getroot().find("testsuite")
        self.assertEqual((suite.get("tests"), suite.get("failures"), suite.get("skipped")), ("3", "1", "1"))

    def test_shards_run_every_case_once(self):
        self.assert_status(0, "--list-tests", "--spec", "1.0", "--verbosity", "quiet")
        listed = [line.strip() for line in self.out.splitlines() if line.strip()]
        ran = []
        for index in range(3):
            path = os.path.join(self.folder, f"{index}.xml")
            self.assert_status(0, "--shard-count", "3", "--shard-index", str(index), "-r", "junit::out=" + path)
            ran += [test.get("name") for test in xml.etree.ElementTree.parse(path).iter("testcase")]
        # Two cases are for targets that ask for a password.
        self.assertEqual(sorted(ran), sorted(name for name in listed if not name.startswith("credentials-")))

    def test_any_order_will_do(self):
        for seed in ["7", "8"]:
            self.assert_status(0, "--order", "rand", "--rng-seed", seed)

    # Targets that crash, hang or lie

    def liar(self, mode):
        return ["--spawn", f"exec {sys.executable} {LIAR} {mode} {{port}}", "--spec", "1.0"]

    def test_a_spawned_target_that_crashes_is_started_again(self):
        cases = self.fixtures(case("a", STORE, KEYS), case("b", STORE, FETCH), case("c", STORE, KEYS))
        self.assert_status(0, *self.liar("honest"), *cases)
        self.assert_status(1, *self.liar("crash"), *cases)
        self.assertIn("the target exited with status 7 during this case or right after a", self.out)
        self.assertIn("FAILED: 1 case of 3; the target crashed, and was started again", self.out)

    def test_a_target_by_url_that_dies_is_3(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.start(sys.executable, LIAR, "crash", str(port))
        url = f"http://127.0.0.1:{port}/RPC2"
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        cases = self.fixtures(case("a", STORE, KEYS), case("b", STORE, FETCH), case("c", STORE, KEYS))
        self.assert_status(3, "--url", url, "--spec", "1.0", *cases)
        self.assertIn("FAILED  b", self.out)
        self.assertIn("was gone after the case b", self.out)
        self.assertIn("must      1 passed, 1 failed, 1 skipped", self.out)

    def test_liars_do_not_pass_and_do_not_hold_the_run(self):
        cases = self.fixtures(case("a", STORE, FETCH), case("b", KEYS))
        for mode in ["true", "fault", "previous", "too-long", "too-short", "gzip", "html", "two-values", "500",
                     "redirect", "silent", "drip", "endless-head", "close"]:
            with self.subTest(mode):
                self.assert_status(1, *self.liar(mode), *cases, "--timeout", "1", timeout=30)
                self.assertIn("FAILED  a", self.out)
                self.assertIn("FAILED: 1 case of 2", self.out)

    def test_no_lie_is_a_fault(self):
        refused = {"call": "cache.fetch", "params": [{"$key": "a"}], "fault": True}
        cases = self.fixtures(case("a", STORE, refused))
        for mode in ["500", "close", "silent", "html", "redirect"]:
            with self.subTest(mode):
                self.assert_status(1, *self.liar(mode), *cases, "--timeout", "1", timeout=30)

    # Passwords, signals, other people's keys

    def test_a_password_is_never_shown(self):
        body = xmlrpc.client.dumps(("x",), methodresponse=True).encode()
        url = self.serve(200, body)
        self.write("password", "s3cret\n")
        env = {**os.environ, "KIT_PASSWORD": "s3cret"}
        for source in [["--password-env", "KIT_PASSWORD"], ["--password-file", os.path.join(self.folder, "password")]]:
            self.assert_status(1, "--url", url, "--spec", "1.0", "--username", "me", *source,
                               *self.fixtures(case("a", STORE, FETCH)), env=env)
            for secret in ["s3cret", "bWU6czNjcmV0"]:
                self.assertNotIn(secret, self.out + self.err)
            self.assertIn("Authorization: Basic [not shown]", self.out)

    def interrupt(self, number, *target):
        """The status after a signal in the middle of a case that has stored a key."""
        waits = self.fixtures(case("a", STORE, {"wait": 3}, FETCH, needs=["slow"]), case("b", KEYS))
        suite = self.start(SUITE, *target, "--spec", "1.0", *waits, "--allow", "slow", "--run-id", RUN)
        yield suite
        suite.send_signal(number)
        yield suite.wait(5)

    def test_an_interrupted_run_deletes_its_keys(self):
        url, proxy = self.start_server()
        proxy.cache.store("theirs", "v")
        for number in [signal.SIGTERM, signal.SIGINT]:
            run = self.interrupt(number, "--url", url)
            next(run)
            self.wait_until(lambda: len(proxy.cache.getKeys()) == 2)
            self.assertEqual(next(run), 128 + number)
            self.assertEqual(proxy.cache.getKeys(), ["theirs"])

    def test_what_a_killed_run_leaves_is_named_and_swept(self):
        url, proxy = self.start_server()
        others = ["kit-", "kit-1a2b3c4", "kit-1a2b3c4d", "kit-1a2b3c4dX.a", "Kit-1a2b3c4d.a", "kit-1A2B3C4D.a"]
        for key in others:
            proxy.cache.store(key, "v")
        run = self.interrupt(signal.SIGKILL, "--url", url)
        next(run)
        self.wait_until(lambda: len(proxy.cache.getKeys()) == 7)
        next(run)
        self.assert_status(0, "--url", url, "version-is-string")
        self.assertIn("the cache holds 1 key of other runs", self.out)
        self.assert_status(0, "--url", url, "--sweep")
        self.assertEqual(proxy.cache.getKeys(), sorted(others))

    def test_no_process_remains_after_any_signal(self):
        for number in [signal.SIGTERM, signal.SIGKILL]:
            pids = os.path.join(self.folder, f"pids-{number}")
            run = self.interrupt(number, "--spawn",
                                 f"sleep 60 & echo $! $$ > {pids}; {SERVER} --port {{port}}; true")
            next(run)
            self.wait_until(lambda: os.path.exists(pids) and len(open(pids).read().split()) == 2)
            next(run)
            for pid in map(int, open(pids).read().split()):
                self.wait_until(lambda: not self.is_running(pid))

    def is_running(self, pid):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                return file.read().rsplit(")", 1)[1].split()[0] != "Z"
        except (FileNotFoundError, ProcessLookupError):
            return False

    def wait_until(self, condition):
        until = time.monotonic() + 15
        while not condition():
            self.assertLess(time.monotonic(), until, "it did not come true")
            time.sleep(0.02)

    def test_keys_of_others_stay(self):
        url, proxy = self.start_server("1.1")
        others = [" ", "a", "kit-1a2b3c4d", "kit-1a2b3c4dX.a", "Kit-1a2b3c4d.a"]
        for key in others:
            proxy.cache.store(key, ["theirs", key])
        for allowed, reason in [([], "needs exclusive"),
                                (["--allow", "all"], "needs an empty cache, and there are 5 keys in it")]:
            self.assert_status(0, "--url", url, "--strict", "--run-id", RUN, *allowed)
            self.assertIn(reason, self.out)
            self.assertEqual(proxy.cache.getKeys(), sorted(others))
            for key in others:
                self.assertEqual(proxy.cache.fetch(key), ["theirs", key])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], warnings="ignore")
