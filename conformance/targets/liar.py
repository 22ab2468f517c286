"""A server that answers calls of the cache wrongly, in one way for each mode.

usage: liar.py MODE PORT

It keeps its keys in memory, and lies only when a key is fetched, or it is told to
shut down: so the preflight finds nothing, and a case has to. A mode that begins with "all-" lies about every
call. With PORT 0 it takes a free one. When it can serve it prints its URL.
"""

import os
import socketserver
import sys
import xmlrpc.client

MODE, PORT = sys.argv[1].removeprefix("all-"), int(sys.argv[2])
LIES_ABOUT_ALL = sys.argv[1].startswith("all-")

cache = {}
previous = b""


def response(value):
    return xmlrpc.client.dumps((value,), methodresponse=True).encode()


def fault(code, text):
    return xmlrpc.client.dumps(xmlrpc.client.Fault(code, text)).encode()


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


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while (body := self.read_request()) is not None:
            params, method = xmlrpc.client.loads(body)
            lies = LIES_ABOUT_ALL or method in ("cache.fetch", "supervisor.shutdown")
            answer = self.lie(method, params) if lies else http(honest(method, params))
            if answer is None:
                return
            self.wfile.write(answer)
            self.wfile.flush()

    def read_request(self):
        length = None
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return None if length is None else self.rfile.read(length)

    def lie(self, method, params):
        global previous
        truth = honest(method, params)
        if MODE == "true":
            return http(response(True))
        if MODE == "fault":
            return http(fault(1, "UNKNOWN_METHOD"))
        if MODE == "previous":
            previous, answer = truth, previous or response("")
            return http(answer)
        if MODE == "too-long":
            return http(truth, length=len(truth) + 10)
        if MODE == "too-short":
            return http(truth, length=len(truth) - 10)
        if MODE == "gzip":
            return http(b"\x1f\x8b" + truth, more="Content-Encoding: gzip\r\n")
        if MODE == "html":
            return http(b"<html><body>hello</body></html>", kind="text/html")
        if MODE == "two-values":
            return http(truth.replace(b"</param>", b"</param><param><value>x</value></param>"))
        if MODE == "500":
            return http(truth, status="500 Internal Server Error")
        if MODE == "redirect":
            return http(b"", status="302 Found", more="Location: /RPC2\r\n")
        if MODE == "silent":
            self.rfile.read(1)
            return None
        if MODE == "drip":
            try:
                for byte in http(truth):
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    self.rfile.raw._sock.settimeout(0.5)
                    try:
                        if not self.rfile.raw.read(1):
                            return None
                    except TimeoutError:
                        pass
            except OSError:
                pass
            return None
        if MODE == "endless-head":
            try:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                while True:
                    self.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")
            except OSError:
                return None
        if MODE == "interim":
            try:
                while True:
                    self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
            except OSError:
                return None
        if MODE == "trailers":
            try:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
                while True:
                    self.wfile.write(b"X-More: x\r\n" * 1000)
            except OSError:
                return None
        if MODE == "long-struct":
            member = b"<member><name>%d</name><value>x</value></member>"
            return http(response({}).replace(b"</struct>", b"".join(member % i for i in range(200_000)) + b"</struct>"))
        if MODE == "close":
            return None
        if MODE == "crash":
            os._exit(7)
        if MODE == "quit":
            os._exit(0)
        if MODE in ("honest", "one"):
            return http(truth)
        sys.exit(f"no such mode: {MODE}")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


server = Server(("127.0.0.1", PORT), Handler)
print(f"http://127.0.0.1:{server.server_address[1]}/RPC2", flush=True)
server.serve_forever()
