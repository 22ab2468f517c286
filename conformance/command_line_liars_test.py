"""cache-conformance at targets that lie: what they answer is wrong, or is nothing that it can read.

usage: command_line_liars_test.py --programs FOLDER [TEST…]
"""

import socket
import xmlrpc.client

from command_line import FETCH, KEYS, STORE, case, main
from command_line_measured import FETCH_B, STORE_B, MeasuredTest

CLOSED = "the connection was closed without an answer"
TOO_LONG = "the answer is longer than 64 MiB, and no more of it is read"


class NotToBeJudged(MeasuredTest):
    def test_nobody_there_is_3(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}/RPC2"
            self.assert_refused(3, f"no connection to {url}: Connection refused; is the target running?", "--url", url)
            self.assert_one_sentence()
        self.assert_refused(3, "no connection to unix:/nonexistent/s: No such file", "--unix-socket", "/nonexistent/s")
        self.assert_one_sentence()

    def test_what_is_no_cache_is_3_with_advice(self):
        html = b"<html><body>hello</body></html>"
        fault = xmlrpc.client.dumps(xmlrpc.client.Fault(1, "UNKNOWN_METHOD")).encode()
        for text, server, path in [
            ("did you mean http://", (200, html), "/"),
            ("did you mean http://", (404, html), "/rpc"),
            ("give --username and --password-env", (401, html), "/RPC2"),
            ("answers every call with HTTP status 500", (500, b"oops"), "/RPC2"),
            ("\n  [rpcinterface:cache]\n  supervisor.rpcinterface_factory = supervisor_cache.rpcinterface:"
             "make_cache_rpcinterface\n", (200, fault), "/RPC2"),
        ]:
            with self.subTest(text):
                url = self.serve(*server) + path
                self.assert_refused(3, text, "--url", url)
                self.assertIn(url, self.err)
                self.assertEqual(self.err.count("\n"), 3 if "\n" in text else 1)

    def test_tls_by_url_is_2(self):
        self.assert_refused(2, "--url https://127.0.0.1:9001/RPC2: TLS is not spoken here; give an http:// URL",
                            "--url", "https://127.0.0.1:9001/RPC2")
        self.assert_one_sentence()

    def test_tls_on_the_port(self):
        self.assert_not_judged("tls", CLOSED + "; a server that speaks TLS may do that")
        self.assert_not_judged("tls-alert", "the target speaks TLS, which is not spoken here")
        self.assert_caught("tls-alert", "the target speaks TLS, which is not spoken here")


class Replies(MeasuredTest):
    """XML-RPC that is wrong."""

    def test_always_true(self):
        self.assert_caught("true", "boolean true")

    def test_always_a_fault(self):
        self.assert_caught("fault", "the call failed with a fault", 'fault {"code":1,"string":"UNKNOWN_METHOD"}')
        url, _ = self.start_liar("all-fault")
        self.assert_refused(3, "serves no cache: both cache.getAPIVersion and cache.getKeys are faults", "--url", url)

    def test_a_fault_without_members(self):
        self.assert_caught("bare-fault", "the body is no XML-RPC answer",
                           "a fault that is not a struct of faultCode and faultString")
        refused = {"call": "cache.fetch", "params": [{"$key": "a"}], "fault": True}
        self.assert_caught("bare-fault", "a fault that is not a struct",
                           cases=self.fixtures(case("a", STORE, refused), case("b", KEYS)))

    def test_the_previous_answer(self):
        self.assert_caught("previous", 'another value than expected', '"v"', cases=self.fixtures(
            case("a", STORE, STORE_B, {**FETCH, "value": {"$$type": "string"}}, FETCH_B), case("b", KEYS)))

    def test_two_values(self):
        self.assert_caught("two-values", "expected exactly one <param> in <params>, found 2 elements")

    def test_no_lie_is_a_fault(self):
        refused = {"call": "cache.fetch", "params": [{"$key": "a"}], "fault": True}
        cases = self.fixtures(case("a", STORE, refused), case("b", KEYS))
        for mode, sentence in [("error", "wrong HTTP status"), ("close", CLOSED), ("html", "no XML-RPC answer"),
                               ("redirect", "wrong HTTP status")]:
            with self.subTest(mode):
                self.assert_caught(mode, sentence, cases=cases)
        self.assert_late("silent", "no answer in time", cases=cases)

    def test_who_lies_about_everything_does_not_pass_either(self):
        cases = self.fixtures(case("a", STORE, FETCH), case("b", KEYS))
        for mode in ["true", "previous", "two-values", "bare-fault", "too-short", "nested", "laughs",
                     "external-entity"]:
            with self.subTest(mode):
                url, _ = self.start_liar("all-" + mode)
                self.assertEqual(self.measure("--url", url, *cases), 1, self.out + self.err)
                self.assertRegex(self.out, "(FAILED|BLOCKED)  a ")
                self.assertIn("FAILED  b", self.out)
                self.assert_bounded()

    def test_html_in_place_of_xml(self):
        self.assert_caught("html", "the body is no XML-RPC answer", "expected <methodResponse>, found <html>")
        self.assert_not_judged("html", "answers no XML-RPC: HTTP status 200 and an HTML page")

    def test_gzip_that_nobody_asked_for(self):
        self.assert_caught("gzip", "it is sent as gzip, which nobody asked for")
        self.assert_not_judged("gzip", "answers no XML-RPC: HTTP status 200: it is sent as gzip, which nobody asked for")

    def test_invalid_utf_8(self):
        self.assert_caught("not-utf-8", "line 5: not well-formed XML: a byte that may not stand in column 16")

    def test_nul(self):
        self.assert_caught("nul", "line 5: not well-formed XML: a byte that may not stand in column 17")

    def test_deep_nesting(self):
        self.assert_caught("nested", "values nest too deep")

    def test_an_entity_bomb(self):
        self.assert_caught("laughs", "entities that make the answer more than twice as long, beyond 8 MiB")

    def test_an_external_entity_is_not_fetched(self):
        # It points to the liar itself, which ends when it is asked.
        self.assert_caught("external-entity", r'an entity that stands elsewhere, at "http://[^ ]*", which is not fetched')
        self.assert_caught("external-doctype", 'an entity that is not declared here: "e"')

    def test_a_struct_with_many_members(self):
        self.assert_caught("long-struct", r"\(more than 64 KiB\)", memory=180)

    def test_a_long_text(self):
        self.assert_caught("long-text", "another value than expected", "of 62914560", memory=250)

    def test_many_elements(self):
        self.assert_caught("many-elements", "more than a million elements", memory=280)


class Http(MeasuredTest):
    """What is wrong before the XML is read."""

    def test_always_500(self):
        self.assert_caught("error", "wrong HTTP status", "500")
        self.assert_not_judged("error", "answers every call with HTTP status 500: look into its log")

    def test_a_redirect(self):
        self.assert_caught("redirect", '302, which points to "/elsewhere" and is not followed')
        self.assert_not_judged("redirect", 'HTTP status 302: it sends clients on to "/elsewhere", and a call is not sent on')

    def test_a_content_length_that_is_too_long(self):
        sentence = r"12\d bytes came of a body of 13\d \(Content-Length\)"
        self.assert_late("too-long", "the answer was not complete in time: " + sentence)
        self.assert_never_judged("too-long", "the answer was not complete in time: " + sentence)
        self.assert_caught("too-long-and-closed", "the connection was closed in the middle of the answer: " + sentence)
        self.assert_not_judged("too-long-and-closed", "closed in the middle of the answer: " + sentence)

    def test_a_content_length_that_is_too_short(self):
        self.assert_caught("too-short", "line 8: not well-formed XML: unclosed token")

    def test_no_content_length(self):
        sentence = "12. bytes came of a body that does not tell its length, on a connection that stays open"
        self.assert_late("no-length", sentence)
        self.assert_never_judged("no-length", sentence)
        # HTTP knows answers that end with their connection.
        for mode in ["no-length-and-closed", "all-no-length-and-closed"]:
            url, _ = self.start_liar(mode)
            cases = self.fixtures(case("a", STORE, FETCH), case("b", KEYS))
            self.assert_status(0, "--url", url, "--spec", "1.0", *cases)

    def test_another_version_of_http(self):
        self.assert_caught("wrong-version", 'not a status line of HTTP/1: "HTTP/2.0 200 OK"')
        self.assert_not_judged("wrong-version", 'not a status line of HTTP/1: "HTTP/2.0 200 OK"')

    def test_no_http_at_all(self):
        self.assert_caught("garbage", r'the answer is not HTTP: it begins "SSH-2.0-OpenSSH_9.2\\r\\n"')
        self.assert_not_judged("garbage", r'the answer is not HTTP: it begins "SSH-2.0-OpenSSH_9.2\\r\\n"')

    def test_an_answer_over_64_mib(self):
        self.assert_caught("over-64-mib", TOO_LONG)
        self.assert_not_judged("over-64-mib", TOO_LONG)

    def test_an_answer_before_the_request_is_complete(self):
        long = {"call": "cache.store", "params": [{"$key": "a"}, {"$repeat": ["x", 12 * 1024 * 1024]}], "value": True}
        cases = self.fixtures(case("a", long, needs=["heavy"]), case("b", KEYS))
        # The refusal is seen, whether the liar closes the connection or leaves it as it is.
        self.assert_caught("early-and-closed", "wrong HTTP status", "413", cases=cases, memory=100)
        self.assert_late("early", "wrong HTTP status", "413", cases=cases, memory=100)
        self.assert_caught("early-endless", TOO_LONG, cases=cases, memory=300)


if __name__ == "__main__":
    main()
