"""What a supervisord was once sent, and what it answered.

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
"""

import base64
import dataclasses
import itertools
import json

ENVELOPE = ('<?xml version="1.0"?>\n<methodCall><methodName>{}</methodName>'
            '<params>{}</params></methodCall>')


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
