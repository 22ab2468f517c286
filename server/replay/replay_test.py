"""Sends what a supervisord was once sent, and compares the answers with those it gave.

    replay_test.py --server PROGRAM [--recordings FILE...]

recording.py says what a recording is. All must be alike but for the rows of ROWS in
differences.py. A difference that no row foresees is a failure; so is a row that foresees
one where there is none, or that applies to more or fewer entries than it says.
"""

import argparse
import contextlib
import pathlib
import sys
import time
from collections import Counter

from differences import ROWS, table
from recording import ENVELOPE, Outcome, read_recording, text_of
from servers import Servers

README = pathlib.Path(__file__).parent.parent / "README.md"
RECORDINGS = sorted(pathlib.Path(__file__).parent.glob("*.jsonl"))

# In these groups nothing may differ but what cannot be set up.
EXACT_GROUPS = {"cache", "arity", "method name", "introspection", "multicall", "shutdown",
                "restart"}
# Of the entries of all other groups together, less than this share may differ.
MAX_SHARE = 0.05

sys.setrecursionlimit(20000)  # for the JSON of nested values


def replay(server, steps, rows):
    """Yields the steps of a case, each with what it is answered."""
    with contextlib.ExitStack() as stack:
        connection = None
        for entry in steps:
            if entry.pieces is not None:
                yield entry, replay_pieces(server, entry, next(iter(rows[entry]), None))
                continue
            if connection is None:
                connection = stack.enter_context(server.connect())
            answer = connection.post(entry.body)
            connection.receive(0)  # an end that comes later is seen by what follows
            if entry is steps[-1] and not connection.closed:
                after = connection.post(ENVELOPE.format("cache.clear", "").encode())
                if not connection.closed and (after is None or after["status"] != 200):
                    raise ValueError(f"a call after it is answered {after}")
            yield entry, Outcome([] if answer is None else [answer], connection.closed)
            if connection.closed:
                connection = None


def replay_pieces(server, entry, row):
    """What raw pieces are answered; `row` is the one that applies to them, or None."""
    with server.connect() as connection:
        for piece in entry.pieces:
            if isinstance(piece, float):
                time.sleep(piece)
            elif "end" in piece:
                connection.end_sending()
            elif "bytewise" in piece:
                for byte in text_of(piece["bytewise"]):
                    connection.send(bytes([byte]))
            else:
                connection.send(text_of(piece))
        awaited = entry.recorded if row is None else row.here(entry)
        answers = connection.answers(len(awaited.answers), awaited.closed)
        return Outcome(answers, connection.closed)


class Tally:
    """What became of the entries of one recording."""

    def __init__(self, spec):
        self.spec = spec
        self.total, self.alike, self.by_row = Counter(), Counter(), Counter()
        self.differing = 0  # outside of the exact groups, by rows or not
        self.failures = []

    def others(self):
        """How many entries there are outside of the exact groups."""
        return sum(count for group, count in self.total.items() if group not in EXACT_GROUPS)

    def fail(self, entry, problem):
        request = f" {entry.method}" if entry.method else ""
        self.failures.append(f"{entry.group}: {entry.case}:{request} {problem}")

    def judge(self, entry, rows, outcome, served):
        alike = entry.is_alike(outcome, served)
        self.alike[entry.group] += alike
        exact = entry.group in EXACT_GROUPS
        self.differing += not exact and not alike and not any(r.is_left_out for r in rows)
        recorded = f"\n    recorded {entry.recorded}\n    answered {outcome}"
        if not rows:
            if not alike:
                self.fail(entry, "differs" + recorded)
            return
        if len(rows) > 1:
            self.fail(entry, f"more than one row: {[row.id for row in rows]}")
        row = rows[0]
        if alike:
            self.fail(entry, f"is alike, though row {row.id} says that it is not")
            return
        if exact and not row.is_left_out and not row.in_exact_groups:
            self.fail(entry, f"differs by row {row.id}, which has no place in this group"
                      + recorded)
        here = row.here(entry)
        if outcome != here if here else "UNKNOWN_METHOD" not in str(outcome):
            self.fail(entry, f"differs otherwise than row {row.id} says\n"
                      f"    expected {here}{recorded}")

    def check_counts(self):
        for row in ROWS:
            expected = row.counts.get(self.spec, 0)
            if self.by_row[row.id] != expected:
                self.failures.append(f"row {row.id} applies to {self.by_row[row.id]} "
                                     f"entries, not to {expected}")

    def print(self):
        width = max(map(len, self.total), default=0)
        for group, total in self.total.items():
            print(f"  {group:{width}}  {self.alike[group]} of {total}")
        for row in ROWS:
            if self.by_row[row.id]:
                what = "left out" if row.is_left_out else "differ"
                print(f"  {row.id}: {self.by_row[row.id]} {what}. A supervisord "
                      f"{row.supervisord}; this server {row.ours}. {row.why}")
        for failure in self.failures:
            print(f"  FAILED {failure}")


def run(program, path):
    spec, cases = read_recording(path)
    tally = Tally(spec)
    with Servers(program, spec) as servers:
        listed = servers.shared().call("system.listMethods").get("value", ["array", []])
        served = {name for _, name in listed[1]}
        for steps in cases:
            rows = {entry: [row for row in ROWS if row.applies(entry, served)]
                    for entry in steps}
            tally.total[steps[0].group] += len(steps)
            tally.by_row.update(row.id for entry in steps for row in rows[entry])
            if any(row.here is None for row in rows[steps[0]]):
                continue
            try:
                with servers.for_case(steps) as server:
                    for entry, outcome in replay(server, steps, rows):
                        tally.judge(entry, rows[entry], outcome, served)
            except (OSError, ValueError) as error:
                tally.fail(steps[0], f"cannot be replayed: {error}")
    return tally


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--server", required=True, metavar="PROGRAM")
    parser.add_argument("--recordings", nargs="+", metavar="FILE", type=pathlib.Path,
                        help="others than those beside this file; how many entries a row "
                        "applies to is not checked then")
    arguments = parser.parse_args()
    tallies = []
    for path in arguments.recordings or RECORDINGS:
        tally = run(arguments.server, path)
        if not arguments.recordings:
            tally.check_counts()
        print(f"{path.name}, spec {tally.spec}")
        tally.print()
        tallies.append(tally)
    failures = sum(len(tally.failures) for tally in tallies)
    differing = sum(tally.differing for tally in tallies)
    others = sum(tally.others() for tally in tallies)
    print(f"{differing} of {others} differ outside of the groups where none may")
    if table() not in README.read_text(encoding="utf-8"):
        print(f"  FAILED {README.name} has another table of the differences than\n{table()}")
        failures += 1
    if not arguments.recordings and differing >= MAX_SHARE * others:
        print(f"  FAILED less than {MAX_SHARE:.0%} may")
        failures += 1
    sys.exit(f"{failures} failures" if failures else 0)


if __name__ == "__main__":
    main()
