"""What cache-conformance says of a run, to people, in JUnit and by its exit status.

usage: command_line_verdicts_test.py --programs FOLDER [TEST…]
"""

import json
import os
import re
import subprocess
import xml.etree.ElementTree
import xmlrpc.client

import results
from command_line import FETCH, KEYS, STORE, WRONG, CommandLineTest, case, main


class Verdicts(CommandLineTest):
    def test_levels_decide_as_they_should(self):
        must = self.fixtures(case("a", STORE, WRONG))
        self.assert_status(1, *must)
        self.assertIn("FAILED: 1 case of 1", self.out)
        should = self.fixtures(case("a", STORE, WRONG, level="should"))
        self.assert_status(0, *should)
        self.assertIn("1 warning", self.out)
        self.assertIn('  kept: What is stored is kept.\n    a [should]: title of a\n'
                      '      another value than expected: expected "w", got "v"\n', self.out)
        self.assert_status(1, *should, "--strict")

    def test_a_failed_set_up_blocks(self):
        bad = {"call": "cache.store", "params": ["", "v"], "setup": True}
        self.assert_status(1, *self.fixtures(case("a", bad, FETCH)))
        self.assertIn("BLOCKED  a", self.out)
        self.assert_status(1, *self.fixtures(case("a", bad, FETCH, level="observed")))

    def test_no_list_of_keys_blocks_what_needs_an_empty_cache(self):
        for keys in (None, 5, [5], {"a": "b"}):
            def answer(request, _):
                method = xmlrpc.client.loads(request)[1]
                value = keys if method == "cache.getKeys" else True
                return 200, xmlrpc.client.dumps((value,), methodresponse=True, allow_none=True).encode()
            with self.subTest(keys):
                clears = case("a", {"call": "cache.clear", "value": True}, level="should", needs=["exclusive"])
                self.assert_status(1, "--url", self.serve_with(answer), "--spec", "1.1", "--allow", "exclusive",
                                   *self.fixtures(clears))
                self.assertIn("BLOCKED  a", self.out)
                self.assertIn("before the case: cache.getKeys gives no list of keys", self.out)

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


class Doubt(CommandLineTest):
    def test_an_expectation_that_cannot_fail_is_found(self):
        anything = {**FETCH, "value": {"$$matches": "[^]*"}}
        given = self.fixtures(case("good", STORE, FETCH), case("weak", STORE, anything))
        self.assert_status(0, *given)
        self.assertNotIn("doubted", self.out)
        self.assert_status(0, *given, "--doubt", "good")
        self.assertRegex(self.out, r"doubted   2 assertions by \d+ changes: \d+ turned the verdict, the others are irrel")
        self.assert_status(1, *given, "--doubt", "-r", "kit", "-r", "ndjson::out=" + self.folder + "/run.ndjson")
        self.assertIn("suite.json:1)\n  problem   not turned by all of text: *\n  at        value\n", self.out)
        self.assertIn("FAILED: 1 change turned no verdict", self.out)
        run, = results.read(self.folder + "/run.ndjson")
        self.assertEqual(run.verdicts(), {"good": "passed", "weak": "passed"})
        with open(self.folder + "/run.ndjson", encoding="utf-8") as file:
            good, weak = [line for line in map(json.loads, file) if line["type"] == "doubt"]
        self.assertEqual((good["id"], good["findings"]), ("good", []))
        self.assertEqual(good["perturbations"], good["turned"] + good["irrelevant"])
        self.assertEqual([finding["change"] for finding in weak["findings"]], ["all of text: *"])

    def test_a_case_that_did_not_pass_is_not_doubted(self):
        self.assert_status(1, *self.fixtures(case("bad", STORE, WRONG)), "--doubt")
        self.assertIn("doubted   0 assertions", self.out)
        self.assertIn("FAILED: 1 case of 1", self.out)


if __name__ == "__main__":
    main()
