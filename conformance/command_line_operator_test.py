"""What cache-conformance tells before a run, and clears away after one: --print-calls, --show, --sweep.

usage: command_line_operator_test.py --programs FOLDER [TEST…]
"""

import os
import re
import shlex
import socket
import threading
import urllib.parse
import xmlrpc.client

from command_line import KEYS, STORE, WRONG, case, main
from command_line_supervisord import ASKS, PASSWORD, SupervisordTest


class PrintCalls(SupervisordTest):
    def tap(self):
        """In front of a real cache: notes every byte that is sent to it."""
        url, _ = self.start_server()
        port = int(url.split(":")[2].split("/")[0])
        heard = []

        def carry(source, sink, note):
            try:
                while chunk := source.recv(1 << 16):
                    if note:
                        heard.append(chunk)
                    sink.sendall(chunk)
                sink.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        listener = socket.create_server(("127.0.0.1", 0))

        def accept():
            try:
                while True:
                    client = listener.accept()[0]
                    server = socket.create_connection(("127.0.0.1", port))
                    for pair in [(client, server, True), (server, client, False)]:
                        threading.Thread(target=carry, args=pair, daemon=True).start()
            except OSError:
                pass
        threading.Thread(target=accept, daemon=True).start()
        self.addCleanup(listener.close)
        self.addCleanup(listener.shutdown, socket.SHUT_RDWR)
        return f"http://127.0.0.1:{listener.getsockname()[1]}/RPC2", heard

    def sent(self):
        """The bytes that were printed, but for line ends, which a line cannot show."""
        lines = re.findall(r"^     \| (.*)$", self.out, re.MULTILINE)
        return "".join(lines).replace("\\r", "")

    def test_what_is_printed_is_what_is_sent(self):
        url, heard = self.tap()
        whole = "~http-pieces-character"  # its pieces are parts of characters, which are shown apart
        for options in [["--spec", "1.0", whole], ["--spec", "1.0", "--allow", "exclusive,heavy", "[must]"],
                        ["--spec", "auto", "version-is-string,store-returns-true"],
                        ["--spec", "1.0", whole, "--order", "rand", "--rng-seed", "7", "--shard-count", "3", "--shard-index", "1"]]:
            with self.subTest(options):
                options = ["--url", url, "--run-id", "1a2b3c4d", *options]
                self.assert_status(0, "--print-calls", *options)
                self.assertEqual(heard, [])
                printed = self.sent()
                self.assert_status(0, *options)
                really = b"".join(heard).decode().replace("\n", "").replace("\r", "").replace("\x7f", "\\x7f")
                really = re.sub("[\x80-\x9f]", lambda c1: f"\\xc2\\x{ord(c1[0]):02x}", really)
                heard.clear()
                self.assertGreater(len(really), 500)
                self.assertEqual(printed[:2000], really[:2000])
                at = len(os.path.commonprefix([printed, really]))
                self.assertEqual(printed[at - 100:][:300], really[at - 100:][:300])

    def test_no_target_is_needed_or_asked(self):
        self.assert_status(0, "--print-calls", "--run-id", "1a2b3c4d", "kept-over-time,clear-empties")
        self.assertIn("left out, nothing is sent: needs slow", self.out)
        self.assertIn("<methodName>cache.clear</methodName>", self.out)
        self.assertIn("| Host: HOST:PORT\\r\n", self.out)
        self.assertIn("kit-1a2b3c4d.clear-empties.a", self.out)
        again = self.out
        self.assert_status(0, "--print-calls", "--run-id", "1a2b3c4d", "kept-over-time,clear-empties")
        self.assertEqual(self.out, again)
        self.assert_status(0, "--print-calls", "--allow", "slow", "kept-over-time")
        self.assertIn("wait 2 s", self.out)
        self.assert_status(0, "--print-calls", "--url", "http://127.0.0.1:1/x", "clear-empties")
        self.assertIn("left out, nothing is sent: needs exclusive", self.out)
        self.assertIn("| POST /x HTTP/1.1\\r\n", self.out)
        self.assert_status(0, "--print-calls", "--spawn", "touch " + shlex.quote(self.folder) + "/ran; : {socket}", "http-unix-*,clear-empties")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "ran")))
        self.assert_refused(2, "the nearest are clear-empties, ", "--print-calls", "clear-emptis")

    def test_credentials_are_not_printed(self):
        config = self.write("s.conf", f"[inet_http_server]\nport = 1\n{ASKS}")
        self.assert_status(0, "--print-calls", "--config", config)
        self.assertIn("Authorization: Basic [not shown]", self.out)
        self.assertIn("credentials-", self.out)
        self.assert_no_secrets(self.out, self.err)


class Show(SupervisordTest):
    def test_a_case_is_told_as_calls_and_answers(self):
        cases = self.fixtures(case("one", STORE, {"call": "cache.store", "params": ["", "bar"], "fault": True}, WRONG),
                              case("two", KEYS))
        self.assert_status(0, "--show", "one", *cases)
        for text in ["one  (tiny, ", "demanded  title of one", "must: a document", "the document [must, kept]",
                     "What is stored is kept.", "It is lost.",
                     '1. cache.store("kit-….a", "v")              → anything but a fault',
                     '2. cache.store("", "bar")                   → a fault, whatever its code and text',
                     '3. cache.fetch("kit-….a")                   → "w"']:
            self.assertIn(text, self.out)
        self.assert_status(0, "--show", "two", "--show", "one", *cases, "--url", "http://127.0.0.1:1/")
        self.assertLess(self.out.index("two  (tiny"), self.out.index("one  (tiny"))

    def test_an_id_that_is_not_there_is_2_with_the_nearest(self):
        self.assert_refused(2, "--show store-emtpy-key: there is no such case; the nearest are ", "--show", "store-emtpy-key")
        self.assert_one_sentence()
        self.assertIn("store-", self.err.split("nearest are")[1])

    def test_every_bundled_case_can_be_told(self):
        self.assert_status(0, "--list-tests", "--verbosity", "quiet")
        ids = self.out.split()
        self.assert_status(0, *[word for each in ids for word in ["--show", each]])
        self.assertEqual(re.findall(r"^([a-z0-9-]+)  \(", self.out, re.MULTILINE), ids)
        told = re.sub(r"\{[^{}]*\} in this order", "", self.out)  # whose names may begin so
        self.assertNotRegex(told, r'\{"\$')  # no word of the notation is left untold


class Sweep(SupervisordTest):
    OTHERS = ["a", "kit-12345678", "kit-1234567g.x", "Kit-12345678.x", "KIT-12345678.x", "kit-123456789.x", "kit-1234567.x",
              "kit-12345678x.y", " kit-12345678.x", "xkit-12345678.x", "kit-1234567A.x", "kit_12345678.x", "kit-12345678:x",
              "a\nkit-12345678.x"]
    LEFT = ["kit-00000000.a.b", "kit-12345678.", "kit-abcdef09.case.\u00e9", "kit-12345678.x\ny\x1b"]

    def test_what_a_killed_run_left_is_deleted_and_named_and_nothing_else(self):
        url, server = self.start_server()
        for key in self.OTHERS:
            server.cache.store(key, "theirs")
        escape = "kit-12345678.x\ny"  # XML has no escape character
        for key in self.LEFT[:3] + [escape]:
            server.cache.store(key, "left")
        self.assert_status(0, "--url", url, "--sweep")
        self.assertEqual(server.cache.getKeys(), sorted(self.OTHERS))
        self.assertEqual(self.out.count("\n  kit-") + self.out.startswith("  kit-"), 4)
        for text in ["kit-00000000.a.b", "kit-12345678.\n", "kit-abcdef09.case.\\u00e9", "kit-12345678.x\\ny",
                     f"keys of earlier runs deleted from {url}: 4"]:
            self.assertIn(text, self.out)
        self.assert_status(0, "--url", url, "--sweep")
        self.assertEqual(self.out, f"keys of earlier runs deleted from {url}: 0\n")

    def test_a_configuration_will_do(self):
        config, url = self.start_inet(ASKS)
        server = xmlrpc.client.ServerProxy(url.replace("//", "//me:" + urllib.parse.quote(PASSWORD) + "@"))
        for key in ["kit-12345678.a", "kit-12345678"]:
            server.cache.store(key, "v")
        self.assert_status(0, "--config", config, "--sweep")
        self.assertIn("kit-12345678.a", self.out)
        self.assertEqual(server.cache.getKeys(), ["kit-12345678"])

    def test_a_sweep_that_could_not_be_done_is_no_success(self):
        self.assert_refused(2, "--sweep: name the target", "--sweep")
        self.assert_refused(2, "--sweep: name the target", "--sweep", "--spawn", "x {port}")
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self.assert_refused(3, "is the target running?", "--sweep", "--url", f"http://127.0.0.1:{unused.getsockname()[1]}")
        for text, answers in [
            ("gives no list of keys: nothing was deleted", {"cache.getAPIVersion": "1", "cache.getKeys": 5}),
            ('does not delete the key "kit-12345678.a"', {"cache.getAPIVersion": "1", "cache.getKeys": ["kit-12345678.a"]}),
        ]:
            with self.subTest(text):
                def answer(request, _):
                    method = xmlrpc.client.loads(request)[1]
                    reply = (answers[method],) if method in answers else xmlrpc.client.Fault(1, "no")
                    return 200, xmlrpc.client.dumps(reply, methodresponse=True).encode()
                self.assert_refused(3, text, "--sweep", "--url", self.serve_with(answer))
                self.assert_one_sentence()

    def test_the_help_warns_of_a_run_that_goes_on(self):
        self.assert_status(0, "--help")
        self.assertIn("not beside a run that goes on", " ".join(self.out.split()))


if __name__ == "__main__":
    main()
