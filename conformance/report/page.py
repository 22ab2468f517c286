"""The page: one HTML file with all that it needs, which asks nothing of a network."""

import base64
import hashlib
import json
import pathlib

from report import cases, runs, summary, text
from report.document import document
from report.failures import Failures
from report.markup import mark, shown

FOLDER = pathlib.Path(__file__).resolve().parent
MOST_BROKEN = 6  # statements in the head


def page(columns, lost, statements, tables, title):
    style, script = ((FOLDER / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    policy = (f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; "
              "base-uri 'none'; form-action 'none'")
    failures = Failures(columns, statements)
    return f"""<!DOCTYPE html>
<html lang=en>
<head>
<meta charset=utf-8>
<meta http-equiv=Content-Security-Policy content="{policy}">
<meta name=viewport content="width=device-width, initial-scale=1">
<meta name=color-scheme content="light dark">
<title>{shown(summary.headline(columns, lost))} · {shown(title)}</title>
<style>{style}</style>
</head>
<body{' class=several' if len(columns) > 1 else ''}>
<a class=skip href=#document>To the document</a>
{_head(columns, lost, statements, failures, title)}<main>
{document(columns, statements, failures)}{failures.sections()}{cases.section(columns)}{_doubts(columns)}</main>
{_foot(columns)}<script type=application/json id=data>{cases.data(columns, statements, tables)}</script>
<script>{script}</script>
</body>
</html>
"""


def _digest(source):
    return "'sha256-" + base64.b64encode(hashlib.sha256(source.encode("utf-8")).digest()).decode() + "'"


def _head(columns, lost, statements, failures, title):
    wrong = [f"{column.name}: {problem}" for column in columns for problem in column.problems] + lost
    bad = sum(column.count(verdict) for column in columns for verdict in runs.FAILURES)
    odd = sum(column.count(verdict) for column in columns for verdict in ("warned", "expected-failure"))
    links = [f"<a class=first href=#failures>{bad:,} {'failure' if bad == 1 else 'failures'}</a>" if bad else
             f"<a href=#failures>{odd:,} that did not pass</a>" if odd else "",
             "<a href=#document>Document</a>", "<a href=#cases>Cases</a>",
             "<a href=#doubts>Doubts</a>" if any(column.doubts for column in columns) else "",
             "<a href=#how>How it was run</a>"]
    state = "bad" if lost or any(column.status for column in columns) else "good"
    sentences = "".join(f"<p class=wrong>{shown(sentence)}</p>\n" for sentence in wrong)
    headline = shown(summary.headline(columns, lost))
    return (f'<header>\n<h1>{shown(title)}</h1>\n<p class="headline {state}">{headline}</p>\n{sentences}'
            f'<nav aria-label="Parts of this page">{"".join(links)}</nav>\n'
            f"{_broken(columns, statements, failures)}{_targets(columns)}</header>\n")


def _broken(columns, statements, failures):
    """The statements that are broken somewhere, each a link to its worst failure."""
    items = []
    for statement in statements:
        where = [number for number, state in enumerate(statement.states) if state in ("broken", "blocked")]
        if where:
            names = ", ".join(shown(columns[number].name) for number in where)
            link = failures.link_to_worst(where[0], statement.cases)
            items.append(f"<li><a href={link}>{shown(statement.statement)}</a>"
                         + (f" <span class=quiet>at {names}</span>" if len(columns) > 1 else "")
                         + (f"<br><span class=why>{shown(statement.if_broken)}</span>" if statement.if_broken else ""))
    if not items:
        return ""
    rest = len(items) - MOST_BROKEN
    more = f"<p><a href=#document>and {rest} more</a></p>" if rest > 0 else ""
    return (f"<section class=brief aria-labelledby=brief><h2 id=brief>What broke</h2>"
            f"<ul>{''.join(items[:MOST_BROKEN])}</ul>{more}</section>\n")


def _targets(columns):
    verdicts = runs.occurring(columns)
    rows = []
    for column in columns:
        version = column.start.get("version", {})
        said = [shown(column.target)] if column.target != column.name else []
        said += [f"{label} {shown(version[key])}" for key, label in (("api", "API"), ("server", "server"))
                 if version.get(key)]
        counts = "".join(f"<td>{_count(column, verdict)}" for verdict in verdicts)
        rows.append(f"<tr><td>{mark(summary.verdict_of(column))}<th scope=row>{shown(column.name)}<br>"
                    f"<span class=quiet>{' · '.join(said)}</span><td>{shown(column.spec)}{counts}")
    return _table("Targets", ["verdict", "target", "spec", *(verdict.replace("-", " ") for verdict in verdicts)], rows)


def _count(column, verdict):
    if not column.count(verdict):
        return "<span class=quiet>0</span>"
    return f"{column.count(verdict)}<br><span class=quiet>{column.by_level(verdict)}</span>"


def _table(label, heads, rows):
    return (f"<div class=wide tabindex=0 role=region aria-label=\"{label}, a table\"><table class=plain><thead><tr>"
            + "".join(f"<th scope=col>{head}" for head in heads) + f"<tbody>{''.join(rows)}</table></div>\n")


def _doubts(columns):
    rows, found = [], []
    for column in columns:
        if not column.doubts:
            continue
        findings = [(case_id, finding) for case_id, doubt in column.doubts.items()
                    for finding in doubt.get("findings", []) if isinstance(finding, dict)]
        sums = [sum(doubt.get(key, 0) for doubt in column.doubts.values())
                for key in ("assertions", "perturbations", "turned", "irrelevant")]
        rows.append(f"<tr><th scope=row>{shown(column.name)}, spec {shown(column.spec)}"
                    + "".join(f"<td>{number:,}" for number in (len(column.doubts), *sums, len(findings))))
        found += [_finding(column, case_id, finding) for case_id, finding in findings]
    if not rows:
        return ""
    heads = "target", "cases", "expectations", "changes", "turned the verdict", "may be so", "findings"
    return ("<section id=doubts aria-labelledby=doubts-head><h2 id=doubts-head>Doubts</h2><p class=quiet>Each reply of "
            "a case that passed was changed in memory and judged again: a change that does not turn the verdict, and "
            f"is not declared to be without harm, is a finding.</p>{_table('Doubts', heads, rows)}"
            f"{f'<ul>{str().join(found)}</ul>' if found else ''}</section>\n")


def _finding(column, case_id, finding):
    before, after = (shown(text.clipped(text.line(finding.get(key, "")), 200)) for key in ("before", "after"))
    file, line = runs.place_of(finding)
    path = f" at <code>{shown(text.line(finding['path']))}</code>" if finding.get("path") else ""
    return (f"<li><code>{shown(case_id)}</code> at {shown(column.name)} does not notice: "
            f"{shown(finding.get('change', ''))}{path} ({shown(file)}:{line}): <code>{before}</code> became "
            f"<code>{after}</code>")


def _foot(columns):
    return f"<footer id=how><h2>How it was run</h2>{''.join(map(_run, columns))}</footer>\n"


def _run(column):
    options = ", ".join(f"{key.replace('_', ' ')} {value if isinstance(value, str) else json.dumps(value)}"
                        for key, value in column.start["options"].items() if value not in (None, False, [], ""))
    duration = "" if column.duration is None else f"{column.duration:.2f} s"
    rows = [("Target", column.target), ("Runner", column.start.get("runner")),
            ("Fixtures", column.start.get("fixtures")), ("Options", options),
            ("Shards", column.shards if column.shards > 1 else ""), ("Duration", duration)]
    about = "".join(f"<dt>{label}<dd>{shown(value)}" for label, value in rows if value)
    skipped = "".join(f"<li>{summary.cases(number)}: {shown(reason)}" for reason, number in runs.skipped([column]))
    again = column.start.get("again")
    return (f"<section><h3>{shown(column.name)}, spec {shown(column.spec)}</h3><dl>{about}"
            + (f"<dt>Left out<dd><ul>{skipped}</ul>" if skipped else "") + "</dl>"
            + (f"<p class=label>The same again</p><pre class=copy>{shown(again)}</pre>" if again else "")
            + "</section>")
