"""What scripts/report makes of the results of real runs, and of such as nobody has written yet.

usage: report_test.py --programs FOLDER [TEST…]
"""

import base64
import collections
import contextlib
import hashlib
import html.parser
import io
import json
import os
import re
import runpy
import subprocess
import tempfile
from unittest import mock

from command_line import FETCH, PROGRAMS, STORE, SUITE, WRONG, CommandLineTest, case, main

REPORT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts", "report")
MAIN = runpy.run_path(REPORT)["main"]
HOSTILE = "</script><img src=x onerror=alert(1)>%0A::error::|`x`\0\u202e\ud800 <!-- \r\n@all ~a~ [l](javascript:1)"


class Page(html.parser.HTMLParser):
    """What a browser finds in the page without running anything."""

    def __init__(self, source):
        super().__init__()
        self.source, self.tags = source, collections.Counter()
        self.attributes, self.ids, self.links = [], [], []
        self.within, self.texts = [], collections.defaultdict(str)
        self.feed(source)
        self.close()
        self.data = json.loads(self.texts["script application/json"])

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags[tag] += 1
        self.attributes += attributes
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        if tag in ("script", "style", "title"):
            self.within.append(f"{tag} {given.get('type', '')}".strip())

    def handle_endtag(self, tag):
        if self.within and self.within[-1].split()[0] == tag:
            self.within.pop()

    def handle_data(self, data):
        self.texts[self.within[-1] if self.within else "body"] += data


class ReportTest(CommandLineTest):
    def report(self, status, *arguments, **environment):
        """What it prints. Status may be None, for 0 or 2."""
        with mock.patch.dict(os.environ, {"GITHUB_STEP_SUMMARY": "", **environment}):
            returned, self.out, self.err = self.run_report(*arguments)
        self.assertIn(returned, (0, 2) if status is None else (status,), self.out + self.err)
        return self.out

    def run_report(self, *arguments):
        """Its exit status, stdout and stderr, without a process of its own: these are many."""
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(io.StringIO()) as out, \
                contextlib.redirect_stderr(io.StringIO()) as err:
            try:
                status = MAIN(arguments)
            except SystemExit as end:  # of argparse
                status = end.code
        return status, out.getvalue(), err.getvalue()

    def page(self, status, *arguments):
        """The page, read anew."""
        path = os.path.join(self.folder, "page.html")
        self.report(status, "--html", path, *arguments)
        with open(path, encoding="utf-8") as file:
            return Page(file.read())

    def assert_told(self, text, page):
        self.assertTrue(text in page.texts["body"], f"not there: {text}")

    def path(self, name):
        return os.path.join(self.folder, name)

    def lines(self, name, *records):
        return self.write(name, "".join(json.dumps(record) + "\n" for record in records))

    def run_line(self, **more):
        return {"type": "run", "format": "1.0", "target": "http://there/RPC2", "spec": "1.0", "fixtures": "sha256:1",
                "options": {"seed": 1}, "behaviours": [self.statement("kept")], **more}

    def statement(self, name, **more):
        return {"id": name, "level": "must", "statement": f"It is {name}.", "source": "the document, Usage",
                "if_broken": f"It is not {name}.", "proved_by": "cases", **more}

    def case_line(self, name, verdict="passed", **more):
        return {"type": "case", "id": name, "suite": "tiny", "title": f"title of {name}", "level": "must",
                "cites": ["kept"], "needs": [], "verdict": verdict,
                "place": {"file": "cache/tiny.json", "line": 7}, **more}

    def end_line(self, status=0, **more):
        return {"type": "end", "status": status, **more}

    def of_cases(self, name, *cases, status=0, **more):
        return self.lines(name, self.run_line(**more), *cases, self.end_line(status))


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
        for case in page.data["cases"]:
            self.assertGreater(case["doubts"][0], 0)

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

    def hostile(self, verdict="failed"):
        return self.of_cases(
            "hostile", self.case_line(HOSTILE, verdict, suite=HOSTILE, title=HOSTILE, level=HOSTILE,
                                      cites=[HOSTILE, "kept"], needs=[HOSTILE], place={"file": HOSTILE, "line": 3},
                                      problem=HOSTILE, why=HOSTILE,
                                      difference={"path": HOSTILE, "expected": HOSTILE, "actual": HOSTILE + "x"},
                                      exchanges=[dict.fromkeys(("step", "request", "answer", "repeat"), HOSTILE)],
                                      known={"reason": HOSTILE, "place": HOSTILE, "link": "javascript:alert(1)"}),
            {"type": "doubt", "id": HOSTILE, "perturbations": 1, "turned": 0, "irrelevant": 0,
             "findings": [{"change": HOSTILE, "path": HOSTILE, "before": HOSTILE, "after": HOSTILE}]},
            status=1, target=HOSTILE, spec=HOSTILE, version={"api": HOSTILE, "server": HOSTILE}, runner=HOSTILE,
            again=HOSTILE, fixtures=HOSTILE, options={HOSTILE: HOSTILE},
            behaviours=[self.statement(HOSTILE, **dict.fromkeys(
                ("statement", "source", "if_broken", "proved_by"), HOSTILE))])

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
