"""What cache-conformance leaves behind, however it ends: no key, no process, and all that is others'.

usage: command_line_signals_test.py --programs FOLDER [TEST…]
"""

import os
import shlex
import signal
import threading
import xmlrpc.client

from command_line import FETCH, KEYS, SERVER, STORE, SUITE, CommandLineTest, case, main

RUN = "1a2b3c4d"


class Signals(CommandLineTest):
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
        for number in [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]:
            run = self.interrupt(number, "--url", url)
            next(run)
            self.wait_until(lambda: len(proxy.cache.getKeys()) == 2)
            self.assertEqual(next(run), 128 + number)
            self.assertEqual(proxy.cache.getKeys(), ["theirs"])

    def test_under_nohup_a_run_goes_on_when_its_terminal_is_closed(self):
        url, proxy = self.start_server()
        suite = self.start("nohup", SUITE, "--url", url, "--spec", "1.0", "--allow", "slow",
                           *self.fixtures(case("a", STORE, {"wait": 1}, FETCH, needs=["slow"])))
        self.wait_until(lambda: len(proxy.cache.getKeys()) == 1)
        suite.send_signal(signal.SIGHUP)
        self.assertEqual(suite.wait(10), 0)

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
        for unanswered in ["cache.store", "cache.delete"]:
            with self.subTest(unanswered):
                keys, reached, never = set(), threading.Event(), threading.Event()
                self.addCleanup(never.set)

                def answer(request, _):
                    params, method = xmlrpc.client.loads(request)
                    if method == "cache.store":
                        keys.add(params[0])
                    if method == unanswered and not reached.is_set():
                        reached.set()
                        never.wait(60)
                    elif method == "cache.delete":
                        keys.discard(params[0])
                    value = sorted(keys) if method == "cache.getKeys" else True
                    return 200, xmlrpc.client.dumps((value,), methodresponse=True).encode()
                suite = self.start(SUITE, "--url", self.serve_with(answer), "--timeout", "60")
                self.assertTrue(reached.wait(10))
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
        for deleted in [["kit-00000000.x", "kit-1a2b3c4d.a.a", "kit-ffffffff."], []]:
            self.assert_status(0, "--url", url, "--sweep")
            self.assertEqual(self.out, "".join(f"  {key}\n" for key in deleted) +
                             f"keys of earlier runs deleted from {url}: {len(deleted)}\n")
            self.assertEqual(proxy.cache.getKeys(), sorted(others))

    def test_no_process_remains_after_any_signal(self):
        for number, status in [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129),
                               (signal.SIGKILL, -9)]:
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
    main()
