"""The two runners agree on every verdict: cache-conformance, and scripts/runner.py, which was written from fixtures/README.md alone.

usage: runners_test.py --programs FOLDER [TEST…]

Skipped by one and judged by the other is a disagreement, and so is a case that only one of them selects.
"""

import json
import os
import shlex
import subprocess
import sys

from command_line import LIAR, SERVER, SUITE, CommandLineTest, main

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RUNNER = os.path.join(ROOT, "scripts", "runner.py")
STRANGER = os.path.join(ROOT, "conformance", "targets", "stranger.py")
SUPERVISORD = shlex.quote(os.path.join(ROOT, "scripts", "supervisord"))


class Runners(CommandLineTest):
    def verdicts(self, *options, runner):
        results = os.path.join(self.folder, "results.ndjson")
        command = [sys.executable, RUNNER, "--out", results] if runner else [SUITE, "-r", f"ndjson::out={results}"]
        done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=300)
        with open(results, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        self.assertEqual(lines[-1]["type"], "end", done.stdout + done.stderr)
        self.assertEqual(lines[-1]["status"], done.returncode, done.stdout + done.stderr)
        verdicts = {line["id"]: line["verdict"] for line in lines if line["type"] == "case"}
        why = {line["id"]: line.get("problem", "") for line in lines if line["type"] == "case"}
        return verdicts, why, lines[0], done.returncode

    def assert_agreement(self, command, spec, *options):
        """Both give the same verdicts, which are returned."""
        options = ["--spawn", f"exec {command}", "--spec", spec, *options]
        ours, why, head, status = self.verdicts(*options, runner=False)
        theirs, their_why, their_head, their_status = self.verdicts(*options, runner=True)
        unlike = [f"{name}: {ours.get(name)} ({why.get(name)}) and {theirs.get(name)} ({their_why.get(name)})"
                  for name in sorted(ours.keys() | theirs.keys()) if ours.get(name) != theirs.get(name)]
        self.assertEqual(unlike, [], "\n".join([f"{len(unlike)} of {len(ours)}:"] + unlike))
        self.assertEqual(status, their_status)
        self.assertEqual(head["fixtures"], their_head["fixtures"])
        self.assertGreater(len(ours), 100)
        return ours

    def test_our_server(self):
        for where in ["--port {port}", "--unix-socket {socket}"]:
            for spec in ["1.0", "1.1"]:
                with self.subTest(where=where, spec=spec):
                    verdicts = self.assert_agreement(f"{shlex.quote(SERVER)} {where} --spec {spec}", spec, "--strict", "--allow", "all")
                    self.assertEqual(set(verdicts.values()), {"passed"})

    def test_our_server_in_the_other_spec(self):
        """So that there is something to fail."""
        for spec, other in [("1.0", "1.1"), ("1.1", "1.0")]:
            verdicts = self.assert_agreement(f"{shlex.quote(SERVER)} --port {{port}} --spec {other}", spec)
            self.assertIn("failed", verdicts.values())

    def test_a_supervisord(self):
        for spec, release in [("1.0", "1.0.0"), ("1.1", "1.1.0")]:
            with self.subTest(release):
                verdicts = self.assert_agreement(f"{SUPERVISORD} --cache {release} --port {{port}}", spec, "--strict")
                self.assertEqual(set(verdicts.values()), {"passed", "skipped"})

    def test_what_is_skipped(self):
        for allowed in ["heavy", "exclusive", "hostile,slow"]:
            with self.subTest(allowed):
                url, _ = self.start_server()
                ours, _, _, _ = self.verdicts("--url", url, "--spec", "1.0", "--allow", allowed, runner=False)
                theirs, _, _, _ = self.verdicts("--url", url, "--spec", "1.0", "--allow", allowed, runner=True)
                self.assertEqual(ours, theirs)
                self.assertIn("skipped", ours.values())

    def test_strangers(self):
        for mode in ["plain", "i4", "chunked"]:
            with self.subTest(mode):
                self.assert_agreement(f"{sys.executable} {shlex.quote(STRANGER)} {mode} {{port}} 1.1", "1.1")

    def test_broken_servers(self):
        for mode in ["true", "two-values", "close"]:
            with self.subTest(mode):
                verdicts = self.assert_agreement(f"{sys.executable} {shlex.quote(LIAR)} {mode} {{port}}", "1.0", "--timeout", "2")
                self.assertIn("failed", verdicts.values())


if __name__ == "__main__":
    main()
