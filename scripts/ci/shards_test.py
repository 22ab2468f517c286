"""The examples beside this file, run as they are there, and what comes of runs that are split.

usage: shards_test.py --programs FOLDER [TEST…]
"""

import os
import re
import subprocess
import sys

from github_runner import MUTANT, ROOT, RunnerTest, filled_in, main, read_yaml

import results

MUTANT_AS_MY_SERVER = MUTANT.removesuffix(" --port {port}") + ' --spec 1.1 "$@"'


class ShardsTest(RunnerTest):
    def runs(self, *paths):
        return results.read(*(os.path.join(self.workspace, path) for path in paths))

    def report(self, *paths):
        """The exit status of the report on these files, and its Markdown, without what differs from run to run."""
        done = subprocess.run([sys.executable, ROOT / "scripts/report", "--markdown", "-", *paths], cwd=self.workspace,
                              env=self.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.returncode, re.sub(r"kit-[0-9a-f]{8}|127\.0\.0\.1:\d+|Date: [^\n]*", "…", done.stdout)

    def assert_shares(self, runs, whole):
        """Each case of the whole is in one of the runs, with the same verdict."""
        verdicts = [pair for run in runs for pair in run.verdicts().items()]
        self.assertEqual(sorted(verdicts), sorted(whole.verdicts().items()))


class Split(ShardsTest):
    """At a server that breaks something, so that the reports have something to say."""

    def suite(self, name, *options):
        command = ["cache-conformance", "--spawn", MUTANT, "--spec", "1.0", "--order", "rand", "--rng-seed", "7",
                   "-r", f"ndjson::out={name}", *options]
        done = subprocess.run(command, cwd=self.workspace, env=self.environment(), capture_output=True, text=True)
        self.assertIn(done.returncode, (0, 1), done.stdout + done.stderr)

    def test_the_shards_are_the_whole(self):
        self.suite("whole.ndjson")
        whole, = self.runs("whole.ndjson")
        status, said = self.report("whole.ndjson")
        self.assertEqual(status, 1)
        self.assertRegex(said, r"delete")
        for count in (1, 3, 7):
            with self.subTest(shards=count):
                names = [f"shard-{count}-{index}.ndjson" for index in range(count)]
                for index, name in enumerate(names):
                    self.suite(name, "--shard-count", str(count), "--shard-index", str(index))
                self.assert_shares(self.runs(*names), whole)
                self.assertEqual(self.report(*reversed(names)), (status, said))
                together = "".join(self.read(name) for name in names)
                self.write(os.path.join(self.workspace, "together.ndjson"), together)
                self.assertEqual(self.report("together.ndjson"), (status, said))
        status, said = self.report(*names[:2], *names[3:])
        self.assertEqual(status, 3)
        self.assertIn("1 of 7 shards is missing: 3", said)

    def test_a_shard_without_a_case_passes(self):
        for index in range(3):
            self.suite(f"shard-{index}.ndjson", "--shard-count", "3", "--shard-index", str(index), "version-is-string")
        names = [f"shard-{index}.ndjson" for index in range(3)]
        runs = self.runs(*names)
        self.assertEqual(sorted(len(run.cases) for run in runs), [0, 0, 1])
        self.assertEqual([run.end["status"] for run in runs], [0, 0, 0])
        for index, run in enumerate(runs):  # alone it is a shard of three, and no whole
            self.assertEqual(self.report(names[index])[0], 3)
        self.suite("whole.ndjson", "version-is-string")
        self.assertEqual(self.report(*names), self.report("whole.ndjson"))


class Examples(ShardsTest):
    def shell(self, folder):
        """The exit status of the plain shell."""
        return self.run_step(f"'{ROOT}/scripts/ci/shell.sh' '{folder}'")

    def test_a_plain_shell(self):
        self.assertEqual(self.shell("a folder"), 0, self.out)
        self.assertEqual(sorted(os.listdir(os.path.join(self.workspace, "a folder"))),
                         ["junit.xml", "report.html", "run.ndjson"])
        self.assertIn("PASSED", self.out)

    def test_a_plain_shell_at_a_server_that_fails(self):
        self.program("my-server", MUTANT_AS_MY_SERVER)
        self.assertEqual(self.shell("conformance"), 1, self.out)
        self.assertIn("<html", self.read("conformance/report.html"))

    def test_a_plain_shell_at_a_server_that_does_not_start(self):
        self.program("my-server", "echo out of order >&2; exit 7")
        self.assertEqual(self.shell("conformance"), 3, self.out)
        self.assertIn("out of order", self.out)


class Workflow(ShardsTest):
    def setUp(self):
        super().setUp()
        self.jobs = read_yaml("scripts/ci/github-sharded.yml")

    def step(self, job, name):
        step, = (step for step in self.jobs["jobs"][job]["steps"] if step.get("name") == name)
        return step["run"]

    def uploads(self, job):
        return [step["with"] for step in self.jobs["jobs"][job]["steps"] if "upload-artifact" in step.get("uses", "")]

    def run_workflow(self):
        """All jobs, in one folder, and the exit statuses of the shards and of the report."""
        shard, environment = self.jobs["jobs"]["shard"], self.jobs["env"]
        shards, statuses = shard["strategy"]["matrix"]["shard"], []
        self.assertEqual(shards, list(range(environment["SHARDS"])))
        for number in shards:
            own = {name: filled_in(text, matrix={"shard": number}) for name, text in shard["env"].items()}
            own.update({name: str(text) for name, text in environment.items()}, GITHUB_RUN_NUMBER="41")
            statuses.append(self.run_step(self.step("shard", "Run"), **own))
            kept, = self.uploads("shard")
            self.assertIn(filled_in(kept["path"], matrix={"shard": number}), os.listdir(self.workspace))
            self.assertRegex(filled_in(kept["name"], matrix={"shard": number}), "^shard-")
        statuses.append(self.run_step(self.step("report", "Report")))
        self.assertIn(self.uploads("report")[0]["path"], os.listdir(self.workspace))
        return statuses

    def test_a_server_that_passes(self):
        self.assertEqual(self.run_workflow(), [0, 0, 0, 0], self.out)

    def test_a_server_that_fails(self):
        self.program("my-server", MUTANT_AS_MY_SERVER)
        *shards, report = self.run_workflow()
        self.assertEqual(max(shards), 1)
        self.assertEqual(report, 1)
        self.assertIn("::error file=fixtures/cache/", self.out)

    def test_it_installs_what_it_names(self):
        for job in ("shard", "report"):
            self.assertIn('pip install "$KIT_WHEEL"', self.step(job, "Install"))
        self.assertIs(self.jobs["jobs"]["shard"]["strategy"]["fail-fast"], False)
        self.assertEqual(self.jobs["jobs"]["report"]["if"], "always()")


class IndexedJob(ShardsTest):
    def setUp(self):
        super().setUp()
        self.spec = read_yaml("scripts/ci/kubernetes-indexed-job.yaml")["spec"]
        self.container, = self.spec["template"]["spec"]["containers"]

    def test_it_is_an_indexed_job_whose_pods_run_once(self):
        self.assertEqual(self.spec["completionMode"], "Indexed")
        self.assertEqual(self.spec["parallelism"], self.spec["completions"])
        self.assertEqual(self.spec["backoffLimitPerIndex"], 0)
        self.assertEqual(self.spec["template"]["spec"]["restartPolicy"], "Never")
        self.assertIn({"name": "SHARDS", "value": str(self.spec["completions"])}, self.container["env"])

    def run_pods(self):
        """What kubectl logs shows of all pods, and the exit statuses of these."""
        logs, statuses = "", []
        summary = os.path.join(self.folder, "summary")
        written = self.container["terminationMessagePath"]
        command = [word.replace(written, f'"{summary}"') for word in self.container["command"]]
        for index in range(self.spec["completions"]):
            env = {**self.environment(), **{entry["name"]: entry["value"] for entry in self.container["env"]},
                   "JOB_COMPLETION_INDEX": str(index)}
            done = subprocess.run(command, cwd=self.workspace, env=env, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            logs += done.stdout
            statuses.append(done.returncode)
            self.assertIn(" case", self.read(summary))
        self.write(os.path.join(self.workspace, "run.ndjson"), logs)
        return statuses

    def test_a_server_that_passes(self):
        self.assertEqual(self.run_pods(), [0, 0, 0])
        self.assertEqual(self.report("run.ndjson")[0], 0)

    def test_a_server_that_fails(self):
        self.program("my-server", MUTANT_AS_MY_SERVER)
        self.assertEqual(max(self.run_pods()), 1)
        self.assertEqual(self.report("run.ndjson")[0], 1)
        self.assertEqual(len(self.runs("run.ndjson")), 3)


if __name__ == "__main__":
    main()
