"""Every statement of behaviours.json is proved as it says there.

usage: proofs_test.py FIXTURES CTEST BUILD-FOLDER

`cases`: in each spec that the statement belongs to, a case of its level, or a higher one, cites it. `client-test: NAME`: ctest
knows a test of that name. `nothing: REASON` is only counted.
"""

import json
import pathlib
import subprocess
import sys

fixtures, ctest, build = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]

listed = subprocess.run([ctest, "--test-dir", build, "--show-only=json-v1"],
                        capture_output=True, check=True, text=True).stdout
tests = {test["name"] for test in json.loads(listed)["tests"]}

BOTH = ["1.0", "1.1"]
cited = {}  # level and statement -> specs
for path in fixtures.rglob("*.json"):
    if path.relative_to(fixtures).parts[0] not in ("schema", "matching", "behaviours.json"):
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]:
            for level in ("must", "should") if case["level"] == "must" else (case["level"],):
                for statement in case.get("cites", []):
                    cited.setdefault((level, statement), set()).update(case.get("specs", BOTH))

statements = json.loads((fixtures / "behaviours.json").read_text(encoding="utf-8"))["behaviours"]
problems = []
unproved = 0
for statement in statements:
    how, _, what = statement["proved_by"].partition(": ")
    if how == "cases":
        missing = set(statement.get("specs", BOTH)) - cited.get((statement["level"], statement["id"]), set())
        problems += [f"{statement['id']}: no {statement['level']} case of spec {spec} cites it" for spec in sorted(missing)]
    elif how == "client-test" and what not in tests:
        problems.append(f"{statement['id']}: there is no test named {what}")
    elif how == "nothing":
        unproved += 1

if problems or not statements:
    sys.exit("\n".join(["behaviours.json:"] + problems))
print(f"{len(statements)} statements, {unproved} of them proved by nothing, and saying so")
