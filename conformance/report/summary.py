"""What came of the runs in a few lines: Markdown, as for the step summary of GitHub Actions, and plain text."""

import re

from report import runs, text

STEP_SUMMARY_LIMIT = 1024 * 1024  # GitHub leaves out a whole summary that is longer
MOST_FAILURES = 30                # more than that nobody reads there


def plain(columns, lost):
    lines = []
    for column in columns:
        lines.append(f"at {text.line(column.name)}, spec {text.line(column.spec)}: {outcome(column)}")
        lines += [f"  not judged: {text.line(problem)}" for problem in column.problems]
        for case in column.with_verdict(*runs.FAILURES):
            lines.append(f"  {case['verdict']}  {text.line(case['id'])}: {text.line(case['title'])}")
            lines += [f"      {label} {text.clipped(text.line(value), 200)}" for label, value in _told(case)]
            if again := column.again(case["id"]):
                lines.append(f"      again    {text.line(again)}")
    lines += [f"not judged: {text.line(sentence)}" for sentence in lost]
    return "\n".join([*lines, headline(columns, lost)]) + "\n"


def _told(case):
    difference = case.get("difference", {})
    if "problem" in case:
        yield "problem ", case["problem"]
    for key in ("expected", "actual"):
        if key in difference:
            yield f"{key:8}", difference[key]


def headline(columns, lost=()):
    """The whole in one sentence."""
    failed = sum(column.count(verdict) for column in columns for verdict in runs.FAILURES)
    ran = sum(column.count(verdict) for column in columns for verdict in runs.VERDICTS if verdict != "skipped")
    several = f" at {len(columns)} targets" if len(columns) > 1 else ""
    if lost or any(column.status == 3 for column in columns):
        return f"NOT JUDGED to the end: {cases(failed)} of {ran:,} failed{several}"
    bad = sum(column.status != 0 for column in columns)
    if bad and len(columns) > 1:
        return f"FAILED at {bad} of {len(columns)} targets: {failed:,} of {cases(ran)}"
    if bad:
        return f"FAILED: {failed:,} of {cases(ran)}" if failed else f"FAILED: no case of {ran:,}, but the run did"
    passed, skipped, expected = (sum(column.count(verdict) for column in columns)
                                 for verdict in ("passed", "skipped", "expected-failure"))
    return (f"PASSED: {cases(passed)}{several}" + (f", and {skipped:,} left out" if skipped else "")
            + (f", and {expected:,} failed as expected" if expected else ""))


def outcome(column):
    """Its verdict, and how many cases have which."""
    counts = [f"{column.count(verdict)} {verdict.replace('-', ' ')}" for verdict in runs.occurring([column])]
    return f"{verdict_of(column)}, {', '.join(counts) or 'no case'}"


def verdict_of(column):
    return {0: "passed", 3: "not judged"}.get(column.status, "failed")


def cases(number):
    return f"{number} case" if number == 1 else f"{number:,} cases"


def markdown(columns, lost, title, limit=STEP_SUMMARY_LIMIT):
    """At most `limit` bytes of it."""
    head = [f"## {escaped(title)}", "", f"**{escaped(headline(columns, lost))}**", "", *_targets(columns), ""]
    head += [f"- {escaped(sentence)}" for sentence in lost]
    blocks = [_failure(column, case) for column, case in failures(columns)]
    skipped = list(_skipped(columns))
    shown = blocks[:MOST_FAILURES]
    while True:
        rest = len(blocks) - len(shown)
        more = [f"And {cases(rest)} more that did not pass; the page has all of them.", ""] if rest else []
        heading = ["### What did not pass", ""] if blocks else []
        made = "\n".join([*head, *heading, *shown, *more, *skipped]).rstrip() + "\n"
        if len(made.encode("utf-8")) <= limit or not (shown or skipped):
            # A summary that is too long even without them has to be cut, whatever it says.
            return made.encode("utf-8")[:max(limit, 0)].decode("utf-8", "ignore")
        shown, skipped = shown[:-1], skipped if shown else []


def failures(columns):
    """(column, case) of all that did not pass, the most important first; a failure that is known is not among them."""
    found = [(column, case) for column in columns for case in column.with_verdict(*runs.FAILURES, "warned")]
    return sorted(found, key=lambda pair: runs.severity(pair[1]))


def _targets(columns):
    verdicts = runs.occurring(columns)
    yield "| | target | spec | " + " | ".join(verdict.replace("-", " ") for verdict in verdicts) + " |"
    yield "| --- | --- | --- |" + " ---: |" * len(verdicts)
    for column in columns:
        mark = {"passed": "\u2713 passed", "failed": "\u2717 **failed**"}.get(verdict_of(column), "? **not judged**")
        cells = [f"{column.count(verdict)}{_by_level(column, verdict)}" for verdict in verdicts]
        yield f"| {mark} | {escaped(column.name)} | {escaped(column.spec)} | " + " | ".join(cells) + " |"
    yield ""
    for column in columns:
        for problem in column.problems:
            yield f"- {escaped(column.name)}: {escaped(problem)}"


def _by_level(column, verdict):
    levels = column.by_level(verdict)
    return f" ({levels})" if levels else ""


def _failure(column, case):
    lines = [f"- **{escaped(case['verdict'].replace('-', ' '))}** {code(case['id'])} at {escaped(column.name)}: "
             f"{escaped(case['title'])} ({escaped(case['level'])}: {', '.join(map(code, case['cites']))})"]
    lines += [f"  - {escaped(case[key])}" for key in ("why", "problem") if key in case]
    difference = case.get("difference", {})
    lines += [f"  - {key} {code(text.clipped(text.line(difference[key]), 300))}"
              for key in ("expected", "actual") if key in difference]
    if again := column.again(case["id"]):
        lines.append(f"  - only this: {code(again)}")
    return "\n".join([*lines, ""])


def _skipped(columns):
    reasons = runs.skipped(columns)
    if reasons:
        yield "### What was left out"
        yield ""
    for reason, number in reasons[:20]:
        yield f"- {cases(number)}: {escaped(text.clipped(reason, 300))}"


def escaped(value):
    """As text in Markdown, also in a cell of a table or an item: neither HTML nor anything of Markdown acts in it."""
    shown = text.line(value).strip().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    shown = re.sub(r"([\\`*_\[\]|~$])", r"\\\1", shown)
    # Where it is all of an item, it could begin a heading or a list.
    return re.sub(r"^(\d*)([#+.)-])(?=[\s#-]|$)", r"\1\\\2", shown)


def code(value):
    """As code in Markdown: between more backticks than it has in a row."""
    shown = text.line(value) or " "
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    edge = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{edge}{shown}{edge}{fence}"
