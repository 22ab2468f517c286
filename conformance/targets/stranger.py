"""An honest cache on another stack: Python's xmlrpc.server, with its own marshaller and multicall.

usage: stranger.py MODE PORT SPEC, or stranger.py --list

In each mode it answers in one way that a supervisord does not, and that the documents of the cache, XML-RPC and HTTP
allow; or, where the name begins with "wrong-", that one of them forbids. SPEC is 1.0 or 1.1.
"""

import io
import re
import socketserver
import sys
import time
import xml.etree.ElementTree
from xmlrpc.client import Fault
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer

sys.setrecursionlimit(10_000)  # Python's writers of XML descend into what is nested


def refused(code, text):
    def refuse(*_):
        raise Fault(code, text)
    return refuse


def replaced(pattern, by):
    return lambda text: re.sub(pattern, by, text)


def declared(encoding, errors="strict"):
    return lambda text: text.replace("?>", f" encoding='{encoding}'?>", 1).encode(encoding, errors)


def members_reversed(text):
    root = xml.etree.ElementTree.fromstring(text)
    for struct in root.iter("struct"):
        struct[:] = reversed(struct)
    return xml.etree.ElementTree.tostring(root)


def in_head(pattern, by):
    return lambda head, body: [re.sub(pattern, by, head) + body]


def after_head(lines):
    return lambda head, body: [head[:-2] + lines + b"\r\n" + body]


def without_length(head):
    return re.sub(rb"Content-length: \d+\r\n", b"", head)


def chunks(body):
    size = len(body) // 3 + 1
    pieces = [body[i:i + size] for i in range(0, len(body), size)]
    return [*(b"%x ;a=\"b\"\r\n%s\r\n" % (len(piece), piece) for piece in pieces), b"0\r\nX-Sum: 1\r\n\r\n"]


def status_if(part, status):
    """Another status where the body has this in it."""
    return lambda head, body: [(head.replace(b"200 OK", status) if part in body else head) + body]


# bad_key, missing, delete_missing: what comes of a call that asks for it; version, order, fetched: of one that is
# right; xml: the answer's text, into text or bytes; wire: head and body, into pieces that are written apart;
# protocol; idle: how many seconds a connection waits for another call; close: or whether it is closed after each;
# threads; typed: dates and base64 as Python's own types; without: methods; more: methods.
MODES = {
    "plain": {},
    "other-faults": {"bad_key": refused(1, "ValueError"), "missing": refused(-404, "")},
    "other-key-order": {"order": lambda keys: sorted(keys, reverse=True)},
    "other-version": {"version": "3.0-beta"},
    "extra-methods": {"more": {"cache.touch": lambda key: True, "stats.uptime": lambda: 1.5, "ping": lambda: 1}},
    "no-multicall": {"without": ["system.multicall"]},
    "no-introspection": {"without": ["system.listMethods", "system.methodHelp", "system.methodSignature"]},
    "missing-is-nil": {"missing": lambda: None},
    "missing-is-empty": {"missing": lambda: ""},
    "missing-is-false": {"missing": lambda: False},
    "delete-missing-is-false": {"delete_missing": lambda: False},
    "delete-missing-is-a-fault": {"delete_missing": refused(10, "BAD_NAME")},

    "i4": {"xml": replaced(r"(</?)int>", r"\1i4>")},
    "plus-and-zeros": {"xml": replaced(r"<int>(\d)", r"<int>+00\1")},
    "untyped-strings": {"xml": replaced(r"</?string>", "")},
    "comments-and-white-space": {"xml": replaced(r">(?<!<string>)(?<!<name>)<", ">\r\n <!-- <int> -->\t<")},
    "other-member-order": {"xml": members_reversed},
    "cdata": {"xml": replaced(r"<string>([^&<]+)<", r"<string><![CDATA[\1]]><")},
    "references": {"xml": declared("us-ascii", "xmlcharrefreplace")},
    "doubles-with-exponents": {"xml": replaced(r"<double>([^<]*)", lambda m: f"<double>{float(m[1]):.17e}")},
    "doubles-with-zeros": {"xml": replaced(r"<double>(-?)(\d+\.\d+)<", r"<double>\g<1>0\g<2>00<")},
    "doubles-with-plus": {"xml": replaced(r"<double>(?=\d)", "<double>+")},
    "dates-written-anew": {"typed": True},
    "no-declaration": {"xml": replaced(r"^<\?.*\?>\s*", "")},
    "encoding-utf-8": {"xml": declared("UTF-8")},
    "encoding-latin-1": {"xml": declared("iso-8859-1", "xmlcharrefreplace")},
    "encoding-utf-16": {"xml": declared("utf-16")},
    "byte-order-mark": {"xml": lambda text: "\ufeff" + text},
    "doctype": {"xml": replaced(r"\?>", "?><!DOCTYPE methodResponse><?a b?>")},

    "http-1.0": {"protocol": "HTTP/1.0"},
    "http-1.0-keep-alive": {"wire": in_head(rb"^HTTP/1.1(.*\n)", rb"HTTP/1.0\1connection: Keep-Alive\r\n")},
    "until-close": {"close": True, "wire": lambda head, body: [without_length(head) + body]},
    "chunked": {"wire": lambda head, body: [after_head(b"transfer-encoding: Chunked\r\n")(without_length(head), b"")[0],
                                            *chunks(body)]},
    "connection-close": {"close": True, "wire": after_head(b"Connection: x, Close\r\n")},
    "closes-unannounced": {"close": True},
    "closes-idle-connections": {"idle": 0.002},
    "keep-alive-headers": {"wire": after_head(b"Connection: keep-alive\r\nKeep-Alive: timeout=5, max=100\r\n")},
    "lower-case-headers": {"wire": in_head(rb"\n[^:]*:", lambda match: match[0].lower())},
    "charset": {"wire": in_head(b"text/xml", b"text/xml; charset=utf-8")},
    "no-reason": {"wire": in_head(b" OK", b" ")},
    "head-then-body": {"wire": lambda head, body: [head, body[:9], body[9:]]},
    "interim-answers": {"wire": lambda head, body: [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\n"
                                                    b"Link: </a>\r\n\r\n" + head + body]},
    "bad-xml-is-422": {"wire": status_if(b"xml.parsers.expat.ExpatError", b"422 Unprocessable Content")},
    "one-thread": {"threads": False, "idle": 0.05},

    "wrong-trims": {"fetched": lambda value: value.strip() if isinstance(value, str) else value},
    "wrong-no-faults": {"bad_key": lambda: False},
    "wrong-fault-is-500": {"wire": status_if(b"<fault>", b"500 Internal Server Error")},
    "wrong-space-in-int": {"xml": replaced(r"<int>", "<int> ")},
    "wrong-dashes-in-dates": {"xml": replaced(r"(<date.*>\d{4})(\d\d)(\d\dT)", r"\1-\2-\3")},
    "wrong-folded-headers": {"wire": in_head(b"text/xml", b"\r\n text/xml; a=b:c")},
    "wrong-length-and-chunks": {"wire": lambda head, body: [after_head(b"Transfer-Encoding: chunked\r\n")(head, b"")[0],
                                                            *chunks(body)]},
}
if sys.argv[1:] == ["--list"]:
    print(*MODES, sep="\n")
    sys.exit()
NAME, PORT, SPEC = sys.argv[1], int(sys.argv[2]), sys.argv[3]
MODE = MODES[NAME]
values = {}


class Cache:
    def getAPIVersion(self):
        """The version of this interface."""
        return MODE.get("version", "0.2")

    def getKeys(self):
        """The keys of what is stored."""
        return MODE.get("order", sorted)(values)

    def getCount(self):
        """How many values are stored."""
        return len(values)

    def store(self, key, value):
        """Keeps a value."""
        if not isinstance(key, str) or not key:
            return MODE.get("bad_key", refused(10, "BAD_NAME"))()
        if SPEC == "1.0" and not isinstance(value, str):
            raise Fault(2, "INCORRECT_PARAMETERS")
        values[key] = value
        return True

    def fetch(self, key):
        """What was stored."""
        if not isinstance(key, str) or not key:
            return MODE.get("bad_key", refused(10, "BAD_NAME"))()
        if key not in values:
            return MODE.get("missing", refused(10, "BAD_NAME"))()
        return MODE.get("fetched", lambda value: value)(values[key])

    def delete(self, key):
        """Forgets a value."""
        if not isinstance(key, str) or not key:
            return MODE.get("bad_key", refused(10, "BAD_NAME"))()
        if key not in values:
            return MODE.get("delete_missing", lambda: True)()
        del values[key]
        return True

    def clear(self):
        """Forgets all values."""
        values.clear()
        return True


class Handler(SimpleXMLRPCRequestHandler):
    protocol_version = MODE.get("protocol", "HTTP/1.1")
    disable_nagle_algorithm = True

    has_served = False

    def handle_one_request(self):
        self.connection.settimeout(MODE.get("idle") if self.has_served else None)
        try:
            self.rfile.peek(1)
        except OSError:
            self.close_connection = True
            return
        self.connection.settimeout(None)
        self.has_served = True
        super().handle_one_request()

    def do_POST(self):
        connection, self.wfile = self.wfile, io.BytesIO()
        super().do_POST()
        answer, self.wfile = self.wfile.getvalue(), connection
        end = answer.index(b"\r\n\r\n") + 4
        pieces = MODE.get("wire", lambda head, body: [head + body])(answer[:end], answer[end:])
        for number, piece in enumerate(pieces):
            time.sleep(0.0002 if number else 0)
            self.wfile.write(piece)
            self.wfile.flush()
        self.close_connection = self.close_connection or "close" in MODE

    def log_message(self, *_):
        pass


class Server(SimpleXMLRPCServer):
    def _marshaled_dispatch(self, *arguments):
        answer = MODE.get("xml", str)(super()._marshaled_dispatch(*arguments).decode())
        return answer.encode() if isinstance(answer, str) else answer


class ThreadingServer(socketserver.ThreadingMixIn, Server):
    daemon_threads = True


server = (ThreadingServer if MODE.get("threads", True) else Server)(
    ("127.0.0.1", PORT), Handler, allow_none="missing" in MODE, use_builtin_types=MODE.get("typed", False))
server.register_introspection_functions()
server.register_multicall_functions()
for method in ["getAPIVersion", "getKeys", "getCount", "store", "fetch", "delete", "clear"]:
    server.register_function(getattr(Cache(), method), "cache." + method)
server.funcs.update(MODE.get("more", {}))
for method in MODE.get("without", []):
    del server.funcs[method]
server.serve_forever()
