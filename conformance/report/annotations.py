"""Workflow commands of GitHub Actions, which show what did not pass at its place in the fixtures.

GitHub shows at most ten of a kind for a step, so that the most important come first, and the rest are counted.
"""

from report import runs, summary, text

MOST = 10


def annotations(columns, lost, fixtures):
    """The lines. `fixtures` is the folder of the fixtures, as seen from the root of the repository."""
    errors = [command("error", sentence, title="not judged") for sentence in lost]
    errors += [command("error", problem, title=f"{column.name}: not judged")
               for column in columns for problem in column.problems]
    warnings = []
    for column, case in summary.failures(columns):
        kind, lines = ("warning", warnings) if case["verdict"] == "warned" else ("error", errors)
        lines.append(_annotation(kind, column, case, fixtures))
    yield from errors[:MOST]
    yield from warnings[:MOST]
    hidden = [f"{len(lines) - MOST} more {kind}" for kind, lines in (("failures", errors), ("warnings", warnings))
              if len(lines) > MOST]
    if hidden:
        yield command("notice", f"and {' and '.join(hidden)}, which the summary and the page have", title="more")


def _annotation(kind, column, case, fixtures):
    file, line = runs.place_of(case)
    properties = {"file": f"{fixtures}/{file}" if file else None, "line": line or None,
                  "title": f"{case['id']} ({column.name}): {case['verdict'].replace('-', ' ')}"}
    told = [case["title"], *(case[key] for key in ("problem", "why") if key in case)]
    told += [f"{key}: {text.clipped(str(case['difference'][key]), 300)}"
             for key in ("expected", "actual") if key in case.get("difference", {})]
    if again := column.again(case["id"]):
        told.append(f"only this: {again}")
    return command(kind, "\n".join(map(str, told)), **properties)


def command(kind, message, **properties):
    """One command; what has a meaning in it is escaped."""
    shown = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value is not None)
    return f"::{kind} {shown}::{_data(text.visible(message))}"


def _data(value):
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value):
    return _data(text.line(value)).replace(":", "%3A").replace(",", "%2C")
