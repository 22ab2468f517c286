"""Pages of scripts/report in a real Chromium: what report_browser.js does with them.

usage: report_browser_test.py --programs FOLDER SCREENS

It needs what scripts/setup --clients brings. Pictures of each page are left in the folder SCREENS.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile

from command_line import PROGRAMS, SUITE
from report_command import REPORT, ReportTest

HERE = os.path.dirname(os.path.abspath(__file__))
BROWSERS = "chromium", "chromium-browser", "google-chrome"
MUTANT = os.path.join(PROGRAMS, "cache-mutant")


def run(*command, statuses=(0,)):
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", timeout=300)
    if done.returncode not in statuses:
        sys.exit(f"{shlex.join(command)}: status {done.returncode}:\n{done.stdout}{done.stderr}")


def make_pages(folder, pages):
    def suite(name, *options):
        path = os.path.join(folder, name)
        run(SUITE, "-r", f"ndjson::out={path}", *options, statuses=(0, 1))
        return path

    def mutant(name, spec):
        return "--spec", spec, "--spawn", f"exec {shlex.quote(MUTANT)} {name} --port {{port}} --spec {spec}"

    def page(name, *arguments, status=1):
        run(REPORT, "--html", os.path.join(pages, name + ".html"), *arguments, statuses=(status,))

    table = os.path.join(folder, "table.json")
    run(os.path.join(HERE, "..", "scripts", "mutants"), "--programs", PROGRAMS, "--spec", "1.0", "--table", table,
        "key-cut-at-255", "key-stripped", statuses=(0, 1))
    green, cut = suite("green", "--spec", "1.0", "--doubt"), suite("cut", *mutant("key-cut-at-255", "1.0"))
    others = [suite("green-1.1", "--spec", "1.1"), suite("strict", "--spec", "1.0", "--strict"),
              suite("unsorted", *mutant("order-of-stores", "1.0"))]
    page("green", "--mutants", table, green, status=0)
    page("failures", "--mutants", table, cut)
    page("matrix", "--mutants", table, green, *others, cut, "--name", "cache-server", "--name", "cache-server",
         "--name", "cache-server, strict", "--name", "unsorted keys")

    writer = ReportTest()
    writer.folder = folder
    page("hostile", writer.hostile())


def main():
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser:
        sys.exit(f"none of {', '.join(BROWSERS)} is in PATH; scripts/setup --clients brings one")
    with tempfile.TemporaryDirectory() as folder:
        pages = os.path.join(folder, "pages")
        os.mkdir(pages)
        make_pages(folder, pages)
        # The browser leaves files behind in both places.
        environment = {**os.environ, "HOME": folder, "TMPDIR": folder}
        return subprocess.run(["node", os.path.join(HERE, "report_browser.js"), browser, pages, sys.argv[3]],
                              env=environment, timeout=900).returncode


if __name__ == "__main__":
    sys.exit(main())
