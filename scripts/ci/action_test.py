"""The GitHub Action, run as a runner would: action.yml and action.sh, which it calls.

usage: action_test.py --programs FOLDER [TEST…]
"""

import json
import os
import pathlib
import re
import signal
import unittest
import xmlrpc.client
import zipfile

import yaml
from github_runner import MUTANT, ROOT, SERVER, Loader, RunnerTest, commands, filled_in, main, outputs, read_yaml

import results
from command_line import FETCH, KEYS, STORE, WRONG, case, free_port

ACTION = read_yaml("action.yml")
STEP, UPLOAD = ACTION["runs"]["steps"]
QUICK = "version-is-string"


class ActionTest(RunnerTest):
    def setUp(self):
        super().setUp()
        self.files = {name: os.path.join(self.folder, name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}

    def act(self, expected, meanwhile=None, **given):
        """Runs the step with these inputs, - written as _, and the others as they are by default.

        Expected is an exit status, or None for any.
        """
        inputs = {name: told.get("default", "") for name, told in ACTION["inputs"].items()}
        for name, value in given.items():
            self.assertIn(name.replace("_", "-"), inputs)
            inputs[name.replace("_", "-")] = value
        for path in self.files.values():
            self.write(path, "")
        given = {name: filled_in(text, inputs=inputs) for name, text in STEP["env"].items()}
        status = self.run_step(STEP["run"], meanwhile=meanwhile, **given, **self.files, GITHUB_ACTION_PATH=str(ROOT))
        self.assertIn(status, (0, 1, 2, 3) if expected is None else (expected,), self.out)
        self.outputs = outputs(self.read(self.files["GITHUB_OUTPUT"]))
        self.summary = self.read(self.files["GITHUB_STEP_SUMMARY"])
        self.annotations = [found for found in commands(self.out) if found[0] in ("error", "warning", "notice")]
        self.assertEqual(self.outputs["status"], str(status))
        self.assertEqual(os.listdir(self.temp), [])

    def assert_error(self, text):
        self.assertIn(text, "".join(message for level, _, message in self.annotations if level == "error"))

    def assert_not_run(self, status, text, **given):
        """What is wrong is told, and nothing is made."""
        self.act(status, **given)
        self.assert_error(text)
        self.assertEqual(self.outputs, {"status": str(status)})

    def run_of(self, path):
        run, = results.read(os.path.join(self.workspace, path))
        return run


class Verdicts(ActionTest):
    def test_a_target_that_passes(self):
        self.act(0, command=SERVER, spec="1.0", filter=QUICK)
        self.assertEqual(self.outputs, {"status": "0", "report": "cache-conformance-report/report.html",
                                        "results": "cache-conformance-report/run.ndjson"})
        self.assertEqual(self.run_of(self.outputs["results"]).verdicts(), {QUICK: "passed"})
        self.assertIn("<html", self.read(self.outputs["report"]))
        self.assertIn("<testsuite", self.read("cache-conformance-report/junit.xml"))
        self.assertEqual(self.annotations, [])
        self.assertTrue(self.summary.strip())

    def test_a_target_that_fails_is_annotated_at_the_places_of_its_cases(self):
        self.act(1, command=MUTANT, spec="1.0", filter="[cache.delete]")
        verdicts = self.run_of(self.outputs["results"]).verdicts().values()
        errors = [properties for level, properties, _ in self.annotations if level == "error"]
        self.assertEqual(len(errors), list(verdicts).count("failed"))
        self.assertTrue(errors)
        for properties in errors:
            path = pathlib.Path(self.workspace, properties["file"])
            self.assertLessEqual(int(properties["line"]), len(path.read_text(encoding="utf-8").splitlines()))
        self.assertIn("<html", self.read(self.outputs["report"]))
        self.assertTrue(self.summary.strip())

    def test_by_url_and_by_socket_with_the_rules_that_the_inputs_name(self):
        for given in ({"url": self.start_server()[0]}, {"unix_socket": self.start_unix_server()}):
            self.act(0, **given, spec="1.0", allow="exclusive,heavy", strict="true", filter="[cache.count]",
                     arguments="--order rand\n--rng-seed '7'")
            start = self.run_of(self.outputs["results"]).start
            told = {"strict": True, "allow": ["exclusive", "heavy"], "require_all": False, "order": "rand", "seed": 7,
                    "filter": ["[cache.count]"]}
            self.assertEqual({name: start["options"][name] for name in told}, told)
        self.act(1, **given, spec="1.0", require_all="true", filter="[cache.count]")  # what needs an empty cache

    def test_cases_that_are_known_to_fail(self):
        fixtures = self.fixtures(case("good", STORE, FETCH), case("bad", STORE, WRONG))[1]
        given = {"command": SERVER, "spec": "1.0", "fixtures": fixtures}
        self.act(1, **given)
        known = self.write("known.json", json.dumps({"format": "1.0", "known": [{"ids": "bad", "reason": "not yet"}]}))
        self.act(0, **given, known_failures=known)
        self.assertEqual([found for found in self.annotations if found[0] == "error"], [])
        self.act(2, command=SERVER, spec="1.0", known_failures=known)
        self.assert_error("known.json:1:")

    def test_a_target_that_cannot_be_reached(self):
        self.act(0, command=SERVER, spec="1.0", filter=QUICK)
        url = f"http://127.0.0.1:{free_port()}/RPC2"
        self.assert_not_run(3, f"no connection to {url}", url=url)
        self.assertEqual(self.summary, "")
        self.assertNotIn("report.html", os.listdir(os.path.join(self.workspace, "cache-conformance-report")))

    def test_a_run_that_does_not_come_to_its_end(self):
        fixtures = self.fixtures(*(case(f"c{i}", {"wait": 1}, KEYS, needs=["slow"]) for i in range(3)))[1]
        self.act(3, command=SERVER, spec="1.0", allow="slow", fixtures=fixtures, arguments="--deadline 1.5")
        self.assert_error("--deadline was reached")
        self.assertIn("<html", self.read(self.outputs["report"]))

    def test_a_job_that_is_cancelled_leaves_no_key(self):
        url, proxy = self.start_server()
        fixtures = self.fixtures(case("a", STORE, {"wait": 3}, FETCH, needs=["slow"]), case("b", KEYS))[1]

        def cancel(step):
            self.wait_until(lambda: proxy.cache.getKeys())
            step.send_signal(signal.SIGINT)
        self.act(128 + signal.SIGTERM, meanwhile=cancel, url=url, spec="1.0", allow="slow", fixtures=fixtures)
        self.assertEqual(proxy.cache.getKeys(), [])
        self.assertIn("INTERRUPTED", self.out)


class Inputs(ActionTest):
    def test_one_target_is_named(self):
        self.assert_not_run(2, "exactly one of the inputs url, unix-socket and command", spec="1.0")
        self.assert_not_run(2, "given are 2", url="http://127.0.0.1:1/RPC2", command=SERVER)
        self.assertNotIn("cache-conformance-report", os.listdir(self.workspace))

    def test_what_is_wrong_is_told(self):
        self.assert_not_run(2, "strict is true or false, not 'yes'", command=SERVER, strict="yes")
        self.assert_not_run(2, "username and password need each other", command=SERVER, username="me")
        self.assert_not_run(2, "username and password need each other", command=SERVER, password="secret")
        self.assert_not_run(2, "the input arguments: ", command=SERVER, arguments="'--order rand")
        self.write(os.path.join(self.workspace, "file"), "")
        self.assert_not_run(2, "the input report: ", command=SERVER, report="file/folder")
        self.act(0, command=SERVER, spec="1.0", filter=QUICK)
        self.assert_not_run(2, "--nonsense", command=SERVER, arguments="--nonsense")
        self.assertEqual(os.listdir(os.path.join(self.workspace, "cache-conformance-report")), [])
        self.assert_not_run(2, "the input filter says which cases", command=SERVER, filter="--out=PWNED")
        self.assert_not_run(2, "spec", command=SERVER, spec="2.0")
        self.assert_not_run(2, "no-such-file", command=SERVER, known_failures="no-such-file")

    def test_no_input_is_read_by_a_shell(self):
        for text in ["$(touch PWNED)`touch PWNED`a[$(touch PWNED)]", "'\ntouch PWNED\n\"\ntouch PWNED\n"]:
            for name in ACTION["inputs"]:
                if name in ("command", "artifact-name", "wheel"):
                    continue
                given = {"command": SERVER, "spec": "1.0", "filter": QUICK}
                if name in ("url", "unix-socket"):
                    del given["command"]
                if name in ("username", "password"):
                    given.update(username="me", password="secret")
                with self.subTest(input=name, text=text):
                    given[name.replace("-", "_")] = text
                    self.act(None, **given)
                    self.assertNotIn("PWNED", os.listdir(self.workspace))

    def test_any_character_in_a_path(self):
        fixtures = [self.fixtures(case("one", STORE, FETCH))[1], os.path.join(self.workspace, "some 'more' $HOME")]
        os.mkdir(fixtures[1])
        self.write(os.path.join(fixtures[1], "s.json"), json.dumps(
            {"format": "1.0", "suite": "s", "title": "t", "cases": [case("two", KEYS)]}))
        known = self.write('known "failures" $(x).json', json.dumps(
            {"format": "1.0", "known": [{"ids": "three", "reason": "not yet"}]}))
        self.write(os.path.join(fixtures[1], "t.json"), json.dumps(
            {"format": "1.0", "suite": "t", "title": "t", "cases": [case("three", STORE, WRONG)]}))
        folder = "it's a\nstatus=7 & $(folder)"
        self.act(0, command=SERVER, spec="1.0", fixtures=fixtures[0], known_failures=known, report=folder,
                 arguments=f'--fixtures "{os.path.basename(fixtures[1])}"')
        self.assertEqual(self.outputs, {"status": "0", "report": f"{folder}/report.html",
                                        "results": f"{folder}/run.ndjson"})
        self.assertEqual(self.run_of(self.outputs["results"]).verdicts(),
                         {"one": "passed", "two": "passed", "three": "expected-failure"})
        self.act(0, command=SERVER, spec="1.0", filter=QUICK, report="--html")
        self.assertIn("<html", self.read("--html/report.html"))

    def test_a_password_is_in_no_file_no_line_and_no_command(self):
        secret, told = 's3cr$(x)"\' %41', []

        def answer(request, authorization):
            for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    told.append(path.read_bytes())
                except OSError:  # it has ended
                    pass
            method = xmlrpc.client.loads(request)[1]
            value = {"cache.getKeys": [], "cache.fetch": authorization}.get(method, True)
            return (200 if authorization else 401), xmlrpc.client.dumps((value,), methodresponse=True).encode()
        self.act(1, url=self.serve_with(answer), spec="1.0", username="somebody", password=secret,
                 fixtures=self.fixtures(case("a", STORE, FETCH))[1])
        self.assertIs(self.run_of(self.outputs["results"]).start["options"]["credentials"], True)
        told += [path.read_bytes() for name in (self.workspace, self.temp, *self.files.values())
                 for path in [pathlib.Path(name), *pathlib.Path(name).rglob("*")] if path.is_file()]
        for text in [*told, self.out.encode()]:
            self.assertNotIn(secret.encode(), text)
        self.assertTrue(any(b"--password-env" in text for text in told))


class Log(ActionTest):
    def test_what_the_target_answers_is_no_workflow_command(self):
        attack = "w\n::error title=gotcha::gotcha\n::add-mask::v\n::stop-commands::y\n##[error]gotcha\n##[add-mask]v\n"

        def answer(request, _):
            method = xmlrpc.client.loads(request)[1]
            value = {"cache.getKeys": [], "cache.fetch": attack}.get(method, True)
            return 200, xmlrpc.client.dumps((value,), methodresponse=True).encode()
        self.act(1, url=self.serve_with(answer), spec="1.0", fixtures=self.fixtures(case("a", STORE, FETCH))[1])
        self.assertIn("##[error]gotcha", self.out)  # it is shown, all the same
        self.assertEqual({name for name, _, _ in commands(self.out)}, {"error"})
        self.assertNotIn("gotcha", [message for _, _, message in self.annotations])

    def test_a_report_that_cannot_be_made_changes_no_status(self):
        self.program("cache-conformance-report", "echo it is broken >&2; exit 1")
        self.act(0, command=SERVER, spec="1.0", filter=QUICK)
        self.assertIn(("warning", {"title": "cache-conformance"}, "the report could not be made; the log says why"),
                      self.annotations)
        self.assertEqual(set(self.outputs), {"status", "results"})


class Programs(ActionTest):
    def wheel(self):
        """One that installs what is in the folder of programs."""
        path = os.path.join(self.folder, "kit_stand_in-1.0-py3-none-any.whl")
        info = "kit_stand_in-1.0.dist-info/"
        with zipfile.ZipFile(path, "w") as file:
            file.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: kit-stand-in\nVersion: 1.0\n")
            file.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            for name in ("cache-conformance", "cache-conformance-report"):
                script = f'#!/bin/sh\necho from a wheel >&2\nexec "{self.bin}/away/{name}" "$@"\n'
                entry = zipfile.ZipInfo(f"kit_stand_in-1.0.data/scripts/{name}")
                entry.external_attr = 0o100755 << 16
                file.writestr(entry, script)
            file.writestr(info + "RECORD", "")
        os.mkdir(os.path.join(self.bin, "away"))
        for name in ("cache-conformance", "cache-conformance-report"):
            os.rename(os.path.join(self.bin, name), os.path.join(self.bin, "away", name))
        return path

    def test_from_a_wheel(self):
        self.act(0, command=SERVER, spec="1.0", filter=QUICK, wheel=self.wheel())
        self.assertEqual(self.out.count("from a wheel"), 2)
        self.assertIn("<html", self.read(self.outputs["report"]))

    def test_from_nothing_that_pip_can_install(self):
        for text in ["--help\n::error::gotcha\n$(touch PWNED)"]:
            self.assert_not_run(3, "pip could not install", command=SERVER, wheel=text)
        self.assertNotIn("PWNED", os.listdir(self.workspace))
        self.assertNotIn("gotcha", [message for _, _, message in self.annotations])


class Builds(ActionTest):
    """Apart, since it builds."""

    def test_they_are_built_where_there_are_none(self):
        for name in ("cache-conformance", "cache-conformance-report"):
            os.remove(os.path.join(self.bin, name))
        self.act(0, command=SERVER, spec="1.0", filter=QUICK)
        self.assertEqual([name for name, _, _ in commands(self.out)], ["group", "endgroup"])
        self.assertIn(f"{ROOT}/build/bin/cache-conformance", self.run_of(self.outputs["results"]).start["again"])


def steps_in(document):
    """Of a list of steps, or of a workflow, each step that uses an action."""
    steps = document if isinstance(document, list) else [
        step for job in document["jobs"].values() for step in job["steps"]]
    return [step for step in steps if "uses" in step]


class Description(unittest.TestCase):
    def test_every_input_is_described_and_goes_to_the_script_or_the_artefact(self):
        passed_on = {**STEP["env"], **UPLOAD["with"], "if": UPLOAD["if"]}
        script = (ROOT / "scripts/ci/action.sh").read_text(encoding="utf-8")
        for name, told in ACTION["inputs"].items():
            self.assertTrue(told["description"])
            self.assertIn(f"inputs.{name} ", " ".join(map(str, passed_on.values())) + " ", name)
        for variable, text in STEP["env"].items():
            name = variable.removeprefix("INPUT_").lower().replace("_", "-")
            self.assertEqual(text, f"${{{{ inputs.{name} }}}}")
            self.assertRegex(script, rf"\b({variable}\b|(with_value|switch|input) {name}\b)")

    def test_every_output_is_one_of_the_script(self):
        script = (ROOT / "scripts/ci/action.sh").read_text(encoding="utf-8")
        for name, told in ACTION["outputs"].items():
            self.assertEqual(told["value"], f"${{{{ steps.{STEP['id']}.outputs.{name} }}}}")
            self.assertRegex(script, rf"\boutput {name} ")

    def test_the_documents_name_inputs_that_there_are(self):
        steps = [step for document in ("README.md", "conformance/README.md")
                 for block in re.findall(r"```yaml\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), re.DOTALL)
                 for step in steps_in(yaml.load(block, Loader)) if "supervisor-cache-kit" in step["uses"]]
        self.assertEqual(len(steps), 2)
        for step in steps:
            self.assertEqual(step["with"].keys() - ACTION["inputs"].keys(), set())
            self.assertEqual(len(step["with"].keys() & {"url", "unix-socket", "command"}), 1)

    def test_its_steps_only_call_the_script_and_keep_what_it_makes(self):
        self.assertEqual(STEP["run"], 'exec "$GITHUB_ACTION_PATH/scripts/ci/action.sh"')
        self.assertEqual(STEP["shell"], "bash")
        self.assertRegex(UPLOAD["uses"], r"^actions/upload-artifact@v\d+$")
        self.assertTrue(UPLOAD["if"].startswith("always() "))
        self.assertTrue(re.fullmatch(r"[^$]*", STEP["run"].replace("$GITHUB_ACTION_PATH", "")))


if __name__ == "__main__":
    main()
