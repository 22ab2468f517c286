"""HTML of texts, marks and anchors. Nothing that was read becomes markup except through these."""

import html
import re

from report import text

# Verdicts and states of statements: a sign, a word and the colour's class. None of them is there without a word.
MARKS = {
    "passed": ("\u2713", "passed", "good"), "kept": ("\u2713", "kept", "good"),
    "failed": ("\u2717", "failed", "bad"), "broken": ("\u2717", "broken", "bad"),
    "blocked": ("\u2298", "blocked", "bad"),
    "unexpected-pass": ("!", "passed, but is listed", "bad"), "listed": ("!", "passed, but is listed", "bad"),
    "warned": ("\u25b3", "warned", "odd"), "differs": ("\u25b3", "differs", "odd"),
    "expected-failure": ("\u25c7", "known failure", "odd"), "known": ("\u25c7", "known failure", "odd"),
    "skipped": ("\u2013", "skipped", "none"), "not run": ("\u2013", "not run", "none"),
    "elsewhere": ("\u2013", "elsewhere", "none"),
    "not judged": ("?", "not judged", "bad"),
    None: ("", "other spec", "none"),
}


def shown(value):
    """As text of the page."""
    return html.escape(text.visible(value), quote=False)


def attribute(value):
    """As the value of an attribute, with its quotes."""
    return f'"{html.escape(text.line(value))}"'


def mark(what):
    sign, word, colour = MARKS[what]
    sign = f"<span class=sign aria-hidden=true>{sign}</span> " if sign else ""
    return f"<span class={attribute('mark ' + colour)}>{sign}{word}</span>"


def anchor(kind, name):
    """An id for the address of a part: a name is what it is, and what has no place in an address is written otherwise.

    page.js has the same.
    """
    return kind + "-" + re.sub(r"[^A-Za-z0-9._-]", lambda found: f"~{ord(found[0]):x}", text.line(name))


def matrix(label, first, columns, body, attributes=""):
    """A table with the columns across, in a part of the page that scrolls by itself where it is too wide."""
    heads = "".join(f"<th scope=col>{shown(column.name)}<br><span class=quiet>spec {shown(column.spec)}</span>"
                    for column in columns) if len(columns) > 1 else "<th scope=col>verdict"
    return (f"<div class=wide tabindex=0 role=region aria-label={attribute(label)}><table class=matrix{attributes}>"
            f"<thead><tr><th scope=col>{first}{heads}</thead>{body}</table></div>\n")
