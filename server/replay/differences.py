"""How this server differs from a supervisord, on purpose: the rows of ROWS.

Each is a rule over a request and its recorded answer, and says what this server answers
instead.
"""

import base64
import dataclasses
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

from recording import Outcome

EMPTY = {"status": 200, "value": ["int", 0]}  # what cache.getCount says of no entries
BAD_NAME = {"status": 200, "fault": [10, "BAD_NAME"]}
MAX_BODY = 64 << 20  # of this server


def is_utf_8(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def fields(head, name):
    """The values of a field in a head."""
    lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return [value.strip() for found, _, value in lines
            if found.strip().lower() == name.lower().encode()]


def messages(entry):
    """Heads and bodies of the requests in what is sent, as RFC 9112 takes them apart; the
    head of a call is empty."""
    if entry.body is not None:
        return [(b"", entry.body)]
    found, rest = [], entry.sent()
    while b"\r\n\r\n" in rest:
        head, _, rest = rest.lstrip(b"\r\n").partition(b"\r\n\r\n")
        announced = fields(head, "Content-Length")
        length = int(announced[0]) if announced and announced[0].isdigit() else 0
        found.append((head, rest[:length]))
        rest = b"" if fields(head, "Transfer-Encoding") else rest[length:]
    return found


def request_lines(entry):
    return [head.split(b"\r\n")[0] for head, _ in messages(entry) if head]


def lengths(entry):
    """The values of Content-Length, a list for each request."""
    return [fields(head, "Content-Length") for head, _ in messages(entry)]


def names_unserved(entry, served):
    """Names a method of supervisor.* that a supervisord knows, and this server not."""
    names = re.findall(r">(supervisor\.\w+)<", (entry.body or b"").decode("latin-1"))
    answer = entry.recorded.answers[0] if entry.recorded.answers else {}
    unknown = answer.get("fault", [0])[0] in (1, 4)  # to a supervisord as well
    in_multicall = entry.body is not None and b">system.multicall<" in entry.body
    return (any(name not in served for name in names) and not unknown and
            not (in_multicall and answer.get("status") == 500))


def answer_to_unserved(entry):
    if entry.method in ("system.methodHelp", "system.methodSignature"):
        return Outcome([{"status": 200, "fault": [4, "SIGNATURE_UNSUPPORTED"]}], False)
    if b">system.multicall<" in entry.body:
        return None  # of its calls, only that one is answered so
    return Outcome([{"status": 200, "fault": [1, "UNKNOWN_METHOD"]}], False)


def has_foreign_digits(entry):
    body = (entry.body or b"").decode("utf-8", "ignore")
    ints = re.findall(r"<(?:int|i4)>([^<]*)<", body)
    return any(digit.isdecimal() and not digit.isascii() for digit in "".join(ints))


def carriage_return_stored(entry):
    """The text with a carriage return that the entry fetches, or None."""
    answer = entry.recorded.answers[0] if entry.recorded.answers else {}
    if entry.method != "cache.fetch" or answer.get("value", ["none"])[0] != "string":
        return None
    for step in reversed(entry.so_far()):
        if step.method == "cache.store":
            value = ElementTree.fromstring(step.body).findall(".//value")[-1]
            text = "".join(value.itertext())
            if value.find("base64") is not None:
                text = base64.b64decode(text.encode()).decode()
            return text if "\r" in text else None
    return None


def has_unreadable_credentials(entry):
    """Whether there are credentials without a colon."""
    for head, _ in messages(entry):
        for value in fields(head, "Authorization"):
            scheme, _, token = value.partition(b" ")
            if scheme.lower() == b"basic" and token.strip():
                padded = re.sub(rb"[^A-Za-z0-9+/=]", b"", token)
                return b":" not in base64.b64decode(padded)
    return False


@dataclasses.dataclass(frozen=True)
class Row:
    id: str
    why: str
    supervisord: str  # what a supervisord does
    ours: str  # and what this server does
    applies: Callable  # to an entry, given the methods of supervisor.* that are served
    here: Callable | None  # the Outcome here; None: the case is not sent
    counts: dict  # entries by specification, in the recordings of this folder
    is_left_out: bool = False  # cannot be set up here, which is allowed in any group
    in_exact_groups: bool = False  # allowed there, too


ROWS = [
    Row("not-served", "There are no processes and no log here.",
        "serves 37 methods of supervisor.*", "serves those that system.listMethods lists",
        names_unserved, answer_to_unserved, {"1.1": 36}, is_left_out=True),
    Row("process", "There are no processes here.",
        "lists the processes that it runs", "lists none",
        lambda entry, _: entry.method == "supervisor.getAllProcessInfo"
        and entry.recorded.answers[0]["value"] != ["array", []],
        lambda _: Outcome([{"status": 200, "value": ["array", []]}], False),
        {"1.1": 2}, is_left_out=True),
    Row("two-servers", "A server listens on a port or on a Unix socket.",
        "listens on both, with a cache for each", "needs to be started twice",
        lambda entry, _: len({step.unix for step in entry.steps}) > 1,
        None, {"1.1": 8}, is_left_out=True),
    Row("sha-password", "Passwords are not given as digests here.",
        "takes {SHA} and a digest as the password of its configuration", "takes any text as it is",
        lambda entry, _: "{SHA}" in (entry.auth or ""),
        None, {"1.1": 3}, is_left_out=True),

    Row("invalid-utf-8", "A client should be told why it gets nothing.",
        "closes the connection without an answer to a body that is not UTF-8",
        "answers 400, and goes on",
        lambda entry, _: any(not is_utf_8(body) for _, body in messages(entry)),
        lambda entry: Outcome([{"status": 400}] + [EMPTY] * (len(messages(entry)) - 1),
                              False),
        {"1.1": 8}),
    Row("bad-request-line", "A client should be told why it gets nothing.",
        "closes the connection without an answer to a request line that is not METHOD "
        "TARGET HTTP/VERSION", "answers 400, and closes it",
        lambda entry, _: any(not re.fullmatch(rb"[^ ]+ [^ ]+( HTTP/[0-9.]+)?", line)
                             for line in request_lines(entry)),
        lambda entry: Outcome(entry.recorded.answers + [{"status": 400}], True),
        {"1.1": 6}),
    Row("head-not-utf-8", "Bytes above ASCII may stand in a head (RFC 9110, 5.5).",
        "closes the connection without an answer to a head that is not UTF-8",
        "accepts bytes above ASCII",
        lambda entry, _: all(re.fullmatch(rb"[^ ]+ [^ ]+ HTTP/[0-9.]+", line)
                             for line in request_lines(entry))
        and any(not is_utf_8(head) for head, _ in messages(entry)),
        lambda _: Outcome([EMPTY], False), {"1.1": 2}),
    Row("empty-body", "A client should not wait for ever.",
        "never answers when Content-Length is 0, and swallows all that follows",
        "answers 400, and goes on",
        lambda entry, _: [b"0"] in lengths(entry),
        lambda entry: Outcome([{"status": 400}] + [EMPTY] * (len(messages(entry)) - 1),
                              False),
        {"1.1": 1}),
    Row("bad-length", "400 and the end of the connection are demanded (RFC 9112, 6.3).",
        "reads Content-Length as Python reads an int, and of several the first; answers "
        "500 if that fails", "answers 400 to anything but one row of digits, and closes",
        lambda entry, _: any(len(values) > 1 or (values and values[0] != b""
                                                 and not values[0].isdigit())
                             for values in lengths(entry)),
        lambda _: Outcome([{"status": 400}], True), {"1.1": 7}),
    Row("no-space-after-colon", "The blank may be missing (RFC 9112, 5).",
        "does not see a Content-Length without a blank after the colon", "sees it",
        lambda entry, _: re.search(rb"(?i)\ncontent-length:[0-9]", entry.sent()),
        lambda _: Outcome([EMPTY], False), {"1.1": 1}),
    Row("too-long", "Memory has an end.",
        "waits for a body of any length", "answers 413, and closes",
        lambda entry, _: any(values and values[0].isdigit() and int(values[0]) > MAX_BODY
                             for values in lengths(entry)),
        lambda _: Outcome([{"status": 413}], True), {"1.1": 1}),
    Row("continue", "RFC 9110, 10.1.1.",
        "waits in silence for the body of who expects 100 Continue", "sends 100 Continue",
        lambda entry, _: any(fields(head, "Expect") for head, _ in messages(entry)),
        lambda entry: Outcome([{"status": 100}] + entry.recorded.answers, False),
        {"1.1": 1}),
    Row("web-page", "There is no web page here.",
        "answers any method on / with a page", "answers 400, and GET with 404",
        lambda entry, _: any(line.split(b" ")[1:2] == [b"/"]
                             for line in request_lines(entry)),
        lambda _: Outcome([{"status": 400}], False), {"1.1": 1}),
    Row("foreign-digits", "XML-RPC has ASCII digits.", "reads a number in the digits of any script, and with underscores", "answers 400; nothing is stored",
        lambda entry, _: has_foreign_digits(entry)
        or (any(map(has_foreign_digits, entry.so_far()))
            and entry.recorded.answers[0] != BAD_NAME),
        lambda entry: Outcome([{"status": 400}] if has_foreign_digits(entry)
                              else [BAD_NAME], False),
        {"1.1": 4, "1.0": 2}),
    Row("carriage-return", "What is fetched is to be what was stored (README of supervisor_cache).",
        "sends a carriage return raw, which XML's readers take for a line feed",
        "sends `&#13;`",
        lambda entry, _: carriage_return_stored(entry) is not None,
        lambda entry: Outcome([{"status": 200,
                                "value": ["string", carriage_return_stored(entry)]}], False),
        {"1.1": 2}),
    Row("unreadable-credentials", "They are wrong credentials like others.",
        "answers 500 to credentials that hold no colon", "answers 401",
        lambda entry, _: has_unreadable_credentials(entry),
        lambda _: Outcome([{"status": 401}], False), {"1.1": 2}),
    Row("ill-formed-xml", "XML has no control characters: no client could read it.",
        "sends control characters that came in base64 as they are", "answers 500",
        lambda entry, served: any("ill_formed" in answer
                                  for answer in entry.recorded.answers)
        and not names_unserved(entry, served),
        lambda _: Outcome([{"status": 500}], False), {"1.1": 3}, in_exact_groups=True),
]


def table():
    """The rows as people read them, in README.md."""
    lines = ["| difference | a supervisord | this server | why |", "| --- | --- | --- | --- |"]
    lines += [f"| {row.id} | {row.supervisord} | {row.ours} | {row.why} |" for row in ROWS]
    return "\n".join(lines) + "\n"
