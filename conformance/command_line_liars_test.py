"""cache-conformance at targets that cannot be judged, crash, hang or lie.

usage: command_line_liars_test.py --programs FOLDER [TEST…]
"""

import os
import shlex
import socket
import xmlrpc.client

from command_line import FETCH, KEYS, STORE, CommandLineTest, case, main


class Liars(CommandLineTest):
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


if __name__ == "__main__":
    main()
