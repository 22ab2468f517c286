"""cache-conformance in the hands of somebody whose supervisord does real work.

usage: command_line_operator_test.py --programs FOLDER [TEST…]
"""

import base64
import contextlib
import grp
import os
import pwd
import re
import shlex
import signal
import socket
import subprocess
import threading
import time
import urllib.parse
import xmlrpc.client

from command_line import FETCH, KEYS, STORE, WRONG, CommandLineTest, case, main

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PYTHON = os.path.join(ROOT, "build", "supervisord", "1.1.0", "bin", "python")  # it has supervisor

CACHE = "[rpcinterface:cache]\n" \
        "supervisor.rpcinterface_factory = supervisor_cache.rpcinterface:make_cache_rpcinterface\n"
SUPERVISOR = "[rpcinterface:supervisor]\n" \
             "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Operator(CommandLineTest):
    def start_supervisord(self, listener, more=CACHE, environment=None):
        """A real one that listens as these lines say; returns the path of its configuration."""
        config = self.write("supervisord.conf", f"""; as people write it
[supervisord]
nodaemon = true
logfile = %(here)s/supervisord.log
pidfile = %(here)s/supervisord.pid
{"user = root" if os.geteuid() == 0 else ""}
{listener}
{SUPERVISOR}{more}
""")
        process = subprocess.Popen([PYTHON, "-I", "-m", "supervisor.supervisord", "-c", config],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env={**os.environ, **(environment or {})})
        self.addCleanup(process.wait, 20)
        self.addCleanup(process.kill)
        self.process = process
        return config

    def wait_for(self, family, address):
        until = time.monotonic() + 30
        while True:
            with socket.socket(family) as probe:
                if probe.connect_ex(address) == 0:
                    return
            self.assertLess(time.monotonic(), until, "supervisord does not answer")
            time.sleep(0.02)

    def start_inet(self, more_lines="", **more):
        port = free_port()
        config = self.start_supervisord(f"[inet_http_server]\nport = 127.0.0.1:{port}\n{more_lines}", **more)
        self.wait_for(socket.AF_INET, ("127.0.0.1", port))
        return config, f"http://127.0.0.1:{port}/RPC2"

    def start_unix(self, more_lines="", **more):
        config = self.start_supervisord(f"[unix_http_server]\nfile = %(here)s/sock ; here\n{more_lines}", **more)
        path = os.path.join(self.folder, "sock")
        self.wait_for(socket.AF_UNIX, path)
        return config, path

    def assert_no_secrets(self, *texts):
        for text in texts:
            for secret in SECRETS:
                self.assertNotIn(secret, text)


PASSWORD = "s3cret%:word;x"
SECRETS = [PASSWORD, base64.b64encode(f"me:{PASSWORD}".encode()).decode()]
ASKS = f"username = me\npassword = {PASSWORD.replace('%', '%%')}\t; not for everybody\n"


class Config(Operator):
    def test_a_real_supervisord_on_both_kinds_of_socket(self):
        for start in [self.start_inet, self.start_unix]:
            with self.subTest(start.__name__):
                config, target = start(ASKS)
                self.assert_status(0, "--config", config, "--spec", "1.1", "--strict")
                self.assertIn(target, self.out)
                self.assert_no_secrets(self.out, self.err)

    def test_what_supervisorctl_is_told_comes_first(self):
        config, url = self.start_inet(ASKS, more=CACHE + "[supervisorctl]\nserverurl = http://127.0.0.1:%(ENV_KIT_PORT)s\n")
        port = url.split(":")[2].split("/")[0]
        other = self.write("other.conf", "[supervisorctl]\nSERVERURL : http://127.0.0.1:%(ENV_KIT_PORT)s\n"
                           "username=me\npassword=%(ENV_KIT_PASSWORD)s\n[unix_http_server]\nfile=/nowhere\n")
        env = {**os.environ, "KIT_PORT": port, "KIT_PASSWORD": PASSWORD}
        for path in [config, other]:
            with self.subTest(path):
                self.assert_status(0, "--config", path, "version-is-string", env=env)

    def test_a_configuration_that_takes_all_from_the_environment(self):
        port = free_port()
        process = self.start(os.path.join(ROOT, "scripts", "supervisord"), "--port", str(port),
                             "--username", "me", "--password", PASSWORD)
        self.wait_for(socket.AF_INET, ("127.0.0.1", port))
        env = {**os.environ, "CACHE_PORT": str(port), "CACHE_USERNAME": "me", "CACHE_PASSWORD": PASSWORD}
        config = os.path.join(ROOT, "build", "supervisord", "run", "inet.conf")
        self.assert_status(0, "--config", config, "version-is-string", env=env)
        self.assert_refused(3, "refuses this user and password", "--config", config, "version-is-string",
                            env={**env, "CACHE_PASSWORD": "x"})
        process.terminate()

    def test_a_user_beside_it_counts_instead(self):
        config, _ = self.start_inet(ASKS)
        env = {**os.environ, "KIT_RIGHT": PASSWORD, "KIT_WRONG": "x"}
        self.assert_status(0, "--config", config, "--username", "me", "--password-env", "KIT_RIGHT",
                           "version-is-string", env=env)
        self.assert_refused(3, "refuses this user and password", "--config", config, "--username", "me",
                            "--password-env", "KIT_WRONG", env=env)

    def test_a_failure_can_be_repeated_by_who_knows_the_password(self):
        config, _ = self.start_inet(ASKS)
        self.assert_status(1, "--config", config, "--spec", "1.1", *self.fixtures(case("a", STORE, WRONG)))
        self.assert_no_secrets(self.out)
        lines = re.findall(r"^    (curl .*)$", self.out, re.MULTILINE)
        self.assertEqual(len(lines), 2)
        for line in lines:
            told = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=30,
                                  env={**os.environ, "SUPERVISOR_PASSWORD": PASSWORD})
            self.assertIn("HTTP/1.1 200", told.stdout, told.stderr)
            untold = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=30)
            self.assertIn("SUPERVISOR_PASSWORD: set it to the password in the file of --config", untold.stderr)
        command = re.search(r"^  only this (.*)$", self.out, re.MULTILINE)[1]
        only = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30)
        self.assertIn("FAILED: 1 case of 1", only.stdout, only.stderr)

    def test_a_configuration_that_names_no_target_is_2_in_one_sentence(self):
        for text, config in [
            (":1:1: there is no [supervisorctl], [unix_http_server] or", "[supervisord]\n"),
            (":1:1: there is no [section] before this line", "port = 9001\n"),
            (":3:1: this line is neither", "[inet_http_server]\nport = 9001\nsecret\n"),
            (":2:1: serverurl: there is no environment variable", "[supervisorctl]\nserverurl = %(ENV_KIT_NO_SUCH)s\n"),
            (":2:1: serverurl: expected", "[supervisorctl]\nserverurl = https://secret/\n"),
            (":2:1: supervisorctl passes over a user", "[supervisorctl]\nserverurl = http://me:secret@h/\n"),
            (":3:1: password: a % in it", "[inet_http_server]\nport = 1\npassword = 5%secret\nusername = u\n"),
            (":4:1: this is the hash of a password", "[inet_http_server]\nport = 1\nusername = u\npassword = {SHA}secret\n"),
        ]:
            with self.subTest(text):
                path = self.write("broken.conf", config)
                self.assert_refused(2, path + text, "--config", path)
                self.assertNotIn("secret", self.err)
                self.assertEqual(self.err.count("\n"), 1)
        self.assert_refused(2, "--config /nowhere: the file cannot be read", "--config", "/nowhere")
        self.assert_refused(2, "exclude each other", "--config", path, "--url", "http://h/")


class Secrets(Operator):
    def guarded(self, answer_of):
        """A server behind a password, which may say it again."""
        right = "Basic " + base64.b64encode(f"me:{PASSWORD}".encode()).decode()

        def answer(request, authorization):
            if authorization != right:
                return 401, f"<html>you said {authorization}</html>".encode()
            return answer_of(xmlrpc.client.loads(request)[1], authorization)
        return self.serve_with(answer) + "/RPC2"

    @staticmethod
    def value(value):
        return 200, xmlrpc.client.dumps((value,), methodresponse=True).encode()

    def test_no_report_holds_the_password_in_any_verdict(self):
        said = f'you are me:{PASSWORD} or "{PASSWORD}"'
        env = {**os.environ, "KIT_PASSWORD": PASSWORD}
        cases = self.fixtures(
            case("failed", STORE, FETCH), case("blocked", {"call": "cache.fetch", "params": [{"$key": "a"}], "setup": True}, FETCH),
            case("warned", STORE, FETCH, level="should"), case("passed", KEYS), case("skipped", {"wait": 1}, KEYS, needs=["slow"]),
            case("sent", {"send": "GET {path} HTTP/1.1\r\n{authorization}\r\n", "http": {"status": 200}}, needs=["hostile"]),
            case("posted", {"post": {"headers": {"X": "y"}, "body": ""}, "http": {"headers": {"Server": "none"}}}))
        liar = {"cache.getKeys": [], "cache.store": True, "cache.getAPIVersion": "1"}
        for told in [lambda method, header: self.value(liar.get(method, said + header)),
                     lambda method, header: self.value(liar[method]) if method in liar else (200, (said + header).encode()),
                     lambda method, header: self.value(liar[method]) if method in liar
                     else (200, xmlrpc.client.dumps(xmlrpc.client.Fault(1, said + header)).encode())]:
            url = self.guarded(told)
            for given in [["--password-env", "KIT_PASSWORD"], ["--password-file", self.write("password", PASSWORD + "\n")]]:
                reports = {name: os.path.join(self.folder, name) for name in ["junit", "xml", "console", "tap", "compact"]}
                outs = [word for name, path in reports.items() for word in ["-r", f"{name}::out={path}"]]
                self.assert_status(1, "--url", url, "--spec", "1.0", "--username", "me", *given, "--allow", "hostile",
                                   "-r", "kit", *outs, "-s", *cases, env=env)
                self.assertIn("[not shown]", self.out)
                self.assert_no_secrets(self.out, self.err)
                for path in reports.values():
                    with open(path, encoding="utf-8") as file:
                        text = file.read()
                    self.assertIn("failed", text)
                    self.assert_no_secrets(text)

    def test_what_the_preflight_says_does_not_hold_it_either(self):
        env = {**os.environ, "KIT_PASSWORD": PASSWORD}
        options = ["--username", "me", "--password-env", "KIT_PASSWORD"]
        for text, answer in [
            ("an HTML page", lambda method, header: (404, f"<html>{header} {PASSWORD}</html>".encode())),
            ("begins", lambda method, header: (200, f"{PASSWORD} {header}".encode())),
            ("HTTP status 500", lambda method, header: (500, header.encode())),
        ]:
            with self.subTest(text):
                self.assert_refused(3, text, "--url", self.guarded(answer), *options, env=env)
                self.assert_one_sentence()
                self.assert_no_secrets(self.err)
        answers = {"cache.getKeys": [], "cache.getAPIVersion": "1", "cache.store": PASSWORD}
        url = self.guarded(lambda method, header: self.value(answers.get(method, header)))
        self.assert_status(1, "--url", url, *options, *self.fixtures(case("a", KEYS)), env=env)
        self.assertIn("neither true nor a fault", self.out)
        self.assert_no_secrets(self.out, self.err)
        told = 'echo "I was started with $KIT_PASSWORD" >&2; exit 5 # {port}'
        self.assert_refused(3, "I was started with [not shown]", "--spawn", told, *options, env=env)
        self.assert_no_secrets(self.err)

    def test_a_password_in_the_url_is_refused_and_not_repeated(self):
        for url in [f"http://me:{PASSWORD}@127.0.0.1:1/RPC2", "http://me:@h/", f"https://me:{PASSWORD}@h/"]:
            with self.subTest(url):
                self.assert_refused(2, "give the user with --username and the password with --password-env", "--url", url)
                self.assert_one_sentence()
                self.assert_no_secrets(self.err)


class Preflight(Operator):
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


class Gentle(Operator):
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


class PrintCalls(Operator):
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
        self.assert_refused(2, "no case of spec 1.0 matches the filter", "--print-calls", "no-such-case")

    def test_credentials_are_not_printed(self):
        config = self.write("s.conf", f"[inet_http_server]\nport = 1\n{ASKS}")
        self.assert_status(0, "--print-calls", "--config", config)
        self.assertIn("Authorization: Basic [not shown]", self.out)
        self.assertIn("credentials-", self.out)
        self.assert_no_secrets(self.out, self.err)


class Show(Operator):
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


class Sweep(Operator):
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
