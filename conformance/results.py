"""Reads the results of runs: the NDJSON of fixtures/README.md, "Results"."""

import json


class CutShort(ValueError):
    """A file that does not end with the end of a run."""


class Run:
    """One run: its first line, its cases and what came of doubting them, by id, and its last line, as they were written."""

    def __init__(self, start):
        self.start, self.cases, self.doubts, self.end = start, {}, {}, None

    def verdicts(self):
        return {name: case["verdict"] for name, case in self.cases.items()}


def read(*paths):
    """The runs in these files, in order. Files put together are a file."""
    return [run for path in paths for run in _read(path)]


def _read(path):
    runs = []
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            where = f"{path}:{number}"
            if not line.endswith(b"\n"):
                raise CutShort(f"{where}: the line is cut short")
            record = json.loads(line.decode("utf-8"))
            kind = record["type"]
            if kind == "run":
                if record["format"] != "1.0":
                    raise ValueError(f"{where}: format {record['format']} is not known here")
                if runs and runs[-1].end is None:
                    raise CutShort(f"{where}: a run begins and the one before has no end")
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
        raise CutShort(f"{path}: there is no end of a run")
    return runs
