"""Texts of others, as people can read them: nothing in them acts, and nothing is invisible."""

import difflib
import re


def visible(value, keep="\n"):
    """The text, with what cannot be seen written as an escape; `keep` stays as it is.

    That is what moves, hides or joins characters, or is none: control characters, surrogates, format characters (such
    as those that turn the direction of writing), and all separators but the blank.
    """
    value = str(value)
    if value.isprintable():
        return value
    return "".join(c if c in keep or c.isprintable() else escape(c) for c in value)


def escape(character):
    code = ord(character)
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(
        character, f"\\x{code:02x}" if code < 256 else f"\\u{{{code:x}}}")


def line(value):
    """The same in one line."""
    return visible(value, keep="")


def clipped(text, most):
    """At most so many characters of it, and how many are missing."""
    return text if len(text) <= most else f"{text[:most]} [… {len(text) - most} characters more]"


def folded(text):
    """The same, with a character that stands there a hundred times and more told only at its ends."""
    def ends(found):
        return f"{found[1] * 20}[… {len(found[0]) - 40} more of it …]{found[1] * 20}"
    return re.sub(r"(.)\1{99,}", ends, text)


def parts(expected, actual, most=400):
    """Both texts as lists of (text, whether it differs).

    What they have in common at a long beginning or end is left out, so that the difference is in sight.
    """
    head = common(expected, actual)
    tail = common(expected[head:][::-1], actual[head:][::-1])
    return [_around(text, head, tail, inner, most) for text, inner in
            zip((expected, actual), _inner(expected[head:len(expected) - tail], actual[head:len(actual) - tail], most))]


def common(one, other):
    """How many characters they begin with alike."""
    for at, (a, b) in enumerate(zip(one, other)):
        if a != b:
            return at
    return min(len(one), len(other))


def _inner(one, other, most):
    """What differs, in more detail where both sides still have much in common."""
    matcher = difflib.SequenceMatcher(None, one[:most], other[:most], autojunk=False)
    if max(len(one), len(other)) > most or matcher.ratio() < 0.6:
        return [[(clipped(text, most), True)] if text else [] for text in (one, other)]
    sides = [], []
    for kind, a, b, c, d in matcher.get_opcodes():
        for side, text in zip(sides, (one[a:b], other[c:d])):
            if text:
                side.append((text, kind != "equal"))
    return sides


def _around(text, head, tail, inner, most):
    before, after = text[:head], text[len(text) - tail:] if tail else ""
    if len(before) > most:
        before = f"[… {len(before) - 60} characters] {before[-60:]}"
    if len(after) > most:
        after = f"{after[:60]} [… {len(after) - 60} characters]"
    return [part for part in [(before, False), *inner, (after, False)] if part[0]]
