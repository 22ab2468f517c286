"""scripts/package: what somebody has who builds nothing, in a virtual environment of their own.

usage: package_test.py CMAKE BUILD [TEST…]

What conformance/README.md says below "Without building" is taken from there, and done.
"""

import base64
import csv
import hashlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import xmlrpc.client
import zipfile

CMAKE, BUILD = sys.argv[1:3]
ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ["cache-conformance", "cache-server"]


def documented(kind):
    """The block of that kind in the section "Without building"."""
    text = (ROOT / "conformance/README.md").read_text(encoding="utf-8")
    section = re.search(r"^## Without building\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)[1]
    return re.search(rf"^```{kind}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)[1]


def package():
    done = subprocess.run([ROOT / "scripts/package"], check=True, stdout=subprocess.PIPE, text=True)
    return ROOT / done.stdout.strip()


def files(folder):
    return {str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*") if not path.is_dir()}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.wheel = shutil.copy(package(), cls.folder)
        cls.venv = cls.folder / "venv"
        subprocess.run([sys.executable, "-m", "venv", cls.venv], check=True)
        cls.env = {"PATH": f"{cls.venv}/bin:/usr/bin:/bin", "HOME": str(cls.folder), "PIP_NO_INDEX": "1"}
        cls.install, cls.judge = documented("").splitlines()
        done = cls.run_there("bash", "-c", cls.install)
        assert done.returncode == 0, done.stdout

    @classmethod
    def run_there(cls, *command, **more):
        return subprocess.run(command, cwd=cls.folder, env=cls.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=120, **more)

    def assert_passes(self, *command):
        done = self.run_there(*command)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def start(self, *command, stop, **more):
        process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, text=True, **more)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, 20)
        self.addCleanup(stop, process)
        return process

    def test_the_programs_need_only_a_glibc_of_2_36(self):
        for program in PROGRAMS:
            path = self.venv / "bin" / program
            read = subprocess.run(["readelf", "--wide", "--dynamic", "--version-info", path], check=True,
                                  capture_output=True, text=True).stdout
            needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", read))
            self.assertLessEqual({"libc.so.6"}, needed)
            self.assertLessEqual({name for name in needed if not name.startswith("ld-linux")},
                                 {"libc.so.6", "libm.so.6"})
            versions = set(re.findall(r"Name: (\S+)", read))
            self.assertTrue(versions)
            for version in versions:
                number = re.fullmatch(r"GLIBC_([0-9.]+)", version)  # no GLIBCXX
                self.assertTrue(number, version)
                self.assertLessEqual([int(part) for part in number[1].split(".")], [2, 36])

    def test_the_same_sources_make_the_same_bytes(self):
        for program in PROGRAMS:  # made elsewhere they are the same, too: no place is in them
            self.assertNotIn(os.fsencode(ROOT), (self.venv / "bin" / program).read_bytes())
        self.assertEqual(package().read_bytes(), pathlib.Path(self.wheel).read_bytes())

    def test_its_record_has_all_files(self):
        with zipfile.ZipFile(self.wheel) as wheel:
            made = {}
            for name in wheel.namelist():
                data = wheel.read(name)
                digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
                made[name] = [f"sha256={digest}", str(len(data))]
            record, = (name for name in made if name.endswith(".dist-info/RECORD"))
            made[record] = ["", ""]
            rows = csv.reader(wheel.read(record).decode().splitlines())
            self.assertEqual({name: told for name, *told in rows}, made)

    def test_the_suite_without_options(self):
        self.assertIn("PASSED", self.assert_passes("cache-conformance"))

    def test_all_cases_at_the_server_of_the_wheel(self):
        for spec in ["1.0", "1.1"]:
            self.assert_passes("cache-conformance", "--spawn", f"exec cache-server --port {{port}} --spec {spec}",
                               "--spec", spec, "--strict", "--allow", "all", "--require-all")

    def test_the_server(self):
        server = self.start("cache-server", "--port", "0", env=self.env, stop=subprocess.Popen.kill)
        line = server.stdout.readline()
        self.assertRegex(line, r"^listening on http://127\.0\.0\.1:\d+/RPC2\n$")
        with xmlrpc.client.ServerProxy(line.split()[-1]) as proxy:
            self.assertIs(proxy.cache.store("a", "b"), True)
            self.assertEqual(proxy.cache.fetch("a"), "b")
        server.terminate()
        self.assertEqual(server.wait(20), 0)

    def test_the_documented_commands_judge_a_supervisord(self):
        port = free_port()
        self.start(ROOT / "scripts/supervisord", "--port", port, stderr=subprocess.DEVNULL,
                   stop=subprocess.Popen.terminate)
        until = time.monotonic() + 60
        with socket.socket() as probe:
            while probe.connect_ex(("127.0.0.1", int(port))) != 0:
                self.assertLess(time.monotonic(), until, "supervisord does not listen")
                time.sleep(0.05)
        self.assertIn("9001", self.judge)
        self.assertIn("PASSED", self.assert_passes("bash", "-c", self.judge.replace("9001", port)))

    def test_the_documented_test_for_pytest(self):
        text = documented("python")
        self.assertIn("my-server ", text)
        for spec, status in [("1.1", 0), ("1.0", 1)]:
            (self.folder / "test_server.py").write_text(
                text.replace("my-server ", f"cache-server --spec {spec} "), encoding="utf-8")
            done = self.run_there("/usr/bin/python3", "-m", "pytest", "-p", "no:cacheprovider", "test_server.py")
            self.assertEqual(done.returncode, status, done.stdout)
            self.assertIn("1 failed" if status else "1 passed", done.stdout)
            self.assertEqual("any-int" in done.stdout, bool(status), "pytest does not show what failed")

    def test_cmake_installs_the_same_files(self):
        prefix = self.folder / "prefix"
        subprocess.run([CMAKE, "--install", BUILD, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)
        installed = files(prefix)
        # bin also has Python's own programs; pip knows which are the wheel's, and what it has compiled.
        shown = self.assert_passes("pip", "show", "--files", "supervisor-cache-kit")
        place, listed = re.search(r"^Location: (.*)$.*^Files:\n(.*)", shown, re.MULTILINE | re.DOTALL).groups()
        of_pip = {os.path.relpath(os.path.join(place, line.strip()), self.venv) for line in listed.splitlines()}
        self.assertEqual({name for name in of_pip if not re.search("dist-info|__pycache__", name)}, installed)
        for name in installed:
            if name.startswith("share/"):
                self.assertEqual((prefix / name).read_bytes(), (self.venv / name).read_bytes(), name)

    def test_the_report(self):
        run, page = self.folder / "run.ndjson", self.folder / "page.html"
        self.assert_passes("cache-conformance", "-r", f"ndjson::out={run}")
        self.assert_passes("cache-conformance-report", "--html", page, run)
        self.assertIn("store-refuses-empty-key", page.read_text(encoding="utf-8"))

    def test_uninstalling_leaves_nothing(self):
        other = self.folder / "other"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", other], check=True)
        before = files(other)
        pip = ["pip", "--python", f"{other}/bin/python"]
        self.assert_passes(*pip, "install", self.wheel)
        self.assert_passes(other / "bin/cache-conformance", "store-refuses-empty-key")
        self.run_there(other / "bin/cache-conformance-report", "--help")
        self.assertGreater(files(other), before)
        self.assert_passes(*pip, "uninstall", "--yes", "supervisor-cache-kit")
        self.assertEqual(files(other), before)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
