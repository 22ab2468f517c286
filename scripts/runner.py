#!/usr/bin/env python3
"""A second runner of the fixtures, written from fixtures/README.md alone, to be read by who writes another.

Lists, strings, ints and booleans are themselves, a struct is "struct" and its members, any other value its type and its
text. In what is sent or expected a struct may be a dict, and so is a matcher, as in the files.
"""
import argparse, contextlib, functools, http.client, io, json, pathlib, random, re, secrets, select, socket
import sys, time, types, urllib.parse, xml.etree.ElementTree
from xml.parsers import expat
from xml.sax.saxutils import escape

FIXTURES, ALL_NEEDS = pathlib.Path(__file__).parents[1] / "fixtures", "exclusive,restart,heavy,hostile,slow"
MAX_BODY, MAX_DEPTH, KEYED = 64 << 20, 1000, ("cache.store", "cache.fetch", "cache.delete")
TEXT, SPACE, INTEGER, BASE64 = "[^<]*", "[ \t\r\n]*", "[+-]?[0-9]+", "[A-Za-z0-9+/]"
CONTENTS = {  # what an element holds: text, or elements (each after a <)
    "methodResponse": "<params|<fault", "params": "<param", "param": "<value", "fault": "<value", "array": "<data",
    "data": SPACE + "|(<value)+", "struct": SPACE + "|(<member)+", "member": "<name<value|<value<name", "name": TEXT,
    "value": TEXT + r"|<(int|i4|i8|boolean|double|string|dateTime\.iso8601|base64|array|struct|nil)",
    "int": INTEGER, "i4": INTEGER, "i8": INTEGER, "boolean": "[01]", "string": TEXT, "dateTime.iso8601": TEXT,
    "double": r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|nan|[+-]?inf", "nil": "",
    "base64": f"({BASE64}{{4}})*({BASE64}{{2}}==|{BASE64}{{3}}=)?",
}
as_bytes = functools.partial(bytes, encoding="utf-8", errors="surrogateescape")
sys.setrecursionlimit(20 * MAX_DEPTH)

class Wrong(Exception):
    """What is not as it should be."""

FAILURES = (Wrong, OSError, http.client.HTTPException, expat.ExpatError, ValueError, LookupError)  # by an answer

def check(holds, text):
    if not holds:
        raise Wrong(text)

def as_xml(value):
    match value:
        case bool(): kind, text = "boolean", int(value)
        case int(): kind, text = "int", value
        case str(): kind, text = "string", escape(value)
        case list(): kind, text = "array", f"<data>{''.join(map(as_xml, value))}</data>"
        case dict(): return as_xml(("struct", value.items()))
        case "struct", pairs:
            members = (f"<name>{escape(name)}</name>{as_xml(member)}" for name, member in pairs)
            kind, text = "struct", "".join(f"<member>{member}</member>" for member in members)
        case kind, text: kind = kind.replace("dateTime", "dateTime.iso8601")
    return f"<value><{kind}>{text}</{kind}></value>"

def as_call(method, params):
    text = f"<methodName>{escape(method)}</methodName><params>"
    text += "".join(f"<param>{as_xml(value)}</param>" for value in params)
    return as_bytes(f'<?xml version="1.0"?><methodCall>{text}</params></methodCall>'.replace("\r", "&#13;"))

def kind_of(value):
    return {str: "string", int: "int", bool: "boolean", list: "array"}.get(type(value)) or value[0]

def fits(expected, actual):  # whether a value is as expected
    match kind_of(actual), expected:
        case kind, {"$$type": wanted}: return kind == wanted
        case _, {"$$oneOf": several}: return any(fits(one, actual) for one in several)
        case "string", {"$$matches": pattern}:
            return len(as_bytes(actual)) <= 4096 and re.fullmatch(as_bytes(pattern), as_bytes(actual))
        case "array", {"$$own": own}: return fits({"$$ownInOrder": [own[0], sorted(own[1])]}, sorted(actual, key=str))
        case "array", {"$$ownInOrder": [own, keys]}:
            strings = all(kind_of(text) == "string" for text in actual)
            return strings and keys == [text for text in actual if text.startswith(own)]
        case "array", {"$$includes": wanted}: return all(any(fits(one, item) for item in actual) for one in wanted)
        case "array", {"$$excludes": wanted}: return not any(fits(one, item) for item in actual for one in wanted)
        case "array", {"$$batch": wanted}:
            return len(wanted) == len(actual) and all(
                fits(one, item) or not (isinstance(one, dict) and "$$fault" in one) and fits([one], item)
                for one, item in zip(wanted, actual))
        case "array", list(): return len(expected) == len(actual) and all(map(fits, expected, actual))
        case "struct", {"$$fault": wanted}: return fault_fits(wanted, actual) and len(dict(actual[1])) == 2
        case "struct", {"$$has": wanted}:
            members = dict(actual[1])
            return all(name in members and fits(one, members[name]) for name, one in wanted.items())
        case "struct", ("struct", pairs):
            return len(pairs) == len(actual[1]) and all(
                name == other and fits(one, value) for (name, one), (other, value) in zip(pairs, actual[1]))
        case "struct", dict() if not any(name.startswith("$") for name in expected):
            return len(dict(actual[1])) == len(expected) and fits({"$$has": expected}, actual)
        case "double", ("double", text): return actual[1] == repr(float(text))
    return type(expected) is type(actual) and expected == actual

def fault_fits(expected, actual):  # whether a value is a fault, and as expected
    expected = {"code": {"$$type": "int"}, "string": {"$$type": "string"}} | ({} if expected is True else expected)
    parts = {"faultCode": expected["code"], "faultString": expected["string"]}
    return fits({"$$has": parts}, actual) and expected.get("others") in (
        None, [name for name, _ in actual[1] if name not in parts])

def judge(expected, connection, answer):
    """Ends with what is Wrong, if anything is. Without an answer the connection was closed."""
    for one in expected.get("oneOf", []):
        with contextlib.suppress(*FAILURES):
            return judge(one, connection, answer)
    check("oneOf" not in expected, "none of what may come")
    told, wanted = expected.keys() & {"value", "fault", "setup"}, expected.get("http", {})
    if not told and "http" not in expected:
        return check(not answer, "not closed without an answer")
    status, headers, body = answer or check(False, "closed without an answer")
    check(fits(wanted.get("status", 200 if told else status), status), f"the status is {status}")
    for name, text in wanted.get("headers", {}).items():
        check(name in headers and fits(text, headers[name].strip()), f"the header {name} is {headers[name]}")
    if told:
        is_fault, value = read_xml(body)
        right = "fault" in expected and fault_fits(expected["fault"], value) if is_fault else (
            "setup" in expected or "value" in expected and fits(expected["value"], value))
        check(right, f"not as expected: {str(value)[:500]}")
    check("closed" not in expected or connection.has_ended(), "not closed after the answer")

def read_xml(body):  # whether it is a fault, and the value
    parser, builder = expat.ParserCreate(), xml.etree.ElementTree.TreeBuilder()
    parser.StartElementHandler = lambda name, _attributes: builder.start(name, {})
    parser.EndElementHandler, parser.CharacterDataHandler = builder.end, builder.data
    parser.ExternalEntityRefHandler, parser.SkippedEntityHandler = lambda *_: 0, lambda *_: check(False, "an entity")
    parser.Parse(body, True)
    root = builder.close()
    check(root.tag == "methodResponse", "no <methodResponse>")
    is_fault, value = root.find("fault") is not None, read_element(root)
    check(not is_fault or fault_fits(True, value), "a <fault> without faultCode and faultString")
    return is_fault, value

def read_element(element, depth=0):  # the value in an element, or the pair in a <member>
    kind, text, depth = element.tag, element.text or "", depth + (element.tag == "value")
    if len(element) or kind == "base64":
        text = re.sub(SPACE, "", text + "".join(child.tail or "" for child in element))
    text += "".join("\0" + child.tag for child in element)
    check(depth <= MAX_DEPTH and re.fullmatch(CONTENTS[kind].replace("<", "\0"), text), f"<{kind}> holds {text[:80]!r}")
    held = [read_element(child, depth) for child in element]
    match kind:
        case "data": return held
        case "struct": return kind, held
        case "member": return tuple(held if element[0].tag == "name" else reversed(held))
        case "int" | "i4":
            check(abs(int(text) + 0.5) < 2**31, "an int of more than 32 bits")
            return int(text)
        case "boolean": return text == "1"
        case "double": return kind, repr(float(text))  # each in one way, -0.0 and nan, too
        case "i8" | "base64" | "dateTime.iso8601" | "nil": return kind.partition(".")[0], text
    return held[0] if held else text

class Connection(socket.SocketIO):
    """A connection, on which all has to come before a deadline."""

    def __init__(self, sock):
        super().__init__(sock, "r")
        self.sock, self.deadline, self.used, self.leaving = sock, 0, False, False
        self.stream = io.BufferedReader(self)
        self.stream.close = lambda: None  # which HTTPResponse calls at the end of an answer

    def readinto(self, buffer):
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no complete answer in time")
        self.sock.settimeout(left)
        with contextlib.suppress(ConnectionError):  # a reset is an end, too
            return self.sock.recv_into(buffer)
        return 0

    def has_ended(self):  # whether it is closed in time, without a byte more
        with contextlib.suppress(TimeoutError):
            check(not self.stream.peek(1), "bytes that nobody asked for")
            return True

    def ask(self, pieces, deadline):  # sends a request, and returns the answer
        self.used, self.deadline = True, deadline
        self.sock.settimeout(max(0.001, deadline - time.monotonic()))
        with contextlib.suppress(ConnectionError):  # what does not read on may have answered all the same
            for number, piece in enumerate(pieces):
                time.sleep(0.005 if number else 0)
                self.sock.sendall(piece)
        return self.answer(pieces[0])

    def answer(self, request=b""):  # the status, the headers and the body; None if it is closed without a byte
        if not self.stream.peek(1):
            return None
        source = types.SimpleNamespace(makefile=lambda _mode: self.stream)
        answer = http.client.HTTPResponse(source, method=request.partition(b" ")[0].decode())
        while answer.headers is None or answer.status // 100 == 1:  # those below 200 are passed over
            answer.headers = None
            answer.begin()
        codings, lengths = (answer.headers.get_all(name, []) for name in ("Transfer-Encoding", "Content-Length"))
        framed = len({*codings, *lengths}) <= 1 and answer.chunked >= len(codings) and all(map(str.isdigit, lengths))
        check(framed and not answer.headers.defects, "a bad header, or neither one length nor chunks")
        body = answer.read(MAX_BODY + 1)
        check(not answer.length and len(body) <= MAX_BODY, "a body that is cut short, or of more than 64 MiB")
        self.leaving = answer.will_close
        return answer.status, answer.headers, body

class Case:
    """A case in one run: what stands for something else in it, the keys that it names, and its connections."""

    def __init__(self, options, prefix, case):
        url = urllib.parse.urlsplit(options.url or "http://localhost/RPC2")
        self.address, self.path, self.host = (url.hostname, url.port or 80), url.path or "/RPC2", url.netloc
        self.options, self.own, self.keys, self.connections = options, f"{prefix}.{case}.", {}, {}
        self.step = {"setup": "the look for keys"}
        self.improbable = random.Random(prefix).randint(1_500_000_000, 2_147_483_646)

    def resolve(self, written):  # what an object of JSON stands for; those in it are resolved already
        match written:
            case {"$key": name}: return self.named(self.own + name)
            case {"$hex": digits}: return bytes.fromhex(digits).decode(errors="surrogateescape")
            case {"$repeat": [text, times]}: return text * times
            case {"$concat": texts}: return "".join(texts)
            case {"$improbable": kind}: return self.improbable if kind == "int" else (kind, f"{self.improbable}.5")
            case {"$nil": _}: return "nil", ""
            case {"$struct": _} | {"$double": _} | {"$dateTime": _} | {"$base64": _} | {"$i8": _}:
                return next(iter(written))[1:], *written.values()
            case {"$$own": names} | {"$$ownInOrder": names}:
                return {next(iter(written)): [self.own, [self.own + name for name in names]]}
            case {"call": how, "params": [key, *_]} | {"methodName": how, "params": [key, *_]} if how in KEYED:
                self.named(key)
        return written

    def named(self, key):
        return self.keys.setdefault(repr(key), key)

    def fill(self, text):  # the bytes of a string, in which words in braces stand for others
        text = text.replace("{path}", self.path).replace("{host}", self.host).replace("{authorization}", "")
        return as_bytes(re.sub(r"\{key:([^{}]+)\}", lambda word: self.named(self.own + word[1]), text))

    def pieces(self, step):  # what a step sends, piece by piece
        pieces, sent = [], step.get("send", [])
        for text in reversed(sent if isinstance(sent, list) else [sent]):
            piece = self.fill(text)
            length = len(piece.partition(b"\r\n\r\n")[2]) or sum(map(len, pieces))
            pieces.insert(0, piece.replace(b"{length}", b"%d" % length, 1))
        post = {"method": "POST", "path": "{path}", "body": "", "headers": {}, **step.get("post", {})}
        body = as_call(step["call"], step.get("params", [])) if "call" in step else self.fill(post["body"])
        added = {"Host": self.host, "Content-Type": "text/xml", "Content-Length": len(body)}
        given = {name.lower() for name in post["headers"]}
        lines = post["headers"] | {name: text for name, text in added.items() if name.lower() not in given}
        head = "".join(f"{name}: {text}\r\n" for name, text in lines.items())
        return pieces or [self.fill(f"{post['method']} {post['path']} HTTP/1.1\r\n{head}\r\n") + body]

    def connect(self, within):
        if not self.options.unix_socket:
            return Connection(socket.create_connection(self.address, within))
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(within)
        sock.connect(self.options.unix_socket)
        return Connection(sock)

    def connection(self, name, deadline):  # the one of this name, opened anew if the target closes it
        if known := self.connections.get(name):
            known.deadline = time.monotonic() + len(select.select([known.sock], [], [], 0)[0])  # no wait for nothing
            if not known.leaving and not known.has_ended():
                return known
            known.sock.close()
        self.connections[name] = self.connect(max(0.001, deadline - time.monotonic()))
        return self.connections[name]

    def run_step(self, step, pieces):
        deadline = time.monotonic() + self.options.timeout
        for _ in range(2):
            connection = self.connection(step.get("on"), deadline)
            final = "send" in step or not connection.used
            answer = connection.ask(pieces, deadline)
            if answer or final:
                break
        for number, expected in enumerate(step.get("expect", [step])):
            judge(expected, connection, connection.answer(pieces[0]) if number else answer)

    def run(self, steps):
        try:
            for self.step, pieces in [(step, self.pieces(step)) for step in steps]:
                time.sleep(self.step.get("wait", 0))
                if "wait" not in self.step:
                    self.run_step(self.step, pieces)
        finally:
            for connection in self.connections.values():
                connection.sock.close()
            self.delete(key for key in self.keys.values() if key != "")

    def call(self, within, method, *params):  # the answer to one of the runner's own, on a connection of its own
        connection = self.connect(within)
        with connection.sock:
            return connection.ask(self.pieces({"call": method, "params": params}), time.monotonic() + within)

    def all_keys(self):  # what getKeys answers
        answer = self.call(self.options.timeout, "cache.getKeys") or check(False, "closed without an answer")
        keys = read_xml(answer[2])[1]
        check(answer[0] == 200 and isinstance(keys, list) and {str}.issuperset(map(type, keys)), "no list of keys")
        return keys

    def delete(self, keys):
        with contextlib.suppress(*FAILURES):
            for key in keys:
                self.call(2, "cache.delete", key)

def run(options, cases):
    """Runs cases, and writes what comes of them; the exit status."""
    prefix, verdicts, unjudged, late = "kit-" + secrets.token_hex(4), set(), "", 0
    write = functools.partial(print, file=options.out, flush=True)
    write(json.dumps({"type": "run", "format": "1.0", "runner": "runner.py 1.0", "spec": options.spec, "run": prefix,
                      "target": options.url or f"unix:{options.unix_socket}",
                      "options": {key: vars(options)[key] for key in ("strict", "allow", "timeout")}}))
    for case in cases:
        carried, needs = Case(options, prefix, case["id"]), case.get("needs", [])
        verdict, problem = "skipped", unjudged
        try:
            if "restart" in needs or not set(options.allow).issuperset(needs):
                problem, late = "it needs what was not allowed, or cannot be had", 0
            elif "exclusive" in needs and options.is_cache and not unjudged and carried.all_keys() != []:
                problem, late = "the cache is not empty", 0
            elif not unjudged:
                carried.run(json.loads(json.dumps(case["steps"]), object_hook=carried.resolve))
                verdict, late = "passed", 0
        except FAILURES as error:
            problem, late = f"{carried.step}: {error}", late + 1 if isinstance(error, TimeoutError) else 0
            failed = "failed" if options.strict or case["level"] == "must" else "warned"
            verdict = "blocked" if "setup" in carried.step else failed
            unjudged = "the target does not answer any more"
            with contextlib.suppress(OSError):
                carried.connect(options.timeout).sock.close()
                unjudged = unjudged if late == 3 else ""
        verdicts.add(verdict)
        write(json.dumps({"type": "case", "verdict": verdict, "problem": problem} | {
            key: case.get(key, []) for key in ("id", "suite", "title", "level", "cites", "needs")}))
    with contextlib.suppress(*FAILURES):
        cleaner = Case(options, prefix, "")
        cleaner.delete(key for key in (cleaner.all_keys() if options.is_cache else []) if key.startswith(prefix))
    status = 3 if unjudged else 1 if verdicts & {"failed", "blocked"} else 0
    write(json.dumps({"type": "end", "status": status, **({"unjudged": unjudged} if unjudged else {})}))
    return status

def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--url")
    where.add_argument("--unix-socket")
    parser.add_argument("--fixtures", type=pathlib.Path, default=FIXTURES, help="folder of cases")
    parser.add_argument("--spec", choices=["1.0", "1.1"], default="1.0")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--allow", default=[], type=lambda needs: needs.replace("all", ALL_NEEDS).split(","))
    parser.add_argument("--timeout", type=float, default=10)
    parser.add_argument("--out", type=argparse.FileType("w", encoding="utf-8"), default="-")
    parser.add_argument("ids", nargs="*", metavar="ID", help="of the cases to run, if not all")
    options = parser.parse_args()
    files = [json.loads(path.read_bytes()) for path in sorted(options.fixtures.rglob("*.json"))
             if path.relative_to(options.fixtures).parts[0] not in ("schema", "matching")]
    options.is_cache = {file.get("namespace", "cache") for file in files} == {"cache"}  # else nobody knows its keys
    return run(options, [
        {**case, "suite": file["suite"]} for file in files for case in file.get("cases", [])
        if options.spec in case.get("specs", options.spec) and (not options.ids or case["id"] in options.ids)
        and case.get("socket") != ("inet" if options.unix_socket else "unix") and "credentials" not in case])

if __name__ == "__main__":
    sys.exit(main())
