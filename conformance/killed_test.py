"""The suite ended by TERM and KILL at random moments of its run, at targets of others and at its own.

usage: [KIT_SEED=N] killed_test.py --programs FOLDER [TEST…]
"""

import os
import random
import shlex
import signal
import subprocess
import time
import xmlrpc.client

from command_line import KEYS, SERVER, SUITE, SUPERVISORD, CommandLineTest, case, main
from safety_test import FOREIGN, PREFIX, RUN, TYPED, everything_in

SEED = os.environ.get("KIT_SEED") or str(random.SystemRandom().randrange(1_000_000))
MARK = "KIT_KILLED_TEST"  # in the environment of the suite, and so of all that it starts

# Not even nearly a key of another run: those are named and swept as well.
OTHERS = {key: value for key, value in {**FOREIGN, **TYPED}.items() if not key.startswith("kit-0a0b0c0d.")}


def marked(mark):
    """The processes that live and have this mark."""
    found = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if f"{MARK}={mark}".encode() in file.read().split(b"\0"):
                    found.append(int(pid))
        except (PermissionError, FileNotFoundError, ProcessLookupError):
            pass  # of another user, or gone
    return found


def heeds_signals(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            caught = next(line for line in file if line.startswith("SigCgt:"))
        return int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1
    except (FileNotFoundError, ProcessLookupError, StopIteration):
        return True  # it has ended


class Killed(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.too_late = 0

    def end_in_mid_run(self, number, most, *options, begun=heeds_signals):
        """The suite, ended by a signal up to `most` seconds after it has begun, with its mark. One that was
        quicker than the signal is no such run: the moment is drawn again."""
        while True:
            self.mark = mark = f"{os.getpid()}-{self.random.getrandbits(64):x}"
            with open(os.path.join(self.folder, "output"), "wb") as output:
                suite = subprocess.Popen([SUITE, *options, "--run-id", RUN], stdout=output, stderr=output,
                                         env={**os.environ, MARK: mark})
            self.addCleanup(suite.wait, 10)
            self.addCleanup(suite.kill)
            while not begun(suite.pid):  # which it does within a few milliseconds
                time.sleep(0.0005)
            time.sleep(self.random.uniform(0, most))
            living = marked(mark)
            if suite.poll() is None:
                suite.send_signal(number)
                if suite.wait(15) != 0:
                    self.assertEqual(suite.returncode, 143 if number == signal.SIGTERM else -9, self.output())
                    self.assertIn(suite.pid, living)
                    return mark
                # It was about to end. A signal that is lost on the way would be seen more often.
                self.too_late += 1
                self.assertLess(self.too_late, 6)
            self.assertEqual(suite.returncode, 0, self.output())

    def output(self):
        with open(os.path.join(self.folder, "output"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def end_at_url(self, url, proxy, times):
        for key, value in OTHERS.items():
            proxy.cache.store(key, value)
        before = everything_in(url, proxy)
        for number in [signal.SIGTERM, signal.SIGKILL] * (times // 2):
            mark = self.end_in_mid_run(number, 0.4, "--url", url, "--strict")
            self.assertEqual(marked(mark), [])
            if number == signal.SIGTERM:
                self.assertEqual(everything_in(url, proxy), before)
            else:
                time.sleep(0.05)  # for a request that is on its way
                self.assert_left_over_is_swept(url, proxy, before)

    def assert_left_over_is_swept(self, url, proxy, before):
        own = [key for key in proxy.cache.getKeys() if key not in before[0]]
        self.assertEqual([key for key in own if not key.startswith(PREFIX + ".")], [])
        self.assert_status(0, "--url", url, "version-is-string")
        named = f"the cache holds {len(own)} key{'s' if len(own) > 1 else ''} of other runs"
        (self.assertIn if own else self.assertNotIn)(named if own else "of other runs", self.out)
        self.assert_status(0, "--url", url, "--sweep")
        *named, last = self.out.splitlines()
        self.assertEqual(len(named), len(own))
        self.assertEqual(last, f"keys of earlier runs deleted from {url}: {len(own)}")
        self.assertEqual(everything_in(url, proxy), before)

    def end_spawned(self, command, times, most):
        for number in [signal.SIGTERM, signal.SIGKILL] * (times // 2):
            mark = self.end_in_mid_run(number, most, "--spawn", command, "--spec", "1.1", "--strict")
            if number == signal.SIGTERM:
                self.assertEqual(marked(mark), [])
            else:
                self.wait_until(lambda: not marked(mark))

    def test_at_a_cache_server_of_others(self):
        self.end_at_url(*self.start_server("1.1"), times=12)

    def test_at_a_supervisord_of_others(self):
        self.end_at_url(*self.start_supervisord(), times=8)

    def test_at_a_cache_server_of_its_own(self):
        self.end_spawned(f"exec {shlex.quote(SERVER)} --port {{port}} --spec 1.1", times=6, most=0.5)

    def test_at_a_supervisord_of_its_own(self):
        self.end_spawned(f"exec {shlex.quote(SUPERVISORD)} --port {{port}}", times=4, most=2)

    def test_between_two_cases(self):
        # Cases that are only skipped leave Catch2, which has handlers of its own, most of the time.
        skipped = self.fixtures(*(case(f"a{i}", KEYS, needs=["exclusive"]) for i in range(5000)))
        looked_at = []

        def answer(request, _):  # the last thing that is asked before the first case is getKeys
            listed = b"cache.getKeys" in request
            if listed:
                looked_at.extend(marked(self.mark))
            return 200, xmlrpc.client.dumps(([] if listed else "",), methodresponse=True).encode()
        url = self.serve_with(answer)
        for _ in range(16):
            self.end_in_mid_run(signal.SIGTERM, 0.2, "--url", url, "--spec", "1.0", *skipped,
                                begun=looked_at.__contains__)


if __name__ == "__main__":
    print(f"KIT_SEED={SEED} draws the same moments")
    main()
