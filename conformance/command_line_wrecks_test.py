"""cache-conformance at targets that hang, never end, or die.

usage: command_line_wrecks_test.py --programs FOLDER [TEST…]
"""

import os
import shlex
import socket

from command_line import FETCH, KEYS, STORE, WRONG, case, main
from command_line_measured import LATE, MeasuredTest

TOO_LONG = "the answer is longer than 64 MiB, and no more of it is read"


class Endless(MeasuredTest):
    def test_silence(self):
        self.assert_late("silent", "no answer in time")
        self.assert_never_judged("silent", "cannot be judged: no answer in time")

    def test_one_byte_after_the_other(self):
        self.assert_late("drip", "the answer was not complete in time: . bytes came, and its head did not end")
        self.assert_never_judged("drip", "the answer was not complete in time")

    def test_an_endless_body(self):
        for mode, memory in [("endless-length", 40), ("endless-chunks", 100), ("endless-body", 160)]:
            with self.subTest(mode):
                self.assert_caught(mode, TOO_LONG, memory=memory)
                self.assert_not_judged(mode, TOO_LONG, memory=memory)

    def test_an_endless_line_between_chunks(self):
        self.assert_caught("endless-chunk-line", "a line between chunks is longer than 64 KiB")

    def test_endless_trailers(self):
        self.assert_late("trailers", "lines without end behind the last chunk")

    def test_an_endless_head(self):
        self.assert_caught("endless-head", "the head of the answer is longer than 64 KiB")
        self.assert_not_judged("endless-head", "the head of the answer is longer than 64 KiB")

    def test_interim_answers_without_end(self):
        self.assert_caught("interim", r"more than 10 interim answers \(1xx\)")
        self.assert_late("slow-interim", r"5 interim answers \(1xx\) and no other came")


class Deaf(MeasuredTest):
    CASES = [case(name, STORE, FETCH) for name in "abcdefgh"]

    def test_it_accepts_and_never_speaks(self):
        self.assert_never_judged("deaf", "cannot be judged: no answer in time")
        # From the case b on; after three the run is given up, and cleaning up does not take for ever.
        url, _ = self.start_liar("deaf")
        self.assertEqual(self.measure("--url", url, "--spec", "1.0", "--timeout", "0.5", *self.fixtures(
            case("a", KEYS), *self.CASES[1:])), 3)
        for name in "bcd":
            self.assertRegex(self.out, f"(FAILED|BLOCKED)  {name} ")
        self.assertIn(f"NOT JUDGED to the end: the target at {url} did not answer in time in 3 cases in a row", self.out)
        self.assertIn("1 passed", self.out)
        self.assertIn("4 skipped", self.out)
        # Half a second for each case, as much to delete its key, and two for the keys of all.
        self.assert_bounded(seconds=15)

    def test_silence_before_cases_that_need_an_empty_cache(self):
        url, _ = self.start_liar("deaf")
        wants_all = [case(name, {"call": "cache.clear", "value": True}, level="should", needs=["exclusive"])
                     for name in "bcdefg"]
        cases = self.fixtures(case("a", FETCH), *wants_all)
        self.assertEqual(self.measure("--url", url, "--spec", "1.0", "--timeout", "0.5", "--allow", "all", *cases), 3)
        self.assertIn("BLOCKED  b", self.out)
        self.assertIn("whether the cache is empty could not be asked before the case: no answer in time", self.out)
        self.assertIn("did not answer in time in 3 cases in a row", self.out)
        self.assert_bounded()

    def test_it_accepts_and_closes_at_once(self):
        closed = "the connection was closed without an answer"
        self.assert_not_judged("hang-up", closed)
        url, _ = self.start_liar("hang-up")
        self.assertEqual(self.measure("--url", url, "--spec", "1.0", *self.fixtures(*self.CASES)), 1)
        self.assertIn(closed + ", twice", self.out)
        self.assertIn("FAILED: 8 cases of 8", self.out)
        self.assert_bounded()

    def test_a_spawned_one_is_started_again(self):
        self.assertEqual(self.measure(*self.liar("deaf"), "--timeout", "0.5", *self.fixtures(*self.CASES[:3])), 1)
        self.assertIn("FAILED: 3 cases of 3", self.out)
        self.assert_bounded()


class Deadlines(MeasuredTest):
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

    def test_a_case_ends_at_the_deadline(self):
        """A case of many steps, each answered in time by a target that takes its time."""
        cases = self.fixtures(case("a", STORE, *[FETCH] * 50), case("b", KEYS))
        url, _ = self.start_liar("slow")
        self.assertEqual(self.measure("--url", url, "--spec", "1.0", "--deadline", "1.5", *cases), 3)
        self.assertIn("not judged: --deadline was reached: a", self.out)
        self.assertIn("not run: --deadline was reached: b", self.out)
        self.assert_bounded()

    def test_a_wait_ends_at_the_deadline(self):
        cases = self.fixtures(case("a", {"wait": 3}, {"wait": 3}, {"wait": 3}, KEYS, needs=["slow"]))
        self.assertEqual(self.measure("--allow", "slow", "--deadline", "1", *cases), 3)
        self.assert_bounded(seconds=LATE)

    def test_what_failed_before_the_deadline_has_failed(self):
        """Though its keys are deleted only after it."""
        cases = self.fixtures(case("a", STORE, WRONG), case("b", KEYS))
        url, _ = self.start_liar("slow-delete")
        self.assertEqual(self.measure("--url", url, "--spec", "1.0", "--deadline", "0.5", *cases), 3)
        self.assertIn("FAILED  a", self.out)
        self.assertIn("not run: --deadline was reached: b", self.out)


class Deaths(MeasuredTest):
    def test_a_command_that_ends_before_it_answers_is_3(self):
        self.assert_refused(3, "exited with status 5 before it answered", "--spawn", "echo broken >&2; exit 5 # {port}")
        self.assertIn("it wrote:\nbroken", self.err)

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
        self.assertIn("must      1 passed, 1 failed, 1 skipped", self.out)
        self.assertIn(f"1  not run: the target at {url} was gone after the case b or right after a: c", self.out)

    def test_a_target_that_dies_at_the_first_call_is_3(self):
        self.assert_not_judged("crash", "cannot be judged: the connection was closed without an answer")

    def test_a_signal_is_named(self):
        cases = self.fixtures(case("a", STORE, KEYS), case("b", STORE, FETCH))
        self.assertEqual(self.measure(*self.liar("segfault"), *cases), 1)
        self.assertIn("the target was killed by signal 11 (Segmentation fault) during this case or right after a",
                      self.out)


class Output(MeasuredTest):
    LINES = "\n  target    its last lines:\n"

    def test_of_a_failing_case(self):
        self.assertEqual(self.measure(*self.liar("complain"), *self.fixtures(case("a", STORE, FETCH))), 1)
        self.assertRegex(self.out, self.LINES + r"    \| http://.*\n    \| to stdout\n    \| to stderr\n  only this")

    def test_of_a_crash(self):
        self.assertEqual(self.measure(*self.liar("crash"), *self.fixtures(case("a", STORE, FETCH))), 1)
        # Nothing that a terminal would obey.
        self.assertRegex(self.out, self.LINES + r"    \| http://.*\n    \| about to fail\\x1b\[31m\n"
                                                r"    \| Traceback: the last words\n  only this")

    def test_a_flood_holds_nobody_up(self):
        cases = self.fixtures(case("a", STORE, FETCH), case("b", KEYS))
        self.assertEqual(self.measure(*self.liar("flood"), *cases), 1)
        self.assertIn("FAILED: 1 case of 2", self.out)
        self.assertIn("    | the last line, and 0 bytes in a file\n", self.out)
        self.assert_bounded()


if __name__ == "__main__":
    main()
