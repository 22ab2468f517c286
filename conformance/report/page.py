"""The page: one HTML file with all that it needs, which asks nothing of a network."""

import base64
import hashlib
import json
import pathlib

from report import runs, statements as documents, summary, text
from report.failure import Exchanges, failure
from report.markup import MARKS, anchor, attribute, mark, shown

FOLDER = pathlib.Path(__file__).resolve().parent
OPEN_AT_FIRST = 3  # as many failures are open as one looks at anyway


def page(columns, lost, statements, tables, title):
    style, script = ((FOLDER / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    policy = (f"default-src 'none'; script-src {digest(script)}; style-src {digest(style)}; "
              "base-uri 'none'; form-action 'none'")
    return "".join([
        "<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n",
        f'<meta http-equiv=Content-Security-Policy content="{policy}">\n',
        "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n<meta name=color-scheme content=\"light dark\">\n",
        f"<title>{shown(summary.headline(columns, lost))} · {shown(title)}</title>\n<style>{style}</style>\n</head>\n",
        f"<body{' class=several' if len(columns) > 1 else ''}>\n<a class=skip href=#document>To the document</a>\n",
        head(columns, lost, statements, title), "<main>\n", document(columns, statements), not_passed(columns, statements),
        cases(columns, statements), doubts(columns), "</main>\n", foot(columns),
        f"<script type=application/json id=data>{data(columns, statements, tables)}</script>\n<script>{script}</script>\n",
        "</body>\n</html>\n"])


def digest(source):
    return "'sha256-" + base64.b64encode(hashlib.sha256(source.encode("utf-8")).digest()).decode() + "'"


def head(columns, lost, statements, title):
    wrong = [sentence for column in columns for sentence in map(f"{column.name}: {{}}".format, column.problems)] + lost
    bad = sum(len(column.with_verdict(*runs.FAILURES)) for column in columns)
    odd = sum(len(column.with_verdict("warned", "expected-failure")) for column in columns)
    links = [("failures", f"{bad} {'failure' if bad == 1 else 'failures'}" if bad else f"{odd} that did not pass") if bad + odd else None,
             ("document", "Document"), ("cases", "Cases"),
             ("doubts", "Doubts") if any(column.doubts for column in columns) else None, ("how", "How it was run")]
    state = "good" if not (lost or any(column.status for column in columns)) else "bad"
    return (f"<header>\n<h1>{shown(title)}</h1>\n<p class=\"headline {state}\">{shown(summary.headline(columns, lost))}</p>\n"
            + "".join(f"<p class=wrong>{shown(sentence)}</p>\n" for sentence in wrong)
            + "<nav aria-label=\"Parts of this page\">"
            + " ".join(f"<a href=#{part}{' class=first' if part == 'failures' and bad else ''}>{label}</a>"
                       for part, label in filter(None, links))
            + "</nav>\n" + broken(columns, statements) + targets(columns) + "</header>\n")


def broken(columns, statements):
    """The statements that are broken somewhere, each a link to its first failure."""
    items = []
    for statement in statements:
        where = [number for number, state in enumerate(statement.states) if state in ("broken", "blocked")]
        if where:
            failed = [first_failure(statement, columns[number], number) for number in where]
            at = "" if len(columns) == 1 else f" <span class=quiet>at {', '.join(shown(columns[n].name) for n in where)}</span>"
            items.append(f"<li><a href={attribute('#' + failed[0])}>{shown(statement.statement)}</a>{at}"
                         + (f"<br><span class=why>{shown(statement.if_broken)}</span>" if statement.if_broken else ""))
    if not items:
        return ""
    rest = len(items) - 6
    more = f"<p><a href=#document>and {rest} more</a></p>" if rest > 0 else ""
    return f"<section class=brief aria-labelledby=brief><h2 id=brief>What broke</h2><ul>{''.join(items[:6])}</ul>{more}</section>\n"


def first_failure(statement, column, number):
    failed = [column.cases[name] for name in statement.cases if name in column.cases]
    return anchor(f"failure-{number + 1}", min(failed, key=runs.severity)["id"])


def targets(columns):
    verdicts = [verdict for verdict in runs.VERDICTS if any(column.count(verdict) for column in columns)]
    heads = "".join(f"<th scope=col>{verdict.replace('-', ' ')}" for verdict in verdicts)
    rows = []
    for column in columns:
        version = column.start.get("version", {})
        said = " · ".join(f"{label} {shown(version[key])}" for key, label in (("api", "API"), ("server", "server"))
                          if version.get(key))
        counts = "".join(f"<td>{column.count(verdict) or '<span class=quiet>0</span>'}{by_level(column, verdict)}"
                         for verdict in verdicts)
        rows.append(f"<tr><td>{mark({'passed': 'passed', 'failed': 'failed'}.get(summary.verdict_of(column), 'not judged'))}"
                    f"<th scope=row>{shown(column.name)}<br><span class=quiet>{shown(column.target)}{' · ' + said if said else ''}</span>"
                    f"<td>{shown(column.spec)}{counts}")
    return ("<div class=wide tabindex=0 role=region aria-label=Targets><table class=targets><caption class=hidden>Targets, and how many cases "
            f"have which verdict</caption><thead><tr><th scope=col>verdict<th scope=col>target<th scope=col>spec{heads}"
            f"<tbody>{''.join(rows)}</table></div>\n")


def by_level(column, verdict):
    levels = [f"{column.count(verdict, level)} {level}" for level in runs.LEVELS if column.count(verdict, level)]
    return f"<br><span class=quiet>{', '.join(levels)}</span>" if levels else ""


def column_heads(columns):
    if len(columns) == 1:
        return "<th scope=col>verdict"
    return "".join(f"<th scope=col>{shown(column.name)}<br><span class=quiet>spec {shown(column.spec)}</span>" for column in columns)


def matrix(label, first, columns, body, more=""):
    return (f"<div class=wide tabindex=0 role=region aria-label={attribute(label)}><table class=matrix{more}><thead><tr><th scope=col>{first}"
            f"{column_heads(columns)}</thead>{body}</table></div>\n")


def document(columns, statements):
    body = []
    for source, group in documents.by_source(statements):
        body.append(f"<tbody><tr class=group><th scope=rowgroup colspan={len(columns) + 1}>{shown(source)}</th></tr>")
        body += [row(statement, columns) for statement in group]
        body.append("</tbody>")
    kept = [sum(statement.states[number] == "kept" for statement in statements) for number in range(len(columns))]
    note = (f"{kept[0]} of {len(statements)} statements are kept" if len(columns) == 1 else
            f"{len(statements)} statements, each with what the cases that cite it say")
    return (f"<section id=document aria-labelledby=document-head><h2 id=document-head>Document</h2><p class=quiet>{note}. "
            "Open one for its place, its cases and the broken servers that they were tried on.</p>\n"
            + matrix("Statements, a table", "statement", columns, "".join(body)) + "</section>\n")


def row(statement, columns):
    cells = "".join(f"<td>{cell(statement, column, number, state)}"
                    for number, (column, state) in enumerate(zip(columns, statement.states)))
    elsewhere = f"<dt>Proved by<dd>{shown(statement.proved_by)}" if statement.proved_by not in ("", "cases") else ""
    reference = statement.given.get("kept_by_reference")
    if isinstance(reference, dict) and reference.get("holds") is False:
        tried = reference.get("tried", [])
        elsewhere += f"<dt>Not kept by<dd>{shown(', '.join(map(str, tried)) if isinstance(tried, list) else tried)}"
    told = "".join(f"<dt>{label}<dd>{shown(value)}" for label, value in
                   (("Place", statement.source), ("If broken", statement.if_broken), ("Level", statement.level)) if value)
    return (f"<tr><th scope=row><details id={attribute(anchor('statement', statement.id))} "
            f"data-statement={attribute(statement.id)}><summary>{shown(statement.statement)}</summary>"
            f"<div class=body><dl>{told}{elsewhere}</dl>"
            f"<div class=cases>{failing(statement, columns)}</div>{mutants(statement)}</div></details>{cells}")


def cell(statement, column, number, state):
    named = state if state else None
    if state in ("broken", "blocked", "listed", "differs", "known"):
        verdict = documents.STATES[state]
        many = sum(column.cases[name]["verdict"] == verdict for name in statement.cases if name in column.cases)
        of = sum(name in column.cases for name in statement.cases)
        label = f"{summary.cases(many)} of {of} {verdict.replace('-', ' ')}; to the first at {text.line(column.name)}"
        return (f"<a href={attribute('#' + first_failure(statement, column, number))} title={attribute(label)}>"
                f"{mark(state)} <span class=quiet>{many}/{of}</span></a>")
    return mark(named)


def failing(statement, columns):
    """In place of which page.js shows rows of all cases."""
    items = []
    for number, column in enumerate(columns):
        for name in statement.cases:
            case = column.cases.get(name)
            if case and case["verdict"] not in ("passed", "skipped"):
                items.append(f"<li>{mark(case['verdict'])} <a href={attribute('#' + anchor(f'failure-{number + 1}', name))}>"
                             f"{shown(case['title'])}</a>{f' at {shown(column.name)}' if len(columns) > 1 else ''}")
    return f"<p>{summary.cases(len(statement.cases))}</p>" + (f"<ul>{''.join(items)}</ul>" if items else "")


def mutants(statement):
    if not statement.mutants:
        return ""
    caught = [any(mutant["counts"].values()) for mutant in statement.mutants]
    items = "".join(f"<li>{'' if seen else mark('failed', 'not noticed: ')}<code>{shown(mutant['name'])}</code> {shown(mutant['what'])}"
                    for mutant, seen in zip(statement.mutants, caught))
    return (f"<details class=mutants><summary>{sum(caught)} of {len(caught)} broken servers were noticed by these cases</summary>"
            f"<ul>{items}</ul></details>")


def not_passed(columns, statements):
    known = {statement.id: statement for statement in statements}
    exchanges, groups = Exchanges(), {}
    for column in columns:
        for case in column.with_verdict(*runs.FAILURES, "warned", "expected-failure"):
            groups[case["id"]] = min(groups.get(case["id"], runs.severity(case)), runs.severity(case))
    if not groups:
        return ""
    order = sorted(groups, key=groups.get)
    parts = {"Failures": [], "Warnings": [], "Known failures": []}
    for name in order:
        verdict = runs.VERDICTS[groups[name][0]]
        part = parts["Failures" if verdict in runs.FAILURES else "Warnings" if verdict == "warned" else "Known failures"]
        is_open = verdict in runs.FAILURES and len(part) < OPEN_AT_FIRST
        part.append(failure(name, columns, known, exchanges, is_open))
    first = " id=failures"
    made = []
    for label, found in parts.items():
        if found:
            made.append(f"<section{first} aria-label={attribute(label)}><h2>{label} <span class=quiet>{len(found)}</span></h2>"
                        f"{''.join(found)}</section>\n")
            first = ""
    return "".join(made)


def cases(columns, statements):
    """The filter and an empty table, which page.js fills."""
    del statements
    return ("<section id=cases aria-labelledby=cases-head><h2 id=cases-head>Cases</h2>\n"
            "<noscript><p>The table of all cases needs JavaScript; what did not pass is above.</p></noscript>\n"
            "<form id=filter class=scripted><label>Text <input type=search name=text autocomplete=off spellcheck=false></label>"
            "<label>Verdict <select name=verdict><option value=\"\">any</select></label>"
            "<label>Level <select name=level><option value=\"\">any</select></label>"
            "<label>Suite <select name=suite><option value=\"\">any</select></label>"
            "<button type=reset>Show all</button><output id=count aria-live=polite></output></form>\n"
            + matrix("All cases, a table", "case", columns, "", " id=table") + "</section>\n")


def doubts(columns):
    doubted = [column for column in columns if column.doubts]
    if not doubted:
        return ""
    rows, found = [], []
    for column in doubted:
        every = column.doubts.values()
        findings = [(case_id, finding) for case_id, doubt in column.doubts.items()
                    for finding in doubt.get("findings", []) if isinstance(finding, dict)]
        numbers = [len(column.doubts), *(sum(doubt.get(key, 0) for doubt in every)
                                         for key in ("assertions", "perturbations", "turned", "irrelevant")), len(findings)]
        rows.append(f"<tr><th scope=row>{shown(column.name)}, spec {shown(column.spec)}" + "".join(f"<td>{number:,}" for number in numbers))
        found += [f"<li>{mark('failed', 'not turned: ')} <code>{shown(case_id)}</code> at {shown(column.name)}: {shown(finding.get('change', ''))}"
                  f"{' at <code>' + shown(finding['path']) + '</code>' if finding.get('path') else ''}, "
                  f"<code>{shown(text.clipped(text.line(finding.get('before', '')), 200))}</code> became "
                  f"<code>{shown(text.clipped(text.line(finding.get('after', '')), 200))}</code>" for case_id, finding in findings]
    heads = "".join(f"<th scope=col>{label}" for label in
                    ("cases", "expectations", "changes", "turned the verdict", "may be so", "findings"))
    return ("<section id=doubts aria-labelledby=doubts-head><h2 id=doubts-head>Doubts</h2><p class=quiet>Each reply of a case that passed was "
            "changed in memory and judged again: a change that does not turn the verdict, and is not declared to be without harm, is a finding.</p>"
            f"<div class=wide tabindex=0 role=region aria-label=\"Doubts, a table\"><table class=targets><thead><tr><th scope=col>target{heads}<tbody>{''.join(rows)}</table></div>"
            f"{f'<ul>{chr(10).join(found)}</ul>' if found else ''}</section>\n")


def foot(columns):
    parts = []
    for column in columns:
        options = ", ".join(f"{key.replace('_', ' ')} {json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value}"
                            for key, value in column.start["options"].items() if value not in (None, False, [], ""))
        rows = [("Target", column.target), ("Runner", column.start.get("runner", "")), ("Fixtures", column.start.get("fixtures", "")),
                ("Options", options), ("Shards", column.shards if column.shards > 1 else ""),
                ("Duration", f"{column.duration:.2f} s" if column.duration is not None else "")]
        again = column.start.get("again")
        reasons = {}
        for case in column.with_verdict("skipped"):
            reasons.setdefault(str(case.get("problem", "no reason is given")), []).append(case["id"])
        skipped = "".join(f"<li>{summary.cases(len(names))}: {shown(reason)}" for reason, names in reasons.items())
        parts.append(f"<section><h3>{shown(column.name)}, spec {shown(column.spec)}</h3><dl>"
                     + "".join(f"<dt>{label}<dd>{shown(value)}" for label, value in rows if value)
                     + (f"<dt>Left out<dd><ul>{skipped}</ul>" if skipped else "") + "</dl>"
                     + (f"<p class=label>The same again</p><pre class=copy>{shown(again)}</pre>" if again else "") + "</section>")
    return f"<footer id=how><h2>How it was run</h2>{''.join(parts)}</footer>\n"


def data(columns, statements, tables):
    """What page.js makes the table of cases of, as JSON that may stand in a script element."""
    caught = {}
    for table in tables:
        for entry in table["statements"]:
            for case in entry["cases"]:
                caught.setdefault(case["id"], {}).update(
                    dict.fromkeys(name for names in case["failed_by"].values() for name in names))
    every = {}
    for column in columns:
        for name, case in column.cases.items():
            every.setdefault(name, case)
    made = {
        "columns": [{"name": text.line(column.name), "spec": text.line(column.spec), "again": text.line(column.start.get("again", ""))}
                    for column in columns],
        "marks": {verdict: MARKS[verdict] for verdict in runs.VERDICTS},
        "statements": {text.line(statement.id): text.line(statement.statement) for statement in statements},
        "cases": [told(name, case, columns, list(caught.get(name, ())))
                  for name, case in sorted(every.items(), key=lambda item: runs.place_of(item[1]))]}
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def told(name, case, columns, caught):
    """What is not there is left out, as are the verdicts' words: each is its place in the list of marks."""
    at = [column.cases.get(name) for column in columns]
    doubts_of = [column.doubts[name] for column in columns if name in column.doubts]
    entry = {"id": text.line(name), "title": text.line(case["title"]), "level": text.line(case["level"]), "suite": text.line(case["suite"]),
             "cites": [text.line(cited) for cited in case["cites"]], "needs": [text.line(need) for need in case["needs"]],
             "why": text.line(case.get("why", "")),
             "verdicts": [runs.VERDICTS.index(one["verdict"]) if one else None for one in at],
             "skipped": next((text.line(one.get("problem", "")) for one in at if one and one["verdict"] == "skipped"), ""),
             "doubts": [sum(doubt.get(key, 0) for doubt in doubts_of) for key in ("perturbations", "turned", "irrelevant")] if doubts_of else [],
             "caught": [text.line(mutant) for mutant in caught]}
    return {key: value for key, value in entry.items() if value not in ("", [])}
