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
                 ["string", "x"]]]]; the payload of other types is their text
    fault        [code, string]
    ill_formed   true: a body of type text/xml that is not XML
    by_type      true: only the types of the value are compared, and which texts are empty
    answers      of raw pieces: a list of such answers
    closed       true: the server closed the connection afterwards

A text is a string, {"base64": string}, or {"text": [...]} with strings and [unit, times]
in turn, `{n}` in a unit being its number. So is `value_text`, the JSON of a long value.

All must be alike but for the rows of ROWS below. Each is a rule over a request and its
recorded answer, and says what this server answers instead. A difference that no row
foresees is a failure, and so are a row that foresees a difference where there is none, and
one that applies to more or fewer entries than it says.
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
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

RECORDINGS = sorted((pathlib.Path(__file__).parent / "recordings").glob("*.jsonl"))

# In these groups nothing may differ but what cannot be set up.
EXACT_GROUPS = {"cache", "arity", "method name", "introspection", "multicall", "shutdown",
                "restart"}
# Of the entries of all other groups, less than this share may differ.
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
    def __init__(self, fields):
        self.fields = fields
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

    @staticmethod
    def _answer(fields):
        answer = {name: fields[name] for name in ("status", "value", "fault", "ill_formed")
                  if name in fields}
        if "value_text" in fields:
            answer["value"] = json.loads(join(fields["value_text"]))
        return answer

    def sent(self):
        """All bytes of raw pieces."""
        return b"".join(text_of(piece["bytewise"] if "bytewise" in piece else piece)
                        for piece in self.pieces or []
                        if not isinstance(piece, float) and "end" not in piece)

    def is_alike(self, outcome):
        if self.by_type:
            return types(outcome) == types(self.recorded)
        return outcome == self.recorded


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
    cases = itertools.groupby(entries, key=lambda entry: (entry.group, entry.case))
    return spec, [list(steps) for _, steps in cases]


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
            return ["struct", [[member.find("name").text or "",
                                value_of(member.find("value"))] for member in child]]
        case "int" | "i4":
            return ["int", int(text)]
        case "boolean":
            return ["boolean", {"0": False, "1": True}[text]]
    return [child.tag, text]


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

    def end(self):
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

    def answers(self, count, ends):
        """The answers that come, until there are `count` and, if `ends`, the server has
        closed: one more or an unexpected end is seen if it comes at once."""
        answers = []
        while True:
            while (answer := self.take_answer()) is not None:
                answers.append(answer)
            waits = len(answers) < count or ends
            if not self.receive(PATIENCE if waits else QUIET):
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
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
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
            params = "<param><value>left</value></param><param><value>over</value></param>"
            connection.post(ENVELOPE.format("cache.store", params).encode())
            connection.post(ENVELOPE.format("supervisor.restart", "").encode())
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                answer = self.call("supervisor.getState")
                if answer is not None and "value" in answer:
                    return
            time.sleep(0.1)
        raise ChildProcessError("did not come back after supervisor.restart")


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
            with Server(self.program, self.spec, linger=1) as server:
                server.restart()
                yield server
        elif methods & {"supervisor.shutdown", "supervisor.restart"}:
            with Server(self.program, self.spec, linger=LINGER) as server:
                yield server
        else:
            server = self.shared(first.auth, first.unix)
            if server.call("cache.clear") != {"status": 200, "value": ["boolean", True]}:
                raise ChildProcessError("could not clear the cache")
            yield server


def replay(server, steps):
    """Yields the steps with their outcomes."""
    if steps[0].pieces is not None:
        for entry in steps:
            yield entry, replay_pieces(server, entry)
        return
    connection = server.connect()
    try:
        for entry in steps:
            answer = connection.post(entry.body)
            # An end that comes later is seen by the next step, or by the last call here.
            if not connection.closed:
                connection.receive(0)
            if entry is steps[-1] and not connection.closed:
                connection.post(ENVELOPE.format("cache.clear", "").encode())
            yield entry, Outcome([] if answer is None else [answer], connection.closed)
            if connection.closed:
                connection.socket.close()
                connection = server.connect()
    finally:
        connection.socket.close()


def replay_pieces(server, entry):
    with server.connect() as connection:
        for piece in entry.pieces:
            if isinstance(piece, float):
                time.sleep(piece)
            elif "end" in piece:
                connection.end()
            elif "bytewise" in piece:
                for byte in text_of(piece["bytewise"]):
                    connection.send(bytes([byte]))
            else:
                connection.send(text_of(piece))
        answers = connection.answers(len(entry.recorded.answers), entry.recorded.closed)
        return Outcome(answers, connection.closed)
