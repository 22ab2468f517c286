"""Sends what a supervisord was once sent, and compares the answers with those it gave.

    replay_test.py --server PROGRAM [--recordings FILE...]

A recording is a file of JSON lines. The first names the specification and its source:

    {"spec": "1.1", "recorded": "supervisor 4.2.5 with ..."}

Every other is an entry, a request with what it was answered. Entries in a row that have
group and case in common are the steps of a case: they share a connection if they are
calls, and the cache is cleared before the first.

    group, case  where the entry belongs
    auth         the server asks for these credentials, user:password
    unix         true: it listens on a Unix socket
    given        what happened before: "restarted", or "SIGTERM"; the cache is left alone
  one request of
    call         [method, content of <value>...], in the envelope that most clients send
    body         the whole body of a POST; a text
    send         raw pieces: a text, a pause in seconds, {"bytewise": text}, or
                 {"end": true} for the end of what is sent
  and its answer
    status       HTTP status; null for none
    value        [type, payload], as JSON: ["array", [["int", 1]]], ["struct", [["a",
                 ["string", "x"]]]]; other payloads are texts, but for int and boolean
    fault        [code, string]
    ill_formed   true: a body of type text/xml that is not XML
    by_type      true: only the types of the value are compared, and which texts are empty
    answers      of raw pieces: a list of such answers
    closed       true: the server closed the connection afterwards

Nothing is kept of the fields of a head, of a page of HTML, and of texts for people.
A text is a string, {"base64": string}, or {"text": [...]} with strings and [unit, times]
in turn, `{n}` in a unit being its number. So is `value_text`, the JSON of a long value.

All must be alike but for the rows of ROWS below. Each is a rule over a request and its
recorded answer, and says what this server answers instead. A difference that no row
foresees is a failure; so is a row that foresees one where there is none, or that applies
to more or fewer entries than it says.
"""

import argparse
import base64
import contextlib
import dataclasses
import itertools
import json
import os
import pathlib
import re
import select
import socket
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable

README = pathlib.Path(__file__).parent / "README.md"
RECORDINGS = sorted((pathlib.Path(__file__).parent / "recordings").glob("*.jsonl"))

# In these groups nothing may differ but what cannot be set up.
EXACT_GROUPS = {"cache", "arity", "method name", "introspection", "multicall", "shutdown",
                "restart"}
# Of the entries of all other groups together, less than this share may differ.
MAX_SHARE = 0.05

PATIENCE = 10  # seconds for an answer, or the end of a connection, that has to come
QUIET = 0.15  # seconds without a byte: nothing more comes
LINGER = 60  # seconds for a case after a shutdown; its server is ended when it is over
ENVELOPE = ('<?xml version="1.0"?>\n<methodCall><methodName>{}</methodName>'
            '<params>{}</params></methodCall>')

sys.setrecursionlimit(20000)  # for the JSON of nested values


# --- Entries ---------------------------------------------------------------------------

def text_of(text):
    """The bytes of a text."""
    if isinstance(text, str):
        return text.encode()
    if "base64" in text:
        return base64.b64decode(text["base64"])
    return join(text["text"]).encode()


def join(pieces):
    def piece(of):
        if isinstance(of, str):
            return of
        unit, times = of
        if "{n" not in unit:
            return unit * times
        return "".join(unit.format(n=number) for number in range(times))
    return "".join(map(piece, pieces))


@dataclasses.dataclass
class Outcome:
    """What a request was answered: answers as dictionaries of status and, if there is
    one, value, fault or ill_formed."""

    answers: list
    closed: bool

    def __str__(self):
        said = json.dumps(self.answers, ensure_ascii=False)
        if len(said) > 300:
            said = said[:200] + " ... " + said[-80:]
        return said + (", closed" if self.closed else ", open")


class Entry:
    """A request and what it was answered. `case` names its case, and `steps` are the
    entries of it, the same list in all of them."""

    def __init__(self, fields):
        self.group = fields["group"]
        self.case = fields["case"]
        self.given = fields.get("given")
        self.auth = fields.get("auth")
        self.unix = fields.get("unix", False)
        self.pieces = fields.get("send")
        self.method, self.body = None, None
        if "call" in fields:
            self.method, *values = fields["call"]
            params = "".join(f"<param><value>{value}</value></param>" for value in values)
            self.body = ENVELOPE.format(self.method, params).encode()
        elif "body" in fields:
            self.body = text_of(fields["body"])
        recorded = fields.get("answers", [fields])
        self.recorded = Outcome([self._answer(answer) for answer in recorded
                                 if answer["status"] is not None],
                                fields.get("closed", False))
        self.by_type = any(answer.get("by_type") for answer in recorded)
        self.steps = []

    @staticmethod
    def _answer(fields):
        names = {"status", "value", "fault", "ill_formed"}
        answer = {name: fields[name] for name in names & fields.keys()}
        if "value_text" in fields:
            answer["value"] = json.loads(join(fields["value_text"]))
        return answer

    def sent(self):
        """All bytes of raw pieces."""
        return b"".join(text_of(piece["bytewise"] if "bytewise" in piece else piece)
                        for piece in self.pieces or []
                        if not isinstance(piece, float) and "end" not in piece)

    def so_far(self):
        """The steps of its case up to this one."""
        return self.steps[:self.steps.index(self) + 1]

    def is_alike(self, outcome, served):
        """Of system.listMethods, only the methods of supervisor.* that are `served`."""
        recorded = self.recorded
        if self.method == "system.listMethods" and "value" in recorded.answers[0]:
            tag, names = recorded.answers[0]["value"]
            names = [name for name in names
                     if not name[1].startswith("supervisor.") or name[1] in served]
            recorded = Outcome([{"status": 200, "value": [tag, names]}], recorded.closed)
        if self.by_type:
            return types(outcome) == types(recorded)
        return outcome == recorded


def types(outcome):
    def of(value):
        tag, payload = value
        if tag == "array":
            return [tag, [of(item) for item in payload]]
        if tag == "struct":
            return [tag, [[name, of(item)] for name, item in payload]]
        return [tag, payload == ""]
    answers = [dict(answer, value=of(answer["value"])) if "value" in answer else answer
               for answer in outcome.answers]
    return Outcome(answers, outcome.closed)


def read_recording(path):
    """The specification, and the cases as lists of entries."""
    with open(path, encoding="utf-8") as lines:
        spec = json.loads(next(lines))["spec"]
        entries = [Entry(json.loads(line)) for line in lines]
    cases = []
    for _, steps in itertools.groupby(entries, lambda entry: (entry.group, entry.case)):
        cases.append(list(steps))
        for entry in cases[-1]:
            entry.steps = cases[-1]
    return spec, cases


# --- Answers ---------------------------------------------------------------------------

def value_of(element):
    """A <value> in the form of the recordings."""
    if len(element) == 0:
        return ["string", element.text or ""]
    child = element[0]
    text = child.text or ""
    match child.tag:
        case "array":
            return ["array", [value_of(item) for item in child.find("data")]]
        case "struct":
            return ["struct", [member_of(member) for member in child]]
        case "int" | "i4":
            return ["int", int(text)]
        case "boolean":
            return ["boolean", {"0": False, "1": True}[text]]
    return [child.tag, text]


def member_of(element):
    name, value = element.find("name").text or "", value_of(element.find("value"))
    if name == "faultString":
        value[1] = fault_string(value[1])
    return [name, value]


def fault_string(text):
    """What follows FAILED is a message of Python, and no more is recorded of it."""
    return re.sub("^FAILED: .+", "FAILED: …", text, flags=re.DOTALL)


def decode(status, content_type, body):
    if content_type.split(";")[0] != "text/xml":
        return {"status": status}
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return {"status": status, "ill_formed": True}
    fault = root.find("fault/value")
    if fault is not None:
        members = dict(value_of(fault)[1])
        return {"status": status,
                "fault": [members["faultCode"][1], members["faultString"][1]]}
    return {"status": status, "value": value_of(root.find("params/param/value"))}


class Connection:
    def __init__(self, address):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(address)
        self.received = b""
        self.closed = False  # by the server

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # reading tells

    def end_sending(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def receive(self, seconds):
        """Waits for bytes or the end; false if neither comes."""
        if self.closed or not select.select([self.socket], [], [], seconds)[0]:
            return False
        try:
            data = self.socket.recv(1 << 20)
        except ConnectionResetError:
            data = b""
        self.received += data
        self.closed = data == b""
        return True

    def take_answer(self):
        """Takes one answer out of what was received; None if it is not complete."""
        head, blank_line, rest = self.received.partition(b"\r\n\r\n")
        if not blank_line:
            return None
        status_line, *lines = head.decode("latin-1").split("\r\n")
        status = int(re.fullmatch(r"HTTP/[^ ]+ ([0-9]{3}) .*", status_line)[1])
        headers = {name.strip().lower(): value.strip()
                   for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return None
        self.received = rest[length:]
        return decode(status, headers.get("content-type", ""), rest[:length])

    def answers(self, count, closed):
        """The answers that come. Waits for as many as are expected, and for the end of
        the connection if that is; what comes beyond is seen if it comes soon."""
        answers = []
        while True:
            while (answer := self.take_answer()) is not None:
                answers.append(answer)
            awaited = len(answers) < count or closed
            if not self.receive(PATIENCE if awaited else QUIET):
                break
        if self.received:
            raise ValueError(f"not an answer: {self.received[:200]!r}")
        return answers

    def post(self, body, credentials=None):
        """Sends a call as most clients do; its answer, or None."""
        head = (f"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n"
                f"Content-Length: {len(body)}\r\n")
        if credentials:
            encoded = base64.b64encode(credentials.encode()).decode()
            head += f"Authorization: Basic {encoded}\r\n"
        self.send(head.encode() + b"\r\n" + body)
        while (answer := self.take_answer()) is None and self.receive(PATIENCE):
            pass
        return answer


# --- Servers ---------------------------------------------------------------------------

class Server:
    """A server of its own, on a free port or a Unix socket, until the block ends."""

    def __init__(self, program, spec, auth=None, unix=False, linger=None):
        self.auth = auth
        self.directory = tempfile.TemporaryDirectory()
        socket_path = os.path.join(self.directory.name, "s")
        command = [program, "--spec", spec]
        command += ["--unix-socket", socket_path] if unix else ["--port", "0"]
        environment = dict(os.environ)
        if auth:
            name, _, environment["REPLAY_PASSWORD"] = auth.partition(":")
            command += ["--username", name, "--password-env", "REPLAY_PASSWORD"]
        if linger is not None:
            command += ["--linger", str(linger)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment,
                                        text=True)
        line = self.process.stdout.readline()
        port = re.fullmatch(r"listening on http://127\.0\.0\.1:([0-9]+)\S*\n", line)
        self.address = ("127.0.0.1", int(port[1])) if port else socket_path
        if not line:
            self.end()
            raise ChildProcessError(f"{' '.join(command)}: did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self.process.kill()  # it may be lingering
        self.process.wait()
        self.process.stdout.close()
        self.directory.cleanup()

    def connect(self):
        return Connection(self.address)

    def call(self, method):
        with self.connect() as connection:
            return connection.post(ENVELOPE.format(method, "").encode(), self.auth)

    def restart(self):
        """Restarts it by a call, with something in its cache."""
        with self.connect() as connection:
            params = "<param><value>left over</value></param>" * 2
            connection.post(ENVELOPE.format("cache.store", params).encode())
            connection.post(ENVELOPE.format("supervisor.restart", "").encode())
        self.wait_until(lambda answer: "value" in answer)

    def wait_until(self, is_reached):
        """Asks for its state until the answer is as it should be."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                answer = self.call("supervisor.getState")
                if answer is not None and is_reached(answer):
                    return
            time.sleep(0.05)
        raise ChildProcessError("the server's state did not become what a case expects")


class Servers:
    """The servers that the cases of one recording need."""

    def __init__(self, program, spec):
        self.program, self.spec = program, spec
        self.started = {}
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()

    def shared(self, auth=None, unix=False):
        if (auth, unix) not in self.started:
            server = Server(self.program, self.spec, auth, unix)
            self.started[auth, unix] = self.stack.enter_context(server)
        return self.started[auth, unix]

    @contextlib.contextmanager
    def for_case(self, steps):
        """A server as the case expects it."""
        first = steps[0]
        methods = {entry.method for entry in steps}
        if first.given == "restarted":
            with Server(self.program, self.spec, linger=0) as server:
                server.restart()
                yield server
        elif first.given == "SIGTERM":
            with Server(self.program, self.spec, linger=LINGER) as server:
                server.process.terminate()
                server.wait_until(lambda answer: "fault" in answer)
                yield server
        elif methods & {"supervisor.shutdown", "supervisor.restart"}:
            with Server(self.program, self.spec, linger=LINGER) as server:
                yield server
        else:
            server = self.shared(first.auth, first.unix)
            if server.call("cache.clear") != {"status": 200, "value": ["boolean", True]}:
                raise ChildProcessError("could not clear the cache")
            yield server


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


# --- Rows ------------------------------------------------------------------------------

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
    Row("foreign-digits", "XML-RPC has ASCII digits.", "reads an int in the digits of any script", "answers 400; nothing is stored",
        lambda entry, _: has_foreign_digits(entry)
        or (any(map(has_foreign_digits, entry.so_far()))
            and entry.recorded.answers[0] != BAD_NAME),
        lambda entry: Outcome([{"status": 400}] if has_foreign_digits(entry)
                              else [BAD_NAME], False),
        {"1.1": 4, "1.0": 2}),
    Row("carriage-return", "What is fetched is to be what was stored (seed README).",
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


# --- The test --------------------------------------------------------------------------

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


def table():
    """The rows as people read them, in README.md."""
    lines = ["| difference | a supervisord | this server | why |", "| --- | --- | --- | --- |"]
    lines += [f"| {row.id} | {row.supervisord} | {row.ours} | {row.why} |" for row in ROWS]
    return "\n".join(lines) + "\n"


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
