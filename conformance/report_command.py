"""scripts/report, called and read by tests, and results that no run has written."""

import collections
import contextlib
import html.parser
import io
import json
import os
import runpy
from unittest import mock

from command_line import CommandLineTest

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
