"""The document, as a part of the page: every statement, with what each target made of it."""

from report import statements as documents, summary, text
from report.markup import anchor, attribute, mark, matrix, shown


def document(columns, statements, failures):
    body = []
    for source, group in documents.by_source(statements):
        body.append(f"<tbody><tr class=group><th scope=rowgroup colspan={len(columns) + 1}>{shown(source)}</th></tr>")
        body += [_row(statement, columns, failures) for statement in group]
        body.append("</tbody>")
    kept = sum(statement.states[0] == "kept" for statement in statements)
    note = (f"{kept} of {len(statements)} statements are kept" if len(columns) == 1 else
            f"{len(statements)} statements, each with what the cases that cite it say")
    servers = (", its cases and the broken servers that they were tried on"
               if any(statement.mutants for statement in statements) else " and its cases")
    return ("<section id=document aria-labelledby=document-head><h2 id=document-head>Document</h2>"
            f"<p class=quiet>{note}. Open one for its place{servers}.</p>\n"
            + matrix("Statements, a table", "statement", columns, "".join(body)) + "</section>\n")


def _row(statement, columns, failures):
    told = [("Place", statement.source), ("If broken", statement.if_broken), ("Level", statement.level),
            ("Proved by", statement.proved_by if statement.proved_by != "cases" else ""),
            ("Not kept by", _not_kept_by(statement))]
    about = "".join(f"<dt>{label}<dd>{shown(value)}" for label, value in told if value)
    cells = "".join(f"<td>{_cell(statement, column, number, failures)}" for number, column in enumerate(columns))
    return (f"<tr><th scope=row><details id={attribute(anchor('statement', statement.id))} "
            f"data-statement={attribute(statement.id)}><summary>{shown(statement.statement)}</summary>"
            f"<div class=body><dl>{about}</dl><div class=cases>{_not_passed(statement, columns, failures)}</div>"
            f"{_mutants(statement)}</div></details>{cells}")


def _not_kept_by(statement):
    reference = statement.given.get("kept_by_reference")
    if not isinstance(reference, dict) or reference.get("holds") is not False:
        return ""
    tried = reference.get("tried")
    return ", ".join(map(str, tried)) if isinstance(tried, list) else "the reference"


def _cell(statement, column, number, failures):
    state = statement.states[number]
    if state in ("kept", "not run", "elsewhere", None):
        return mark(state)
    verdict = documents.STATES[state]
    own = [column.cases[name]["verdict"] for name in statement.cases if name in column.cases]
    label = (f"{own.count(verdict)} of {len(own)} cases: {verdict.replace('-', ' ')}; "
             f"to the first at {text.line(column.name)}")
    return (f"<a href={failures.link_to_worst(number, statement.cases)} title={attribute(label)}>"
            f"{mark(state)} <span class=quiet>{own.count(verdict)}/{len(own)}</span></a>")


def _not_passed(statement, columns, failures):
    """In place of which page.js shows rows of all cases."""
    items = []
    for number, column in enumerate(columns):
        for name in statement.cases:
            case = column.cases.get(name)
            if case and case["verdict"] not in ("passed", "skipped"):
                at = f" at {shown(column.name)}" if len(columns) > 1 else ""
                link = f"<a href={failures.link(number, name)}>{shown(case['title'])}</a>"
                items.append(f"<li>{mark(case['verdict'])} {link}{at}")
    return f"<p>{summary.cases(len(statement.cases))}</p>" + (f"<ul>{''.join(items)}</ul>" if items else "")


def _mutants(statement):
    if not statement.mutants:
        return ""
    caught = [any(mutant["counts"].values()) for mutant in statement.mutants]
    items = "".join(f"<li>{'' if seen else 'not noticed: '}<code>{shown(mutant['name'])}</code> {shown(mutant['what'])}"
                    for mutant, seen in zip(statement.mutants, caught))
    servers = "broken server was" if len(caught) == 1 else "broken servers were"
    return (f"<details class=mutants><summary>{sum(caught)} of {len(caught)} {servers} noticed by these cases</summary>"
            f"<ul>{items}</ul></details>")
