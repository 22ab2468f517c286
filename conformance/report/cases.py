"""The table of all cases, as a part of the page: its filter, and the JSON that page.js makes the rows of."""

import json

from report import runs, text
from report.markup import MARKS, matrix

FILTER = """<form id=filter class=scripted>
<label>Text <input type=search name=text autocomplete=off spellcheck=false></label>
<label>Verdict <select name=verdict><option value="">any</select></label>
<label>Level <select name=level><option value="">any</select></label>
<label>Suite <select name=suite><option value="">any</select></label>
<button type=reset>Show all</button><output id=count aria-live=polite></output></form>
"""


def section(columns):
    return ("<section id=cases aria-labelledby=cases-head><h2 id=cases-head>Cases</h2>\n"
            "<p class=unscripted>The table of all cases needs JavaScript; what did not pass is above.</p>\n"
            + FILTER + matrix("All cases, a table", "case", columns, "", " id=table") + "</section>\n")


def data(columns, statements, tables):
    """JSON that may stand in a script element: in it nothing ends that, and nothing begins a comment."""
    caught = {}
    for table in tables:
        for entry in table["statements"]:
            for case in entry["cases"]:
                caught.setdefault(case["id"], {}).update(dict.fromkeys(case["failed_by"]))
    every = {}
    for column in columns:
        for name, case in column.cases.items():
            every.setdefault(name, case)
    made = {
        "columns": [{"name": text.line(column.name), "spec": text.line(column.spec),
                     "again": text.visible(column.start.get("again", ""))} for column in columns],
        "marks": {verdict: MARKS[verdict] for verdict in runs.VERDICTS},
        "statements": {text.line(statement.id): text.line(statement.statement) for statement in statements},
        "cases": [_told(name, case, columns, list(caught.get(name, ())))
                  for name, case in sorted(every.items(), key=lambda item: runs.place_of(item[1]))]}
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _told(name, case, columns, caught):
    """What is not there is left out; a verdict is its place among the marks."""
    at = [column.cases.get(name) for column in columns]
    skipped = [one.get("problem", "") for one in at if one and one["verdict"] == "skipped"]
    doubts = [column.doubts[name] for column in columns if name in column.doubts]
    entry = {
        "id": name, "title": case["title"], "level": case["level"], "suite": case["suite"], "why": case.get("why", ""),
        "cites": case["cites"], "needs": case["needs"], "skipped": skipped[0] if skipped else "", "caught": caught}
    entry = {key: text.line(value) if isinstance(value, str) else [text.line(one) for one in value]
             for key, value in entry.items() if value}
    entry["verdicts"] = [runs.VERDICTS.index(one["verdict"]) if one else None for one in at]
    if doubts:
        entry["doubts"] = [sum(doubt.get(key, 0) for doubt in doubts)
                           for key in ("perturbations", "turned", "irrelevant")]
    return entry
