"""What cache-conformance reads of a supervisord's configuration, and how it keeps a password to itself.

usage: command_line_config_test.py --programs FOLDER [TEST…]
"""

import base64
import os
import re
import socket
import subprocess
import xmlrpc.client

from command_line import FETCH, KEYS, STORE, WRONG, case, main
from command_line_supervisord import ASKS, CACHE, PASSWORD, ROOT, SupervisordTest, free_port


class Config(SupervisordTest):
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
            (": there is no [supervisorctl], [unix_http_server] or", "[supervisord]\n"),
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


class Secrets(SupervisordTest):
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


if __name__ == "__main__":
    main()
