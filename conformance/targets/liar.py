"""A server that answers calls of the cache wrongly, in one way for each mode.

usage: liar.py MODE PORT

It keeps its keys in memory, and lies only when a key is fetched, or it is told to
shut down: so the preflight finds nothing, and a case has to. A mode that begins
with "all-" lies about every call. With PORT 0 it takes a free one. When it can
serve it prints its URL. The modes are the methods of Lies.
"""

import itertools
import os
import socketserver
import ssl
import sys
import time
import xmlrpc.client

MODE, PORT = sys.argv[1].removeprefix("all-"), int(sys.argv[2])
LIES_ABOUT_ALL = sys.argv[1].startswith("all-")
MIB = 1024 * 1024

cache = {}
previous = b""
lied = False


def response(value):
    return xmlrpc.client.dumps((value,), methodresponse=True).encode()


def fault(code, text):
    return xmlrpc.client.dumps(xmlrpc.client.Fault(code, text)).encode()


def document(value, doctype=""):
    return (f"<?xml version='1.0'?>\n{doctype}<methodResponse><params><param><value>{value}"
            "</value></param></params></methodResponse>\n").encode()


def honest(method, params):
    if method == "cache.getAPIVersion":
        return response("0.2")
    if method == "cache.getKeys":
        return response(sorted(cache))
    if method == "cache.getCount":
        return response(len(cache))
    if method == "cache.store":
        if not params[0] or not isinstance(params[0], str):
            return fault(10, "BAD_NAME")
        if isinstance(params[1], int):
            return response(1) if MODE == "one" else fault(2, "INCORRECT_PARAMETERS")
        cache[params[0]] = params[1]
        return response(True)
    if method == "cache.delete":
        cache.pop(params[0], None)
        return response(True)
    if method == "cache.fetch" and params[0] in cache:
        return response(cache[params[0]])
    return fault(10, "BAD_NAME")


def http(body, status="200 OK", kind="text/xml", length=None, more=""):
    length = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{more}\r\n".encode() + body


def without_length(body, more=""):
    return f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n{more}\r\n".encode() + body


def endless(start, piece):
    return itertools.chain([start], itertools.repeat(piece))


class Lies:
    """Each gets the true reply. It returns the bytes of an answer; or gives pieces, after which the connection is
    closed; or returns None, and it is closed at once."""

    def honest(self, truth):
        return http(truth)

    one = honest

    # Replies that are wrong.

    def true(self, truth):
        return http(response(True))

    def fault(self, truth):
        return http(fault(1, "UNKNOWN_METHOD"))

    def bare_fault(self, truth):
        return http(b"<methodResponse><fault><value><struct></struct></value></fault></methodResponse>")

    def previous(self, truth):
        global previous
        previous, answer = truth, previous or response("")
        return http(answer)

    def two_values(self, truth):
        return http(truth.replace(b"</param>", b"</param><param><value>x</value></param>"))

    def html(self, truth):
        return http(b"<html><body>hello</body></html>", kind="text/html")

    def gzip(self, truth):
        return http(b"\x1f\x8b" + truth, more="Content-Encoding: gzip\r\n")

    def not_utf_8(self, truth):
        return http(truth.replace(b"v<", b"\xff<"))

    def nul(self, truth):
        return http(truth.replace(b"v<", b"v\0<"))

    # XML that is dear to read.

    def nested(self, truth):
        return http(document("<array><data><value>" * 100_000 + "</value></data></array>" * 100_000))

    def laughs(self, truth):
        entities = "<!ENTITY l0 'lol'>" + "".join(
            f"<!ENTITY l{i} '{f'&l{i - 1};' * 10}'>" for i in range(1, 12))
        return http(document("&l11;", f"<!DOCTYPE methodResponse [{entities}]>"))

    def external_entity(self, truth):
        return http(document("&e;v", f"<!DOCTYPE methodResponse [<!ENTITY e SYSTEM '{URL}'>]>"))

    def external_doctype(self, truth):
        return http(document("&e;v", f"<!DOCTYPE methodResponse SYSTEM '{URL}'>"))

    def long_struct(self, truth):
        member = "<member><name>%d</name><value>x</value></member>"
        return http(document("<struct>" + "".join(member % i for i in range(200_000)) + "</struct>"))

    def long_text(self, truth):
        return http(document("\u00fc" * (30 * MIB)))

    def many_elements(self, truth):
        return http(document("<array><data>" + "<value/>" * (7 * MIB) + "</data></array>"))

    # HTTP that is wrong, or is not at all.

    def error(self, truth):
        return http(truth, status="500 Internal Server Error")

    def redirect(self, truth):
        return http(b"", status="302 Found", more="Location: /elsewhere\r\n")

    def too_long(self, truth):
        yield http(truth, length=len(truth) + 10)
        yield from self.nothing_more()

    def too_long_and_closed(self, truth):
        yield http(truth, length=len(truth) + 10)

    def too_short(self, truth):
        return http(truth, length=len(truth) - 10)

    def no_length_and_closed(self, truth):
        yield without_length(truth, "Connection: close\r\n")

    def no_length(self, truth):
        yield without_length(truth)
        yield from self.nothing_more()

    def wrong_version(self, truth):
        return http(truth).replace(b"HTTP/1.1", b"HTTP/2.0")

    def garbage(self, truth):
        yield b"SSH-2.0-OpenSSH_9.2\r\n"

    def tls_alert(self, truth):
        yield b"\x15\x03\x01\x00\x02\x02\x46"

    def over_64_mib(self, truth):
        return http(b"x" * (65 * MIB))

    # What has no end.

    def endless_length(self, truth):
        return endless(http(b"", length=10**15), b"x" * 1000)

    def endless_chunks(self, truth):
        return endless(without_length(b"", "Transfer-Encoding: chunked\r\n"), b"10000\r\n" + b"x" * 65536 + b"\r\n")

    def endless_chunk_line(self, truth):
        return endless(without_length(b"1;", "Transfer-Encoding: chunked\r\n"), b"x" * 1000)

    def trailers(self, truth):
        return endless(without_length(b"0\r\n", "Transfer-Encoding: chunked\r\n"), b"X-More: x\r\n" * 1000)

    def endless_body(self, truth):
        return endless(without_length(b""), b"x" * 65536)

    def endless_head(self, truth):
        return endless(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 1000 + b"\r\n")

    def interim(self, truth):
        return endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    def slow_interim(self, truth):
        for _ in range(5):
            yield b"HTTP/1.1 100 Continue\r\n\r\n"
        yield from self.nothing_more()

    def drip(self, truth):
        for byte in http(truth):
            yield bytes([byte])
            if self.is_left(0.25):
                return

    def slow(self, truth):
        time.sleep(0.5)
        return http(truth)

    def slow_delete(self, truth):
        """When a key is deleted, that is: see Handler."""
        return http(truth)

    def silent(self, truth):
        return self.nothing_more()

    # Ends.

    def close(self, truth):
        return None

    def deaf(self, truth):
        """Also on every connection that comes later."""
        return self.nothing_more()

    def hang_up(self, truth):
        """Also on every connection that comes later."""
        return None

    def crash(self, truth):
        print("about to fail\x1b[31m", flush=True)
        print("Traceback: the last words", file=sys.stderr, flush=True)
        os._exit(7)

    def segfault(self, truth):
        os.kill(os.getpid(), 11)

    def quit(self, truth):
        os._exit(0)

    def complain(self, truth):
        print("to stdout", flush=True)
        print("to stderr", file=sys.stderr, flush=True)
        return http(response("wrong"))

    def flood(self, truth):
        """A quarter of a GiB, before it answers."""
        for _ in range(4 * 64):
            os.write(2, b"x" * (MIB - 1) + b"\n")
        os.write(2, b"the last line, and %d bytes in a file\n" % os.fstat(2).st_size)
        return http(response("wrong"))


class Handler(socketserver.StreamRequestHandler, Lies):
    def handle(self):
        global lied
        if (lied or LIES_ABOUT_ALL) and MODE == "hang-up":
            return
        if (lied or LIES_ABOUT_ALL) and MODE == "deaf":
            time.sleep(60)  # neither reads nor closes
        if MODE == "tls":
            # What comes is no TLS: that is seen before a certificate is asked for.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).wrap_socket(self.request, server_side=True)
        try:
            while (body := self.read_request()) is not None:
                params, method = xmlrpc.client.loads(body)
                if (MODE, method) == ("slow-delete", "cache.delete"):
                    time.sleep(0.5)
                if not LIES_ABOUT_ALL and method not in ("cache.fetch", "supervisor.shutdown"):
                    self.wfile.write(http(honest(method, params)))
                    continue
                lied = True
                answer = getattr(self, MODE.replace("-", "_"))(honest(method, params))
                if isinstance(answer, bytes):
                    self.wfile.write(answer)
                    continue
                for piece in answer or []:
                    self.wfile.write(piece)
                return
        except OSError:
            pass  # the suite has gone

    def read_request(self):
        line, length = self.rfile.readline(), None
        if line.startswith(b"GET"):
            os._exit(9)  # nobody has any business to
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        if length and length > MIB and MODE.startswith("early"):
            self.refuse_early()
            return None
        return None if length is None else self.rfile.read(length)

    def refuse_early(self):
        """Answers when it has seen the head of a long request, and reads no more of it."""
        if MODE == "early-endless":
            for piece in self.endless_body(b""):
                self.wfile.write(piece)
        self.wfile.write(http(b"too long", status="413 Too Long", kind="text/plain"))
        if MODE == "early":
            time.sleep(10)  # and does not close it either

    def is_left(self, seconds):
        """Whether the suite closes the connection in that time."""
        self.request.settimeout(seconds)
        try:
            return not self.request.recv(1)
        except TimeoutError:
            return False
        finally:
            self.request.settimeout(None)

    def nothing_more(self):
        """No pieces, and no end before the suite leaves."""
        while not self.is_left(10):
            yield b""


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, *_):
        if MODE != "tls":
            super().handle_error(*_)


if MODE != "tls" and not MODE.startswith("early") and not hasattr(Lies, MODE.replace("-", "_")):
    sys.exit(f"no such mode: {MODE}")
server = Server(("127.0.0.1", PORT), Handler)
URL = f"http://127.0.0.1:{server.server_address[1]}/RPC2"
print(URL, flush=True)
server.serve_forever()
