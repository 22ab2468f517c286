"""scripts/matrix: lists that are wrong, runs of real servers, and the sample.

usage: matrix_test.py --programs FOLDER [TEST…]
"""

import json
import os
import pathlib
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "conformance"))
import results  # noqa: E402
from command_line import PROGRAMS, CommandLineTest, free_port, main  # noqa: E402

MATRIX = str(ROOT / "scripts" / "matrix")
QUICK = "version-is-string"


def command(program, *options):
    return " ".join(["exec", f"'{PROGRAMS}'/{program}", "--port", "{port}", *options])


class MatrixTest(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.kept, self.page = (os.path.join(self.folder, name) for name in ("kept", "page.html"))

    def matrix(self, text, *options, cwd=None):
        """Its exit status, and what it said."""
        path = self.write("targets.json", text if isinstance(text, str) else json.dumps(text, indent=2))
        done = subprocess.run([sys.executable, MATRIX, path, "--programs", PROGRAMS, "--html", self.page, *options],
                              cwd=cwd or self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=600)
        self.said = done.stdout + done.stderr
        return done.returncode

    def verdicts(self, name):
        run, = results.read(os.path.join(self.kept, name))
        return run.verdicts()


class Lists(MatrixTest):
    def assert_refused(self, text, sentence):
        self.assertEqual(self.matrix(text), 2, self.said)
        self.assertEqual(self.said, f"scripts/matrix: {os.path.join(self.folder, 'targets.json')}{sentence}\n")
        self.assertFalse(os.path.exists(self.page))

    def test_what_is_wrong_with_a_list_is_told_with_its_place(self):
        good = '{"name": "a", "url": "http://127.0.0.1:1/RPC2"}'
        self.assert_refused("[\n  {,}]", ":2:4: Expecting property name enclosed in double quotes")
        self.assert_refused('{"name": "a"}', ": it has to be an array of targets")
        self.assert_refused("[]", ": there is no target in it")
        self.assert_refused(f"[{good},\n 7]", ":2: a target is an object, not 7")
        self.assert_refused(f'[{good},\n\n {{"url": "x"}}]', ":3: a target has a name")
        self.assert_refused(f'[{good},\n {{"name": "b", "URL": "x"}}]',
                            ":2: the key 'URL' is unknown; there are name, url, unix_socket, spawn, spec, arguments")
        self.assert_refused(f'[{good},\n {{"name": "b"}}]', ":2: b has one of url, unix_socket, spawn, not none")
        self.assert_refused(f'[{good},\n {{"name": "b", "url": "x", "spawn": "y"}}]',
                            ":2: b has one of url, unix_socket, spawn, not url and spawn")
        self.assert_refused(f'[{good},\n {{"name": "b", "url": "x", "spec": "2.0"}}]',
                            ":2: spec is one of 1.0, 1.1, auto, not '2.0'")
        self.assert_refused(f'[{good},\n {{"name": "b", "url": "x", "arguments": "--strict"}}]',
                            ":2: arguments is an array of strings")
        self.assert_refused(f'[{good},\n {{"name": "", "url": "x"}}]', ":2: name is a string that is not empty")
        self.assert_refused(f'[{good},\n {{"name": "b", "url": "x", "url": "y"}}]', ":2: the key 'url' is there twice")
        self.assert_refused(f"[{good},\n {good}]",
                            f":2: the name 'a' is too much like 'a' of {self.folder}/targets.json:1")

    def test_a_list_that_is_not_there(self):
        done = subprocess.run([sys.executable, MATRIX, "no-such.json", "--html", self.page], cwd=self.folder,
                              capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (2, "scripts/matrix: no-such.json: No such file or directory\n"))

    def test_an_option_of_the_suite_that_is_wrong(self):
        targets = [{"name": "good", "spawn": command("cache-server"), "spec": "1.0", "arguments": [QUICK]},
                   {"name": "bad", "spawn": command("cache-server"), "arguments": ["--timeout", "-1"]}]
        self.assertEqual(self.matrix(targets), 2)
        self.assertRegex(self.said, r"targets\.json:10: bad: .*--timeout")
        self.assertFalse(os.path.exists(self.page))


class Runs(MatrixTest):
    def test_each_target_is_a_column(self):
        url, _ = self.start_server("1.0")
        path = self.start_unix_server("1.1")
        targets = [{"name": "by URL", "url": url, "spec": "1.0", "arguments": [QUICK]},
                   {"name": "by socket", "unix_socket": path, "spec": "1.1", "arguments": ["--strict", QUICK]},
                   {"name": "started & broken", "spawn": command("cache-mutant version-a-number"), "spec": "1.0",
                    "arguments": [QUICK]}]
        self.assertEqual(self.matrix(targets, "--results", self.kept, "--title", "Several"), 1, self.said)
        self.assertEqual(self.verdicts("by-URL.ndjson"), {QUICK: "passed"})
        self.assertEqual(self.verdicts("by-socket.ndjson"), {QUICK: "passed"})
        self.assertEqual(self.verdicts("started-broken.ndjson"), {QUICK: "failed"})
        run, = results.read(os.path.join(self.kept, "by-socket.ndjson"))
        self.assertIs(run.start["options"]["strict"], True)
        with open(self.page, encoding="utf-8") as file:
            page = file.read()
        for text in ["by URL", "by socket", "started &amp; broken", "Several"]:
            self.assertIn(text, page)

    def test_a_target_that_cannot_be_judged_is_left_out(self):
        gone = {"name": "gone", "url": f"http://127.0.0.1:{free_port()}/RPC2", "spec": "1.0"}
        there = {"name": "there", "spawn": command("cache-server"), "spec": "1.0", "arguments": [QUICK]}
        self.assertEqual(self.matrix([gone, there]), 3, self.said)
        self.assertIn("gone could not be judged, and is left out: cache-conformance: no connection to", self.said)
        self.assertIn("there: 1 passed", self.said)
        self.assertTrue(os.path.exists(self.page))
        os.remove(self.page)
        self.assertEqual(self.matrix([gone]), 3, self.said)
        self.assertIn("no target could be judged, and there is no report", self.said)
        self.assertFalse(os.path.exists(self.page))

    def test_a_suite_that_is_killed_is_in_the_report_as_far_as_it_came(self):
        cases = self.fixtures({**CASE, "id": "comes-first", "needs": []},
                              {**CASE, "steps": [{"wait": 3}] * 20 + CASE["steps"]})
        killer = "(until grep -qs comes-first kept/ends.ndjson; do sleep 0.05; done; kill -9 $PPID) &"
        ends = {"name": "ends", "spawn": f"{killer} {command('cache-server')}", "spec": "1.0",
                "arguments": ["--allow", "slow", *cases]}
        self.assertEqual(self.matrix([ends], "--results", "kept"), 3, self.said)
        self.assertIn("ends: its run did not go to its end: its exit status is -9\n", self.said)
        with open(self.page, encoding="utf-8") as file:
            page = file.read()
        self.assertIn("comes-first", page)
        self.assertIn("kept/ends.ndjson: there is no end of a run", page)

    def test_a_signal_ends_the_suite_and_its_target(self):
        mark = os.path.join(self.folder, "pid")
        spawned = f"echo $$ >'{self.folder}/new' && mv '{self.folder}/new' '{mark}'; {command('cache-server')}".replace(
            self.folder, self.folder.replace("'", "'\\''"))
        waits = self.fixtures({**json.loads(json.dumps(CASE)), "steps": [{"wait": 3}] * 20 + CASE["steps"]})
        path = self.write("targets.json", json.dumps([
            {"name": "a", "spawn": spawned, "spec": "1.0", "arguments": ["--allow", "slow", *waits]}]))
        for number in (signal.SIGTERM, signal.SIGINT):
            process = subprocess.Popen([sys.executable, MATRIX, path, "--programs", PROGRAMS, "--html", self.page],
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            self.wait_until(lambda: os.path.exists(mark) or process.poll() is not None)
            with open(mark, encoding="utf-8") as file:
                server = int(file.read())
            os.remove(mark)
            process.send_signal(number)
            said = process.communicate(timeout=60)[0]
            self.assertEqual(process.returncode, 128 + number, said)
            self.assertNotIn("Traceback", said)
            self.assertRaises(ProcessLookupError, os.kill, server, 0)
            self.assertFalse(os.path.exists(self.page))


CASE = {"id": "waits", "title": "it waits", "level": "must", "cites": ["kept"], "needs": ["slow"],
        "steps": [{"call": "cache.getKeys", "value": {"$$type": "array"}}]}


class Sample(MatrixTest):
    """In KIT_BUILD are the tables of scripts/mutants, and there the page is kept."""

    def test_the_sample_shows_five_targets_of_which_one_is_broken(self):
        build = pathlib.Path(os.environ["KIT_BUILD"])
        tables = [build / f"mutants-{kind}.json" for kind in ("ours", "supervisord")]
        self.page = str(build / "matrix.html")
        text = (ROOT / "scripts/ci/matrix.json").read_text(encoding="utf-8")
        status = self.matrix(text.replace("build/bin", f"'{PROGRAMS}'"), "--results", self.kept,
                             *(word for table in tables for word in ("--mutants", table)), cwd=ROOT)
        self.assertEqual(status, 1, self.said)
        failed = {name: list(self.verdicts(name).values()).count("failed") for name in sorted(os.listdir(self.kept))}
        self.assertEqual(len(failed), 5)
        self.assertEqual({name for name, number in failed.items() if number}, {"a-server-that-deletes-too-much.ndjson"})
        page = pathlib.Path(self.page).read_text(encoding="utf-8")
        for table in tables:
            mutants = {mutant["name"] for entry in json.loads(table.read_text())["statements"]
                       for mutant in entry["mutants"]}
            self.assertTrue(mutants)
            self.assertEqual({name for name in mutants if name not in page}, set())


if __name__ == "__main__":
    main()
