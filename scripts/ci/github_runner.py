"""GitHub's runner, as far as the tests here need it: it reads YAML, runs a step, and carries out workflow commands."""

import os
import pathlib
import re
import stat
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "conformance"))
from command_line import PROGRAMS, CommandLineTest, main  # noqa: E402

SERVER = f"exec '{PROGRAMS}'/cache-server --port {{port}}"
MUTANT = f"exec '{PROGRAMS}'/cache-mutant delete-by-beginning --port {{port}}"


class Loader(yaml.SafeLoader):
    """YAML as GitHub reads it: `on` and `yes` are words."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), ["t", "f"])


def read_yaml(*path):
    return yaml.load(ROOT.joinpath(*path).read_text(encoding="utf-8"), Loader)


def filled_in(text, **contexts):
    """Text with each ${{ context.name }} replaced. One that is not known is an error."""
    return re.sub(r"\$\{\{ (\w+)\.([\w-]+) \}\}", lambda place: str(contexts[place[1]][place[2]]), str(text))


def commands(log):
    """The workflow commands in the log of a step: (name, properties, message) of each."""
    found, token = [], None
    for line in log.split("\n"):
        # The older form may stand anywhere in a line.
        command = re.fullmatch(r"\s*::([\w-]+)( .*?)?::(.*)", line) or re.search(r"##\[([\w-]+)( [^\]]*)?\](.*)", line)
        if not command or token not in (None, command[1]):
            continue
        if command[1] == token:
            token = None
        elif command[1] == "stop-commands":
            token = command[3]
        else:
            properties = dict(part.split("=", 1) for part in (command[2] or "").strip().split(",") if part)
            properties = {name: unescaped(text) for name, text in properties.items()}
            found.append((command[1], properties, unescaped(command[3])))
    if token:
        raise ValueError("commands were stopped, and are stopped at the end")
    return found


def unescaped(text):
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, character)
    return text


def outputs(text):
    """The outputs in a file of the form that GITHUB_OUTPUT has."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, end = re.fullmatch(r"([\w-]+)<<(.+)", line).groups()
        found[name] = "\n".join(iter(lines.__next__, end))
    return found


class RunnerTest(CommandLineTest):
    """Has a folder with the programs as if they were installed, which is in PATH, and a workspace."""

    def setUp(self):
        super().setUp()
        self.bin, self.workspace, self.temp = (os.path.join(self.folder, name) for name in ("bin", "work", "temp"))
        for folder in (self.bin, self.workspace, self.temp):
            os.mkdir(folder)
        os.symlink(os.path.join(PROGRAMS, "cache-conformance"), os.path.join(self.bin, "cache-conformance"))
        self.program("cache-conformance-report", f"exec '{sys.executable}' '{ROOT}/scripts/report' \"$@\"")
        self.program("my-server", f"exec '{PROGRAMS}'/cache-server --spec 1.1 \"$@\"")

    def program(self, name, script):
        path = os.path.join(self.bin, name)
        if os.path.lexists(path):
            os.remove(path)
        self.write(path, f"#!/bin/sh\n{script}\n")
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def environment(self, **more):
        kept = {name: value for name, value in os.environ.items() if not re.match("INPUT_|GITHUB_|RUNNER_", name)}
        return {**kept, "PATH": f"{self.bin}:/usr/bin:/bin", "GITHUB_ACTIONS": "true", "CI": "true",
                "RUNNER_TEMP": self.temp, **more}

    def run_step(self, script, timeout=300, meanwhile=None, **environment):
        """Runs it as a step with `shell: bash`, which is a file; its log is stdout and stderr.

        `meanwhile` is called with the process that the runner knows.
        """
        path = self.write("step.sh", script)
        step = subprocess.Popen(["bash", "--noprofile", "--norc", "-eo", "pipefail", path], cwd=self.workspace,
                                env=self.environment(**environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)
        try:
            if meanwhile:
                meanwhile(step)
            self.out, self.err = step.communicate(timeout=timeout)[0], ""
        finally:
            step.terminate()
        return step.returncode

    def read(self, *path):
        with open(os.path.join(self.workspace, *path), encoding="utf-8") as file:
            return file.read()
