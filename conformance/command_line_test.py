"""cache-conformance as people and CI meet it: options, texts, exit statuses, signals.

usage: command_line_test.py --programs FOLDER [TEST…]
"""

import base64
import http.server
import json
import os
import re
import shlex
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
        folder = tempfile.TemporaryDirectory(prefix="it's a ")  # which a shell has to be told
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
        try:
            done = subprocess.run([SUITE, *options], capture_output=True, text=True, timeout=timeout, **more)
        except subprocess.TimeoutExpired:
            self.fail(f"still running after {timeout} seconds: {options}")
        self.out, self.err = done.stdout, done.stderr
        return done.returncode

    def assert_status(self, status, *options, **more):
        self.assertEqual(self.run_suite(*options, **more), status, self.out + self.err)

    def assert_refused(self, status, text, *options, **more):
        """Refused in one sentence on stderr, and nothing was run."""
        self.assert_status(status, *options, **more)
        self.assertIn(text, self.err)
        self.assertEqual(self.out, "")

    def assert_one_sentence(self):
        self.assertRegex(self.err, r"^cache-conformance: [^\n]+\n$")

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

    def start_unix_server(self):
        path = os.path.join(self.folder, "socket")
        self.start(SERVER, "--unix-socket", path).stdout.readline()
        return path

    def start_liar(self, mode):
        url = self.start(sys.executable, LIAR, mode, "0").stdout.readline().strip()
        return url, xmlrpc.client.ServerProxy(url)

    def serve(self, status, body):
        """A server of one answer, whatever it is asked."""
        return self.serve_with(lambda request, authorization: (status, body))

    def serve_with(self, answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                request = self.rfile.read(int(self.headers["Content-Length"]))
                status, body = answer(request, self.headers.get("Authorization", ""))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.handle_error = lambda *_: None  # the suite may go away at any time
        threading.Thread(target=server.serve_forever, args=[0.02]).start()
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
                self.assertRegex(self.err, r"^\S.+/fixtures/suite\.json:1:\d+: .+\n$")

    def test_fixtures_that_are_not_there_or_not_json_are_2(self):
        options = self.fixtures(case("a", KEYS))
        self.write("fixtures/suite.json", '{"format": "1.0",\n "suite": }')
        self.assert_refused(2, "suite.json:2:11: not JSON", *options)
        self.assert_refused(2, "there is no such folder", "--fixtures", "/nonexistent")
        os.mkdir(os.path.join(self.folder, "empty"))
        self.assert_refused(2, "there is no .json file", "--fixtures", os.path.join(self.folder, "empty"))

    def test_a_key_given_twice_and_a_statement_that_is_not_there_are_2(self):
        options = self.fixtures(case("a", KEYS, cites=["nowhere"]))
        self.assert_refused(2, '"nowhere" is no statement', *options)
        self.assertRegex(self.err, r"^\S.+/fixtures/suite\.json:1:\d+: .+\n$")
        self.write("fixtures/suite.json", '{"format": "1.0",\n "format": "1.0"}')
        self.assert_refused(2, "twice", *options)
        self.assertRegex(self.err, r"^\S.+/fixtures/suite\.json:2:\d+: .+\n$")

    def test_a_report_that_cannot_be_written_is_2_and_is_named(self):
        path = os.path.join(self.folder, "nowhere", "junit.xml")
        self.assert_refused(2, path, "-r", "junit::out=" + path, *self.fixtures(case("a", KEYS)))
        self.assertNotIn("filter", self.err)

    def test_a_listing_starts_no_target(self):
        started = os.path.join(self.folder, "started")
        for listing in ["--list-tests", "--list-tags", "--list-reporters", "--help", "--version"]:
            with self.subTest(listing):
                self.assert_status(0, listing, "--spawn", f"touch {shlex.quote(started)}; : {{port}}")
                self.assertFalse(os.path.exists(started))

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
            self.assert_one_sentence()
        self.assert_refused(3, "no connection to unix:/nonexistent/s: No such file", "--unix-socket", "/nonexistent/s")
        self.assert_one_sentence()

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
            ("\n  [rpcinterface:cache]\n  supervisor.rpcinterface_factory = supervisor_cache.rpcinterface:"
             "make_cache_rpcinterface\n", (200, fault), "/RPC2"),
        ]:
            with self.subTest(text):
                url = self.serve(*server) + path
                self.assert_refused(3, text, "--url", url)
                self.assertIn(url, self.err)
                self.assertEqual(self.err.count("\n"), 3 if "\n" in text else 1)

    def test_a_silent_target_is_3(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/RPC2"
            self.assert_refused(3, f"{url} cannot be judged: no answer in time", "--url", url, "--timeout", "0.5")
            self.assert_one_sentence()

    def test_the_deadline_holds_before_the_first_case_too(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/RPC2"
            for target in [["--url", url], ["--spawn", "exec sleep 60 # {port}"]]:
                with self.subTest(target[0]):
                    self.assert_refused(3, target[1], *target, "--deadline", "0.5", timeout=8)

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
        self.assertIn("  a [should]: title of a\n    expected \"w\"\n    got      \"v\"\n", self.out)
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

    def test_a_failure_on_a_unix_socket_can_be_repeated(self):
        cases = self.fixtures(case("other", KEYS), case("a", STORE, WRONG))
        self.assert_status(1, "--unix-socket", self.start_unix_server(), "--spec", "1.0", *cases)
        for line in re.findall(r"^    (curl .*)$", self.out, re.MULTILINE):
            repeated = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=30)
            self.assertIn("HTTP/1.1 200", repeated.stdout, repeated.stderr)
        self.assertIn("<value><string>v</string></value>", repeated.stdout)
        command = re.search(r"^  only this (.*)$", self.out, re.MULTILINE)[1]
        only = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30)
        self.assertEqual(only.returncode, 1, only.stdout + only.stderr)
        self.assertIn("FAILED: 1 case of 1", only.stdout)

    def test_a_failure_of_a_started_target_can_be_run_again_alone(self):
        cases = self.fixtures(case("other", KEYS), case("a", STORE, FETCH))
        self.assert_status(1, *self.liar("true"), *cases)
        command = re.search(r"^  only this (.*)$", self.out, re.MULTILINE)[1]
        only = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30)
        self.assertEqual(only.returncode, 1, only.stdout + only.stderr)
        self.assertIn("FAILED: 1 case of 1", only.stdout)

    def test_the_spec_is_found_or_not(self):
        for spec in ["1.0", "1.1"]:
            url, server = self.start_server(spec)
            self.assert_status(0, "--url", url, "version-is-string")
            self.assertIn(f"spec      {spec}, found by storing an integer; pin it with --spec {spec}", self.out)
            self.assertEqual(server.cache.getKeys(), [])
        url, _ = self.start_liar("one")
        self.assert_status(1, "--url", url, "count-is-integer")
        self.assertIn("FAILED  spec-can-be-told", self.out)
        self.assertIn("spec      1.0, not found: cache.store of an integer answers 1, which is neither", self.out)
        self.assertIn("FAILED: 1 case of 2", self.out)

    def test_a_spec_that_is_not_found_is_a_failure_in_junit_too(self):
        path = os.path.join(self.folder, "junit.xml")
        self.assert_status(1, "--url", self.start_liar("one")[0], "count-is-integer", "-r", "junit::out=" + path)
        self.assertEqual(self.junit(path), (2, 1, 0))

    def test_junit_agrees(self):
        path = os.path.join(self.folder, "junit.xml")
        cases = self.fixtures(case("good", STORE, FETCH), case("bad", STORE, WRONG),
                              case("slow", {"wait": 1}, KEYS, needs=["slow"]))
        self.assert_status(1, *cases, "-r", "kit", "-r", "junit::out=" + path)
        self.assertIn("FAILED: 1 case of 3", self.out)
        self.assertEqual(self.junit(path), (3, 1, 1))

    def test_junit_counts_as_the_exit_status_does(self):
        path = os.path.join(self.folder, "junit.xml")
        blocked = case("a", {"call": "cache.store", "params": ["", "v"], "setup": True}, FETCH)
        differs = case("a", STORE, WRONG, level="should")
        for given, options in [(blocked, []), (differs, []), (differs, ["--strict"])]:
            with self.subTest(options):
                status = self.run_suite(*self.fixtures(given), *options, "-r", "junit::out=" + path)
                self.assertEqual(self.junit(path), (1, status, 0), self.out + self.err)

    def test_several_reports_of_one_run(self):
        cases = self.fixtures(case("good", STORE, FETCH), case("bad", STORE, WRONG))
        reports = ["console", "compact", "xml", "junit", "tap"]
        options = [word for name in reports
                   for word in ["-r", f"{name}::out={os.path.join(self.folder, name)}"]]
        self.assert_status(1, *cases, "-r", "kit", *options)
        self.assertIn("FAILED: 1 case of 2", self.out)
        for name in reports:
            with open(os.path.join(self.folder, name), encoding="utf-8") as file:
                self.assertIn("bad", file.read(), name)
        self.assertEqual(self.junit(os.path.join(self.folder, "junit")), (2, 1, 0))
        xml.etree.ElementTree.parse(os.path.join(self.folder, "xml"))

    def test_abort_ends_the_run_at_the_first_failure(self):
        cases = self.fixtures(case("a", STORE, WRONG), case("b", STORE, WRONG), case("c", KEYS))
        self.assert_status(1, *cases, "--abort", "--order", "decl")
        self.assertIn("FAILED  a", self.out)
        self.assertNotIn("FAILED  b", self.out)

    def junit(self, path):
        suite = xml.etree.ElementTree.parse(path).getroot().find("testsuite")
        self.assertEqual(suite.get("errors"), "0")
        counts = [len(suite.findall(f"testcase/{kind}")) for kind in ["failure", "skipped"]]
        self.assertEqual(counts, [int(suite.get("failures")), int(suite.get("skipped"))])
        return len(suite.findall("testcase")), *counts

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
        return ["--spawn", f"exec {sys.executable} {shlex.quote(LIAR)} {mode} {{port}}", "--spec", "1.0"]

    def test_a_spawned_target_that_crashes_is_started_again(self):
        cases = self.fixtures(case("a", STORE, KEYS), case("b", STORE, FETCH), case("c", STORE, KEYS))
        self.assert_status(0, *self.liar("honest"), *cases)
        self.assert_status(1, *self.liar("crash"), *cases)
        self.assertIn("the target exited with status 7 during this case or right after a", self.out)
        self.assertIn("FAILED  b", self.out)
        self.assertIn("must      2 passed, 1 failed", self.out)
        self.assertIn("FAILED: 1 case of 3; the target crashed, and was started again", self.out)

    def test_a_target_that_a_case_has_shut_down_has_not_crashed(self):
        shut_down = {"call": "supervisor.shutdown", "value": True}
        cases = self.fixtures(case("a", shut_down, level="should", needs=["restart"]), case("b", STORE, KEYS))
        self.assert_status(0, *self.liar("quit"), *cases)
        self.assertIn("must      1 passed", self.out)
        self.assertIn("should    1 warned", self.out)
        self.assert_status(1, *self.liar("crash"), *cases)
        self.assertIn("the target exited with status 7 during this case", self.out)

    def test_a_spawned_target_that_cannot_be_started_again_is_3(self):
        cases = self.fixtures(case("a", STORE, KEYS), case("b", STORE, FETCH), case("c", STORE, KEYS))
        started = shlex.quote(os.path.join(self.folder, "started"))
        once = f"test -e {started} && echo broken && exit 4; touch {started}; {self.liar('crash')[1]}"
        self.assert_status(3, "--spawn", once, "--spec", "1.0", *cases)
        self.assertIn("FAILED  b", self.out)
        self.assertIn("the target exited with status 7 during this case", self.out)
        self.assertIn("exited with status 4 before it answered", self.out)
        self.assertIn("NOT JUDGED to the end", self.out)

    def test_a_target_by_url_that_dies_is_3(self):
        url, _ = self.start_liar("crash")
        cases = self.fixtures(case("a", STORE, KEYS), case("b", STORE, FETCH), case("c", STORE, KEYS))
        self.assert_status(3, "--url", url, "--spec", "1.0", *cases)
        self.assertIn("FAILED  b", self.out)
        self.assertIn("was gone after the case b", self.out)
        self.assertIn("must      1 passed, 1 failed, 1 skipped", self.out)
        self.assertIn(f"1  not run: the target at {url} was gone after the case b: c", self.out)

    def test_liars_do_not_pass_and_do_not_hold_the_run(self):
        cases = self.fixtures(case("a", STORE, FETCH), case("b", KEYS))
        for mode in ["true", "fault", "previous", "too-long", "too-short", "gzip", "html", "two-values", "500",
                     "redirect", "silent", "drip", "endless-head", "interim", "trailers", "long-struct", "close"]:
            with self.subTest(mode):
                self.assert_status(1, *self.liar(mode), *cases, "--timeout", "2", timeout=30)
                self.assertIn("FAILED  a", self.out)
                self.assertIn("FAILED: 1 case of 2", self.out)

    def test_who_lies_about_everything_does_not_pass_either(self):
        cases = self.fixtures(case("a", STORE, FETCH), case("b", KEYS))
        for status, modes in [(1, ["true", "previous", "two-values"]),
                              (3, ["fault", "too-long", "html", "500", "redirect", "silent", "drip",
                                   "endless-head", "close", "crash"])]:
            for mode in modes:
                with self.subTest(mode):
                    url, _ = self.start_liar("all-" + mode)
                    self.assert_status(status, "--url", url, *cases, "--timeout", "1", timeout=30)
                    self.assertIn(url, self.out + self.err)
        for mode in ["too-short", "gzip"]:
            with self.subTest(mode):
                url, _ = self.start_liar("all-" + mode)
                self.assertIn(self.run_suite("--url", url, *cases, "--timeout", "1", timeout=30), [1, 3])

    def test_no_lie_is_a_fault(self):
        refused = {"call": "cache.fetch", "params": [{"$key": "a"}], "fault": True}
        cases = self.fixtures(case("a", STORE, refused))
        for mode in ["500", "close", "silent", "html", "redirect"]:
            with self.subTest(mode):
                self.assert_status(1, *self.liar(mode), *cases, "--timeout", "1", timeout=30)

    # Passwords, signals, other people's keys

    def start_guarded_server(self, gives_away=False):
        """A server behind a password, which may send it back to whoever fetches."""
        right = "Basic " + base64.b64encode(b"me:s3cret").decode()

        def answer(request, authorization):
            if authorization != right:
                return 401, b"<html>Unauthorized</html>"
            method = xmlrpc.client.loads(request)[1]
            fetched = "you sent " + authorization if gives_away else "lost"
            value = {"cache.getKeys": [], "cache.fetch": fetched}.get(method, True)
            return 200, xmlrpc.client.dumps((value,), methodresponse=True).encode()
        return self.serve_with(answer) + "/RPC2"

    def assert_no_secrets(self, *texts):
        for text in texts:
            for secret in ["s3cret", "bWU6czNjcmV0"]:
                self.assertNotIn(secret, text)

    def test_a_password_is_never_shown(self):
        url = self.start_guarded_server()
        env = {**os.environ, "KIT_PASSWORD": "s3cret"}
        junit = os.path.join(self.folder, "junit.xml")
        for source in [["--password-env", "KIT_PASSWORD"], ["--password-file", self.write("password", "s3cret\n")]]:
            with self.subTest(source[0]):
                self.assert_status(1, "--url", url, "--spec", "1.0", "--username", "me", *source, "-r", "kit",
                                   "-r", "junit::out=" + junit, *self.fixtures(case("a", STORE, FETCH)), env=env)
                self.assertIn("Authorization: Basic [not shown]", self.out)
                with open(junit, encoding="utf-8") as file:
                    self.assert_no_secrets(self.out, self.err, file.read())
                for command in re.findall(r"^(?:    (?=curl)|  only this )(.*)$", self.out, re.MULTILINE):
                    again = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30, env=env)
                    self.assertRegex(again.stdout, "HTTP/1.[01] 200|FAILED: 1 case of 1", again.stderr)

    def test_a_password_that_the_target_sends_back_is_not_shown(self):
        url = self.start_guarded_server(gives_away=True)
        for level, status in [("must", 1), ("should", 0)]:
            with self.subTest(level):
                self.assert_status(status, "--url", url, "--spec", "1.0", "--username", "me", "--password-file",
                                   self.write("password", "s3cret"), *self.fixtures(case("a", STORE, FETCH, level=level)))
                self.assertIn("you sent", self.out)
                self.assert_no_secrets(self.out, self.err)

    def test_a_password_that_is_refused_is_3_and_not_shown(self):
        url = self.start_guarded_server()
        self.assert_refused(3, "refuses this user and password", "--url", url, "--username", "somebody",
                            "--password-file", self.write("password", "s3cret"))
        self.assert_no_secrets(self.err)
        self.assert_refused(2, "not in the URL", "--url", url.replace("//", "//me:s3cret@"))
        self.assert_no_secrets(self.err)

    def interrupt(self, number, *target):
        """First the suite in a case that stores a key and waits, then its status after a signal."""
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

    def test_a_run_that_waits_for_an_answer_can_be_interrupted(self):
        url, proxy = self.start_liar("silent")
        for number in [signal.SIGTERM, signal.SIGINT]:
            suite = self.start(SUITE, "--url", url, "--spec", "1.0", "--timeout", "60",
                               *self.fixtures(case("a", STORE, FETCH), case("b", KEYS)))
            self.wait_until(lambda: len(proxy.cache.getKeys()) == 1)
            suite.send_signal(number)
            self.assertEqual(suite.wait(10), 128 + number)
            self.assertIn(f"INTERRUPTED by signal {number:d}", suite.stdout.read())
            self.assertEqual(proxy.cache.getKeys(), [])

    def test_an_interrupted_look_at_the_spec_leaves_no_key(self):
        keys, never = set(), threading.Event()
        self.addCleanup(never.set)

        def answer(request, _):
            params, method = xmlrpc.client.loads(request)
            if method == "cache.store":
                keys.add(params[0])
                never.wait(60)
            if method == "cache.delete":
                keys.discard(params[0])
            value = sorted(keys) if method == "cache.getKeys" else True
            return 200, xmlrpc.client.dumps((value,), methodresponse=True).encode()
        suite = self.start(SUITE, "--url", self.serve_with(answer), "--timeout", "60")
        self.wait_until(lambda: keys)
        suite.send_signal(signal.SIGTERM)
        self.assertEqual(suite.wait(10), 143)
        self.assertEqual(keys, set())

    def test_a_run_whose_target_is_still_starting_can_be_interrupted(self):
        pids = os.path.join(self.folder, "pids")
        suite = self.start(SUITE, "--spawn", f"echo $$ > {shlex.quote(pids)}; exec sleep 60 # {{port}}")
        self.wait_until(lambda: self.pids_in(pids))
        suite.send_signal(signal.SIGINT)
        self.assertEqual(suite.wait(10), 130)
        self.assertEqual([pid for pid in self.pids_in(pids) if self.is_running(pid)], [])

    def test_what_a_killed_run_leaves_is_named_and_swept(self):
        url, proxy = self.start_server()
        others = [" ", "kit-", "kit-1a2b3c4", "kit-1a2b3c4d", "kit-1a2b3c4dX.a", "Kit-1a2b3c4d.a", "kit-1A2B3C4D.a",
                  "kit-1a2b3c4g.a", "xkit-1a2b3c4d.a", "kit-1a2b3c4.d", "kit-1a2b3c4d5.a"]
        for key in [*others, "kit-00000000.x", "kit-ffffffff."]:
            proxy.cache.store(key, "v")
        run = self.interrupt(signal.SIGKILL, "--url", url)
        next(run)
        self.wait_until(lambda: len(proxy.cache.getKeys()) == len(others) + 3)
        self.assertEqual(next(run), -signal.SIGKILL)
        self.assert_status(0, "--url", url, "version-is-string")
        self.assertIn("the cache holds 3 keys of other runs", self.out)
        self.assertEqual(len(proxy.cache.getKeys()), len(others) + 3)
        for deleted in [3, 0]:
            self.assert_status(0, "--url", url, "--sweep")
            self.assertEqual(self.out, f"keys of earlier runs deleted from {url}: {deleted}\n")
            self.assertEqual(proxy.cache.getKeys(), sorted(others))

    def test_no_process_remains_after_any_signal(self):
        for number, status in [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)]:
            with self.subTest(number):
                pids = os.path.join(self.folder, f"pids-{number:d}")
                run = self.interrupt(number, "--spawn", f"sleep 60 & echo $! $$ > {shlex.quote(pids)}; "
                                                        f"{shlex.quote(SERVER)} --port {{port}}; true")
                next(run)
                self.wait_until(lambda: self.pids_in(pids))
                self.assertEqual(next(run), status)
                for pid in self.pids_in(pids):
                    self.wait_until(lambda: not self.is_running(pid))

    def pids_in(self, path):
        """What a command has written with one `echo`, once it has."""
        try:
            with open(path, encoding="ascii") as file:
                text = file.read()
            return [int(pid) for pid in text.split()] if text.endswith("\n") else []
        except FileNotFoundError:
            return []

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
        others = [" ", "a", "kit-00000000.x", "kit-1a2b3c4", "kit-1a2b3c4d", "kit-1a2b3c4dX.a", "Kit-1a2b3c4d.a"]
        for key in others:
            proxy.cache.store(key, ["theirs", key])
        for allowed, reason in [([], "needs exclusive: "),
                                (["--allow", "all"], "needs an empty cache, and there are 7 keys in it: ")]:
            self.assert_status(0, "--url", url, "--strict", "--run-id", RUN, *allowed)
            self.assertRegex(self.out, rf"\n\d+ cases left out:\n(  .*\n)*  \d+  {reason}")
            self.assertEqual(proxy.cache.getKeys(), sorted(others))
            for key in others:
                self.assertEqual(proxy.cache.fetch(key), ["theirs", key])

    def test_an_empty_cache_is_empty_afterwards(self):
        url, proxy = self.start_server()
        self.assert_status(0, "--url", url, "--strict", "--allow", "exclusive,heavy,hostile")
        self.assertNotIn("needs exclusive", self.out)
        self.assertEqual(proxy.cache.getKeys(), [])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], warnings="ignore")
