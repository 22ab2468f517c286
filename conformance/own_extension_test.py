"""Cases for an extension that is no cache: the guide in fixtures/README.md to the letter, and what is different there.

usage: own_extension_test.py --programs FOLDER [TEST…]
"""

import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import xmlrpc.client

from command_line import PROGRAMS, CommandLineTest, case, main

ROOT = pathlib.Path(__file__).resolve().parent.parent
GUIDE = ROOT / "fixtures" / "README.md"
SUPERVISOR = ROOT / "build" / "supervisord" / "1.1.0" / "bin"  # which has supervisord


def guide():
    """Of the guide the files by name, and the commands, each block with the one of what it prints."""
    section = GUIDE.read_text(encoding="utf-8").partition("\n## Cases for an extension of your own\n")[2]
    section = section.partition("\n## ")[0]
    files, commands = {}, []
    for name, kind, text in re.findall(r"(?:^`([^`\n]+)`:\n\n)?^```(\w*)\n(.*?)^```$", section, re.M | re.S):
        if name:
            files[name] = text
        elif kind == "sh":
            commands.append([text, ""])
        else:
            commands[-1][1] = text
    return files, commands


class GuideTest(CommandLineTest):
    """In an empty folder that has the guide's files."""

    def setUp(self):
        super().setUp()
        self.files, self.commands = guide()
        for name, text in self.files.items():
            os.makedirs(os.path.dirname(os.path.join(self.folder, name)), exist_ok=True)
            self.write(name, text)
        self.environment = {**os.environ, "PATH": f"{PROGRAMS}:{SUPERVISOR}:{os.environ['PATH']}"}

    def follow(self, command):
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120)
        self.out, self.err = done.stdout, done.stderr
        return done.returncode

    def assert_prints(self, lines):
        """All of these, in this order; how long it took may differ."""
        timeless = [re.sub(r"in [0-9.]+ s$", "in … s", line) for line in lines.splitlines()]
        printed = iter([re.sub(r"in [0-9.]+ s$", "in … s", line) for line in self.out.splitlines()])
        for line in timeless:
            self.assertIn(line, printed, self.out + self.err)

    def start_supervisord(self):
        """The guide's own, which goes on; returns the path of its socket."""
        path = os.path.join(self.folder, "sock")
        process = subprocess.Popen(["supervisord", "-c", "supervisord.conf"], cwd=self.folder,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env={**self.environment, "SOCKET": path, "PYTHONPATH": "."})
        self.addCleanup(process.wait, 20)
        self.addCleanup(process.terminate)
        with socket.socket(socket.AF_UNIX) as probe:
            self.wait_until(lambda: probe.connect_ex(path) == 0)
        return path

    def verdicts(self, *command):
        """By case, and the line `run`."""
        path = os.path.join(self.folder, "run.ndjson")
        subprocess.run([part.replace("RESULTS", path) for part in command], cwd=self.folder, env=self.environment,
                       capture_output=True, timeout=60)
        with open(path, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        self.assertEqual(lines[-1]["type"], "end")
        return {line["id"]: line["verdict"] for line in lines if line["type"] == "case"}, lines[0]


class Guide(GuideTest):
    def test_from_nothing_to_a_run_that_passes_and_one_that_fails(self):
        self.assertEqual(list(self.files), ["counter.py", "supervisord.conf", "my/behaviours.json", "my/counting.json"])
        self.assertEqual(len(self.commands), 2)
        for (command, printed), status in zip(self.commands, [0, 1]):
            self.assertEqual(self.follow(command), status, self.out + self.err)
            self.assertGreater(len(printed.splitlines()), 2)
            self.assert_prints(printed)

    def test_its_files_are_in_form(self):
        for script in [["validate-fixtures"], ["format-fixtures", "--check"]]:
            subprocess.run([sys.executable, ROOT / "scripts" / script[0], *script[1:], os.path.join(self.folder, "my")],
                           check=True, stdout=subprocess.DEVNULL)
        # In a virtual environment, as that of the wheel is; -S leaves out what is installed.
        done = subprocess.run([sys.executable, "-S", ROOT / "scripts" / "validate-fixtures", "my"], cwd=self.folder,
                              capture_output=True, text=True)
        self.assertRegex(done.stderr, r"^scripts/validate-fixtures: .* has no package jsonschema \(.*\)\n$")
        self.assertEqual(done.returncode, 2)

    def test_a_namespace_that_is_none_is_refused(self):
        for name in ["", "count.er", "a b", "x" * 61, 5]:
            statements = {**json.loads(self.files["my/behaviours.json"]), "namespace": name}
            path = self.write("my/behaviours.json", json.dumps(statements))
            done = subprocess.run([sys.executable, ROOT / "scripts" / "validate-fixtures", os.path.dirname(path)],
                                  capture_output=True, text=True)
            self.assertIn(f"{path}: $.namespace: ", done.stderr)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(self.follow(self.commands[0][0]), 2)
            self.assertRegex(self.err, r"^my/behaviours.json:1:\d+: expected ")

    def test_both_runners_agree_and_leave_a_supervisord_running(self):
        path = self.start_supervisord()
        ours = ["cache-conformance", "--fixtures", "my", "--unix-socket", path, "-r", "ndjson::out=RESULTS"]
        theirs = [sys.executable, str(ROOT / "scripts" / "runner.py"), "--fixtures", "my", "--spec", "1.1",
                  "--unix-socket", path, "--out", "RESULTS"]
        passed = {"counts-from-one": "passed", "each-name-alone": "passed", "unknown-name": "passed"}
        verdicts, start = self.verdicts(*ours)
        self.assertEqual(verdicts, passed)
        self.assertEqual((start["namespace"], start["spec"]), ("counter", "1.1"))
        self.assertEqual([each["id"] for each in start["behaviours"]],
                         [each["id"] for each in json.loads(self.files["my/behaviours.json"])["behaviours"]])
        self.assertNotIn("api", start["version"])
        self.assertEqual(self.verdicts(*theirs)[0], passed)
        alone = self.files["my/counting.json"].replace('"cites": ["value-of-unknown"]',
                                                       '"cites": ["value-of-unknown"], "needs": ["exclusive"]')
        self.write("my/counting.json", alone)
        for allow, verdict in [([], "skipped"), (["--allow", "exclusive"], "passed")]:
            self.assertEqual(self.verdicts(*ours, *allow)[0], {**passed, "unknown-name": verdict})
            self.assertEqual(self.verdicts(*theirs, *allow)[0], {**passed, "unknown-name": verdict})
        self.write("my/counting.json", self.files["my/counting.json"].replace('"value": 1', '"value": 3'))
        failed = {**passed, "counts-from-one": "failed", "each-name-alone": "failed"}
        self.assertEqual(self.verdicts(*ours)[0], failed)
        self.assertEqual(self.verdicts(*theirs)[0], failed)

    def test_the_other_options(self):
        command = self.commands[0][0].rstrip()
        self.assertEqual(self.follow(command + " --doubt"), 0, self.out + self.err)
        self.assertRegex(self.out, "doubted .*the others are irrelevant")
        for option in ["--list-tests", "--show unknown-name", "--print-calls"]:
            self.assertEqual(self.follow(f"{command} {option}"), 0, self.out + self.err)
            self.assertIn("unknown-name", self.out)
            self.assertNotIn("cache", self.out)

    def test_a_supervisord_without_the_extension_is_told_the_two_lines(self):
        config = self.files["supervisord.conf"].partition("[rpcinterface:counter]")[0]
        self.write("supervisord.conf", config)
        self.assertEqual(self.follow(self.commands[0][0]), 3, self.out + self.err)
        self.assertIn("serves no namespace counter: counter.getAPIVersion is a fault, and system.listMethods lists "
                      "none of its methods. In", self.err)
        self.assertTrue(self.err.endswith("  [rpcinterface:counter]\n"
                                          "  supervisor.rpcinterface_factory = MODULE:FACTORY\n"), self.err)
        self.assertEqual(self.out, "")

    def test_who_forgets_to_name_the_namespace_is_told(self):
        statements = self.files["my/behaviours.json"].replace(', "namespace": "counter"', "")
        self.write("my/behaviours.json", statements)
        self.assertEqual(self.follow(self.commands[0][0]), 3, self.out + self.err)
        hint = 'their behaviours.json has to name its "namespace".\n'
        self.assertTrue(self.err.endswith(hint), self.err)
        self.assertEqual(self.follow(re.sub("--fixtures my", "", self.commands[0][0])), 3, self.out + self.err)
        self.assertNotIn(hint, self.err)


class Different(CommandLineTest):
    """At a server of counters that notes what it is asked."""

    def setUp(self):
        super().setUp()
        self.heard = []

    def counters(self, version="7.1", methods=("counter.increment", "system.listMethods")):
        """What is None is unknown to it."""
        known = {"counter.increment": 1, "counter.getAPIVersion": version,
                 "system.listMethods": methods and list(methods)}

        def answer(request, _):
            method = xmlrpc.client.loads(request)[1]
            self.heard.append(method)
            if known.get(method) is None:
                return 200, xmlrpc.client.dumps(xmlrpc.client.Fault(1, "UNKNOWN_METHOD")).encode()
            return 200, xmlrpc.client.dumps((known[method],), methodresponse=True).encode()
        return self.serve_with(answer) + "/RPC2"

    def counting(self, *cases, name="counter"):
        increment = {"call": "counter.increment", "params": ["a"], "value": 1}
        options = self.fixtures(*(cases or [case("counts", increment)]))
        path = os.path.join(options[1], "behaviours.json")
        with open(path, encoding="utf-8") as file:
            statements = json.load(file)
        self.write(path, json.dumps({**statements, "namespace": name}))
        return options

    def test_only_what_changes_nothing_is_called_around_the_cases(self):
        first = ["counter.getAPIVersion", "system.listMethods"]
        for spec in [[], ["--spec", "auto"], ["--spec", "1.0"]]:
            self.heard.clear()
            self.assert_status(0, "--url", self.counters(), *self.counting(), *spec)
            self.assertEqual(self.heard, [*first, "counter.increment"])
            self.assertIn("spec      " + (spec[-1] if "1.0" in spec else "1.1"), self.out)
        self.assert_status(0, "--url", self.counters(), *self.counting(), "-r", "ndjson")
        self.assertEqual(json.loads(self.out.splitlines()[0])["version"]["api"], "7.1")

    def test_whether_it_is_there(self):
        for version, methods, status in [("7.1", ["cache.store"], 0), (None, ["counter.increment"], 0), (None, None, 0),
                                         (None, ["cache.store", "counters.increment", "counter"], 3)]:
            with self.subTest([version, methods]):
                self.heard.clear()
                self.assert_status(status, "--url", self.counters(version, methods), *self.counting())
                self.assertEqual("counter.increment" in self.heard, status == 0)

    def test_one_that_is_shutting_down(self):
        fault = xmlrpc.client.dumps(xmlrpc.client.Fault(6, "SHUTDOWN_STATE")).encode()
        self.assert_refused(3, "is shutting down", "--url", self.serve(200, fault), *self.counting())

    def test_exclusive_has_to_be_allowed_and_is_not_checked(self):
        step = {"call": "counter.increment", "params": ["a"], "value": 1}
        options = ["--url", self.counters(), *self.counting(case("alone", step, needs=["exclusive"]))]
        self.assert_status(0, *options)
        self.assertIn("needs exclusive: alone", self.out)
        self.assertNotIn("counter.increment", self.heard)
        self.assert_status(0, *options, "--allow", "exclusive", "--require-all")
        self.assertEqual(self.heard[-1], "counter.increment")
        self.assertFalse([method for method in self.heard if method.startswith("cache.")])

    def test_what_keeps_supervisor_and_the_cache_safe_holds_all_the_same(self):
        for method, params in [("counter.clear", []), ("cache.clear", []), ("cache.store", ["theirs", "v"]),
                               ("counter.store", ["theirs"])]:
            with self.subTest(method):
                options = self.counting(case("c", {"call": method, "params": params, "fault": True}))
                self.assert_refused(2, 'the case needs "exclusive"', "--url", self.counters(), *options)
        for method in ["supervisor.shutdown", "supervisor.restart", "supervisor.clearLog", "counter.reload"]:
            with self.subTest(method):
                options = self.counting(case("c", {"call": method, "fault": True}, needs=["exclusive"]))
                self.assert_refused(2, 'the case needs "restart"', "--url", self.counters(), *options)
        self.assertEqual(self.heard, [])

    def test_what_a_case_stores_in_a_cache_is_deleted(self):
        options = self.counting(case("c", {"call": "cache.store", "params": [{"$key": "a"}, "v"], "fault": True}))
        self.assert_status(0, "--url", self.counters(), *options)
        self.assertEqual(self.heard[2:], ["cache.store", "cache.delete"])

    def test_two_namespaces_are_two_runs(self):
        os.makedirs(os.path.join(self.folder, "more"))
        ours = self.counting()
        others = self.write("more/behaviours.json", '{"format": "1.0", "namespace": "clock", "behaviours": []}')
        self.assert_refused(2, f'{others}:1:32: the namespace is "clock", and that of {ours[1]}/behaviours.json is '
                               '"counter"', *ours, "--fixtures", os.path.dirname(others), "--list-tests")
        self.assert_refused(2, 'the namespace is "counter"', "--fixtures", str(ROOT / "fixtures"), *ours)

    def test_no_target_is_named(self):
        self.assert_refused(2, "does not serve the namespace counter: name a target with --url", *self.counting())
        self.assert_one_sentence()

    def test_a_warning_does_not_speak_of_the_cache(self):
        step = {"call": "counter.increment", "params": ["a"], "value": 2}
        self.assert_status(0, "--url", self.counters(), *self.counting(case("c", step, level="should")))
        self.assertIn("no document of the extension asks for it", self.out)

    def test_a_sweep_is_of_the_cache(self):
        url, proxy = self.start_server()
        proxy.cache.store("kit-1a2b3c4d.c.a", "v")
        self.assert_status(0, "--url", url, *self.counting(), "--sweep")
        self.assertEqual(proxy.cache.getKeys(), [])


if __name__ == "__main__":
    main()
