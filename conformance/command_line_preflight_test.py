"""What cache-conformance says of a target that it cannot judge, and what it never asks of one.

usage: command_line_preflight_test.py --programs FOLDER [TEST…]
"""

import contextlib
import grp
import os
import pwd
import signal
import socket
import time
import xmlrpc.client

from command_line import main
from command_line_supervisord import ASKS, CACHE, SupervisordTest


class Preflight(SupervisordTest):
    def assert_not_judged(self, text, *options, **more):
        self.assert_refused(3, text, *options, **more)
        self.assert_one_sentence()

    def test_a_supervisord_without_the_cache_is_told_the_two_lines(self):
        _, url = self.start_inet(more="")
        self.assert_refused(3, f"{url} serves no cache", "--url", url)
        lines = self.err.splitlines()[1:]
        self.assertEqual([line.strip() for line in lines], CACHE.splitlines())
        self.process.terminate()
        self.process.wait(20)
        _, url = self.start_inet(more="\n".join(line.strip() for line in lines))
        self.assert_status(0, "--url", url, "version-is-string")

    def test_no_password_and_a_wrong_one_are_told_apart(self):
        _, url = self.start_inet(ASKS)
        env = {**os.environ, "KIT_WRONG": "x"}
        self.assert_not_judged("asks for a user and a password (HTTP status 401): give --username", "--url", url)
        self.assert_not_judged("refuses this user and password (HTTP status 401)", "--url", url,
                               "--username", "me", "--password-env", "KIT_WRONG", env=env)

    def test_a_password_where_none_is_asked_for_does_no_harm(self):
        _, url = self.start_inet()
        self.assert_status(0, "--url", url, "--username", "me", "--password-file", self.write("password", "x"),
                           "version-is-string")

    def test_a_socket_that_may_not_be_opened_is_named_with_its_owner_and_mode(self):
        _, path = self.start_unix()
        os.chmod(self.folder, 0o755)
        owner, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
        user, other = owner, {}
        if os.geteuid() == 0:  # root may open everything
            user, other = pwd.getpwuid(65534).pw_name, {"preexec_fn": lambda: os.setuid(65534)}
        os.chmod(path, 0o777)
        self.assert_status(0, "--unix-socket", path, "version-is-string", **other)
        os.chmod(path, 0)
        self.assert_not_judged(f"Permission denied; it belongs to the user {owner} and the group {group} with mode 0000, "
                               f"and this is the user {user}: run as one who may write there, or give "
                               "[unix_http_server] another chmod or chown", "--unix-socket", path, **other)
        self.addCleanup(os.chmod, self.folder, 0o700)
        os.chmod(self.folder, 0)
        self.assert_not_judged(f"a folder above it may not be entered by the user {user}", "--unix-socket", path, **other)

    def test_a_path_that_is_no_socket_or_too_long(self):
        self.assert_not_judged("it is a file, and no socket", "--unix-socket", self.write("file", ""))
        self.assert_not_judged("it is a folder, and no socket", "--unix-socket", self.folder)
        self.assert_not_judged("No such file or directory; is the target running?", "--unix-socket", "/nowhere/s")
        stale = os.path.join(self.folder, "stale")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(stale)
        self.assert_not_judged("nobody listens there any more", "--unix-socket", stale)
        self.assert_refused(2, "has at most 107 bytes", "--unix-socket", "/" + "x" * 107)
        self.assert_one_sentence()
        self.assert_not_judged("No such file", "--unix-socket", "/" + "x" * 106)

    def test_a_supervisord_that_is_shutting_down(self):
        slow = CACHE + "[program:slow]\ncommand = /bin/sh -c \"trap '' TERM; echo ready; sleep 600; true\"\n" \
                       "stopwaitsecs = 60\nkillasgroup = true\n"
        _, url = self.start_inet(more=slow)
        proxy = xmlrpc.client.ServerProxy(url)
        until = time.monotonic() + 20
        while not proxy.supervisor.readProcessStdoutLog("slow", 0, 100):  # it has heard of its trap
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)
        slow = proxy.supervisor.getProcessInfo("slow")["pid"]

        def let_it_end():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(slow, signal.SIGKILL)

        self.addCleanup(let_it_end)
        proxy.supervisor.shutdown()
        self.assert_not_judged(f"{url} is shutting down (fault 6, SHUTDOWN_STATE)", "--url", url)
        let_it_end()
        self.process.wait(20)
        self.assert_not_judged(f"no connection to {url}: Connection refused; is the target running?", "--url", url)

    def test_what_is_no_xml_rpc_is_one_sentence_with_a_guess(self):
        html = b"<!DOCTYPE HTML><title>x</title>"
        for status, body, headers, path, text in [
            (200, html, {}, "/", "HTTP status 200 and an HTML page; did you mean http://127.0.0.1:PORT/RPC2?"),
            (404, b"", {}, "/rpc", "HTTP status 404: nothing is at this path; did you mean http://127.0.0.1:PORT/RPC2?"),
            (403, html, {}, "/RPC2", "HTTP status 403 and an HTML page: a rule there does not let this client in"),
            (404, b"", {}, "/RPC2", "HTTP status 404: nothing is at this path"),
            (405, b"", {}, "/RPC2", "HTTP status 405: nothing at this path takes a POST"),
            (301, b"", {"Location": "http://h/\x1b"}, "/RPC2",
             'HTTP status 301: it sends clients on to "http://h/\\u001b", and a call is not sent on'),
            (307, b"", {}, "/RPC2", "HTTP status 307"),
            (200, b'{"error": "no"}', {}, "/RPC2", 'and what begins "{\\"error\\": \\"no\\"}"'),
            (200, b"", {}, "/RPC2", "answers no XML-RPC: HTTP status 200"),
            (503, html, {}, "/RPC2", "answers every call with HTTP status 503: look into its log"),
        ]:
            with self.subTest(text):
                url = self.serve_with(lambda *_: (status, body), headers)
                self.assert_not_judged(text.replace("PORT", url.split(":")[2]), "--url", url + path)

    def test_a_real_supervisord_at_a_wrong_path(self):
        _, url = self.start_inet()
        self.assert_not_judged(f"did you mean {url}?", "--url", url.replace("RPC2", "rpc"))


class Gentle(SupervisordTest):
    def record(self, answers=None):
        """A cache that takes every call, and notes its bytes."""
        kept, heard = {}, []

        def answer(request, _):
            heard.append(request)
            try:
                params, method = xmlrpc.client.loads(request)
            except Exception:
                return 400, b""
            if method == "cache.store":
                kept[str(params[0])] = params[1]
            if method == "cache.delete":
                kept.pop(str(params[0]), None)
            if method == "cache.clear":
                kept.clear()
            value = {"cache.getKeys": sorted(kept), "cache.getCount": len(kept), "cache.getAPIVersion": "0.2",
                     "cache.fetch": kept.get(str(params[0]) if params else "", "")}.get(method, True)
            return 200, xmlrpc.client.dumps((value,), methodresponse=True).encode()
        return self.serve_with(answer) + "/RPC2", heard

    def test_what_was_not_started_here_is_never_told_to_end(self):
        for spec in ["1.0", "1.1"]:
            with self.subTest(spec):
                url, heard = self.record()
                self.assertIn(self.run_suite("--url", url, "--spec", spec, "--allow", "all", "--timeout", "3"), [0, 1])
                self.assertIn("restarts the target, and only one that was started here may be", self.out)
                self.assertGreater(len(heard), 100)
                for request in heard:
                    self.assertNotRegex(request.lower(), rb"shut\s*down|restart|reload|supervisor\.(?!get)|signal|stop")
                self.assertTrue(any(b"cache.clear" in request for request in heard))

    def test_no_clear_is_sent_unasked(self):
        url, heard = self.record()
        self.run_suite("--url", url, "--spec", "1.0", "--timeout", "3")
        self.assertGreater(len(heard), 100)
        for request in heard:
            self.assertNotIn(b"clear", request.lower())


if __name__ == "__main__":
    main()
