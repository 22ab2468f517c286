"""What scripts/report makes of the results of real runs.

usage: report_runs_test.py --programs FOLDER [TEST…]
"""

import json
import os
import re
import subprocess
import tempfile

from command_line import FETCH, PROGRAMS, STORE, SUITE, WRONG, case, main
from report_command import REPORT, ReportTest


class Real(ReportTest):
    """Runs of the suite at our server, at one that cuts keys, and at ours in another spec."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)

        started = []

        def start(*command):
            started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
            cls.addClassCleanup(started[-1].stderr.close)
            cls.addClassCleanup(started[-1].wait, 60)
            cls.addClassCleanup(started[-1].terminate)

        def run(name, *options):
            path = os.path.join(folder.name, name)
            start(SUITE, "-r", f"ndjson::out={path}", *options)
            return path

        mutant = f"exec '{PROGRAMS}/cache-mutant' key-cut-at-255 --port {{port}} --spec 1.0"
        cls.green = run("green", "--spec", "1.0")
        cls.green_1_1 = run("green-1.1", "--spec", "1.1", "[cache.key-text],[spec-1.1]")
        cls.doubted = run("doubted", "--spec", "1.0", "--doubt", "[cache.key-text]")
        at_mutant = "--spec", "1.0", "--spawn", mutant, "[cache.key-text]"
        cls.cut = run("cut", *at_mutant)
        cls.shards = [run(f"shard-{i}", *at_mutant, "--shard-count", "3", "--shard-index", str(i)) for i in range(3)]
        cls.mutants = os.path.join(folder.name, "table.json")
        start(os.path.join(os.path.dirname(REPORT), "mutants"), "--programs", PROGRAMS, "--spec", "1.0", "--table",
              cls.mutants, "key-cut-at-255")
        for process in started:
            err = process.communicate(timeout=300)[1]
            assert process.returncode in (0, 1), err

    def verdicts(self, page):
        names = list(page.data["marks"])
        return {case["id"]: [number is not None and names[number] for number in case["verdicts"]]
                for case in page.data["cases"]}

    def test_a_green_run(self):
        page = self.page(0, self.green)
        self.assertIn("PASSED", page.texts["title"])
        self.assertNotIn("failures", page.ids)
        self.assertNotIn("doubts", page.ids)
        self.assert_told("statements are kept", page)
        self.assertEqual({verdict for verdict, in self.verdicts(page).values()}, {"passed", "skipped"})
        self.assertRegex(self.report(0, self.green),
                         r"^at cache-server, spec 1.0: passed, 2 skipped, \d+ passed\n"
                         r"PASSED: \d+ cases, and 2 left out\n$")
        self.assertNotIn("broken servers", page.source.partition("<script>")[0])

    def test_a_run_that_was_doubted(self):
        page = self.page(0, self.doubted)
        self.assertIn("doubts", page.ids)
        self.assert_told("turned the verdict", page)
        for doubted in page.data["cases"]:
            self.assertGreater(doubted["doubts"][0], 0)

    def test_as_people_call_it(self):
        self.write("report.py", "raise ImportError")  # a module of somebody else
        for status, *arguments in [(0, self.green), (1, self.cut), (3, self.shards[0]), (2, "no file"), (2, "--no"),
                                   (1, "--markdown", "-", self.cut), (1, "--html", "page.html", self.cut)]:
            with self.subTest(arguments):
                done = subprocess.run([REPORT, *arguments], capture_output=True, encoding="utf-8", cwd=self.folder,
                                      env={**os.environ, "PYTHONPATH": self.folder, "GITHUB_STEP_SUMMARY": ""})
                self.assertEqual(done.returncode, status, done.stderr)
                self.report(status, *arguments)
                self.assertEqual((self.out, self.err), (done.stdout, done.stderr))

    def test_a_broken_server(self):
        page = self.page(1, self.cut)
        failed = [name for name, (verdict,) in self.verdicts(page).items() if verdict == "failed"]
        self.assertIn("keys-long-letters", failed)
        for name in failed:
            self.assertIn(f"failure-1-{name}", page.ids)
        for told in ("cache-mutant key-cut-at-255", "where keys are cut the two are one", "What broke",
                     "<methodName>cache.fetch",
                     f"cache-conformance --spawn 'exec '\\''{PROGRAMS}", "--spec 1.0 keys-long-letters", "curl -sS"):
            self.assert_told(told, page)
        self.assertIn(f"FAILED: {len(failed)} of", page.texts["title"])
        self.assertLess(len(page.source), 500_000)

    def test_targets_stand_side_by_side(self):
        page = self.page(1, self.green, self.green_1_1, self.cut, "--name", "ours", "--name", "ours", "--title", "All")
        self.assertEqual([(column["name"], column["spec"]) for column in page.data["columns"]],
                         [("ours", "1.0"), ("ours", "1.1"), ("cache-mutant key-cut-at-255", "1.0")])
        verdicts = self.verdicts(page)
        self.assertEqual(verdicts["keys-long-letters"], ["passed", "passed", "failed"])
        self.assertTrue([False, "passed", False] in verdicts.values())
        # What a spec does not have is told from what was not run, and a failure is a click away.
        self.assert_told("other spec", page)
        self.assertIn("#failure-3-keys-long-letters", page.links)
        self.assert_told("FAILED at 1 of 3 targets", page)
        self.assertLess(len(page.source), 700_000)

    def test_shards_are_one_run(self):
        whole, split = self.page(1, self.cut), self.page(1, *self.shards)
        self.assertEqual(split.data["cases"], whole.data["cases"])
        self.assertEqual(split.data["columns"], [{**whole.data["columns"][0]}])
        together = self.path("together")
        with open(together, "wb") as out:
            for path in reversed(self.shards):
                with open(path, "rb") as part:
                    out.write(part.read())
        self.assertEqual(self.page(1, together).data, split.data)

        def told(*paths):
            return re.sub(r"kit-[0-9a-f]{8}|127.0.0.1:\d+", "", self.report(1, "--markdown", "-", *paths))
        self.assertEqual(told(*self.shards), told(self.cut))

    def test_a_shard_that_is_missing_or_doubled_is_said(self):
        self.assertIn("1 of 3 shards is missing: 2", self.report(3, self.shards[0], self.shards[2]))
        self.assertIn("2 of 3 shards are missing: 1, 2", self.report(3, self.shards[2]))
        out = self.report(3, *self.shards, self.shards[1])
        self.assertIn("shard 2 of 3 is there twice", out)
        self.assertIn("shard 2 of 3 is there twice", self.page(3, *self.shards, self.shards[1]).texts["body"])

    def test_markdown(self):
        out = self.report(1, "--markdown", "-", self.green, self.cut)
        self.assertRegex(out, r"\| \u2713 passed \| cache-server \| 1\.0 \|")
        self.assertRegex(out, r"\| \u2717 \*\*failed\*\* \| cache-mutant key-cut-at-255 \| 1\.0 \| \d+ \(\d+ must\) \|")
        self.assertRegex(out, r"- \*\*failed\*\* `keys-long-letters` at .*\n.*\n.*\n"
                              r"  - expected `\"1\"`\n  - actual `\"2\"`\n  - only this: `")
        self.assertIn("### What was left out\n\n- 2 cases: needs slow", out)

    def test_annotations_are_at_the_place_in_the_fixtures(self):
        lines = self.report(1, "--annotations", "--fixtures", "kit/fixtures", self.cut).splitlines()
        self.assertTrue(all(line.startswith("::error file=kit/fixtures/cache/") for line in lines), lines)
        at, = [re.match(r"::error file=kit/(\S+),line=(\d+),title=keys-long-letters \(cache-mutant key-cut-at-255\)%3A "
                        r"failed::a long key .*%0Aexpected: \"1\"%0Aactual: \"2\"%0Aonly this: \S", line)
               for line in lines if "title=keys-long-letters " in line]
        with open(os.path.join(os.path.dirname(REPORT), "..", at[1]), encoding="utf-8") as file:
            before = file.read().split("\n")[:int(at[2])]
        self.assertEqual(re.findall(r'"id": "([^"]+)"', "\n".join(before))[-1], "keys-long-letters")

    def test_mutants_are_named(self):
        page = self.page(0, self.green, "--mutants", self.mutants)
        self.assert_told("its cases and the broken servers that they were tried on", page)
        self.assert_told("1 of 1 broken server was noticed by these cases", page)
        self.assert_told("key-cut-at-255 keeps 255 bytes of a key", page)
        self.assertIn(["key-cut-at-255"], [case.get("caught") for case in page.data["cases"]])

    def test_known_failures(self):
        url, _ = self.start_server()
        given = self.fixtures(case("bad", STORE, WRONG), case("good", STORE, FETCH),
                              case("odd", STORE, WRONG, level="should"))
        known = self.write("known.json", json.dumps({"format": "1.0", "known": [
            {"ids": "bad", "reason": "it is <known>", "link": "https://example.org/1"},
            {"ids": "good", "reason": "it was"}]}))
        path = self.path("run")
        self.run_suite("--url", url, "--spec", "1.0", *given, "--known-failures", known, "-r", f"ndjson::out={path}")
        page = self.page(1, path)
        self.assertNotIn(f"<span class=quiet>{url}", page.source)  # which is its name already
        self.assertEqual(self.verdicts(page),
                         {"bad": ["expected-failure"], "good": ["unexpected-pass"], "odd": ["warned"]})
        self.assert_told("Known: it is <known>", page)
        self.assertIn("https://example.org/1", page.links)
        lines = self.report(1, "--annotations", path).splitlines()
        self.assertEqual([line.split(" ")[0] for line in lines], ["::error", "::warning"])
        self.run_suite("--url", url, "--spec", "1.0", *given, "--known-failures", known, "-r", f"ndjson::out={path}",
                       "~good")
        self.assertIn("PASSED: 0 cases, and 1 failed as expected\n", self.report(0, path))


if __name__ == "__main__":
    main()
