"""One case that did not pass, as a part of the page: what was demanded, what came, why it matters, and the way back to it."""

from report import runs, text
from report.markup import anchor, attribute, mark, shown

MOST_OF_A_SIDE = 2000      # characters of a request or an answer
MOST_OF_A_REPEAT = 3000    # a command that is cut would be another
EXCHANGES_OF_ALL = 400_000  # characters in the whole page


class Exchanges:
    """What went back and forth, as long as the page stays small."""

    def __init__(self):
        self.left = EXCHANGES_OF_ALL

    def of(self, case):
        given = [exchange for exchange in case.get("exchanges", []) if isinstance(exchange, dict)]
        if not given:
            return ""
        last = self._one(given[-1])
        before = "".join(map(self._one, given[:-1]))
        if self.left < 0:
            return "<p class=quiet>The exchange is left out, since the page has so many; the command above shows it.</p>"
        self.left -= len(last) + len(before)
        earlier = (f"<details class=earlier><summary>{len(given) - 1} before it</summary>{before}</details>"
                   if before else "")
        return f"<h4>The exchange that decided</h4>{last}{earlier}"

    def _one(self, exchange):
        request, answer = (shown(text.clipped(str(exchange.get(key, "")), MOST_OF_A_SIDE)) for key in ("request", "answer"))
        repeat = str(exchange.get("repeat", ""))
        again = ("" if not repeat else
                 f"<p class=label>Send it again</p><pre class=copy>{shown(repeat)}</pre>" if len(repeat) <= MOST_OF_A_REPEAT else
                 "<p class=quiet>The command that sends it again is too long for a page; the results have it.</p>")
        return (f"<div class=exchange><p class=step><code>{shown(text.line(exchange.get('step', '')))}</code></p>"
                f"<div><p class=label>Request</p><pre>{request}</pre></div>"
                f"<div><p class=label>Answer</p><pre>{answer or 'nothing'}</pre></div>{again}</div>")


def failure(case_id, columns, statements, exchanges, is_open):
    """The case, with a part for each column in which it neither passed nor was skipped."""
    concerned = [(number, column) for number, column in enumerate(columns)
                 if column.cases.get(case_id, {}).get("verdict", "passed") not in ("passed", "skipped")]
    case = concerned[0][1].cases[case_id]
    verdict = min((column.cases[case_id] for _, column in concerned), key=runs.severity)["verdict"]
    at = ("" if len(columns) == 1 else
          f" · at {len(concerned)} of {len(columns)} targets" if len(concerned) > 1 else f" · at {shown(concerned[0][1].name)}")
    cited = "".join(_cited(statements[cite]) for cite in map(str, case["cites"]) if cite in statements)
    file, line = runs.place_of(case)
    rows = [("Demanded", cited),
            ("Why it matters", shown(case["why"]) if "why" in case else ""),
            ("Case", f"<code>{shown(case_id)}</code> in {shown(case['suite'])}, {shown(file)}:{line}" if file else
                     f"<code>{shown(case_id)}</code> in {shown(case['suite'])}")]
    about = "".join(f"<dt>{label}</dt><dd>{told}</dd>" for label, told in rows if told)
    return (f"<details class=failure id={attribute(anchor('case', case_id))}{' open' if is_open else ''}>"
            f"<summary>{mark(verdict)} <span class=title>{shown(case['title'])}</span> "
            f"<span class=quiet><code>{shown(case_id)}</code> · {shown(case['level'])}{at}</span></summary>"
            f"<div class=body><dl>{about}</dl>"
            + "".join(_at(number, column, case_id, exchanges, len(columns)) for number, column in concerned)
            + "</div></details>")


def _cited(statement):
    broken = f" <span class=broken>If it is broken: {shown(statement.if_broken)}</span>" if statement.if_broken else ""
    return (f"<p>{shown(statement.statement)} <a class=quiet href={attribute('#' + anchor('statement', statement.id))}>"
            f"{shown(statement.source or statement.id)}</a>{broken}</p>")


def _at(number, column, case_id, exchanges, of):
    case = column.cases[case_id]
    name = f"{mark(case['verdict'])} at {shown(column.name)}, spec {shown(column.spec)}" if of > 1 else "What came"
    again = column.again(case_id)
    return (f"<section class=at id={attribute(anchor(f'failure-{number + 1}', case_id))} tabindex=-1><h3>{name}</h3>"
            f"<p>{shown(case.get('problem', ''))}</p>{_known(case.get('known'))}{difference(case.get('difference'))}"
            + (f"<p class=label>Run only this case</p><pre class=copy>{shown(again)}</pre>" if again else "")
            + exchanges.of(case) + "</section>")


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
    return "".join(f"<mark>{shown(part)}</mark>" if differs else shown(part) for part, differs in side) or "<i>nothing</i>"


def _known(known):
    if not isinstance(known, dict):
        return ""
    link, expires = str(known.get("link", "")), known.get("expires")
    more = (f' <a href={attribute(link)} rel="noreferrer">{shown(link)}</a>' if link.startswith(("https://", "http://"))
            else f" {shown(link)}")
    until = f", until {shown(expires)}" if expires else ""
    return f"<p>Known: {shown(known.get('reason', ''))}{until}.{more} <span class=quiet>{shown(known.get('place', ''))}</span></p>"
