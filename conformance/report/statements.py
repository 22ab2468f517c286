"""The statements of the documents, and what the runs say of each."""

# What the cases that cite a statement say of it in one column: what the first verdict here that occurs says. An
# unexpected pass breaks no statement, and yet fails the run.
STATES = {
    "broken": "failed", "blocked": "blocked", "listed": "unexpected-pass", "differs": "warned",
    "known": "expected-failure", "kept": "passed", "not run": "skipped",
}


class Statement:
    """One statement of behaviours.json.

    given     its entry there
    cases     the ids of the cases that cite it, of all columns
    mutants   servers that break it: {"name", "what", "counts"} of the tables that scripts/mutants writes
    states    what each column says of it: a key of STATES, or "elsewhere" where another test proves it, or None where
              the column's spec has no such statement
    """

    def __init__(self, given):
        self.given, self.cases, self.mutants, self.states = given, [], [], []
        self.id, self.level, self.statement, self.source, self.if_broken, self.proved_by = (
            str(given.get(key, "")) for key in ("id", "level", "statement", "source", "if_broken", "proved_by"))


def read(columns, tables):
    """All statements of the columns, in the order of the documents, with what the tables of mutants say of them."""
    found = {}
    for statement in _in_order([_entries(column) for column in columns]):
        found[statement["id"]] = Statement(statement)
    for column in columns:  # what is cited and not explained is a statement all the same
        for case in column.cases.values():
            for cited in case["cites"]:
                found.setdefault(str(cited), Statement({"id": str(cited), "statement": str(cited)}))
    for statement in found.values():
        statement.states = [_state(statement, column) for column in columns]
    for column in columns:
        for name, case in column.cases.items():
            for cited in map(str, case["cites"]):
                if name not in found[cited].cases:
                    found[cited].cases.append(name)
    for table in tables:
        for entry in table["statements"]:
            if entry["id"] in found:
                found[entry["id"]].mutants += entry["mutants"]
    return list(found.values())


def _entries(column):
    return [entry for entry in column.start.get("behaviours", [])
            if isinstance(entry, dict) and isinstance(entry.get("id"), str)]


def _in_order(lists):
    """The entries of all lists, once each; one that only a later list has stands behind the one before it there."""
    order = []
    for entries in lists:
        at = 0
        for entry in entries:
            ids = [known["id"] for known in order]
            if entry["id"] in ids:
                at = ids.index(entry["id"]) + 1
            else:
                order.insert(at, entry)
                at += 1
    return order


def _state(statement, column):
    verdicts = {case["verdict"] for case in column.cases.values() if statement.id in case["cites"]}
    for state, verdict in STATES.items():
        if verdict in verdicts:
            return state
    specs = statement.given.get("specs")
    if isinstance(specs, list) and column.spec not in specs:
        return None
    return "elsewhere" if statement.proved_by.startswith("client-test:") else "not run"


def by_source(statements):
    """(source, its statements), in the order in which the sources begin; of a source the document alone is its name."""
    groups = {}
    for statement in statements:
        groups.setdefault(document_of(statement), []).append(statement)
    return list(groups.items())


def document_of(statement):
    """What stands before the place in it: "README of 1.1.0" of "README of 1.1.0, Supervisorctl"."""
    return statement.source.split(",")[0].split(";")[0].strip() or "no source"


def place_in(statement):
    return statement.source.removeprefix(document_of(statement)).lstrip(",; ")
