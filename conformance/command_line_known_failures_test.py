"""The list of failures that are known, which cache-conformance takes with --known-failures.

usage: command_line_known_failures_test.py --programs FOLDER [TEST…]
"""

import collections
import json
import os
import re
import shlex
import subprocess

from command_line import FETCH, KEYS, STORE, WRONG, case, main
from command_line_results import BAD_SETUP, ResultsTest


class KnownFailures(ResultsTest):
    def setUp(self):
        super().setUp()
        self.given = self.fixtures(case("good", STORE, FETCH), case("bad", STORE, WRONG),
                                   case("blocked", BAD_SETUP, FETCH), case("low", STORE, WRONG, level="should"),
                                   case("slow", {"wait": 1}, KEYS, needs=["slow"]))

    def test_an_expected_failure_does_not_fail_the_run(self):
        known = self.known({"ids": "bad", "link": "https://example.org/1"}, {"ids": "blo*ed", "reason": "no set-up"})
        run = self.run_of(0, *self.given, *known, "-r", "kit")
        self.assertEqual(run.cases["blocked"]["known"], {"reason": "no set-up", "place": f"{known[1]}:3:9"})
        self.assertEqual(run.cases["bad"]["known"]["link"], "https://example.org/1")
        self.assertNotIn("known", run.cases["good"])
        self.assertEqual(run.verdicts(), {"good": "passed", "bad": "expected-failure", "blocked": "expected-failure",
                                          "low": "warned", "slow": "skipped"})
        self.assertEqual(run.cases["bad"]["difference"]["actual"], '"v"')
        self.assertNotIn("FAILED", self.out)
        self.assertIn("2 cases failed as expected:\n  bad [must]: it is known (https://example.org/1)\n"
                      "  blocked [must]: no set-up\n", self.out)
        self.assertIn("must      1 passed, 1 skipped, 2 expected-failure\n", self.out)
        self.assertIn("PASSED: 1 case, and 1 left out, and 2 failed as expected", self.out)

    def test_what_is_not_listed_still_fails(self):
        run = self.run_of(1, *self.given, *self.known({"ids": "bad"}), "-r", "kit")
        self.assertEqual(run.cases["blocked"]["verdict"], "blocked")
        self.assertIn("FAILED: 1 case of 5, and 1 failed as expected", self.out)
        command = re.search(r"^  only this (.*)$", self.out, re.MULTILINE)[1]
        self.assertIn("--known-failures", command)
        only = subprocess.run(["bash", "-c", command.replace("blocked", "bad")], capture_output=True, text=True,
                              timeout=30)
        self.assertEqual(only.returncode, 0, only.stdout + only.stderr)

    def test_an_unexpected_pass_fails_the_run_and_names_its_line(self):
        known = self.known({"ids": "bad"}, {"ids": "blocked"}, {"ids": "good"})
        run = self.run_of(1, *self.given, *known, "-r", "kit")
        self.assertEqual(run.cases["good"]["verdict"], "unexpected-pass")
        self.assertIn("UNEXPECTED-PASS  good", self.out)
        self.assertRegex(self.out, r"it passed, and is listed as a known failure at \S.*known\.json:4:9: take it off")
        self.assertIn("FAILED: 1 case of 5", self.out)
        self.assertIn(f"cache-conformance: 1 case of {known[1]} passed; the same run with --write-known", self.err)
        options = re.search(r"the same run with (.*) as well takes it off that list\n", self.err)[1]
        self.assertEqual(shlex.split(options), ["--write-known-failures", known[1]])
        self.run_of(1, *self.given, *known, *shlex.split(options))
        self.assertNotIn("takes it off", self.err)
        self.run_of(0, *self.given, *known)
        self.assertNotIn("takes it off", self.err)

    def test_a_skipped_case_that_is_listed_is_skipped(self):
        run = self.run_of(1, *self.given, *self.known({"ids": "slow"}))
        self.assertEqual(run.cases["slow"]["verdict"], "skipped")

    def test_what_would_warn_is_expected_too(self):
        known = self.known({"ids": "bad"}, {"ids": "blocked"}, {"ids": "low"})
        for strict in [[], ["--strict"]]:
            run = self.run_of(0, *self.given, *known, *strict)
            self.assertEqual(run.cases["low"]["verdict"], "expected-failure")
        run = self.run_of(1, *self.given, *self.known({"ids": "bad"}, {"ids": "blocked"}), "--strict")
        self.assertEqual(run.cases["low"]["verdict"], "failed")

    def test_an_expired_entry_excuses_nothing(self):
        for expires, verdict, status in [("2999-12-31", "expected-failure", 0), ("2020-02-29", "failed", 1)]:
            known = self.known({"ids": "bad", "expires": expires}, {"ids": "blocked"})
            run = self.run_of(status, *self.given, *known, "-r", "kit")
            self.assertEqual(run.cases["bad"]["verdict"], verdict)
        self.assertRegex(self.out, r'known\.json:2: "bad" was to fail until 2020-02-29 only, and is excused no longer: it is known')
        known = self.known({"ids": "bad"}, {"ids": "blocked"}, {"ids": "good", "expires": "2020-02-29"})
        self.assertEqual(self.run_of(1, *self.given, *known).cases["good"]["verdict"], "unexpected-pass")

    def test_a_bad_list_is_2_and_nothing_is_started(self):
        started = os.path.join(self.folder, "started")
        target = ["--spawn", f"touch '{started}'; : {{port}}"]
        entry = {"ids": "bad", "reason": "r"}
        for text, known in [
            ("known.json:1:12: not JSON", '{"format": }'),
            ("known.json:1:1: the key \"known\" is missing", '{"format": "1.0"}'),
            ("known.json:1:12: format \"2.0\" is not known here", '{"format": "2.0"}'),
            ('known.json:1:29: the key "reason" is missing', [{"ids": "bad"}]),
            ('known.json:1:29: the key "ids" is missing', [{"reason": "r"}]),
            ("known.json:1:54: expected one line of text", [{"ids": "bad", "reason": ""}]),
            ('known.json:1:59: unknown key "expired"; known here: ids, reason, link, expires',
             [{**entry, "expired": "2026-12-31"}]),
            ("expected a day as YYYY-MM-DD, found \"2026-02-30\"", [{**entry, "expires": "2026-02-30"}]),
            ("expected a day as YYYY-MM-DD, found \"31.12.2026\"", [{**entry, "expires": "31.12.2026"}]),
            ("expected a string", [{**entry, "expires": 2026}]),
            ("expected a string", [{"ids": ["bad"], "reason": "r"}]),
        ]:
            with self.subTest(text):
                if not isinstance(known, str):
                    known = json.dumps({"format": "1.0", "known": known})
                path = self.write("known.json", known)
                self.assert_refused(2, text, *target, *self.given, "--known-failures", path)
                self.assertFalse(os.path.exists(started))
        self.assert_refused(2, "/nonexistent.json: the file cannot be read", *target, *self.given,
                            "--known-failures", "/nonexistent.json")

    def test_an_entry_that_covers_no_case_is_2(self):
        for ids in ["gone", "go", "*od-", "", "GOOD"]:
            with self.subTest(ids):
                self.assert_refused(2, f'known.json:3:9: "{ids}" is the id of no case', *self.given,
                                    *self.known({"ids": "bad"}, {"ids": ids}))
        both = self.fixtures(case("good", STORE, FETCH), case("other", KEYS, specs=["1.1"]))
        self.assert_refused(2, '"other" is the id of no case', *both, *self.known({"ids": "other"}), "--spec", "1.0")

    def test_a_case_that_two_entries_cover_is_2(self):
        for second in ["bad", "ba*", "*"]:
            with self.subTest(second):
                self.assert_refused(2, "known.json:3:9: the case bad is covered already, at ", *self.given,
                                    *self.known({"ids": "bad"}, {"ids": second}))

    def test_filters_and_shards_leave_entries_without_a_case(self):
        known = self.known({"ids": "bad"}, {"ids": "blocked"})
        self.assertEqual(self.run_of(0, *self.given, *known, "bad").verdicts(), {"bad": "expected-failure"})
        self.run_of(0, *self.given, *known, "good")
        verdicts = {}
        for index in range(3):
            verdicts |= self.run_of(0, *self.given, *known, "--shard-count", "3", "--shard-index",
                                    str(index)).verdicts()
        self.assertEqual(collections.Counter(verdicts.values()),
                         {"passed": 1, "expected-failure": 2, "warned": 1, "skipped": 1})

    def test_a_crash_is_never_excused(self):
        given = self.fixtures(case("a", STORE, FETCH), case("b", KEYS))
        run = self.run_of(1, *self.liar("crash"), *given, *self.known({"ids": "a"}))
        self.assertEqual(run.verdicts(), {"a": "failed", "b": "passed"})
        self.assertIn("the target exited with status 7 during this case", run.cases["a"]["problem"])

    def test_require_all_does_not_mind_an_expected_failure(self):
        known = self.known({"ids": "b*"})
        self.run_of(0, *self.given, *known, "--require-all", "--allow", "slow")
        self.run_of(1, *self.given, *known, "--require-all")


if __name__ == "__main__":
    main()
