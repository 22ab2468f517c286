"""A connection to a server: raw bytes there, answers in the form of the recordings back."""

import base64
import contextlib
import re
import select
import socket

from answer import decode

PATIENCE = 10  # seconds for an answer, or the end of a connection, that has to come
QUIET = 0.15  # seconds without a byte: nothing more comes


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
