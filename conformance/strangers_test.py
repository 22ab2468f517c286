"""cache-conformance at servers that are correct, and different from a supervisord: they pass without --strict.

usage: strangers_test.py --programs FOLDER [TEST…]
"""

import json
import pathlib
import re
import shlex
import sys

import results
from command_line import main
from command_line_results import ResultsTest

HERE = pathlib.Path(__file__).resolve().parent
CASES = {}
for path in (HERE.parent / "fixtures").glob("*/*.json"):
    suite = json.loads(path.read_text(encoding="utf-8"))
    for each in suite.get("cases", []):
        CASES[each["id"]] = {**each, "suite": suite["suite"]}


# Of what was only observed nothing can fail; and what both specs have need not be run twice.
WITHOUT_OBSERVED = {
    "1.1": ["[must]~[heavy]~[restart]", "[should]~[heavy]~[restart]", "value-1-mib", "multicall-bare"],
    "1.0": ["[spec-1.0]~[observed]", "store-fetch-list", "multicall-bare"],
}
BOTH = list(WITHOUT_OBSERVED)


class Strangers(ResultsTest):
    plain = {}  # of each spec, what it warns of

    def command(self, program, target, *arguments):
        return " ".join(["exec", program, shlex.quote(str(HERE / "targets" / target)), *arguments])

    def stranger(self, mode, spec):
        command = self.command(shlex.quote(sys.executable), "stranger.py", mode, "{port}", spec)
        return ["--spawn", command, "--spec", spec]

    def assert_status(self, status, *options, **more):
        super().assert_status(status, "-r", "kit", *self.ndjson, *options, **more)

    def warned(self):
        """The ids of what is warned of, as often as the console says."""
        run, = results.read(self.path)
        ids = {name for name, verdict in run.verdicts().items() if verdict == "warned"}
        self.assertEqual(int(re.search(r"^(\d+) warnings?: ", self.out, re.MULTILINE)[1]), len(ids), self.out)
        return ids

    def ids_of_plain(self, spec):
        if spec not in self.plain:
            self.assert_status(0, *self.stranger("plain", spec), "--allow", "all", timeout=120)
            self.plain[spec] = self.warned()
        return self.plain[spec]

    def assert_accepted(self, mode, warned=(), explained=(), options=()):
        """These are warned of. Of those below is warned where `plain` is not only if a statement or a suite explains
        it. With --strict it fails."""
        for spec, cases in WITHOUT_OBSERVED.items():
            with self.subTest(spec):
                plain = self.ids_of_plain(spec)
                here = [name for name in warned if spec in CASES[name].get("specs", [spec])]
                self.assert_status(0, *self.stranger(mode, spec), ",".join([*cases, *here]), *options, timeout=120)
                ids = self.warned()
                self.assertLessEqual(set(here), ids)
                for name in ids - plain - set(here):
                    names = {CASES[name]["suite"], *CASES[name].get("cites", [])}
                    self.assertTrue(names & set(explained), f"{name} is warned of:\n{self.out}")
                one = next(iter(here), "multicall-bare")
                self.assert_status(1, *self.stranger(mode, spec), one, "--strict", timeout=120)

    def assert_failed(self, mode, *failed, spec="1.1"):
        self.assert_status(1, *self.stranger(mode, spec), ",".join(WITHOUT_OBSERVED[spec] + [*failed]), timeout=120)
        ids = set(re.findall(r"^FAILED  ([a-z0-9-]+)", self.out, re.MULTILINE))
        self.assertLessEqual(set(failed), ids, self.out)
        self.assertEqual({CASES[name]["level"] for name in ids}, {"must"})
        return ids


class Cache(Strangers):
    MISSING = ["bad-name-missing", "supervisor.multicall"]

    def test_other_fault_codes_and_texts(self):
        self.assert_accepted("other-faults", ["store-empty-key-code", "fetch-missing", "store-empty-key-text"],
                             ["bad-name", "bad-name-missing", "key-string", "key-not-empty", "supervisor.multicall"])

    def test_the_list_of_differences_is_by_statement(self):
        self.assert_status(0, *self.stranger("other-faults", "1.0"), 
                           "store-empty-key-code,fetch-empty-key-code,fetch-missing,version-0-2")
        self.assertRegex(self.out, r"^\n3 warnings: .*\n"
                         r"  bad-name: .*\n"
                         r"    [a-z]+-empty-key-code \[should\]: .*\n      .*: expected 10, got 1\n"
                         r"    [a-z]+-empty-key-code \[should\]: .*\n      .*: expected 10, got 1\n"
                         r"  bad-name-missing: fetch of a key that is not there is refused with BAD_NAME, code 10\.\n"
                         r"    fetch-missing \[should\]: .*\n"
                         r"      another fault than expected at fault\.code: expected 10, got -404\n"
                         r"  With --strict these are failures\.\n\n")

    def test_keys_in_another_order(self):
        self.assert_accepted("other-key-order", ["keys-in-order"], ["keys-in-order"])

    def test_another_version(self):
        self.assert_accepted("other-version", ["version-0-2"], ["api-version-0-2"])

    def test_more_methods(self):
        self.assert_accepted("extra-methods", [], [])

    def test_base64_is_kept_as_base64(self):
        for spec in BOTH:
            self.assertIn("value-base64", self.ids_of_plain(spec))

    def test_multicall_in_arrays_of_one(self):
        for spec in BOTH:
            self.assertIn("multicall-bare", self.ids_of_plain(spec))
            self.assertNotIn("multicall-order", self.ids_of_plain(spec))

    def test_no_multicall(self):
        self.assert_accepted("no-multicall", ["multicall-order", "multicall-effects"],
                             ["multicall", "supervisor.multicall", "supervisor.introspection"])

    def test_no_introspection(self):
        self.assert_accepted("no-introspection", ["list-methods", "method-help"],
                             ["supervisor.introspection", "list-methods", "method-help"])

    def test_a_missing_key_is_nil(self):
        self.assert_accepted("missing-is-nil", ["fetch-missing"], self.MISSING)

    def test_a_missing_key_is_the_empty_string(self):
        self.assert_accepted("missing-is-empty", ["fetch-missing"], self.MISSING)

    def test_a_missing_key_is_false(self):
        self.assert_accepted("missing-is-false", ["fetch-missing"], self.MISSING)

    def test_deleting_a_missing_key_is_false(self):
        self.assert_accepted("delete-missing-is-false", ["delete-missing"], ["delete-missing"])

    def test_deleting_a_missing_key_is_a_fault(self):
        self.assert_accepted("delete-missing-is-a-fault", ["delete-missing"], ["delete-missing"])


class Xml(Strangers):
    def test_i4_for_int(self):
        self.assert_accepted("i4")

    def test_integers_with_plus_and_zeros(self):
        self.assert_accepted("plus-and-zeros")

    def test_untyped_strings(self):
        self.assert_accepted("untyped-strings")

    def test_comments_and_white_space_between_tags(self):
        self.assert_accepted("comments-and-white-space")

    def test_struct_members_in_another_order(self):
        self.assert_accepted("other-member-order", ["any-struct-order"])

    def test_cdata(self):
        self.assert_accepted("cdata")

    def test_references_to_characters(self):
        self.assert_accepted("references")

    def test_doubles_with_exponents(self):
        self.assert_accepted("doubles-with-exponents")

    def test_doubles_with_zeros(self):
        self.assert_accepted("doubles-with-zeros")

    def test_doubles_with_plus(self):
        self.assert_accepted("doubles-with-plus")

    def test_dates_that_were_read_and_written_anew(self):
        self.assert_accepted("dates-written-anew")

    def test_no_declaration(self):
        self.assert_accepted("no-declaration")

    def test_encoding_utf_8(self):
        self.assert_accepted("encoding-utf-8")

    def test_encoding_latin_1(self):
        self.assert_accepted("encoding-latin-1")

    def test_encoding_utf_16(self):
        self.assert_accepted("encoding-utf-16")

    def test_byte_order_mark(self):
        self.assert_accepted("byte-order-mark")

    def test_doctype_and_processing_instruction(self):
        self.assert_accepted("doctype")


class Http(Strangers):
    def test_http_1_0(self):
        self.assert_accepted("http-1.0", ["http-keep-alive"], ["wire.http"])

    def test_http_1_0_with_keep_alive(self):
        self.assert_accepted("http-1.0-keep-alive")

    def test_a_body_that_ends_with_the_connection(self):
        self.assert_accepted("until-close", ["answer-length", "http-keep-alive"], ["response-form", "wire.http"])

    def test_chunked(self):
        self.assert_accepted("chunked", ["answer-length"], ["response-form"])

    def test_connection_close_after_each(self):
        self.assert_accepted("connection-close", ["http-keep-alive"], ["wire.http"])

    def test_closed_after_each_unannounced(self):
        self.assert_accepted("closes-unannounced", ["http-keep-alive"], ["wire.http"])

    def test_bytes_go_out_on_a_connection_of_their_own(self):
        """On one that was used they would meet, or not, its end: they are not sent again."""
        for name, case in CASES.items():
            used = set()
            for step in case["steps"]:
                connection = step.get("on")
                self.assertFalse("send" in step and connection in used, name)
                used.add(connection)

    def test_idle_connections_are_closed_at_any_time(self):
        self.assert_accepted("closes-idle-connections", [], ["wire.http"], options=["--allow", "all"])

    def test_keep_alive_headers(self):
        self.assert_accepted("keep-alive-headers")

    def test_lower_case_headers(self):
        self.assert_accepted("lower-case-headers")

    def test_charset(self):
        self.assert_accepted("charset")

    def test_no_reason(self):
        self.assert_accepted("no-reason")

    def test_head_and_body_in_packets_of_their_own(self):
        self.assert_accepted("head-then-body")

    def test_interim_answers(self):
        self.assert_accepted("interim-answers")

    def test_another_status_for_bad_xml(self):
        self.assert_accepted("bad-xml-is-422", ["malformed-no-xml"])
        self.assert_status(0, *self.stranger("bad-xml-is-422", "1.0"), "malformed-no-xml")
        self.assertIn("wrong HTTP status: expected 400, got 422", self.out)

    def test_one_thread(self):
        self.assert_accepted("one-thread", [], ["wire.http"])


class Wrong(Strangers):
    """What breaks a sentence of a document fails without --strict."""

    def test_values_are_trimmed(self):
        self.assertNotIn("fetch-each-its-own", self.assert_failed("wrong-trims", "value-blank", "value-edges"))

    def test_nothing_is_refused(self):
        self.assert_failed("wrong-no-faults", "store-refuses-empty-key", "store-refuses-int-key", spec="1.0")

    def test_a_fault_is_500(self):
        self.assert_failed("wrong-fault-is-500", "store-refuses-empty-key", "store-refuses-int-key")

    def test_space_in_integers(self):
        self.assert_failed("wrong-space-in-int", "count-is-integer", "any-int")
        self.assertIn('" 1" is not an int of 32 bits', self.out)

    def test_dashes_in_dates(self):
        self.assertLessEqual(self.assert_failed("wrong-dashes-in-dates", "any-date"),
                             {name for name in CASES if "value-any-type" in CASES[name].get("cites", [])})

    def test_what_http_forbids_cannot_be_judged(self):
        for mode, why in [("wrong-folded-headers", 'not a header: " text/xml; a=b:c"'),
                          ("wrong-length-and-chunks", "both a Transfer-Encoding and a Content-Length")]:
            with self.subTest(mode):
                self.assert_refused(3, why, *self.stranger(mode, "1.0"))


class Node(Strangers):
    def stranger(self, _, spec):
        return ["--spawn", self.command("node", "stranger.js", "{port}", spec), "--spec", spec]

    def test_strings(self):
        """Its writer of XML closes a CDATA section too early where a value holds `]]>` twice."""
        known = self.write("known.json", json.dumps({"format": "1.0", "known": [
            {"ids": "answer-markup-once", "reason": "of several ]]> in a value the library escapes the first"}]}))
        self.assert_status(0, *self.stranger("", "1.0"), "--allow", "all", "--known-failures", known, timeout=120)
        self.assertLessEqual({"keys-in-order", "fetch-missing", "delete-missing", "list-methods", "multicall-order",
                              "unknown-method", "malformed-no-xml", "http-no-length"}, self.warned())
        self.assert_status(1, *self.stranger("", "1.0"), "keys-in-order", "--strict")

    def test_it_loses_what_javascript_has_no_type_for(self):
        for name in self.assert_failed("", "any-double-whole") - {"answer-markup-once"}:
            self.assertIn("value-any-type", CASES[name]["cites"])
        self.assertIn('expected  double {"$double":"3.0"}\n  actual    int 3', self.out)


if __name__ == "__main__":
    main()
