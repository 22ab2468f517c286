"""A TCP proxy that keeps what clients send, and a reader of the HTTP requests in it."""

import re
import socket
import threading

TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"


class Unreadable(Exception):
    """Bytes that are no sequence of whole HTTP requests."""


class RecordingProxy:
    """Listens on a free port and passes on all bytes, both ways and both ends, until close()."""

    def __init__(self, host, port):
        self._target = host, port
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self.streams = []  # what was sent on each connection
        self._sockets, self._threads = [], []
        self._run(self._accept)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        for each in [self._listener, *self._sockets]:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended already
        for thread in self._threads:
            thread.join(10)
        for each in [self._listener, *self._sockets]:
            each.close()

    def _run(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            self._sockets.append(client)
            server = socket.create_connection(self._target)
            self._sockets.append(server)
            for each in client, server:
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = bytearray()
            self.streams.append(stream)
            self._run(self._pass_on, client, server, stream)
            self._run(self._pass_on, server, client, bytearray())

    @staticmethod
    def _pass_on(source, sink, kept):
        try:
            while data := source.recv(65536):
                kept += data
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:  # reset: so is the other side
            for each in source, sink:
                try:
                    each.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


def requests_in(stream):
    """The requests that a connection carried, as (head, body) in bytes."""
    stream, requests = bytes(stream), []
    while stream:
        head, blank, rest = stream.partition(b"\r\n\r\n")
        line, *headers = head.split(b"\r\n")
        if not blank or not re.fullmatch(rb"[A-Z]+ [!-~]+ HTTP/\d\.\d", line):
            raise Unreadable(head[:200])
        named = {}
        for header in headers:
            match = re.fullmatch(rb"(" + TOKEN + rb"):[ \t]*([^\0\r\n]*?)[ \t]*", header)
            name = match and match[1].lower()
            if not match or name == b"transfer-encoding" or (name == b"content-length" and name in named):
                raise Unreadable(header)
            named[name] = match[2]
        length = named.get(b"content-length", b"0")
        if not re.fullmatch(rb"[0-9]{1,9}", length) or len(rest) < int(length):
            raise Unreadable(head[:200])
        requests.append((head, rest[:int(length)]))
        stream = rest[int(length):]
    return requests
