"""What scripts/mutants makes of results, of good mutants and of others.

usage: mutants_test.py [TEST…]

Its programs are not the real ones: cache-mutant lists what the test says, and cache-conformance writes results that it made up.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
STAND_IN = f"#!{sys.executable}\n" + r'''
import json, os, shlex, sys
folder = os.path.dirname(os.path.abspath(__file__))
if sys.argv[1:] == ["--list"]:
    print(open(folder + "/list").read(), end="")
    sys.exit()
option = lambda name: sys.argv[sys.argv.index(name) + 1]
command = shlex.split(option("--spawn"))
name = command[2] if command[1].endswith("cache-mutant") else "unchanged"
if "--allow" in sys.argv:
    name += " again"
runs = json.load(open(folder + "/runs"))
cases, unjudged = runs.get(name) or runs["passed"], "unjudged" if name.startswith("endless") else None
if cases == "broken":
    sys.exit("it is broken")
with open(option("-r").removeprefix("ndjson::out="), "w") as file:
    doubts = [{"type": "doubt", "id": case["id"], "turned": int(case["id"] not in runs["undoubted"])} for case in cases]
    start = {"type": "run", "format": "1.0", "target": "stand-in", "spec": option("--spec"), "options": {}}
    for line in [start, *cases, *(doubts if "--doubt" in sys.argv else []),
                 {"type": "end", "status": 3 if unjudged else 0, **({"unjudged": "it ended"} if unjudged else {})}]:
        print(json.dumps(line), file=file)
sys.exit(3 if unjudged else 0)
'''


def cases(**failures):
    """Twenty cases that cite store, and one that cites fetch: all passed but those named here, by letter."""
    return [{"type": "case", "id": name, "suite": "letters", "title": f"title of {name}", "level": "must", "needs": [],
             "cites": ["fetch"] if name == "z" else ["store"], "verdict": failures.get(name, "passed")}
            for name in "abcdefghijklmnopqrstz"]


class MutantsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="it's a ")  # which a shell has to be told
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for program in ("cache-mutant", "cache-conformance"):
            self.write(program, STAND_IN).chmod(0o755)

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")
        return self.folder / name

    def run_mutants(self, mutants, runs, *options):
        self.write("list", "".join(f"{name}\t{behaviour}\t{specs}\twhat it does\n" for name, behaviour, specs in mutants))
        self.write("runs", json.dumps({"passed": cases(), "undoubted": "", **runs}))
        done = subprocess.run([sys.executable, ROOT / "scripts" / "mutants", "--programs", self.folder, *options],
                              capture_output=True, text=True, timeout=60)
        self.text = done.stdout + done.stderr
        return done.returncode

    def test_one_that_counts(self):
        table = self.folder / "table"
        status = self.run_mutants([("good", "store", "1.0 1.1")], {"good": cases(b="failed", c="failed", d="skipped")},
                                  "good", "--table", table)
        self.assertEqual(status, 0, self.text)
        for spec in ("1.0", "1.1"):
            self.assertIn(f"good, spec {spec}: counts: 2 of 20 cases fail, 2 of these cite store, the first is b\n", self.text)
        read = json.loads(table.read_text(encoding="utf-8"))
        store = next(statement for statement in read["statements"] if statement["id"] == "store")
        self.assertEqual(store["mutants"], [{"name": "good", "what": "what it does", "counts": {"1.0": True, "1.1": True}}])
        self.assertEqual({case["id"] for case in store["cases"] if case["failed_by"] == {"1.0": ["good"], "1.1": ["good"]}},
                         {"b", "c"})
        self.assertEqual(len(store["cases"]), 20)
        self.assertEqual(len(read["unfailed"]), 19)

    def test_one_that_counts_when_it_is_waited_for(self):
        self.assertEqual(self.run_mutants([("slow", "store", "1.0")], {"slow again": cases(b="failed")}, "slow"), 0, self.text)

    def test_ones_that_do_not(self):
        for name, found, why in [
                ("unnoticed", cases(), "it is not noticed: 0 of 21"),
                ("blocked", cases(b="blocked"), "it is not noticed: 0 of 21"),
                ("warned", cases(b="warned"), "it is not noticed: 0 of 21"),
                ("elsewhere", cases(z="failed"), "it is not noticed by a case that cites store (but by z): 1 of 21"),
                ("blunt", cases(b="failed", c="failed", d="failed"), "it breaks more than a tenth: 3 of 21"),
                ("endless", cases(b="failed"), "the run did not end (it ended): 1 of 21")]:
            with self.subTest(name):
                runs = {name: found, name + " again": found}
                self.assertEqual(self.run_mutants([(name, "store", "1.0")], runs, name), 1, self.text)
                self.assertIn(f"{name}, spec 1.0: DOES NOT COUNT, {why} cases fail", self.text)

    def test_what_is_not_closed(self):
        mutants = [("good", "store", "1.0"), ("lost", "nowhere", "1.0"), ("strays", "value-string", "1.1"), ("good", "store", "1.0")]
        status = self.run_mutants(mutants, {"good": cases(b="failed"), "undoubted": "ab"}, "--spec", "1.0")
        self.assertEqual(status, 1, self.text)
        for sentence in ["lost: there is no behaviour nowhere", "strays: value-string is not in spec 1.1",
                         "good: two mutants have this name", "clear: no mutant that breaks it in spec 1.0 counts",
                         "a: nobody has seen this case fail: no mutant did it, and no change of its replies"]:
            self.assertIn(sentence + "\n", self.text)
        for name in ("store", "value-any-type", "unix-socket"):
            self.assertNotIn(f"{name}: no mutant", self.text)
        self.assertEqual(self.text.count("nobody has seen"), 1)

    def test_those_of_a_behaviour_take_turns(self):
        mutants = [("first", "store", "1.0 1.1"), ("second", "store", "1.0 1.1"), ("third", "store", "1.1"),
                   ("lone", "fetch", "1.0 1.1"), ("new", "delete", "1.1"), ("either", "delete", "1.0 1.1")]
        table = self.folder / "table"

        def ran(*options):
            self.run_mutants(mutants, {}, "--table", table, *options)
            runs = json.loads(table.read_text(encoding="utf-8"))["runs"]
            return [f"{run['mutant']} {run['spec']}" for run in runs]

        self.assertEqual(ran(), ["first 1.0", "second 1.0", "third 1.1", "lone 1.0", "lone 1.1", "new 1.1", "either 1.0"])
        self.assertEqual(ran("--spec", "1.1"), [f"{name} 1.1" for name, _, _ in mutants])
        self.assertEqual(len(ran("--every-spec")), 10)
        self.assertEqual(ran("either"), ["either 1.0", "either 1.1"])

    def test_what_cannot_be_run(self):
        good = [("good", "store", "1.0")], {"good": cases(b="failed")}
        self.assertEqual(self.run_mutants(*good, "no-such"), 2, self.text)
        self.assertEqual(self.run_mutants(good[0], {"good": "broken"}, "good"), 3, self.text)
        self.assertIn("it is broken", self.text)
        self.assertEqual(self.run_mutants(good[0], {**good[1], "unchanged again": cases(c="failed")}), 3, self.text)
        self.assertIn("what breaks nothing does not pass (c)", self.text)
        (self.folder / "cache-mutant").unlink()
        self.assertEqual(self.run_mutants(*good), 3, self.text)


unittest.main()
