"""The list of known failures that cache-conformance makes with --write-known-failures.

usage: command_line_baseline_test.py --programs FOLDER [TEST…]
"""

import json
import os
import shlex
import signal

from command_line import FETCH, KEYS, PROGRAMS, SERVER, STORE, SUITE, WRONG, case, main
from command_line_results import BAD_SETUP, ResultsTest

MUTANT = os.path.join(PROGRAMS, "cache-mutant")


class Baseline(ResultsTest):
    def setUp(self):
        super().setUp()
        self.given = self.fixtures(case("good", STORE, FETCH), case("low", STORE, WRONG, level="should"),
                                   case("blocked", BAD_SETUP, FETCH), case("bad", STORE, WRONG),
                                   case("slow", {"wait": 1}, KEYS, needs=["slow"]), case("bad-too", STORE, WRONG))
        self.list = os.path.join(self.folder, "list.json")
        self.write_list = ["--write-known-failures", self.list]

    def entries(self):
        with open(self.list, encoding="utf-8") as file:
            known = json.load(file)
        self.assertEqual(known["format"], "1.0")
        return known["known"]

    def ids(self):
        return [entry["ids"] for entry in self.entries()]

    def bytes(self):
        with open(self.list, "rb") as file:
            return file.read()

    def assert_alone(self):
        """Nothing is left beside the list."""
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("list.json.")], [])

    def test_the_list_is_what_fails_and_with_it_the_run_passes(self):
        self.assert_status(1, *self.given, *self.write_list)
        said, again = self.err.split("; run again with ")
        self.assertEqual(said, f"cache-conformance: known failures of 3 cases written to {self.list}")
        self.assertEqual(shlex.split(again), ["--known-failures", self.list])
        with open(self.list, encoding="utf-8") as file:
            self.assertEqual(file.read(), """\
{ "format": "1.0",
  "known": [
    { "ids": "blocked", "reason": "the set-up failed: expected an answer that is not a fault, got fault """
                             r"""{\"code\":10,\"string\":\"BAD_NAME: Cache key must be a non-empty string\"}" },
    { "ids": "bad", "reason": "another value than expected: expected \"w\", got \"v\"" },
    { "ids": "bad-too", "reason": "another value than expected: expected \"w\", got \"v\"" } ] }
""")
        self.assert_alone()
        run = self.run_of(0, *self.given, "--known-failures", self.list)
        self.assertEqual(run.end["counts"]["expected-failure"], 3)

    def test_with_strict_what_only_warned_is_listed_too(self):
        self.assert_status(1, *self.given, *self.write_list, "--strict")
        self.assertEqual(self.ids(), ["low", "blocked", "bad", "bad-too"])
        self.run_of(0, *self.given, "--known-failures", self.list, "--strict")

    def test_nothing_that_fails_makes_an_empty_list(self):
        self.assert_status(0, *self.given, *self.write_list, "good")
        self.assertEqual(self.entries(), [])
        self.assert_status(0, *self.given, "--known-failures", self.list, "good")

    def test_a_real_target_twice_in_any_order_gives_the_same_bytes_and_then_passes(self):
        for mutant, spec in [("store-first-wins", "1.0"), ("key-lower-case", "1.1")]:
            with self.subTest(mutant):
                target = ["--spawn", f"exec {shlex.quote(MUTANT)} {mutant} --port {{port}} --spec {spec}",
                          "--spec", spec, "--strict", "store*,keys*,fetch*"]
                self.assert_status(1, *target, *self.write_list)
                first = self.bytes()
                self.assertGreater(len(self.entries()), 3)
                self.assert_status(1, *target, *self.write_list, "--order", "rand", "--rng-seed", "7")
                self.assertEqual(self.bytes().decode(), first.decode())
                run = self.run_of(0, *target, "--known-failures", self.list, *self.write_list)
                self.assertEqual(run.end["counts"]["expected-failure"], len(self.entries()))
                self.assertEqual(self.bytes(), first)

    def test_reasons_name_no_key_address_or_number_of_the_run(self):
        given = self.fixtures(case("key", STORE, {"call": "cache.getKeys", "value": []}),
                              case("number", {"call": "cache.fetch", "params": [{"$improbable": "int"}],
                                              "value": {"$improbable": "int"}}),
                              case("gone", {"send": "GET / HTTP/1.1\r\n\r\n", "closed": True}, needs=["hostile"]))
        for target, shown in [([], "kit-….key.a"), ([*self.liar("silent"), "--timeout", "0.2"], "no answer in time"),
                              (self.liar("hang-up"), "closed")]:
            with self.subTest(target):
                written = set()
                for run_id in ["1a2b3c4d", "00000001"]:
                    self.assert_status(1, *given, *target, *self.write_list, "--run-id", run_id)
                    written.add(self.bytes().decode())
                self.assertEqual(len(written), 1, written)
                self.assertIn(shown, written.pop())

    def test_a_given_list_is_brought_up_to_date(self):
        known = self.known({"ids": "bad", "link": "https://example.org/1", "expires": "2999-12-31"}, {"ids": "good"},
                           {"ids": "slow", "reason": "not seen"}, {"ids": "low", "reason": "ours"})
        self.assert_status(1, *self.given, *known, *self.write_list)
        self.assertEqual(self.ids(), ["low", "blocked", "bad", "slow", "bad-too"])
        self.assertEqual(self.entries()[0], {"ids": "low", "reason": "ours"})
        self.assertEqual(self.entries()[2], {"ids": "bad", "reason": "it is known", "link": "https://example.org/1",
                                             "expires": "2999-12-31"})
        self.assert_status(0, *self.given, "--known-failures", self.list)
        self.assert_status(1, *self.given, *known, "--write-known-failures", known[1])
        with open(known[1], "rb") as file:
            self.assertEqual(file.read(), self.bytes())

    def test_an_entry_with_a_star_is_kept_while_all_of_its_cases_fail(self):
        known = self.known({"ids": "b*", "reason": "all of them"})
        self.assert_status(0, *self.given, *known, *self.write_list)
        self.assertEqual(self.entries(), [{"ids": "b*", "reason": "all of them"}])
        self.fixtures(case("bad", STORE, FETCH), case("bad-too", STORE, WRONG), case("blocked", BAD_SETUP, FETCH))
        self.assert_status(1, *self.given, *known, *self.write_list)
        self.assertEqual(self.entries(), [{"ids": "bad-too", "reason": "all of them"},
                                          {"ids": "blocked", "reason": "all of them"}])
        self.assert_status(0, *self.given, "--known-failures", self.list)

    def test_an_expired_entry_is_written_without_its_day(self):
        known = self.known({"ids": "bad", "expires": "2020-02-29"}, {"ids": "b*d", "reason": "star"})
        self.assert_refused(2, "covered already", *self.given, *known)
        known = self.known({"ids": "bad", "expires": "2020-02-29"}, {"ids": "good", "expires": "2020-02-29"})
        self.assert_status(1, *self.given, *known, *self.write_list)
        self.assertEqual(self.entries()[1], {"ids": "bad", "reason": "it is known"})
        self.assert_status(0, *self.given, "--known-failures", self.list)

    def test_an_expired_entry_whose_cases_did_not_run_keeps_its_day(self):
        day = {"expires": "2020-02-29", "reason": "it is known"}
        known = self.known({"ids": "bad*", **day}, {"ids": "slow", **day})
        self.assert_status(1, *self.given, *known, *self.write_list, "blocked")
        self.assertEqual(self.entries()[1:], [{"ids": "bad*", **day}, {"ids": "slow", **day}])
        self.assert_status(1, *self.given, "--known-failures", self.list, *self.write_list, "bad-too")
        self.assertEqual(self.entries()[1:], [{"ids": "bad*", "reason": "it is known"}, {"ids": "slow", **day}])

    def test_what_a_filter_or_a_shard_leaves_out_stays_listed(self):
        known = self.known({"ids": "bad", "reason": "ours"})
        self.assert_status(1, *self.given, *known, *self.write_list, "bad-too")
        self.assertEqual(self.ids(), ["bad", "bad-too"])
        for index in range(6):
            options = ["--known-failures", self.list] if index else []
            self.run_suite(*self.given, *self.write_list, *options, "--shard-count", "6", "--shard-index", str(index))
        self.assertEqual(self.ids(), ["blocked", "bad", "bad-too"])

    def test_a_crash_is_not_listed_and_is_said(self):
        given = self.fixtures(case("a", STORE, FETCH), case("b", KEYS), case("c", STORE, WRONG))
        self.assert_status(1, *self.liar("crash"), *given, *self.write_list, "a,b")
        self.assertEqual(self.entries(), [])
        self.assertIn("a crash is never excused, and the target crashed in a; leave out", self.err)
        self.assert_status(1, *self.liar("crash"), *given, *self.known({"ids": "a"}), *self.write_list)
        self.assertIn("a", self.ids())

    def test_a_file_that_is_no_list_is_refused_before_the_run(self):
        started = os.path.join(self.folder, "started")
        target = ["--spawn", f"touch {shlex.quote(started)}; : {{port}}"]
        for text, content in [("list.json:1:1: not JSON", "a letter to my aunt"),
                              ('list.json:1:1: the key "known" is missing', '{"format": "1.0"}')]:
            path = self.write("list.json", content)
            self.assert_refused(2, text, *target, *self.given, "--write-known-failures", path)
            self.assert_one_sentence()
            self.assertEqual(self.bytes().decode(), content)
        link = os.path.join(self.folder, "link")
        os.symlink("nowhere.json", link)
        for text, path in [("that is no file", self.folder), ("that is no file", "/dev/full"), ("that is no file", link),
                           ("No such file or directory", os.path.join(self.folder, "nowhere", "list.json"))]:
            self.assert_refused(2, text, *target, *self.given, "--write-known-failures", path)
            self.assert_one_sentence()
        self.assert_refused(2, "leave --abort and --abortx out", *target, *self.given, *self.write_list, "--abort")
        self.assertFalse(os.path.exists(started))
        self.write("list.json", "")
        self.assert_status(1, *self.given, *self.write_list)
        self.assertEqual(len(self.entries()), 3)
        self.assert_status(0, *self.given, *self.write_list, "good")
        self.assertEqual(self.entries(), [])

    def test_a_link_to_a_list_stays_one(self):
        real = self.write("real.json", "")
        os.symlink("real.json", self.list)
        self.assert_status(1, *self.given, *self.write_list)
        self.assertTrue(os.path.islink(self.list))
        self.assertEqual(len(self.entries()), 3)
        self.assertFalse(os.path.islink(real))

    def test_a_list_keeps_its_permissions_and_what_may_not_be_written_is_refused(self):
        self.write("list.json", "")
        os.chmod(self.list, 0o640)
        self.assert_status(1, *self.given, *self.write_list)
        self.assertEqual(os.stat(self.list).st_mode & 0o777, 0o640)
        self.assertEqual(len(self.entries()), 3)

        nobody = {"user": 65534} if os.getuid() == 0 else {}  # root may write everything
        for text, list_mode, folder_mode in [("Permission denied", 0o444, 0o777),
                                             ("nothing can be written to the folder", 0o666, 0o555)]:
            os.chmod(self.list, list_mode)
            os.chmod(self.folder, folder_mode)
            self.assert_refused(2, text, *self.given, *self.write_list, **nobody)
            self.assert_one_sentence()
        os.chmod(self.folder, 0o755)

    def test_a_list_that_can_be_written_no_more_is_2_if_nothing_else_fails(self):
        gone = os.path.join(self.folder, "gone")
        target = ["--spawn", f"rmdir {shlex.quote(gone)}; exec {shlex.quote(SERVER)} --port {{port}}", "--spec", "1.0"]
        for status, name in [(2, "good"), (1, "bad")]:
            os.mkdir(gone)
            self.assert_status(status, *self.given, *target, "--write-known-failures", os.path.join(gone, "list"), name)
            self.assertRegex(self.err, r"^cache-conformance: known failures are not written to .*/gone/list: \S.*\n$")

    def test_a_run_that_was_not_judged_to_the_end_writes_nothing(self):
        given = self.fixtures(case("bad", STORE, WRONG), case("waits", {"wait": 3}, KEYS, needs=["slow"]))
        self.assert_status(3, *given, *self.write_list, "--allow", "slow", "--deadline", "1")
        self.assertIn(f"known failures are not written to {self.list}: --deadline was reached", self.err)
        self.assertFalse(os.path.exists(self.list))
        suite = self.start(SUITE, *given, *self.write_list, "--allow", "slow")
        line = ""
        while "only this" not in line:  # of the case before
            line = suite.stdout.readline()
        suite.send_signal(signal.SIGINT)
        self.assertEqual(suite.wait(10), 130)
        self.assertFalse(os.path.exists(self.list))
        self.assert_alone()


if __name__ == "__main__":
    main()
