"""What did not pass, as a part of the page: what was demanded, what came, why it matters, and the way back to it."""

from report import runs, text
from report.markup import anchor, attribute, mark, shown

OPEN_AT_FIRST = 3           # as many as one looks at anyway
MOST_CASES = 200            # told in full; a server that fails more is not mended by reading
MOST_OF_A_SIDE = 2000       # characters of a request or an answer
MOST_OF_A_REPEAT = 3000     # a command that is cut would be another
MOST_OF_ALL_EXCHANGES = 250_000

PARTS = {"Failures": runs.FAILURES, "Warnings": ("warned",), "Known failures": ("expected-failure",)}


class Failures:
    """All cases that did not pass at some target, the worst first."""

    def __init__(self, columns, statements):
        self.columns, self.statements = columns, {statement.id: statement for statement in statements}
        self._severity = {}
        for column in columns:
            for case in column.with_verdict(*(verdict for part in PARTS.values() for verdict in part)):
                known = self._severity.get(case["id"], runs.severity(case))
                self._severity[case["id"]] = min(known, runs.severity(case))
        order = sorted(self._severity, key=self._severity.get)
        self._told, self.left_out = order[:MOST_CASES], order[MOST_CASES:]
        self._exchanges = Exchanges()

    def link(self, number, case_id):
        """To what came of the case in this column; to its row in the table of cases, if it is not told in full."""
        if case_id in self.left_out:
            return attribute("#" + anchor("row", case_id))
        return attribute("#" + anchor(f"failure-{number + 1}", case_id))

    def link_to_worst(self, number, case_ids):
        cases = self.columns[number].cases
        return self.link(number, min((cases[name] for name in case_ids if name in cases), key=runs.severity)["id"])

    def sections(self):
        made, first = [], " id=failures"
        for label, verdicts in PARTS.items():
            names = [name for name in self._told if runs.VERDICTS[self._severity[name][0]] in verdicts]
            if names:
                told = [self._case(name, verdicts == runs.FAILURES and number < OPEN_AT_FIRST)
                        for number, name in enumerate(names)]
                made.append(f"<section{first} aria-label={attribute(label)}><h2>{label} "
                            f"<span class=quiet>{len(names)}</span></h2>{''.join(told)}</section>\n")
                first = ""
        if self.left_out:
            made.append(f"<p>{len(self.left_out):,} more did not pass; the table of cases has them.</p>\n")
        return "".join(made)

    def _case(self, case_id, is_open):
        """The case, with a part for each column in which it did not pass."""
        concerned = [(number, column) for number, column in enumerate(self.columns)
                     if column.cases.get(case_id, {}).get("verdict", "passed") not in ("passed", "skipped")]
        case, several = concerned[0][1].cases[case_id], len(self.columns) > 1
        at = ("" if not several else f" · at {shown(concerned[0][1].name)}" if len(concerned) == 1 else
              f" · at {len(concerned)} of {len(self.columns)} targets")
        cited = "".join(_cited(self.statements[cite]) for cite in map(str, case["cites"]) if cite in self.statements)
        file, line = runs.place_of(case)
        rows = [("Demanded", cited), ("Why it matters", shown(case.get("why", ""))),
                ("Case", f"<code>{shown(case_id)}</code> in {shown(case['suite'])}"
                         + (f", {shown(file)}:{line}" if file else ""))]
        about = "".join(f"<dt>{label}</dt><dd>{told}</dd>" for label, told in rows if told)
        targets = "".join(self._at(number, column, case_id) for number, column in concerned)
        return (f"<details class=failure id={attribute(anchor('case', case_id))}{' open' if is_open else ''}><summary>"
                f"{mark(runs.VERDICTS[self._severity[case_id][0]])} <span class=title>{shown(case['title'])}</span> "
                f"<span class=quiet><code>{shown(case_id)}</code> · {shown(case['level'])}{at}</span></summary>"
                f"<div class=body><dl>{about}</dl>{targets}</div></details>")

    def _at(self, number, column, case_id):
        case, again = column.cases[case_id], column.again(case_id)
        name = ("What came" if len(self.columns) == 1 else
                f"{mark(case['verdict'])} at {shown(column.name)}, spec {shown(column.spec)}")
        command = f"<p class=label>Run only this case</p><pre class=copy>{shown(again)}</pre>" if again else ""
        place = attribute(anchor(f"failure-{number + 1}", case_id))
        return (f"<section class=at id={place} tabindex=-1><h3>{name}</h3>"
                f"<p>{shown(case.get('problem', ''))}</p>{_known(case.get('known'))}"
                f"{difference(case.get('difference'))}{command}{self._exchanges.of(case)}</section>")


def _cited(statement):
    broken = f" <span class=quiet>If it is broken: {shown(statement.if_broken)}</span>" if statement.if_broken else ""
    return (f"<p>{shown(statement.statement)} <a class=quiet href={attribute('#' + anchor('statement', statement.id))}>"
            f"{shown(statement.source or statement.id)}</a>{broken}</p>")


def difference(given):
    """Expected and actual, with what differs marked."""
    if not given or not {"expected", "actual"} <= given.keys():
        return ""
    sides = text.parts(text.line(given["expected"]), text.line(given["actual"]))
    path = f"<p class=label>at <code>{shown(text.line(given['path']))}</code></p>" if given.get("path") else ""
    rows = "".join(f"<div class={label.lower()}><dt>{label}</dt><dd><code>{_marked(side)}</code></dd></div>"
                   for label, side in zip(("Expected", "Actual"), sides))
    return f"{path}<dl class=difference>{rows}</dl>"


def _marked(side):
    marked = "".join(f"<mark>{shown(part)}</mark>" if differs else shown(part) for part, differs in side)
    return marked or "<i>nothing</i>"


def _known(known):
    if not known:
        return ""
    link, expires = str(known.get("link", "")), known.get("expires")
    more = (f" <a href={attribute(link)} rel=noreferrer>{shown(link)}</a>" if link.startswith(("https://", "http://"))
            else f" {shown(link)}")
    until = f", until {shown(expires)}" if expires else ""
    return (f"<p>Known: {shown(known.get('reason', ''))}{until}.{more} "
            f"<span class=quiet>{shown(known.get('place', ''))}</span></p>")


class Exchanges:
    """What went back and forth, as long as the page stays small."""

    def __init__(self):
        self._left = MOST_OF_ALL_EXCHANGES

    def of(self, case):
        given = [exchange for exchange in case.get("exchanges", []) if isinstance(exchange, dict)]
        if not given:
            return ""
        last, before = self._fitting(given[-1:]), self._fitting(given[:-1])
        made = f"<h4>The exchange that decided</h4>{last}" if last else ""
        if before:
            made += f"<details class=earlier><summary>{len(given) - 1} before it</summary>{before}</details>"
        elif not last or len(given) > 1:
            made += "<p class=quiet>The page has no room left for all exchanges; to run the case shows them.</p>"
        return made

    def _fitting(self, exchanges):
        """What they are on the page, or nothing if there is no room for them."""
        made = "".join(map(_exchange, exchanges))
        if len(made) > self._left:
            return ""
        self._left -= len(made)
        return made


def _exchange(exchange):
    request, answer = (shown(text.clipped(text.folded(str(exchange.get(key, ""))), MOST_OF_A_SIDE))
                       for key in ("request", "answer"))
    repeat = str(exchange.get("repeat", ""))
    if len(repeat) > MOST_OF_A_REPEAT:
        again = "<p class=quiet>The command that sends it again is too long for a page; the results have it.</p>"
    else:
        again = f"<p class=label>Send it again</p><pre class=copy>{shown(repeat)}</pre>" if repeat else ""
    return (f"<div class=exchange><p class=step><code>{shown(text.line(exchange.get('step', '')))}</code></p>"
            f"<div><p class=label>Request</p><pre>{request}</pre></div>"
            f"<div><p class=label>Answer</p><pre>{answer or 'nothing'}</pre></div>{again}</div>")
