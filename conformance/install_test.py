"""What `cmake --install` puts where, and whether it works from there.

usage: install_test.py CMAKE BUILD [TEST…]
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

CMAKE, BUILD = sys.argv[1:3]
ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARE = "share/supervisor-cache-kit"


def files(folder):
    return {str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*") if not path.is_dir()}


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="it's a ")  # a blank in a path is no mistake
        cls.addClassCleanup(folder.cleanup)
        made, cls.prefix = pathlib.Path(folder.name, "made"), pathlib.Path(folder.name, "moved")
        subprocess.run([CMAKE, "--install", BUILD, "--prefix", made], check=True, stdout=subprocess.DEVNULL)
        made.rename(cls.prefix)

    def run_program(self, program, *options):
        return subprocess.run([program, *options], cwd="/", capture_output=True, text=True, timeout=60,
                              env={"PATH": f"{self.prefix}/bin:/usr/bin:/bin"})

    def test_what_is_there(self):
        installed = files(self.prefix)
        self.assertEqual({name for name in installed if name.startswith("bin/")},
                         {"bin/cache-server", "bin/cache-conformance", "bin/cache-conformance-report"})
        fixtures = {f"{SHARE}/fixtures/{name}" for name in files(ROOT / "fixtures")}
        self.assertEqual({name for name in installed if name.startswith(f"{SHARE}/fixtures/")}, fixtures)
        others = {name for name in installed - fixtures if not name.startswith("bin/")}
        self.assertIn(f"{SHARE}/conformance/results.py", others)
        for name in others:
            self.assertTrue(name.startswith((f"{SHARE}/conformance/", f"{SHARE}/scripts/report")), name)
            self.assertNotRegex(name, r"_test\.|__pycache__|/\.")

    def test_the_suite_finds_its_fixtures_and_its_server(self):
        done = self.run_program("cache-conformance")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("PASSED", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^target .*\(the bundled cache-server, started here\)$")

    def test_another_name_for_the_program_will_do(self):
        link = self.prefix / "link"
        link.symlink_to("bin/cache-conformance")
        self.addCleanup(link.unlink)
        done = self.run_program(link, "store-refuses-empty-key")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_program_alone_asks_for_fixtures(self):
        with tempfile.TemporaryDirectory() as folder:
            alone = shutil.copy(self.prefix / "bin/cache-conformance", folder)
            done = self.run_program(alone)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("name a folder with --fixtures DIR", done.stderr)

    def test_the_report_is_the_one_beside_the_programs(self):
        with tempfile.TemporaryDirectory() as folder:
            run, page = os.path.join(folder, "run.ndjson"), os.path.join(folder, "page.html")
            self.run_program("cache-conformance", "-r", "ndjson::out=" + run)
            done = self.run_program("cache-conformance-report", "--html", page, run)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            with open(page, encoding="utf-8") as file:
                self.assertIn("store-refuses-empty-key", file.read())
        done = self.run_program("cache-conformance-report")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertRegex(done.stderr, "^usage: cache-conformance-report ")
        self.assertFalse([name for name in files(self.prefix) if "__pycache__" in name])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
