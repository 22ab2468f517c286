"""The options of cache-conformance: what is refused, listed, and never shown.

usage: command_line_options_test.py --programs FOLDER [TEST…]
"""

import base64
import os
import re
import shlex
import subprocess
import xmlrpc.client

from command_line import FETCH, KEYS, STORE, CommandLineTest, case, main


class Options(CommandLineTest):
    def test_bad_options_are_2(self):
        for text, options in [
            ("--nonsense", ["--nonsense"]),
            ("--spec 2: expected auto, 1.0 or 1.1", ["--spec", "2"]),
            ('"root" is no need; known: exclusive, restart, heavy, hostile, slow, all', ["--allow", "slow,root"]),
            ("--timeout x: expected a number of seconds", ["--timeout", "x"]),
            ("--deadline 0: expected a number of seconds", ["--deadline", "0"]),
            ("exclude each other", ["--url", "http://h/", "--unix-socket", "/s"]),
            ("TLS is not spoken here", ["--url", "https://h/"]),
            ("expected http://HOST:PORT/RPC2", ["--url", "h:9001"]),
            ("--username goes with", ["--username", "u"]),
            ("there is no such variable", ["--username", "u", "--password-env", "KIT_NO_SUCH"]),
            ("the file cannot be read", ["--username", "u", "--password-file", "/nonexistent"]),
            ("the file cannot be read", ["--username", "u", "--password-file", "/"]),
            ("--run-id 12: expected eight hexadecimal digits", ["--run-id", "12"]),
            ("write {port}", ["--spawn", "true"]),
            ("write {port}", ["--spawn", "true {port} {socket}"]),
            ("with several -r all but one need a file", ["-r", "kit", "-r", "ndjson"]),
            ("no case of spec 1.0 matches the filter fetch-mising; the nearest are fetch-missing, ", ["fetch-mising"]),
            ("no case of spec 1.0 matches the filter; --list-tests lists them", ["no-such-*"]),
            ("no case of spec 1.0 matches the filter; --list-tests lists them", ["any-nil"]),
        ]:
            with self.subTest(options):
                self.assert_refused(2, text, *options)

    def test_broken_fixtures_are_2_with_file_line_and_column(self):
        good = case("a", STORE, FETCH)
        for text, cases in [
            ('suite.json:1:72: unknown key "titel"', [{"id": "a", "titel": "x"}]),
            ("no expectation", [case("a", {"call": "cache.getKeys"})]),
            ("more than one of value, fault", [case("a", {**KEYS, "fault": True})]),
            ('unknown need "root"', [case("a", KEYS, needs=["root"])]),
            ('the id "a" is used twice; first at ', [good, good]),
            ('the case needs "exclusive"', [case("a", {"call": "cache.store", "params": ["k", "v"], "fault": True})]),
        ]:
            with self.subTest(text):
                self.assert_refused(2, text, *self.fixtures(*cases))
                self.assertRegex(self.err, r"^\S.+/fixtures/suite\.json:1:\d+: .+\n$")

    def test_fixtures_that_are_not_there_or_not_json_are_2(self):
        options = self.fixtures(case("a", KEYS))
        self.write("fixtures/suite.json", '{"format": "1.0",\n "suite": }')
        self.assert_refused(2, "suite.json:2:11: not JSON", *options)
        self.assert_refused(2, "there is no such folder", "--fixtures", "/nonexistent")
        os.mkdir(os.path.join(self.folder, "empty"))
        self.assert_refused(2, "there is no .json file", "--fixtures", os.path.join(self.folder, "empty"))

    def test_a_key_given_twice_and_a_statement_that_is_not_there_are_2(self):
        options = self.fixtures(case("a", KEYS, cites=["nowhere"]))
        self.assert_refused(2, '"nowhere" is no statement', *options)
        self.assertRegex(self.err, r"^\S.+/fixtures/suite\.json:1:\d+: .+\n$")
        self.write("fixtures/suite.json", '{"format": "1.0",\n "format": "1.0"}')
        self.assert_refused(2, "twice", *options)
        self.assertRegex(self.err, r"^\S.+/fixtures/suite\.json:2:\d+: .+\n$")

    def test_a_report_that_cannot_be_written_is_2_and_is_named(self):
        path = os.path.join(self.folder, "nowhere", "junit.xml")
        self.assert_refused(2, path, "-r", "junit::out=" + path, *self.fixtures(case("a", KEYS)))
        self.assertNotIn("filter", self.err)

    def test_a_listing_starts_no_target(self):
        started = os.path.join(self.folder, "started")
        for listing in ["--list-tests", "--list-tags", "--list-reporters", "--help", "--version"]:
            with self.subTest(listing):
                self.assert_status(0, listing, "--spawn", f"touch {shlex.quote(started)}; : {{port}}")
                self.assertFalse(os.path.exists(started))

    def test_cases_are_listed_without_a_target(self):
        self.assert_status(0, "--list-tests", "--url", "http://127.0.0.1:1/RPC2")
        both = self.out
        self.assertIn("string-only-refuses-int", both)
        self.assertIn("any-int", both)
        self.assert_status(0, "--list-tests", "--spec", "1.0")
        self.assertNotIn("any-int", self.out)
        self.assertIn("string-only-refuses-int", self.out)

    def test_help_and_version(self):
        self.assert_status(0, "--help")
        for text in ["--unix-socket", "--allow", "Exit status: 0 passed"]:
            self.assertIn(text, self.out)
        self.assert_status(0, "--version")
        self.assertRegex(self.out, r"^cache-conformance \d+\.\d+\.\d+\n$")

    def start_guarded_server(self, gives_away=False):
        """A server behind a password, which may send it back to whoever fetches."""
        right = "Basic " + base64.b64encode(b"me:s3cret").decode()

        def answer(request, authorization):
            if authorization != right:
                return 401, b"<html>Unauthorized</html>"
            method = xmlrpc.client.loads(request)[1]
            fetched = "you sent " + authorization if gives_away else "lost"
            value = {"cache.getKeys": [], "cache.fetch": fetched}.get(method, True)
            return 200, xmlrpc.client.dumps((value,), methodresponse=True).encode()
        return self.serve_with(answer) + "/RPC2"

    def assert_no_secrets(self, *texts):
        for text in texts:
            for secret in ["s3cret", "bWU6czNjcmV0"]:
                self.assertNotIn(secret, text)

    def test_a_password_is_never_shown(self):
        url = self.start_guarded_server()
        env = {**os.environ, "KIT_PASSWORD": "s3cret"}
        junit = os.path.join(self.folder, "junit.xml")
        for source in [["--password-env", "KIT_PASSWORD"], ["--password-file", self.write("password", "s3cret\n")]]:
            with self.subTest(source[0]):
                self.assert_status(1, "--url", url, "--spec", "1.0", "--username", "me", *source, "-r", "kit",
                                   "-r", "junit::out=" + junit, *self.fixtures(case("a", STORE, FETCH)), env=env)
                self.assertIn("Authorization: Basic [not shown]", self.out)
                with open(junit, encoding="utf-8") as file:
                    self.assert_no_secrets(self.out, self.err, file.read())
                for command in re.findall(r"^(?:    (?=curl)|  only this )(.*)$", self.out, re.MULTILINE):
                    again = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30, env=env)
                    self.assertRegex(again.stdout, "HTTP/1.[01] 200|FAILED: 1 case of 1", again.stderr)

    def test_a_password_that_the_target_sends_back_is_not_shown(self):
        url = self.start_guarded_server(gives_away=True)
        for level, status in [("must", 1), ("should", 0)]:
            with self.subTest(level):
                self.assert_status(status, "--url", url, "--spec", "1.0", "--username", "me", "--password-file",
                                   self.write("password", "s3cret"), *self.fixtures(case("a", STORE, FETCH, level=level)))
                self.assertIn("you sent", self.out)
                self.assert_no_secrets(self.out, self.err)

    def test_a_password_that_is_refused_is_3_and_not_shown(self):
        url = self.start_guarded_server()
        self.assert_refused(3, "refuses this user and password", "--url", url, "--username", "somebody",
                            "--password-file", self.write("password", "s3cret"))
        self.assert_no_secrets(self.err)
        self.assert_refused(2, "not in the URL", "--url", url.replace("//", "//me:s3cret@"))
        self.assert_no_secrets(self.err)


if __name__ == "__main__":
    main()
