"""Reads the results of runs: the NDJSON of fixtures/README.md, "Results"."""

import json

# The worst first, as far as a reader is concerned.
VERDICTS = "failed", "blocked", "unexpected-pass", "warned", "expected-failure", "skipped", "passed"

# What a reader may rely on, by the type of a line.
REQUIRED = {
    "run": {"format": str, "target": str, "spec": str, "options": dict},
    "case": {"id": str, "suite": str, "title": str, "level": str, "cites": list, "needs": list, "verdict": str},
    "doubt": {"id": str},
    "end": {"status": int},
}
# What may be left out, and has this type where it is there.
OPTIONAL = {
    "run": {"runner": str, "fixtures": str, "run": str, "version": dict, "again": str, "behaviours": list},
    "case": {"place": dict, "problem": str, "difference": dict, "why": str, "exchanges": list, "known": dict,
             "duration": (int, float)},
    "doubt": {"assertions": int, "perturbations": int, "turned": int, "irrelevant": int, "findings": list,
              "duration": (int, float)},
    "end": {"counts": dict, "duration": (int, float), "unjudged": str},
}


class CutShort(ValueError):
    """A file that does not end with the end of a run."""


class Run:
    """One run: its first line, its cases and what came of doubting them, by id, and its last line, as they are there.

    Where its file is cut short, `end` is None, and `cut_short` a sentence that says so.
    """

    def __init__(self, start):
        self.start, self.cases, self.doubts, self.end, self.cut_short = start, {}, {}, None, None

    def verdicts(self):
        return {name: case["verdict"] for name, case in self.cases.items()}


def read(*paths):
    """The runs in these files, in order. Files put together are a file. A file that is cut short is refused."""
    runs = []
    for path in paths:
        found, problems = read_partly(path)
        if problems:
            raise CutShort(problems[0])
        runs += found
    return runs


def read_partly(path):
    """The runs in this file, as far as it goes, and sentences that say where one is cut short."""
    runs, problems = [], []

    def cut_short(sentence):
        problems.append(sentence)
        if runs and runs[-1].end is None:
            runs[-1].cut_short = sentence

    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            where = f"{path}:{number}"
            if not line.endswith(b"\n"):
                cut_short(f"{where}: the line is cut short")
                return runs, problems
            record = _record(line, where)
            kind = record["type"]
            if kind == "run":
                if record["format"] != "1.0":
                    raise ValueError(f"{where}: format {record['format']} is not known here")
                if runs and runs[-1].end is None:
                    cut_short(f"{where}: a run begins and the one before has no end")
                runs.append(Run(record))
            elif kind in ("case", "doubt", "end"):
                if not runs or runs[-1].end is not None:
                    raise ValueError(f"{where}: {kind} outside a run")
                if kind == "end":
                    runs[-1].end = record
                elif kind == "doubt":
                    runs[-1].doubts[record["id"]] = record
                elif record["id"] in runs[-1].cases:
                    raise ValueError(f"{where}: {record['id']} is there twice")
                else:
                    runs[-1].cases[record["id"]] = record
    if not runs or runs[-1].end is None:
        cut_short(f"{path}: there is no end of a run")
    return runs, problems


def _record(line, where):
    """The line's object, which has what it must have."""
    try:
        record = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{where}: this is no line of results: {error}") from error
    if not isinstance(record, dict) or not isinstance(record.get("type"), str):
        raise ValueError(f"{where}: this is no line of results: it is not an object with a type")
    kind = record["type"]
    for key, form in {**REQUIRED.get(kind, {}), **OPTIONAL.get(kind, {})}.items():
        if key in record and not isinstance(record[key], form):
            raise ValueError(f"{where}: {key} is of another type than it has to be")
        if key not in record and key in REQUIRED[kind]:
            raise ValueError(f"{where}: {key} is missing")
    if kind == "case" and record["verdict"] not in VERDICTS:
        raise ValueError(f"{where}: there is no verdict {record['verdict']!r}")
    return record
