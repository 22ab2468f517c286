"""cache-conformance at liars, with its time and memory measured: what the tests of liars and of wrecks share."""

import os
import pathlib
import subprocess
import threading
import time

from command_line import FETCH, KEYS, STORE, SUITE, CommandLineTest, case

STORE_B = {"call": "cache.store", "params": [{"$key": "b"}, "w"], "setup": True}
FETCH_B = {"call": "cache.fetch", "params": [{"$key": "b"}], "value": "w"}

# What is refused at once is refused long before this, in seconds, and before a time-out of as many.
PATIENCE = 10
# And what does not end, with a time-out of one second, not much later than that, on a machine that is busy.
LATE = 8
# In MiB, beyond what it takes to list its cases.
MEMORY = 25

# A build with AddressSanitizer keeps what was freed; here it may not keep much.
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=1:" + os.environ.get("ASAN_OPTIONS", "")}


class MeasuredTest(CommandLineTest):
    @classmethod
    def setUpClass(cls):
        with open(os.devnull, "wb") as nothing:
            status, cls.usual = cls.measured(["--list-tests"], nothing, nothing)
        assert status == 0

    @staticmethod
    def measured(options, out, err):
        """Its exit status, and the most memory that it had, in MiB."""
        process = subprocess.Popen([SUITE, *options], env=ENVIRONMENT, stdout=out, stderr=err)
        late = threading.Timer(60, process.kill)
        late.start()
        _, status, used = os.wait4(process.pid, 0)
        late.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, used.ru_maxrss / 1024

    def measure(self, *options):
        """Its exit status; seconds, MiB, out and err are kept."""
        paths = [pathlib.Path(self.folder, name) for name in ("out", "err")]
        start = time.monotonic()
        with open(paths[0], "wb") as out, open(paths[1], "wb") as err:
            status, self.mebibytes = self.measured(options, out, err)
        self.seconds = time.monotonic() - start
        self.out, self.err = (path.read_text(encoding="utf-8") for path in paths)
        return status

    def assert_bounded(self, seconds=PATIENCE, memory=MEMORY):
        self.assertLess(self.seconds, seconds)
        self.assertLess(self.mebibytes, self.usual + memory)

    def assert_caught(self, mode, *sentences, timeout=PATIENCE, seconds=PATIENCE, memory=MEMORY, cases=None):
        """A case finds it, says so in these words, and the next case is judged all the same."""
        url, _ = self.start_liar(mode)
        cases = cases or self.fixtures(case("a", STORE, FETCH), case("b", KEYS))
        status = self.measure("--url", url, "--spec", "1.0", "--allow", "all", *cases, "--timeout", str(timeout))
        self.assertEqual(status, 1, self.out + self.err)
        self.assertIn("FAILED  a", self.out)
        self.assertIn("FAILED: 1 case of 2", self.out)
        for sentence in sentences:
            self.assertRegex(self.out, r"\n  (problem|actual )  [^\n]*" + sentence)
        self.assert_bounded(seconds, memory)

    def assert_late(self, mode, *sentences, cases=None, memory=MEMORY):
        """The same, of what does not end: the case ends when the time for one answer is over."""
        self.assert_caught(mode, *sentences, timeout=1, seconds=LATE, memory=memory, cases=cases)
        self.assertGreater(self.seconds, 1)

    def assert_not_judged(self, mode, sentence, timeout=PATIENCE, seconds=PATIENCE, memory=MEMORY):
        """It lies about everything, and is refused in one sentence before the first case."""
        url, _ = self.start_liar("all-" + mode)
        status = self.measure("--url", url, *self.fixtures(case("a", KEYS)), "--timeout", str(timeout))
        self.assertEqual(status, 3, self.out + self.err)
        self.assertEqual(self.out, "")
        self.assert_one_sentence()
        self.assertIn(url, self.err)
        self.assertRegex(self.err, sentence)
        self.assert_bounded(seconds, memory)

    def assert_never_judged(self, mode, sentence):
        """The same, of what does not end."""
        self.assert_not_judged(mode, sentence, timeout=1, seconds=LATE)
        self.assertGreater(self.seconds, 1)
