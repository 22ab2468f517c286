"""What people see of a run: on a pseudo-terminal, whose screen is worked out from what is written to it.

usage: command_line_console_test.py --programs FOLDER [TEST…]
"""

import fcntl
import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
import xml.etree.ElementTree

from command_line import FETCH, KEYS, STORE, SUITE, WRONG, CommandLineTest, case, main

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
PROGRESS = re.compile(r"\r\x1b\[K(\d+/\d+[^\r\n]*)\r")


def screen(written, columns=80):
    """The lines that a terminal shows in the end; of escapes only colours and "erase to the end of the line"."""
    lines, row, column = [""], 0, 0
    for part in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|.", COLOUR.sub("", written), re.DOTALL):
        if part == "\x1b[K":
            lines[row] = lines[row][:column]
        elif part == "\r":
            column = 0
        elif part == "\n":
            row += 1
        else:
            assert part >= " ", f"{part!r} is more than this terminal knows"
            if column == columns:
                row, column = row + 1, 0
        while len(lines) <= row:
            lines.append("")
        if part >= " ":
            lines[row] = lines[row][:column].ljust(column) + part + lines[row][column + 1:]
            column += 1
    return lines


def without_chance(text):
    """What two runs of the same options have in common."""
    for pattern, by in [(r"127\.0\.0\.1:\d+", "ADDRESS"), (r"kit-[0-9a-f]{8}", "KEY"), (r"in \d+\.\d\d s", "in TIME")]:
        text = re.sub(pattern, by, text)
    return text


class Terminal:
    """The suite, started on a terminal of its own by a shell, as it were: Ctrl-C reaches it."""

    def __init__(self, test, *options, columns=80, **env):
        self.test, self.columns, self.written = test, columns, ""
        self.master, slave = pty.openpty()
        test.addCleanup(self.close)
        termios.tcsetwinsize(slave, (24, columns))
        self.process = subprocess.Popen(
            [SUITE, "--rng-seed", "1", *options], stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**{name: value for name, value in os.environ.items() if name != "NO_COLOR"}, "TERM": "xterm", **env},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        test.addCleanup(self.process.wait, 10)
        test.addCleanup(self.process.kill)

    def close(self):
        if self.master is not None:
            os.close(self.master)
        self.master = None

    def read_until(self, pattern):
        """Reads on until what has been written matches, or, for None, to the end."""
        until = time.monotonic() + 60
        while pattern is None or not re.search(pattern, self.written):
            self.test.assertTrue(select.select([self.master], [], [], until - time.monotonic())[0],
                                 f"nothing more comes after {self.written[-500:]!r}")
            try:
                self.written += os.read(self.master, 65536).decode()
            except OSError:  # nobody has it open any more
                self.test.assertIsNone(pattern, f"it does not come in {self.written[-500:]!r}")
                return self

    def end(self, status):
        self.read_until(None)
        self.test.assertEqual(self.process.wait(10), status, self.written)
        self.written = self.written.replace("\r\n", "\n")  # the terminal's doing
        self.screen = screen(self.written.replace("\n", "\r\n"), self.columns)
        return self

    def progress(self):
        return PROGRESS.findall(self.written)


class Console(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.waits = case("waits", {"wait": 1}, KEYS, needs=["slow"])
        self.passing = [*self.fixtures(case("a", STORE, FETCH), self.waits, case("z", KEYS)), "--allow", "slow"]

    def on_terminal(self, status, *options, **more):
        return Terminal(self, *options, **more).end(status)

    def in_pipe(self, status, *options, **env):
        self.assert_status(status, "--rng-seed", "1", *options, env={**os.environ, "TERM": "xterm", **env})
        return self.out

    def test_progress_names_the_case_that_runs_and_is_gone_in_the_end(self):
        terminal = Terminal(self, *self.passing)
        piped = self.in_pipe(0, *self.passing)
        terminal.end(0)
        self.assertIn("1/3  waits", terminal.progress())
        self.assertFalse([line for line in terminal.screen if re.match(r"\d+/\d+", line)], terminal.screen)
        self.assertEqual(without_chance("\n".join(terminal.screen)), without_chance(piped))

    def test_a_failure_is_printed_when_it_happens_and_progress_goes_on_below(self):
        given = [*self.fixtures(case("bad", STORE, WRONG), self.waits), "--allow", "slow"]
        terminal = Terminal(self, *given)
        piped = self.in_pipe(1, *given)
        terminal.end(1)
        self.assertLess(terminal.written.index("  only this "), terminal.written.index("1/2  1 failed  waits"))
        shown = screen(terminal.written.replace("\n", "\r\n"), columns=10_000)
        self.assertEqual(without_chance("\n".join(shown)), without_chance(piped))

    def test_no_progress_but_on_a_terminal_that_has_the_report_alone(self):
        runs = []
        for options, env in [(["-r", "kit::out=PATH"], {}), (["-r", "kit", "-r", "ndjson::out=-"], {}),
                             (["-r", "ndjson", "-r", "kit::out=PATH"], {}), (["-r", "ndjson"], {}),
                             (["-r", "kit", "-r", "ndjson::out=/dev/stdout"], {}), (["-o", "PATH"], {}),
                             (["-r", "kit", "-r", "ndjson::out=%stderr"], {}), ([], {"TERM": "dumb"}),
                             ([], {"TERM": ""})]:
            path = os.path.join(self.folder, f"report-{len(runs)}")
            terminal = Terminal(self, *self.passing, *[option.replace("PATH", path) for option in options], **env)
            runs.append((options, env, terminal, path))
        junit = os.path.join(self.folder, "junit")
        beside_junit = Terminal(self, *self.passing, "-r", "kit", "-r", "junit::out=" + junit)
        self.assertNotRegex(self.in_pipe(0, *self.passing), r"[\r\x1b]")
        for options, env, terminal, path in runs:
            with self.subTest(options, **env):
                self.assertEqual(terminal.end(0).progress(), [])
                if "kit" in options or not options:
                    self.assertIn("PASSED: 3 cases", COLOUR.sub("", terminal.written))
                self.assertEqual(os.path.exists(path), "PATH" in " ".join(options))
                if os.path.exists(path):
                    with open(path, encoding="utf-8") as file:
                        report = file.read()
                    self.assertIn("PASSED: 3 cases", report)
                    self.assertNotRegex(report, r"[\r\x1b]")
        self.assertIn("1/3  waits", beside_junit.end(0).progress())
        self.assertEqual(len(xml.etree.ElementTree.parse(junit).findall(".//testcase")), 3)

    def test_colours_are_for_terminals_and_for_whoever_wants_them(self):
        given = self.fixtures(case("bad", STORE, WRONG), case("good", STORE, FETCH))
        for coloured, options, env in [
            (True, [], {}), (True, [], {"NO_COLOR": ""}), (False, [], {"NO_COLOR": "1"}), (False, [], {"TERM": "dumb"}),
            (False, ["--colour-mode", "none"], {}), (True, ["--colour-mode", "ansi"], {"NO_COLOR": "1"}),
            (True, ["--colour-mode", "default"], {}), (True, ["-r", "kit::colour-mode=ansi"], {"NO_COLOR": "1"}),
        ]:
            with self.subTest(options, **env):
                written = self.on_terminal(1, *given, *options, **env).written
                self.assertEqual(sorted(set(re.findall(r"\x1b\[[0-9;]*[1-9]m([^\x1b]*)\x1b\[0m", written))),
                                 ["FAILED"] if coloured else [])
                self.assertEqual(bool(COLOUR.search(written)), coloured)
        self.assertNotIn("\x1b", self.in_pipe(1, *given))
        ansi = self.in_pipe(1, *given, "--colour-mode", "ansi")
        self.assertEqual(without_chance(COLOUR.sub("", ansi)), without_chance(self.in_pipe(1, *given)))
        self.assertEqual(len(COLOUR.findall(ansi)), 4)
        self.assertRegex(self.in_pipe(0, *given, "good", "--colour-mode", "ansi"),
                         r"\n\x1b\[[0-9;]+mPASSED\x1b\[0m: 1 case")

    def test_progress_fits_a_narrow_terminal(self):
        terminal = self.on_terminal(0, *self.passing, columns=8)
        self.assertIn("1/3  wa", terminal.progress())
        self.assertFalse([line for line in terminal.progress() if len(line) > 7])
        self.assertFalse([line for line in terminal.screen if re.match(r"\d+/\d+", line)], terminal.screen)

    def test_ctrl_c_leaves_a_clean_line(self):
        terminal = Terminal(self, *self.passing)
        terminal.read_until("1/3  waits")
        os.write(terminal.master, b"\x03")
        terminal.end(130)
        self.assertIn("^C", terminal.written)
        self.assertFalse([line for line in terminal.screen if re.match(r"\d+/\d+|.*\^C", line)], terminal.screen)
        self.assertRegex(terminal.screen[-2], r"^INTERRUPTED by signal 2 in \d+\.\d\d s$")

    def test_a_run_whose_terminal_is_closed_deletes_its_keys(self):
        given = [*self.fixtures(case("a", STORE, {"wait": 3}, FETCH, needs=["slow"])), "--allow", "slow"]
        url, proxy = self.start_server()
        terminal = Terminal(self, *given, "--url", url, "--spec", "1.0")
        terminal.read_until("0/1  a")
        self.wait_until(proxy.cache.getKeys)
        terminal.close()
        self.assertEqual(terminal.process.wait(10), 129)
        self.assertEqual(proxy.cache.getKeys(), [])

    def assert_one_screen(self, terminal, text):
        self.assertIn(text, terminal.screen[-2])
        self.assertEqual(terminal.screen[-1], "")
        self.assertLessEqual(len(terminal.screen), 24, terminal.screen)  # the last is the cursor's
        unwrapped = screen(terminal.written.replace("\n", "\r\n"), columns=10_000)
        self.assertFalse([line for line in unwrapped if len(line) > 80])

    def test_a_run_without_failures_fits_on_one_screen_and_the_readme_shows_it(self):
        ours = Terminal(self)
        url, _ = self.start_supervisord()
        theirs = Terminal(self, "--url", url)
        self.assert_one_screen(ours.end(0), "PASSED: ")
        self.assertGreater(len(ours.progress()), 1)
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        with open(os.path.join(root, "README.md"), encoding="utf-8") as file:
            shown = re.search(r"```\n(\d+ cases left out:\n.*?)```\n", file.read(), re.DOTALL)[1]
        shown = re.sub(r"(?m)^seed      \d+$", "seed      1", shown)
        self.assertEqual(without_chance("\n" + shown), without_chance("\n".join(ours.screen)))

        self.assert_one_screen(theirs.end(0), "PASSED: ")
        told = "\n".join(theirs.screen)
        self.assertIn(f"\ntarget    {url}\nversion   0.2 by cache.getAPIVersion, Server: Medusa/", told)
        self.assertRegex(told, r"\n  \d+  needs exclusive: clear-returns-true, .* and \d+ more\n")

    def test_seed_order_and_shard_are_told_as_options(self):
        for options, told in [([], "1"), (["--order", "rand"], "1 (--order rand)"),
                              (["--order", "lex", "--shard-count", "2", "--shard-index", "1"],
                               "1 (--order lex --shard-count 2 --shard-index 1)")]:
            self.assertIn(f"\nseed      {told}\n", self.in_pipe(0, *self.passing, "a,z", *options))


if __name__ == "__main__":
    if not hasattr(termios, "tcsetwinsize"):
        sys.exit("this needs Python 3.11")
    main()
