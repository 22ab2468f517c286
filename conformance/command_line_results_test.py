"""What cache-conformance writes for programs.

usage: command_line_results_test.py --programs FOLDER [TEST…]
"""

import collections
import hashlib
import json
import os
import re
import signal
import subprocess
import time
import xml.etree.ElementTree
import xmlrpc.client

import junitparser

import results
from command_line import FETCH, KEYS, STORE, WRONG, SUITE, case, main
from command_line_results import BAD_SETUP, ResultsTest

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")


def digest(*folders):
    """As fixtures/README.md has it, written anew."""
    sha = hashlib.sha256()
    for folder in folders:
        names = []
        for at, below, files in os.walk(folder):
            if at == folder:
                below[:] = [name for name in below if name not in ("schema", "matching")]
            names += [os.path.relpath(os.path.join(at, name), folder) for name in files if name.endswith(".json")]
        for name in sorted(names):
            with open(os.path.join(folder, name), "rb") as file:
                sha.update(name.encode() + b"\0" + file.read() + b"\0")
    return "sha256:" + sha.hexdigest()


class Lines(ResultsTest):
    def test_a_run_is_a_line_for_itself_for_each_case_and_for_its_end(self):
        url, _ = self.start_server()
        given = self.fixtures(case("good", STORE, FETCH), case("bad", STORE, WRONG, needs=["heavy"]))
        run = self.run_of(1, "--url", url, "--spec", "1.0", "--allow", "heavy", "--run-id", "1a2b3c4d", *given)
        self.assertRegex(run.start["runner"], r"^cache-conformance \d+\.\d+\.\d+$")
        self.assertEqual(run.start["target"], url)
        self.assertEqual(run.start["spec"], "1.0")
        self.assertEqual(run.start["run"], "kit-1a2b3c4d")
        self.assertEqual(list(run.cases), ["good", "bad"])
        bad = run.cases["bad"]
        self.assertLess(0, bad.pop("duration"))
        exchanges = bad.pop("exchanges")
        self.assertEqual(bad, {
            "type": "case", "id": "bad", "suite": "tiny", "title": "title of bad", "level": "must", "cites": ["kept"],
            "needs": ["heavy"], "verdict": "failed", "place": {"file": "suite.json", "line": 1},
            "problem": bad["problem"], "difference": {"path": "", "expected": '"w"', "actual": '"v"'}})
        self.assertEqual([exchange["step"] for exchange in exchanges],
                         ['cache.store({"$key":"a"},"v")', 'cache.fetch({"$key":"a"})'])
        self.assertTrue(exchanges[1]["request"].startswith("POST /RPC2 HTTP/1.1\n"))
        self.assertIn("kit-1a2b3c4d.bad.a", exchanges[1]["request"])
        self.assertTrue(exchanges[1]["answer"].startswith("HTTP/1.1 200 OK\n"))
        self.assertNotIn("problem", run.cases["good"])
        self.assertNotIn("unjudged", run.end)
        self.assertEqual({name: number for name, number in run.end["counts"].items() if number},
                         {"passed": 1, "failed": 1})

    def test_alone_it_has_stdout_for_itself(self):
        self.assert_status(0, "version-is-string", "-r", "ndjson")
        kinds = [json.loads(line)["type"] for line in self.out.splitlines()]
        self.assertEqual(kinds, ["run", "case", "end"])
        self.assertIn("PASSED: 1 case", self.err)

    def test_what_decides_verdicts_is_named(self):
        options = self.run_of(0, "version-is-string").start["options"]
        seed = options.pop("seed")
        self.assertIsInstance(seed, int)
        self.assertEqual(options, {
            "strict": False, "allow": ["exclusive", "restart", "heavy", "hostile"], "require_all": False,
            "timeout": 10, "deadline": None, "known_failures": None, "credentials": False,
            "filter": ["version-is-string"], "order": "decl", "shard_count": 1, "shard_index": 0,
            "abort_after": None})
        known = self.known({"ids": "b"})
        options = self.run_of(
            0, *self.fixtures(case("a", STORE, FETCH), case("b", STORE, WRONG)), *known, "--strict", "--allow",
            "slow", "--require-all", "--timeout", "2.5", "--deadline", "60", "--order", "rand", "--rng-seed", "7",
            "--shard-count", "1", "--abortx", "3", "[must],b", "~c").start["options"]
        self.assertEqual(options, {
            "strict": True, "allow": ["exclusive", "restart", "heavy", "hostile", "slow"], "require_all": True,
            "timeout": 2.5, "deadline": 60, "known_failures": known[1], "credentials": False,
            "filter": ["[must],b", "~c"], "order": "rand", "seed": 7, "shard_count": 1, "shard_index": 0,
            "abort_after": 3})

    def test_neither_user_nor_password_is_told(self):
        def answer(request, authorization):
            method = xmlrpc.client.loads(request)[1]
            value = {"cache.getKeys": [], "cache.fetch": "you sent " + authorization}.get(method, True)
            return 200, xmlrpc.client.dumps((value,), methodresponse=True).encode()
        run = self.run_of(1, "--url", self.serve_with(answer), "--spec", "1.0", "--username", "somebody",
                          "--password-file", self.write("password", "s3cret"),
                          *self.fixtures(case("a", STORE, FETCH)))
        self.assertIs(run.start["options"]["credentials"], True)
        with open(self.path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("you sent", text)
        for secret in ["s3cret", "somebody", "c29tZWJvZHk6czNjcmV0"]:
            self.assertNotIn(secret, text)

    def test_what_is_not_utf_8_or_long_is_told_as_people_read_it(self):
        def answer(request, _):
            method = xmlrpc.client.loads(request)[1]
            if method == "cache.fetch":
                return 200, b"<a>\xff\x1b[31m\x00\xc3</a>" + b"x" * 10000
            return 200, xmlrpc.client.dumps(([] if method == "cache.getKeys" else True,),
                                            methodresponse=True).encode()
        run = self.run_of(1, "--url", self.serve_with(answer), "--spec", "1.0",
                          *self.fixtures(case("a", STORE, FETCH)))
        told = run.cases["a"]["exchanges"][-1]["answer"]
        self.assertIn("<a>\ufffd\\x1b[31m\\x00\ufffd</a>xxx", told)
        self.assertLess(len(told), 4200)

    def test_the_same_run_says_the_same(self):
        given = self.fixtures(*(case(f"c{i}", STORE, FETCH if i % 3 else WRONG) for i in range(12)))
        url, _ = self.start_server()

        def lines():
            self.assert_status(1, "--url", url, "--spec", "1.0", *given, "--order", "rand", "--rng-seed", "5",
                               *self.ndjson)
            with open(self.path, encoding="utf-8") as file:
                return re.sub(r"kit-[0-9a-f]{8}", "PREFIX", re.sub(r'"duration":[-0-9.e]+', "", file.read()))
        first = lines()
        self.assertEqual(first, lines())
        self.assertEqual(first.count("\n"), 14)

    def test_the_digest_is_that_of_the_files(self):
        bundled = self.run_of(0, "version-is-string").start["fixtures"]
        self.assertEqual(bundled, digest(FIXTURES))
        options = self.fixtures(case("a", KEYS))
        first, second = options[1], os.path.join(self.folder, "more")
        os.makedirs(os.path.join(second, "deep", "schema"))
        for folder, name in [("deep", "b"), ("deep/schema", "c"), ("", "deep-d"), ("", "a-first")]:
            self.write(os.path.join("more", folder, name + ".json"), json.dumps(
                {"format": "1.0", "suite": "s", "title": "t", "cases": [case(name, KEYS)]}))
        self.write("more/README.md", "not read")
        for folder in ["schema", "matching"]:
            os.makedirs(os.path.join(first, folder))
            self.write(f"fixtures/{folder}/x.json", "not read")
        run = self.run_of(0, *options, "--fixtures", second + "/")
        self.assertEqual(run.start["fixtures"], digest(first, second))
        self.assertEqual({name: given["place"]["file"] for name, given in run.cases.items()},
                         {"a": "suite.json", "b": "deep/b.json", "c": "deep/schema/c.json",
                          "deep-d": "deep-d.json", "a-first": "a-first.json"})
        run = self.run_of(0, "--fixtures", "fixtures", "--fixtures", "./more", cwd=self.folder)
        self.assertEqual(run.start["fixtures"], digest(first, second))
        self.assertEqual(run.cases["b"]["place"]["file"], "deep/b.json")
        self.write("more/README.md", "nor this")
        self.assertEqual(self.run_of(0, *options, "--fixtures", second).start["fixtures"], digest(first, second))
        with open(os.path.join(second, "deep", "b.json"), "a", encoding="utf-8") as file:
            file.write("\n")
        changed = self.run_of(0, *options, "--fixtures", second).start["fixtures"]
        self.assertNotEqual(changed, run.start["fixtures"])
        self.assertEqual(changed, digest(first, second))

    def test_a_spec_that_is_not_found_is_a_case(self):
        run = self.run_of(1, "--url", self.start_liar("one")[0], "count-is-integer")
        self.assertEqual(run.verdicts(), {"spec-can-be-told": "failed", "count-is-integer": "passed"})
        self.assertEqual(run.cases["spec-can-be-told"]["place"], {"file": "--spec auto", "line": 1})
        self.assertEqual(run.start["options"]["filter"], ["count-is-integer"])

    def test_a_run_that_could_not_go_on_says_so(self):
        def stops(request, _):
            method = xmlrpc.client.loads(request)[1]
            if method == "cache.fetch":
                time.sleep(0.3)
            return 200, xmlrpc.client.dumps(([] if method == "cache.getKeys" else True,),
                                            methodresponse=True).encode()
        run = self.run_of(3, "--url", self.serve_with(stops), "--spec", "1.0", "--timeout", "0.1",
                          *self.fixtures(*(case(f"c{i}", STORE, FETCH) for i in range(5))))
        self.assertIn("3 cases in a row", run.end["unjudged"])
        self.assertEqual(list(run.verdicts().values()), ["failed"] * 3 + ["skipped"] * 2)
        self.assertEqual(run.cases["c4"]["problem"], "not run: " + run.end["unjudged"])


class Files(ResultsTest):
    def test_a_file_that_cannot_be_written_is_2_and_nothing_is_started(self):
        started = os.path.join(self.folder, "started")
        for path in ["/nonexistent/run.ndjson", self.folder]:
            self.assert_refused(2, path, "--spawn", f"touch '{started}'; : {{port}}", "-r", "ndjson::out=" + path)
            self.assert_one_sentence()
            self.assertFalse(os.path.exists(started))

    def test_a_file_that_cannot_be_written_to_its_end_is_2(self):
        self.assert_status(2, "version-is-string", "-r", "kit", "-r", "ndjson::out=/dev/full")
        self.assertIn("PASSED: 1 case", self.out)
        self.assertIn("the report ndjson could not be written to its end", self.err)
        self.assert_status(1, *self.fixtures(case("a", STORE, WRONG)), "-r", "ndjson::out=/dev/full")
        self.assertIn("the report ndjson could not be written to its end", self.err)
        self.assert_status(2, "version-is-string", "-r", "kit::out=/dev/full")
        self.assertIn("the report kit could not be written to its end", self.err)

    def test_a_pipe_is_written_once(self):
        os.mkfifo(self.path)
        reader = self.start("cat", self.path)
        self.assert_status(0, "version-is-string", *self.ndjson)
        kinds = [json.loads(line)["type"] for line in reader.communicate(timeout=10)[0].splitlines()]
        self.assertEqual(kinds, ["run", "case", "end"])

    def test_results_of_an_earlier_run_are_not_taken_for_this_one_s(self):
        self.run_of(0, "version-is-string")
        self.assert_refused(3, "is the target running?", "--url", "http://127.0.0.1:1/RPC2", *self.ndjson)
        with self.assertRaises(results.CutShort):
            results.read(self.path)

    def interrupted(self, number, *options):
        """The lines that a run has written when a signal ends it in its second case."""
        given = self.fixtures(case("a", STORE, FETCH), case("b", STORE, {"wait": 3}, FETCH, needs=["slow"]),
                              case("c", KEYS))
        suite = self.start(SUITE, *given, "--allow", "slow", *self.ndjson, *options)
        until = time.monotonic() + 15
        while not os.path.exists(self.path) or self.count_lines() < 2:
            self.assertLess(time.monotonic(), until)
            time.sleep(0.02)
        suite.send_signal(number)
        self.stdout = suite.communicate(timeout=15)[0]
        return suite.returncode

    def count_lines(self):
        with open(self.path, "rb") as file:
            return file.read().count(b"\n")

    def test_an_interrupted_run_has_an_end(self):
        for number in [signal.SIGTERM, signal.SIGINT]:
            self.assertEqual(self.interrupted(number), 128 + number)
            run, = results.read(self.path)
            self.assertEqual(run.end["status"], 128 + number)
            self.assertEqual(run.end["unjudged"], f"interrupted by signal {number:d}")
            self.assertEqual(run.verdicts(), {"a": "passed", "b": "skipped", "c": "skipped"})
            os.remove(self.path)

    def test_a_killed_run_keeps_what_it_had_and_is_no_pass(self):
        self.assertEqual(self.interrupted(signal.SIGKILL), -signal.SIGKILL)
        with open(self.path, encoding="utf-8") as file:
            records = [json.loads(line) for line in file]
        self.assertEqual([record.get("id") for record in records], [None, "a"])
        with self.assertRaises(results.CutShort):
            results.read(self.path)

    def test_a_reader_of_stdout_gets_each_line_at_once(self):
        given = self.fixtures(case("a", KEYS), case("b", {"wait": 3}, KEYS, needs=["slow"]))
        suite = self.start(SUITE, *given, "--allow", "slow", "-r", "ndjson")
        self.assertEqual([json.loads(suite.stdout.readline())["type"] for _ in range(2)], ["run", "case"])
        suite.kill()
        self.assertEqual(suite.stdout.read(), "")

    def test_a_suite_that_breaks_claims_no_end(self):
        self.assertEqual(self.interrupted(signal.SIGABRT, "-r", "kit"), -signal.SIGABRT)
        self.assertNotIn("PASSED", self.stdout)
        self.assertEqual(self.count_lines(), 2)
        with self.assertRaises(results.CutShort):
            results.read(self.path)

    def test_a_file_that_is_cut_anywhere_is_refused(self):
        self.run_of(0, "version-is-string")
        with open(self.path, "rb") as file:
            whole = file.read()
        ends = [match.end() for match in re.finditer(b"\n", whole)]
        for size in [0, 1, *ends[:-1], *(end - 1 for end in ends)]:
            with open(self.path, "wb") as file:
                file.write(whole[:size])
            with self.assertRaises(results.CutShort, msg=size):
                results.read(self.path)
            with open(self.path, "ab") as file:
                file.write(whole)
            if size > 0:
                with self.assertRaises(ValueError, msg=size):
                    results.read(self.path)

    def test_shards_put_together_have_every_case_once(self):
        whole = self.run_of(0)
        for order in [[], ["--order", "rand", "--rng-seed", "11"]]:
            paths = [os.path.join(self.folder, f"{index}.ndjson") for index in range(3)]
            for index, path in enumerate(paths):
                self.assert_status(0, "--shard-count", "3", "--shard-index", str(index), *order,
                                   "-r", "ndjson::out=" + path)
            together = os.path.join(self.folder, "all.ndjson")
            with open(together, "wb") as file:
                subprocess.run(["cat", *paths], stdout=file, check=True)
            runs = results.read(together)
            self.assertEqual([run.start["options"]["shard_index"] for run in runs], [0, 1, 2])
            self.assertTrue(all(run.start["options"]["shard_count"] == 3 for run in runs))
            self.assertEqual(sorted(name for run in runs for name in run.cases), sorted(whole.cases))

    def test_an_empty_shard_passes_and_a_filter_without_a_match_does_not(self):
        given = self.fixtures(case("a", KEYS), case("b", KEYS))
        for reporter in [[], ["-r", "kit"]]:
            run = self.run_of(0, *given, "--shard-count", "3", "--shard-index", "2", "--require-all", *reporter)
            self.assertEqual(run.cases, {})
            self.assertIn("no case is left for shard 2 of 3", self.err)
        junit = os.path.join(self.folder, "junit.xml")
        self.assert_status(0, *given, "--shard-count", "3", "--shard-index", "2", "-r", "junit::out=" + junit)
        self.assertEqual(xml.etree.ElementTree.parse(junit).find("testsuite").get("tests"), "0")
        for index in ["0", "2"]:
            self.assert_refused(2, "no case of spec 1.0 matches", *given, "nope", "--shard-count", "3",
                                "--shard-index", index)
        self.assert_status(0, *given, "a", "--shard-count", "3", "--shard-index", "2")

    def test_a_listing_without_a_match_is_2(self):
        given = self.fixtures(case("a", KEYS))
        self.assert_status(0, *given, "--list-tests", "a")
        self.assert_refused(2, "no case matches the filter nope; the nearest are a", *given, "--list-tests", "nope")


class Agreement(ResultsTest):
    """Console, JUnit, NDJSON and the exit status say the same of every verdict."""

    VERDICTS = {"good": "passed", "bad": "failed", "blocked": "blocked", "low": "warned", "slow": "skipped",
                "known-bad": "expected-failure", "known-good": "unexpected-pass"}
    FAILING = {"failed", "blocked", "unexpected-pass"}

    def assert_agreement(self, names, *options):
        """One run of these cases, with every report at once."""
        cases = {"good": case("good", STORE, FETCH), "bad": case("bad", STORE, WRONG),
                 "blocked": case("blocked", BAD_SETUP, FETCH), "low": case("low", STORE, WRONG, level="should"),
                 "slow": case("slow", {"wait": 1}, KEYS, needs=["slow"]),
                 "known-bad": case("known-bad", STORE, WRONG), "known-good": case("known-good", STORE, FETCH)}
        paths = {name: os.path.join(self.folder, name) for name in ["kit", "junit", "xml"]}
        reports = [word for name, path in paths.items() for word in ["-r", f"{name}::out={path}"]]
        expected = {name: self.VERDICTS[name] for name in names}
        if "--strict" in options and "low" in expected:
            expected["low"] = "failed"
        failing = {name for name, verdict in expected.items() if verdict in self.FAILING}
        status = 1 if failing or ("--require-all" in options and "slow" in names) else 0

        run = self.run_of(status, *self.fixtures(*cases.values()), *self.known({"ids": "known-*"}), ",".join(names),
                          *reports, *options)
        self.assertEqual(run.verdicts(), expected)
        self.assertEqual({name: number for name, number in run.end["counts"].items() if number},
                         collections.Counter(expected.values()))

        with open(paths["kit"], encoding="utf-8") as file:
            console = file.read()
        self.assertEqual(set(re.findall(r"^(?:FAILED|BLOCKED|UNEXPECTED-PASS)  (\S+)", console, re.MULTILINE)), failing)
        self.assertEqual(re.search(r"^(PASSED|FAILED): .* in ", console, re.MULTILINE)[1],
                         ["PASSED", "FAILED"][status])
        counted = collections.Counter()
        for level in ["must", "should", "observed"]:
            for number, verdict in re.findall(r"(\d+) ([a-z-]+)", re.search(rf"^{level} +(.*)$", console, re.MULTILINE)[1]):
                counted[verdict] += int(number)
        self.assertEqual(counted, collections.Counter(expected.values()))

        told = {}
        for suite in junitparser.JUnitXml.fromfile(paths["junit"]):
            for test in suite:
                kinds = [type(result) for result in test.result]
                told[test.name] = kinds[0] if kinds else None
                self.assertLessEqual(len(kinds), 1, test.name)
            self.assertEqual((suite.tests, suite.failures, suite.errors, suite.skipped),
                             (len(expected), len(failing), 0, int("slow" in expected)))
        self.assertEqual(told, {name: junitparser.Failure if name in failing else
                                junitparser.Skipped if verdict == "skipped" else None
                                for name, verdict in expected.items()})

        # What Catch2 itself would exit with.
        catch2 = xml.etree.ElementTree.parse(paths["xml"]).find("OverallResultsCases")
        self.assertEqual((int(catch2.get("failures")), int(catch2.get("expectedFailures"))), (len(failing), 0))

    def test_of_each_verdict_alone(self):
        for name in self.VERDICTS:
            with self.subTest(name):
                self.assert_agreement([name])

    def test_of_all_verdicts_together(self):
        self.assert_agreement(list(self.VERDICTS))
        self.assert_agreement(["good", "low", "slow", "known-bad"])

    def test_when_the_rules_are_strict(self):
        self.assert_agreement(["good", "low", "known-bad"], "--strict")
        self.assert_agreement(["good", "slow"], "--require-all")


if __name__ == "__main__":
    main()
