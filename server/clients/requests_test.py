"""Requests as clients in the field write them, and a server that answers all alike.

usage: requests_test.py SERVER (as in running_server.py)
"""

import re
import socket
import sys
import time
import unittest
import xmlrpc.client

from running_server import Server

SERVER = sys.argv[1]

KEY, VALUE = "key", "\u00e9 \U0001f600 <b>"

# Ways to write a call of cache.store with KEY and VALUE.
BODIES = {
    "on one line": b"<?xml version='1.0'?><methodCall><methodName>cache.store</methodName><params>"
                   b"<param><value><string>key</string></value></param>"
                   b"<param><value><string>\xc3\xa9 \xf0\x9f\x98\x80 &lt;b&gt;</string></value></param>"
                   b"</params></methodCall>",
    "untyped, without a declaration": b"<methodCall><methodName>cache.store</methodName><params>"
                                      b"<param><value>key</value></param>"
                                      b"<param><value>\xc3\xa9 \xf0\x9f\x98\x80 &#60;b&#x3E;</value></param>"
                                      b"</params></methodCall>",
    "CRLF and tabs between tags": b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<methodCall>\r\n"
                                  b"\t<methodName>cache.store</methodName>\r\n\t<params>\r\n"
                                  b"\t\t<param>\r\n\t\t\t<value><string>key</string></value>\r\n\t\t</param>\r\n"
                                  b"\t\t<param>\r\n\t\t\t<value><string>\xc3\xa9 \xf0\x9f\x98\x80 &lt;b></string>"
                                  b"</value>\r\n\t\t</param>\r\n\t</params>\r\n</methodCall>\r\n",
    "ASCII, the rest as references": b"<?xml version='1.0' encoding='US-ASCII'?>\n<methodCall>"
                                     b"<methodName>cache.store</methodName><params>"
                                     b"<param><value><string>key</string></value></param>"
                                     b"<param><value><string>&#233; &#128512; &lt;b&gt;</string></value></param>"
                                     b"</params></methodCall>",
}
BODY = BODIES["on one line"]

# Request lines and headers; and whether the connection is closed after the answer. The
# client of None closes it itself: supervisord does not see its `close`.
HEADS = {
    "HTTP/1.0, nothing else": ("POST /RPC2 HTTP/1.0\r\nContent-Length: {length}\r\n\r\n", True),
    "no Host, no type": ("POST /RPC2 HTTP/1.1\r\nContent-Length: {length}\r\n\r\n", False),
    "lower-case names": ("POST /RPC2 HTTP/1.1\r\nhost: x\r\ncontent-type: text/xml\r\ncontent-length: {length}\r\n\r\n",
                         False),
    "upper-case names": ("POST /RPC2 HTTP/1.1\r\nHOST: x\r\nCONTENT-LENGTH: {length}\r\n\r\n", False),
    "Content-length": ("POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-length: {length}\r\n\r\n", False),
    "a form's type": ("POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                      "Content-Length: {length}\r\n\r\n", False),
    "compression offered": ("POST /RPC2 HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip, deflate, br\r\n"
                            "Content-Length: {length}\r\n\r\n", False),
    "close among others": ("POST /RPC2 HTTP/1.1\r\nHost: x\r\nTE: deflate,gzip;q=0.3\r\nConnection: close, TE\r\n"
                           "Content-Length: {length}\r\n\r\n", None),
}


class Requests(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server(SERVER))
        self.proxy = self.enterContext(xmlrpc.client.ServerProxy(self.server.url))

    def connect(self):
        connection = self.enterContext(socket.create_connection(("127.0.0.1", self.server.port), 10))
        self.answers = self.enterContext(connection.makefile("rb"))
        return connection

    def receive(self):
        """Status and body of the next answer that is not a `100 Continue`; the length has to be told."""
        status = 100
        while status == 100:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = self.answers.readline()
                self.assertTrue(line, "the connection is closed")
                head += line
            status = int(head.split()[1])
        [length] = re.findall(rb"(?im)^content-length: *(\d+)", head)
        return status, self.answers.read(int(length))

    def assert_stored(self, answer):
        self.assertEqual(answer[0], 200, answer)
        self.assertEqual(xmlrpc.client.loads(answer[1])[0], (True,))
        self.assertEqual(self.proxy.cache.fetch(KEY), VALUE)
        self.proxy.cache.clear()

    def test_bodies(self):
        connection = self.connect()
        for name, body in BODIES.items():
            with self.subTest(name):
                connection.sendall(f"POST /RPC2 HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
                self.assert_stored(self.receive())

    def test_heads(self):
        for name, (head, is_closed) in HEADS.items():
            with self.subTest(name):
                connection = self.connect()
                request = head.format(length=len(BODY)).encode() + BODY
                connection.sendall(request)
                self.assert_stored(self.receive())
                if is_closed:
                    self.assertEqual(self.answers.read(), b"")
                elif is_closed is False:
                    connection.sendall(request)
                    self.assert_stored(self.receive())

    def test_a_client_goes_on_after_a_400(self):
        connection = self.connect()
        head = "POST /RPC2 HTTP/1.1\r\nContent-Length: {}\r\n\r\n"
        connection.sendall(head.format(4).encode() + b"<bad")
        self.assertEqual(self.receive()[0], 400)
        connection.sendall(head.format(len(BODY)).encode() + BODY)
        self.assert_stored(self.receive())

    def test_a_client_waits_for_100_continue_and_then_no_longer(self):
        connection = self.connect()
        connection.sendall(f"POST /RPC2 HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: {len(BODY)}\r\n\r\n".encode())
        time.sleep(1)
        connection.sendall(BODY)
        self.assert_stored(self.receive())


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], warnings="ignore")
