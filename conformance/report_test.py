"""What scripts/report makes of results that nobody has written yet.

usage: report_test.py --programs FOLDER [TEST…]
"""

import base64
import collections
import hashlib
import json
import os
import re

from command_line import main
from report_command import HOSTILE, ReportTest


class Whatever(ReportTest):
    """What nobody should trust."""

    def assert_harmless(self, page):
        self.assertEqual(page.tags["script"], 2)
        self.assertEqual(page.tags["img"] + page.tags["iframe"] + page.tags["link"], 0)
        for key, value in page.attributes:
            self.assertFalse(key.startswith("on") or key in ("style", "src", "srcset", "action"), (key, value))
        for link in page.links:
            self.assertRegex(link, r"^(#|https?://)")
        self.assertEqual([name for name, times in collections.Counter(page.ids).items() if times > 1], [])
        # The policy lets in this script and this style, and nothing else.
        policy = re.search(r'http-equiv=Content-Security-Policy content="([^"]+)"', page.source)[1]
        script, style = (base64.b64encode(hashlib.sha256(page.texts[name].encode()).digest()).decode()
                         for name in ("script", "style"))
        self.assertEqual(policy, f"default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; "
                                 "base-uri 'none'; form-action 'none'")
        self.assertNotRegex(page.source, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]")

    def test_hostile_text_stays_text(self):
        escaped = {"\0": "\\x00", "\u202e": "\\u{202e}", "\ud800": "\\u{d800}", "\r\n": "\\r\\n"}
        seen = re.sub("|".join(escaped), lambda found: escaped[found[0]], HOSTILE)
        for verdict in ("failed", "warned", "expected-failure", "unexpected-pass", "skipped", "passed"):
            with self.subTest(verdict):
                page = self.page(1, self.hostile(verdict), "--title", HOSTILE.replace("\0", "").replace("\ud800", ""))
                self.assert_harmless(page)
                self.assertIn("\\x00\\u{202e}\\u{d800} <!--", page.texts["body"])
                self.assertEqual(page.data["cases"][0]["title"], seen)

    def test_hostile_text_adds_no_command(self):
        attack = "::error::##[add-mask]x"
        failed = self.case_line(attack, "failed", difference={"expected": attack, "actual": attack})
        lost = self.lines("lost", self.run_line(target=attack, spec=attack), failed, self.end_line(3, unjudged=attack))
        for options in [], ["--markdown", "-"]:
            self.assertNotRegex(self.report(3, lost, *options), r"(?m)^\s*::|##\[")
            self.assertIn("## [add-mask]x", self.out.replace("\\[", "["))
        self.report(2, self.lines("format", self.run_line(format="\n::error::x")))
        self.assertNotIn("\n", self.err.rstrip("\n"))
        lines = self.report(1, "--annotations", self.hostile()).splitlines()
        self.assertEqual(len(lines), 1, lines)
        properties, message = re.fullmatch(r"::error (.*?)::(.*)", lines[0]).groups()
        self.assertEqual([part.split("=")[0] for part in properties.split(",")], ["file", "line", "title"])
        self.assertIn("%250A", properties)
        self.assertIn("%250A", message)

    def test_what_is_nested_too_deep_is_misuse(self):
        for depth in range(900, 1000):  # what can just be read may be too deep to be written
            nested = json.dumps(self.run_line(options={"deep": 0})).replace("0}", "[" * depth + "]" * depth + "}")
            path = self.write("deep", f"{nested}\n{json.dumps(self.end_line())}\n")
            self.report(None, "--html", "page.html", path)
            self.assertNotIn("Traceback", self.err)

    def test_hostile_text_adds_nothing_to_markdown(self):
        out = self.report(1, "--markdown", "-", self.hostile())
        self.assertNotIn("<img", re.sub(r"(`+) ?.*?\1", "", out))
        for row in [line for line in out.splitlines() if line.startswith("| \u2717")]:
            self.assertEqual(len(re.findall(r"(?<!\\)\|", row)), 5, row)
        for problem, shown in [("## a", "\\## a"), ("- a", "\\- a"), ("---", "\\---"), ("12. a", "12\\. a"),
                               ("1.0 a", "1.0 a"), ("     a", "a")]:
            path = self.of_cases("run", self.case_line("a", "failed", problem=problem, cites=[""]), status=1)
            self.assertIn(f"(must: ` `)\n  - {shown}\n", self.report(1, "--markdown", "-", path))

    def test_what_differs_is_marked_however_long(self):
        long = "x" * 5000
        difference = {"path": "[0]", "expected": f'"{long}a{long}"', "actual": f'"{long}b{long}"'}
        page = self.page(1, self.of_cases("run", self.case_line("long", "failed", difference=difference), status=1))
        self.assertRegex(page.source, r"\[… \d+ characters\] x{60}<mark>a</mark>x{60} \[…")
        self.assertRegex(page.source, r"<mark>b</mark>")
        self.assertLess(len(page.source), 60_000)

    def test_a_page_of_failures_stays_small(self):
        long = " ".join(map(str, range(900)))
        exchanges = [{"step": "s", "request": long, "answer": long, "repeat": "curl " + long}] * 3
        cases = [self.case_line(f"c{i}", "failed", exchanges=exchanges) for i in range(700)]
        path = self.of_cases("run", *cases, status=1)
        page = self.page(1, path)
        self.assertLess(len(page.source), 900_000)
        self.assert_told("The page has no room left for all exchanges", page)
        self.assert_told("500 more did not pass; the table of cases has them", page)
        self.assertEqual(len(page.data["cases"]), 700)
        self.assertLess(len(self.report(1, "--markdown", "-", path)), 50_000)
        self.assertIn("And 670 cases more", self.out)

    def test_many_exchanges_leave_room_for_those_that_decided(self):
        exchange = {"step": "s", "request": "x " * 900, "answer": "y " * 900}
        cases = [self.case_line(f"c{i}", "failed", exchanges=[exchange] * 100 + [{**exchange, "answer": f"answer {i}"}])
                 for i in range(3)]
        page = self.page(1, self.of_cases("run", *cases, status=1))
        for i in range(3):
            self.assert_told(f"answer {i}", page)
        self.assertLess(len(page.source), 400_000)

    def test_ten_of_a_kind_are_annotated(self):
        path = self.of_cases("run", *(self.case_line(f"w{i}", "warned", level="observed") for i in range(12)),
                             *(self.case_line(f"s{i}", "failed", level="should") for i in range(11)),
                             self.case_line("first", "failed"), self.case_line("b", "blocked"), status=1)
        lines = self.report(1, "--annotations", path).splitlines()
        self.assertEqual([line.split(" ")[0] for line in lines], ["::error"] * 10 + ["::warning"] * 10 + ["::notice"])
        self.assertIn("title=first ", lines[0])
        self.assertIn("3 more failures and 2 more warnings", lines[-1])


class Statements(ReportTest):
    def states(self, page):
        """What the document says of each statement."""
        rows = re.findall(r"<summary>It is (\S+)\.</summary>.*?</details><td>(.*?)(?=<tr>|</tbody>)", page.source)
        return {name: re.sub(r"<[^>]*>", "", cell).strip() for name, cell in rows}

    def test_each_verdict_has_a_state(self):
        verdicts = ["passed", "failed", "blocked", "warned", "skipped", "expected-failure", "unexpected-pass"]
        path = self.of_cases(
            "run", *(self.case_line(f"c-{verdict}", verdict, cites=[verdict]) for verdict in verdicts), status=1,
            behaviours=[*(self.statement(verdict) for verdict in verdicts), self.statement("later", specs=["1.1"]),
                        self.statement("client", proved_by="client-test: NAME"), self.statement("nobody"),
                        self.statement("nothing", proved_by="nothing: nobody can see it")])
        self.assertEqual(self.states(self.page(1, path)), {
            "passed": "\u2713 kept", "failed": "\u2717 broken 1/1", "blocked": "\u2298 blocked 1/1",
            "warned": "\u25b3 differs 1/1", "skipped": "\u2013 not run", "expected-failure": "\u25c7 known failure 1/1",
            "unexpected-pass": "! passed, but is listed 1/1",
            "later": "other spec", "client": "\u2013 elsewhere", "nobody": "\u2013 not run",
            "nothing": "\u2013 not run"})

    def test_the_worst_case_decides(self):
        worse = ["failed", "blocked", "unexpected-pass", "warned", "expected-failure", "passed", "skipped"]
        states = ["\u2717 broken 1/7", "\u2298 blocked 1/6", "! passed, but is listed 1/5", "\u25b3 differs 1/4",
                  "\u25c7 known failure 1/3", "\u2713 kept", "\u2013 not run"]
        for first, state in enumerate(states):
            cases = [self.case_line(f"c{number}", verdict) for number, verdict in enumerate(worse[first:])]
            page = self.page(1 if first < 3 else 0, self.of_cases("run", *reversed(cases)))
            self.assertEqual(self.states(page), {"kept": state})

    def test_the_order_is_that_of_the_documents_whatever_a_spec_leaves_out(self):
        one, two, three = map(self.statement, ("one", "two", "three"))
        page = self.page(0, self.of_cases("a", self.case_line("a"), behaviours=[one, three]),
                         self.of_cases("b", self.case_line("a"), behaviours=[one, two, three], spec="1.1"))
        self.assertEqual([name for name in page.ids if name.startswith("statement-")],
                         ["statement-one", "statement-two", "statement-three", "statement-kept"])


class Shards(ReportTest):
    def shard(self, number, of=2, fixtures="sha256:1", **options):
        return self.of_cases(f"shard-{number}", self.case_line(f"c{number}"), fixtures=fixtures, options={
            "order": "rand", "seed": 1, "filter": ["c*"], "shard_count": of, "shard_index": number, **options})

    def test_only_what_is_run_in_the_same_way_is_a_whole(self):
        self.assertEqual(self.report(0, self.shard(0), self.shard(1)).count(", spec 1.0"), 1)
        for different in ({"seed": 2}, {"order": "decl"}, {"filter": ["c1"]}, {"strict": True}, {"abort_after": 1},
                          {"seed": []}, {"fixtures": "sha256:2"}, {"of": 3}):
            with self.subTest(different):
                out = self.report(3, self.shard(0), self.shard(1, **different))
                self.assertIn("1 of 2 shards is missing: 2", out)
        self.assertIn("1 of 2 shards is missing: 2", self.report(3, self.shard(0), self.shard(2)))

    def test_a_seed_that_decides_nothing_may_differ(self):
        self.report(0, self.shard(0, order="decl"), self.shard(1, order="decl", seed=2))

    def test_runs_that_are_whole_are_columns(self):
        whole = self.of_cases("whole", self.case_line("a"))
        self.assertRegex(self.report(0, whole, whole), r"http://there/RPC2, spec(.|\n)*http://there/RPC2 \(2\), spec")


class Status(ReportTest):
    def test_the_worst_counts(self):
        passed = self.of_cases("passed", self.case_line("a"))
        failed = self.of_cases("failed", self.case_line("a", "failed"), status=1)
        lost = self.lines("lost", self.run_line(), self.case_line("a"), self.end_line(3, unjudged="it went away"))
        interrupted = self.lines("interrupted", self.run_line(), self.case_line("a"), self.end_line(130))
        written = self.of_cases("written", self.case_line("a"), status=2)
        denied = self.of_cases("denied", self.case_line("a", "failed"), status=0)
        for status, *paths in [(0, passed), (1, passed, failed), (3, passed, lost, failed), (3, interrupted),
                               (1, failed, written), (2, written), (1, denied)]:
            with self.subTest(paths):
                self.report(status, *paths)
        self.assertIn("it went away", self.report(3, lost))
        self.assertIn("it went away", self.page(3, lost).texts["body"])
        self.assertIn("interrupted by signal 2", self.report(3, interrupted))

    def test_what_is_cut_short_is_no_pass(self):
        whole = self.of_cases("whole", self.case_line("a"), self.case_line("b"))
        with open(whole, encoding="utf-8") as file:
            lines = file.read().splitlines(keepends=True)
        for name, left in [("no end", lines[:3]), ("in a line", [*lines[:3], lines[3][:5]]), ("empty", []),
                           ("two", lines[:3] + lines), ("behind", lines + lines[:1]), ("broken", [*lines, "{"])]:
            with self.subTest(name):
                self.report(3, self.write("cut", "".join(left)))
                self.assertRegex(self.out, "cut short|no end")
                self.assertIn("NOT JUDGED", self.page(3, self.path("cut"), whole).texts["title"])

    def test_misuse_is_one_sentence(self):
        good = self.of_cases("good", self.case_line("a"))
        wrong = {"nonsense": "no line of results", "[]": "no line of results", "[" * 100000: "no line of results",
                 json.dumps(self.run_line(format="2.0")): "format 2.0",
                 json.dumps(self.run_line(format=1)): "another type",
                 '{"type":"case","id":"a"}': "missing", '{"type":"end","status":0}': "outside a run",
                 json.dumps(self.run_line()) + "\n" + json.dumps(self.case_line("a", "odd")): "no verdict"}
        for content, told in wrong.items():
            with self.subTest(content[:50]):
                self.report(2, self.write("bad", content + "\n"))
                self.assertRegex(self.err, r"\Ascripts/report: [^\n]*" + told + r"[^\n]*\n\Z")
        for arguments, told in [(["missing"], "missing: No such file"), ([good, "--mutants", good], "no table"),
                                ([good, "--name", "a", "--name", "b"], "--name is there 2 times"),
                                ([good, "--html", "no/where.html"], "no/where.html: No such file"),
                                ([], "RUN.ndjson"), ([good, "--htm", "x"], "--htm")]:
            with self.subTest(arguments):
                self.report(2, *arguments)
                self.assertIn(told, self.err)
                self.assertNotIn("Traceback", self.err)

    def test_files_are_whole_or_as_they_were(self):
        good = self.of_cases("good", self.case_line("a"))
        page = self.write("page.html", "as it was")
        self.report(2, "--html", page, good, self.write("bad", "nonsense\n"))
        with open(page, encoding="utf-8") as file:
            self.assertEqual(file.read(), "as it was")
        self.report(0, "--html", page, "--markdown", "summary.md", good)
        self.assertEqual(self.out, "")
        self.assertEqual(sorted(os.listdir(self.folder)), ["bad", "good", "page.html", "summary.md"])
        mask = os.umask(0o027)
        self.addCleanup(os.umask, mask)
        self.report(0, "--html", page, good)
        self.assertEqual(os.stat(page).st_mode & 0o777, 0o640)

    def test_the_step_summary_is_appended_to(self):
        good, step = self.of_cases("good", self.case_line("a")), self.write("step", "before\n")
        self.report(0, good, GITHUB_STEP_SUMMARY=step)
        with open(step, encoding="utf-8") as file:
            text = file.read()
        self.assertTrue(text.startswith("before\n"), text)
        self.assertIn("**PASSED: 1 case**", text)
        self.write("step", "x" * (1024 * 1024 - 100))
        self.report(0, "--markdown", step, good, GITHUB_STEP_SUMMARY=step)
        self.assertLess(os.path.getsize(step), 1024 * 1024)
        with open(step, encoding="utf-8") as file:
            self.assertEqual(file.read().count("PASSED"), 1)


if __name__ == "__main__":
    main()
