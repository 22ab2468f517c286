#!/usr/bin/env python3
"""A second runner of the fixtures, written from fixtures/README.md alone, to be read by who writes another.

It shares nothing with the conformance suite, and takes the files to be as the format demands.
"""
import argparse, base64, collections, contextlib, hashlib, itertools, json, os, pathlib, random, re, secrets, select
import signal, socket, subprocess, sys, tempfile, time, urllib.parse, xml.etree.ElementTree
from xml.parsers import expat

NEEDS = ("exclusive", "restart", "heavy", "hostile", "slow")
MAX_HEAD, MAX_BODY, MAX_INTERIM, MAX_DEPTH, MAX_ELEMENTS, MAX_MATCHED = 65536, 64 << 20, 10, 1000, 1_000_000, 4096
HEAD, CHUNK = re.compile(rb"((?!\r?\n)[^\n]*\n)*\r?\n"), re.compile(rb"0*([0-9A-Fa-f]{1,16})[ \t]*(;[^\n]*)?\r?\n")
INTEGER, TEXT, SPACE = "[+-]?[0-9]+", "[^<]*", "[ \t\r\n]*"
CONTENTS = {  # what an element holds: text, or elements (after a <)
    "methodResponse": "<params|<fault", "params": "<param", "param": "<value", "fault": "<value", "array": "<data",
    "data": SPACE + "|(<value)+", "struct": SPACE + "|(<member)+", "member": "<name<value|<value<name", "name": TEXT,
    "value": TEXT + r"|<(int|i4|i8|boolean|double|string|dateTime\.iso8601|base64|array|struct|nil)",
    "int": INTEGER, "i4": INTEGER, "i8": INTEGER, "boolean": "[01]", "string": TEXT, "dateTime.iso8601": TEXT,
    "double": r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|nan|[+-]?inf",
    "base64": "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", "nil": ""}
FITS_ONLY = {**dict.fromkeys(("[]", "$$own", "$$ownInOrder", "$$includes", "$$excludes", "$$batch"), "array"),
             **dict.fromkeys(("{}", "$struct", "$$has", "$$fault"), "struct"), "$$matches": "string"}
Reply = collections.namedtuple("Reply", "status headers body")

class Wrong(Exception):
    """What is not as it should be; kind: "closed" (without a byte), "timeout", "unreachable", or none of these."""
    def __init__(self, text, kind=""):
        super().__init__(text)
        self.kind = kind

class Stopped(Exception):
    """The run cannot go on to its end."""

def check(holds, text, kind=""):
    if not holds:
        raise Wrong(text, kind)

# Values: a string is bytes, an array a list, an int or a boolean itself, any other a pair of its type and its content.

def notation(value):
    """The notation that a value is in ("[]" an array, "{}" a struct, "" itself), and what that holds."""
    key = next(iter(value)) if isinstance(value, dict) and len(value) == 1 else ""
    return (key, value[key]) if key.startswith("$") else ({list: "[]", dict: "{}"}.get(type(value), ""), value)

class Names:
    """What the notations stand for in one case of one run."""
    def __init__(self, prefix, case):
        self.own, number = f"{prefix}.{case}.".encode(), random.Random(prefix).randint(1_500_000_000, 2_147_483_646)
        self.improbable = {"int": number, "double": ("double", f"{number}.5")}

    def value(self, value):
        key, held = notation(value)
        match key:
            case "": return held.encode() if isinstance(held, str) else held
            case "[]": return list(map(self.value, held))
            case "{}": return "struct", [(name.encode(), self.value(member)) for name, member in held.items()]
            case "$struct": return "struct", [(self.value(name), self.value(member)) for name, member in held]
            case "$key": return self.own + held.encode()
            case "$hex": return bytes.fromhex(held)
            case "$repeat": return self.value(held[0]) * held[1]
            case "$concat": return b"".join(map(self.value, held))
            case "$improbable": return self.improbable[held]
        return key[1:], held

def kind_of(value):
    return {bool: "boolean", int: "int", bytes: "string", list: "array"}.get(type(value)) or value[0]

def escaped(text):
    return re.sub(rb"[&<>\r]", lambda found: b"&#%d;" % ord(found[0]), text)

def as_xml(value):
    """The <value>."""
    match kind := kind_of(value):
        case "nil": return b"<value><nil/></value>"
        case "string": held = escaped(value)
        case "int" | "boolean": held = b"%d" % value
        case "array": held = b"<data>%s</data>" % b"".join(map(as_xml, value))
        case "struct": held = b"".join(b"<member><name>%s</name>%s</member>" % (escaped(name), as_xml(member))
                                       for name, member in value[1])
        case _: held = value[1].encode()
    name = kind.replace("dateTime", "dateTime.iso8601").encode()
    return b"<value><%s>%s</%s></value>" % (name, held, name)

def as_call(method, params):
    return (b'<?xml version="1.0"?><methodCall><methodName>%s</methodName><params>%s</params></methodCall>' % (
        escaped(method), b"".join(b"<param>%s</param>" % as_xml(value) for value in params)))

def keys_of(method, params):
    """The keys that a call names, also in a multicall."""
    params = params if isinstance(params, list) else []
    if method in (b"cache.store", b"cache.fetch", b"cache.delete"):
        return params[:1]
    calls = params[0] if method == b"system.multicall" and params and isinstance(params[0], list) else []
    calls = [dict(call[1]) for call in calls if kind_of(call) == "struct"]
    return [key for call in calls for key in keys_of(call.get(b"methodName"), call.get(b"params"))]

# What is expected

def fits(expected, actual, names):
    """Whether a value is as expected."""
    key, wanted = notation(expected)
    kind, same = kind_of(actual), lambda one, value: fits(one, value, names)
    if kind != FITS_ONLY.get(key, kind):
        return False
    pairs, found = actual[1] if kind == "struct" else [], lambda one: any(same(one, item) for item in actual)
    members, own = dict(pairs), lambda: [item for item in actual if item.startswith(names.own)]
    strings = kind == "array" and all(kind_of(item) == "string" for item in actual)
    match key:
        case "$$own": return strings and sorted(own()) == sorted(names.value({"$key": name}) for name in wanted)
        case "$$ownInOrder": return strings and own() == [names.value({"$key": name}) for name in wanted]
        case "$$includes": return all(map(found, wanted))
        case "$$excludes": return not any(map(found, wanted))
        case "$$has": return all(name.encode() in members and same(one, members[name.encode()])
                                 for name, one in wanted.items())
        case "$$type": return kind == wanted
        case "$$matches":  # only `.` is another for Python: also a carriage return
            pattern = re.sub(rb"(\\.|\[(?:\\.|[^\]\\])*\])|\.", lambda part: part[1] or rb"[^\n\r]", wanted.encode())
            return len(actual) <= MAX_MATCHED and bool(re.fullmatch(pattern, actual))
        case "$$oneOf": return any(same(one, actual) for one in wanted)
        case "$$fault": return len(members) == 2 and fault_fits(wanted, actual, names)
        case "$$batch": return len(actual) == len(wanted) and all(
            same(one, item) or notation(one)[0] != "$$fault" and same([one], item) for one, item in zip(wanted, actual))
        case "[]": return len(actual) == len(wanted) and all(map(same, wanted, actual))
        case "{}": return len(members) == len(wanted) and same({"$$has": wanted}, actual)
        case "$struct": return len(pairs) == len(wanted) and all(
            names.value(name) == other and same(one, value) for (name, one), (other, value) in zip(wanted, pairs))
    value = names.value(expected)
    if kind == kind_of(value) == "double":  # Python writes each in one way: -0.0 and nan, too
        return repr(float(value[1])) == repr(float(actual[1]))
    return kind == kind_of(value) and value == actual

def fault_fits(expected, fault, names):
    """Whether a value is a fault, and as expected."""
    pairs, parts = fault[1] if kind_of(fault) == "struct" else [], {"code": b"faultCode", "string": b"faultString"}
    expected, members = {} if expected is True else expected, dict(pairs)
    others = [name.decode() for name, _ in pairs if name not in parts.values()]
    return ([type(members.get(name)) for name in parts.values()] == [int, bytes]
            and expected.get("others", others) == others
            and all(fits(expected[key], members[name], names) for key, name in parts.items() if key in expected))

def judge(expected, connection, reply, names):
    """Ends with what is Wrong, if anything is: the reply may be that itself."""
    wrong = reply if isinstance(reply, Wrong) else None
    for one in expected.get("oneOf", []):
        with contextlib.suppress(Wrong):
            return judge(one, connection, reply, names)
    told, http = expected.keys() & {"value", "fault", "setup"}, expected.get("http", {})
    if not told and "http" not in expected:  # it is closed alone, or no case of oneOf holds
        if wrong and wrong.kind == "closed" and "closed" in expected:
            return
        raise wrong or Wrong(f"an answer of status {reply.status} is not what may come")
    if wrong:
        raise wrong
    check(fits(http.get("status", 200 if told else reply.status), reply.status, names), f"the status is {reply.status}")
    for name, text in http.get("headers", {}).items():
        came = [value for key, value in reply.headers if key == name.lower()]
        check(came and fits(text, came[0], names), f"the header {name} is {came[:1]}, not {text}")
    if told:
        is_fault, value = read_xml(reply.body)
        check("fault" in expected and fault_fits(expected["fault"], value, names) if is_fault else
              "setup" in expected or "value" in expected and fits(expected["value"], value, names),
              f"not as expected: {as_xml(value)[:500].decode(errors='backslashreplace')}")
    check("closed" not in expected or not connection.came and not connection.more(), "not closed after the answer")

# Answers

def read_xml(body):
    """Whether it is a fault, and the value."""
    parser, builder, elements = expat.ParserCreate(), xml.etree.ElementTree.TreeBuilder(), itertools.count(1)
    def start(name, _attributes):
        check(next(elements) <= MAX_ELEMENTS, "too many elements")
        builder.start(name, {})
    parser.StartElementHandler = start
    parser.EndElementHandler, parser.CharacterDataHandler = builder.end, builder.data
    parser.ExternalEntityRefHandler, parser.SkippedEntityHandler = lambda *_: 0, lambda *_: check(False, "an entity")
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise Wrong(f"no well-formed XML: {error}") from error
    check((root := builder.close()).tag == "methodResponse", "no <methodResponse>")
    return read_element(root)

def read_element(element, depth=0):
    """What it stands for: a value, or (a <member>) a name and a value, or whether it is a fault, and the value."""
    name, text, depth = element.tag, element.text or "", depth + (element.tag == "value")
    if len(element):
        text = "".join([text, *(child.tail or "" for child in element)]).strip(" \t\r\n")
        text += "".join(f"\0{child.tag}" for child in element)
    text = re.sub(SPACE, "", text) if name == "base64" else text
    check(re.fullmatch(CONTENTS[name].replace("<", "\0"), text), f"<{name}> holds {text[:80]!r}")
    check(depth <= MAX_DEPTH, "too many levels")
    held = [read_element(child, depth) for child in element]
    match name:
        case "methodResponse": return element[0].tag == "fault", held[0]
        case "fault": check(fault_fits(True, held[0], None), "a <fault> without faultCode and faultString")
        case "data": return held
        case "struct": return "struct", held
        case "member": return tuple(held if element[0].tag == "name" else reversed(held))
        case "int" | "i4":
            check(-2**31 <= float(text) < 2**31, "an int of more than 32 bits")
            return int(float(text))
        case "boolean": return text == "1"
        case "nil": return "nil", True
        case "double" | "i8" | "base64" | "dateTime.iso8601": return name.partition(".")[0], text
    return held[0] if held else text.encode()

def read_http(came, ended, method):
    """An answer and where it ends; None if it is not complete."""
    end = 0
    for _ in range(MAX_INTERIM + 1):
        head = HEAD.match(came, end)
        if not head or head.end() - end > MAX_HEAD:
            return check(len(came) - end <= MAX_HEAD, "more than 64 KiB of head")
        first, *lines = re.split(rb"\r?\n", head[0])[:-1]
        start = re.fullmatch(rb"HTTP/1\.[01] ([0-9]{3})( .*)?", first)
        fields = [re.fullmatch(rb"([^\s:]+):[ \t]*(.*?)[ \t]*", line) for line in lines[:-1]]
        check(start and all(fields), "no HTTP")
        end, status = head.end(), int(start[1])
        headers = [(field[1].lower().decode("latin-1"), field[2]) for field in fields]
        if status // 100 != 1:
            break
    check(status // 100 != 1, "more than ten interim answers")
    codings = {value.lower() for name, value in headers if name == "transfer-encoding"}
    lengths = {value for name, value in headers if name == "content-length"}
    body = b""
    if method == b"HEAD" or status in (204, 304):
        pass
    elif codings:
        check(codings == {b"chunked"} and not lengths, "a Transfer-Encoding that is not chunked, or a length beside it")
        while (chunk := CHUNK.match(came, end)) and (size := int(chunk[1], 16)):
            end = chunk.end() + size
            body += came[chunk.end():end]
            check(len(body) <= MAX_BODY and re.match(rb"\r?\n|\r?\Z", came[end:end + 2]), "too long, or a bad chunk")
            end = came.find(b"\n", end) + 1 or len(came)
        if not (head := chunk and HEAD.match(came, chunk.end())):
            return check(chunk or len(came) - end <= MAX_HEAD and b"\n" not in came[end:], "a bad chunk")
        end = head.end()
    elif lengths:
        check(len(lengths) == 1 and re.fullmatch(rb"[0-9]{1,20}", *lengths), "no Content-Length")
        check(int(*lengths) <= MAX_BODY, "a body of more than 64 MiB")
        end, body = end + int(*lengths), came[end:end + int(*lengths)]
    else:
        check(len(came) - end <= MAX_BODY, "a body of more than 64 MiB")
        end, body = len(came) + (not ended), came[end:]
    return (Reply(status, headers, bytes(body)), end) if end <= len(came) else None

class Connection:
    """A connection, or (without a socket) what came from one."""
    def __init__(self, sock, came=b"", ended=False):
        self.sock, self.came, self.ended, self.deadline = sock, bytearray(came), ended, 0
        self.used = self.leaving = False  # leaving: the target said that it would close it
    def more(self):
        """Reads on; False at the end."""
        left = max(0, self.deadline - time.monotonic())
        ready = self.ended or self.sock and select.select([self.sock], [], [], left)[0]
        check(ready, "no complete answer in time", "timeout")
        with contextlib.suppress(ConnectionError):  # a reset is an end, too
            came, self.came = len(self.came), self.came + (b"" if self.ended else self.sock.recv(1 << 20))
            self.ended = len(self.came) == came
            return not self.ended
        self.ended = True
        return False
    def send(self, pieces, deadline):
        self.used, self.deadline = True, deadline
        with contextlib.suppress(OSError):  # what does not read on may have answered all the same
            for number, piece in enumerate(pieces):
                time.sleep(0.005 if number else 0)
                self.sock.settimeout(max(0, deadline - time.monotonic()))
                self.sock.sendall(piece)
    def answer(self, method=b"POST"):
        """A Reply, or what is Wrong."""
        try:
            while not (found := read_http(self.came, self.ended, method)):
                check(not self.ended, "the connection was closed within an answer", "" if self.came else "closed")
                self.more()
        except Wrong as wrong:
            return wrong
        self.came, told = self.came[found[1]:], [value for name, value in found[0].headers if name == "connection"]
        self.leaving = b"close" in re.split(rb"[ \t,]+", b",".join(told).lower())
        return found[0]

class Target:
    """Where requests go: what runs already, or what is started here."""
    def __init__(self, options):
        self.command, path, url, self.process = options.spawn, options.unix_socket, options.url, None
        self.timeout, self.user, self.password = options.timeout, options.username, os.environ.get(options.password_env)
        if "{socket}" in (self.command or ""):
            self.folder = tempfile.TemporaryDirectory()
            path = self.folder.name + "/socket"
        elif self.command:
            with socket.create_server(("127.0.0.1", 0)) as free:
                url = f"http://127.0.0.1:{free.getsockname()[1]}/RPC2"
        parts = urllib.parse.urlsplit("http://localhost/RPC2" if path else url)
        self.address, self.name = path or (parts.hostname, parts.port or 80), f"unix:{path}" if path else url
        self.host, self.path = parts.netloc.encode(), parts.path.encode() or b"/RPC2"
        self.command = self.command and self.command.replace("{socket}", path or "").replace("{port}", str(parts.port))
    def connect(self, within):
        try:
            if not isinstance(self.address, str):
                return Connection(socket.create_connection(self.address, within))
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(within)
            sock.connect(self.address)
            return Connection(sock)
        except OSError as error:
            raise Wrong(f"no connection: {error}", "timeout" if isinstance(error, TimeoutError) else "unreachable")
    def authorization(self, who=None):
        pair = f"{self.user}:{self.password}{'-wrong' if who == 'wrong' else ''}".encode()
        return b"" if self.user is None or who == "nobody" else b"Authorization: Basic %s\r\n" % base64.b64encode(pair)
    def request(self, body, method=b"POST", path=None, headers={}, who=None):
        """The bytes of a request."""
        given = set(map(str.lower, headers))
        added = {"Host": self.host, "Content-Type": b"text/xml", "Content-Length": b"%d" % len(body)}
        lines = [*headers.items(), *((name, value) for name, value in added.items() if name.lower() not in given)]
        head = b"".join(b"%s: %s\r\n" % (name.encode(), value) for name, value in lines)
        head += b"" if "authorization" in given else self.authorization(who)
        return b"%s %s HTTP/1.1\r\n%s\r\n%s" % (method, path or self.path, head, body)
    def call(self, within, method, *params):
        """A call of the runner's own, on a connection of its own: a Reply, or what is Wrong."""
        try:
            with (connection := self.connect(within)).sock:
                connection.send([self.request(as_call(method, params))], time.monotonic() + within)
                return connection.answer()
        except Wrong as wrong:
            return wrong
    def start(self):
        """Starts it, or starts it again."""
        self.stop()
        if isinstance(self.address, str):
            pathlib.Path(self.address).unlink(missing_ok=True)
        until = time.monotonic() + 20
        self.process = subprocess.Popen(self.command, shell=True, stdout=2,
                                        start_new_session=True, stdin=subprocess.DEVNULL)
        while isinstance(self.call(2, b"cache.getAPIVersion"), Wrong):
            if self.process.poll() is not None or time.monotonic() > until:
                raise Stopped("the target did not start")
            time.sleep(0.02)
    def stop(self):
        """Ends all of its process group, also what its first process left behind."""
        with contextlib.suppress(ProcessLookupError):
            for attempt in range(500 if self.process else 0):
                os.killpg(self.process.pid, {0: signal.SIGTERM, 250: signal.SIGKILL}.get(attempt, 0))
                self.process.poll()
                time.sleep(0.02)
    def accepts(self):
        with contextlib.suppress(Wrong):
            return not self.connect(self.timeout).sock.close()
    def ended(self):
        """The exit status, if it was started here and has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process and self.process.wait(0.05 if self.accepts() else 1)  # it may be about to end

class Case(Names):
    """The steps of a case, carried out on connections of its own."""
    def __init__(self, case, prefix, target):
        super().__init__(prefix, case["id"])
        self.target, self.keys, self.connections = target, [], {}
        self.steps = [(step, self.request(step, step.get("as"))) for step in case["steps"]]
    def fill(self, value):
        """The bytes of a string in which words in braces stand for others."""
        words = {b"path": self.target.path, b"host": self.target.host, b"authorization": self.target.authorization()}
        word = lambda found: self.own + found[2] if found[2] else words.get(found[1], found[0])
        return re.sub(rb"\{(key:([^{}]+)|[a-z]+)\}", word, self.value(value))
    def request(self, step, who):
        """The bytes to send, piece by piece; notes the keys that they name."""
        if "call" in step:
            method, params = step["call"].encode(), self.value(step.get("params", []))
            self.keys += keys_of(method, params)
            return [self.target.request(as_call(method, params), who=who)]
        for name in re.findall(r'(?:"\$key": "|\{key:)([^"{}]+)', json.dumps([step.get("post"), step.get("send")])):
            self.keys.append(self.value({"$key": json.loads(f'"{name}"')}))
        if "post" in step:
            post = {"method": "POST", "path": "{path}", "headers": {}, "body": "", **step["post"]}
            method, path, body = map(self.fill, (post["method"], post["path"], post["body"]))
            headers = {name: self.fill(value) for name, value in post["headers"].items()}
            return [self.target.request(body, method, path, headers, who)]
        sent, pieces = step.get("send", []), []
        for piece in reversed(list(map(self.fill, sent if isinstance(sent, list) else [sent]))):
            length = len(piece.partition(b"\r\n\r\n")[2]) or sum(map(len, pieces))
            pieces.insert(0, piece.replace(b"{length}", b"%d" % length, 1))
        return pieces
    def run_step(self, step, pieces):
        if "wait" in step:
            return time.sleep(step["wait"])
        if "restart" in step:
            self.close()
            return self.target.start()
        deadline, method, anew = time.monotonic() + self.target.timeout, b"".join(pieces).partition(b" ")[0], False
        while True:
            connection = self.connection(step.get("on"), anew, deadline)
            anew = connection.used and "send" not in step
            connection.send(pieces, deadline)
            reply = connection.answer(method)
            if not anew or getattr(reply, "kind", "") != "closed":
                break
        for number, expected in enumerate(step.get("expect", [step])):
            judge(expected, connection, connection.answer(method) if number else reply, self)
    def connection(self, name, anew, deadline):
        """The one of this name, as it is or opened anew."""
        known = self.connections.get(name)
        if known and not (anew or known.leaving):
            known.deadline = 0
            with contextlib.suppress(Wrong):  # nothing has come, as it should be
                known.more()
            check(not known.came, "bytes that nobody asked for came before")
            anew = known.ended
        if known and (anew or known.leaving):
            known.sock.close()
            known = None
        self.connections[name] = known or self.target.connect(max(0.01, deadline - time.monotonic()))
        return self.connections[name]
    def close(self):
        while self.connections:
            self.connections.popitem()[1].sock.close()

class Run:
    """A run of cases, which writes what comes of them."""
    def __init__(self, options, target):
        self.options, self.target, self.prefix = options, target, "kit-" + (options.run_id or secrets.token_hex(4))
        self.allowed = [need for need in NEEDS if need in options.allow or options.spawn and need != "slow"]
        self.unjudged, self.waits, self.dead = "", 0, False
    def write(self, kind, problem, **keys):
        print(json.dumps({"type": kind, **keys, **problem}), file=self.options.out, flush=True)
    def guarded(self, act, *arguments):
        """What act returns; None if the run cannot go on."""
        try:
            return None if self.unjudged else act(*arguments)
        except (Stopped, KeyboardInterrupt) as stopped:
            self.unjudged = str(stopped) or "it was interrupted"
    def run(self, cases, digest):
        """The exit status."""
        options, began, counts = self.options, time.monotonic(), collections.Counter()
        self.write("run", {}, format="1.0", runner="runner.py 1.0", fixtures=digest, target=self.target.name,
                   spec=options.spec, run=self.prefix,
                   options={"strict": options.strict, "allow": self.allowed, "timeout": options.timeout})
        self.guarded(self.target.start if options.spawn else str)
        for case in cases:
            start = time.monotonic()
            verdict, problem = self.guarded(self.judge, case) or ("skipped", self.unjudged)
            counts[verdict] += 1
            told = {key: case.get(key, []) for key in ("id", "suite", "title", "level", "cites", "needs", "place")}
            self.write("case", {"problem": problem} if problem else {}, **told, verdict=verdict,
                       duration=round(time.monotonic() - start, 6))
            if verdict not in ("passed", "skipped"):
                self.guarded(self.settle, case)
        if not options.spawn:
            keys = self.read_keys()
            strings = [key for key in keys if kind_of(key) == "string"] if isinstance(keys, list) else []
            self.delete(key for key in strings if key.startswith(self.prefix.encode()))
        status = 3 if self.unjudged else 1 if counts["failed"] + counts["blocked"] else 0
        self.write("end", {"unjudged": self.unjudged} if self.unjudged else {}, status=status, counts=+counts,
                   duration=round(time.monotonic() - began, 3))
        print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()), self.unjudged, file=sys.stderr)
        return status
    def judge(self, case):
        """The verdict, and a sentence on what is wrong, if anything is."""
        needs, wrong, number, step = case.get("needs", []), None, 0, {"setup": "the look for keys"}
        missing = [need for need in needs if need not in self.allowed or need == "restart" and not self.options.spawn]
        if missing:
            return "skipped", "it needs what was not allowed or cannot be had: " + ", ".join(missing)
        steps = Case(case, self.prefix, self.target)
        try:
            keys = self.read_keys() if "exclusive" in needs else []
            if keys != [] and self.options.spawn:
                self.target.start()
                keys = self.read_keys()
            check(not isinstance(keys, Wrong), f"getKeys: {keys}", getattr(keys, "kind", ""))
            if keys != []:
                return "skipped", "the cache is not empty"
            for number, (step, pieces) in enumerate(steps.steps, 1):
                steps.run_step(step, pieces)
        except Wrong as error:
            wrong = error
        steps.close()
        self.delete(steps.keys)
        self.waits = self.waits + 1 if wrong and wrong.kind == "timeout" else 0
        if not wrong:
            return "passed", None
        status, below = self.target.ended(), case["level"] != "must" and not self.options.strict
        self.dead = status is not None
        if status or status == 0 and "restart" not in needs:
            return "failed", f"the target has ended by itself; step {number}: {wrong}"
        return "blocked" if "setup" in step else "warned" if below else "failed", f"step {number}: {wrong}"
    def settle(self, case):
        """After a case that did not pass: sees to it that the target can be asked on."""
        if self.options.spawn:
            if self.dead or self.waits or "restart" in case.get("needs", []):
                self.target.start()
        elif self.waits == 3 or not self.target.accepts():
            raise Stopped("the target does not answer any more")
    def read_keys(self):
        """What getKeys answers, if it is an array, or what is Wrong if no HTTP comes."""
        reply = self.target.call(self.target.timeout, b"cache.getKeys")
        with contextlib.suppress(Wrong):
            return reply if isinstance(reply, Wrong) else read_xml(reply.body)[1]
    def delete(self, keys):
        for key in keys:
            if key != b"" and getattr(self.target.call(2, b"cache.delete", key), "kind", ""):
                return

def select_cases(options):
    """The cases to run, and the digest of all files."""
    cases, known, digest, root = [], set(), hashlib.sha256(), options.fixtures
    kind = "unix" if options.unix_socket or "{socket}" in (options.spawn or "") else "inet"
    for name in sorted(path.relative_to(root).as_posix() for path in root.rglob("*.json")):
        if name.startswith(("schema/", "matching/")):
            continue
        text = (root / name).read_bytes()
        digest.update(name.encode() + b"\0" + text + b"\0")
        for case in (suite := json.loads(text)).get("cases", []):
            line = text[:text.find(f'"id": "{case["id"]}"'.encode())].count(b"\n") + 1
            known |= (names := {case["id"], suite["suite"]})
            if (options.spec in case.get("specs", [options.spec]) and case.get("socket", kind) == kind
                    and (options.username or not case.get("credentials")) and names & set(options.ids or names)):
                cases.append({**case, "suite": suite["suite"], "place": {"file": name, "line": line}})
    if not known.issuperset(options.ids):
        raise ValueError(f"no such case or suite: {', '.join(set(options.ids) - known)}")
    return cases, "sha256:" + digest.hexdigest()

def judge_files(options):
    """Judges what is in matching/; the exit status."""
    status = 0
    for path in sorted(options.fixtures.glob("matching/*.json")):
        for judgement in json.loads(path.read_text("utf-8"))["judgements"]:
            names, answer, holds = Names("kit-00000000", judgement["id"]), dict(judgement["answer"]), True
            ended = answer.pop("closes", False) or answer == {"nothing": "closed"}
            (kind, text), = answer.items()
            came = b"" if kind == "nothing" else b"".join(map(names.value, text if isinstance(text, list) else [text]))
            if kind == "result":
                came = b"<methodResponse><params><param><value>%s</value></param></params></methodResponse>" % came
            if kind in ("result", "body"):
                came = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s" % (len(came), came)
            try:
                connection = Connection(None, came, ended)
                judge(judgement["expected"], connection, connection.answer(), names)
            except Wrong:
                holds = False
            print(json.dumps({"type": "judgement", "id": judgement["id"], "holds": holds}), file=options.out)
            status |= holds != judgement["holds"]
    return status

def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    where = parser.add_mutually_exclusive_group(required=True)
    for name in ("--url", "--unix-socket", "--spawn"):
        where.add_argument(name)
    where.add_argument("--matching", action="store_true")
    parser.add_argument("--spec", choices=("1.0", "1.1"))
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--allow", default=[], type=lambda text: NEEDS if text == "all" else text.split(","))
    parser.add_argument("--timeout", type=float, default=10)
    parser.add_argument("--fixtures", type=pathlib.Path, default=pathlib.Path(__file__).parents[1] / "fixtures")
    parser.add_argument("--out", type=argparse.FileType("w", encoding="utf-8"), default="-")
    for name, default in (("--username", None), ("--password-env", ""), ("--run-id", "")):
        parser.add_argument(name, default=default)
    parser.add_argument("ids", nargs="*", metavar="ID", help="of cases or suites, where not all are to run")
    options = parser.parse_args()
    sys.setrecursionlimit(20000)
    if options.matching:
        return judge_files(options)
    if not (options.spec and set(options.allow) <= set(NEEDS) and bool(options.username) == bool(options.password_env)
            and re.fullmatch("([0-9a-f]{8})?", options.run_id) and re.match("http://[^/@]", options.url or "http://a")):
        parser.error("--spec is missing; or --url, --allow or --run-id is wrong; or a name without a password")
    try:
        cases, digest = select_cases(options)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    target, signals = Target(options), (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in signals:
        signal.signal(number, signal.default_int_handler)
    try:
        return Run(options, target).run(cases, digest)
    finally:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        target.stop()

if __name__ == "__main__":
    sys.exit(main())
