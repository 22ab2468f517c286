"""Runs the commands of README.md and CONTRIBUTING.md: every line of every block marked `sh`. And what the documents
link to has to be there.

usage: docs_test.py ROOT

Addresses of the reader's own servers are replaced by servers that are started
here. `scripts/test` and its like are not run: they are what runs this.
"""

import glob
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

root = os.path.abspath(sys.argv[1])
RUNS_THIS = re.compile(r"(scripts/test|cmake --workflow)\b")
SERVES = re.compile(r"build/bin/cache-server\b")


def commands(path):
    """(line number, command) of each command, lines that end in a backslash joined."""
    found, inside, begun = [], False, None
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if line.startswith("```"):
                inside = line == "```sh"
            elif inside:
                start, text = begun or (number, "")
                if line.endswith("\\"):
                    begun = start, text + line[:-1]
                else:
                    found.append((start, text + line))
                    begun = None
    return found


def lost_links():
    """What the documents name, as links or pictures, and is not there: (document, target)."""
    for document in glob.glob(os.path.join(root, "**", "*.md"), recursive=True):
        if document.startswith(os.path.join(root, "build", "")):
            continue
        with open(document, encoding="utf-8") as file:
            text = file.read()
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)|(?:src|srcset)=\"([^\"]+)\"", text):
            target = "".join(target)
            if "://" not in target and not os.path.exists(os.path.join(os.path.dirname(document), target)):
                yield os.path.relpath(document, root), target


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def wait_for(family, address):
    until = time.monotonic() + 30
    while True:
        with socket.socket(family) as probe:
            if probe.connect_ex(address) == 0:
                return
        if time.monotonic() > until:
            sys.exit(f"nothing listens at {address}")
        time.sleep(0.02)


def main():
    started = []
    folder = tempfile.TemporaryDirectory()
    path = os.path.join(folder.name, "supervisor.sock")
    port = free_port()
    config = os.path.join(folder.name, "supervisord.conf")
    with open(config, "w", encoding="utf-8") as file:
        file.write(f"[inet_http_server]\nport = 127.0.0.1:{port}\n")
    supervisord = os.path.join(root, "scripts", "supervisord")
    failed = ran = 0
    for document, target in lost_links():
        failed += 1
        print(f"{document}: there is no {target}")
    try:
        for option, value in [("--port", port), ("--unix-socket", path)]:
            started.append(subprocess.Popen([supervisord, option, value], stderr=subprocess.DEVNULL))
        wait_for(socket.AF_INET, ("127.0.0.1", int(port)))
        wait_for(socket.AF_UNIX, path)
        for document in ["README.md", "CONTRIBUTING.md"]:
            for number, command in commands(os.path.join(root, document)):
                if RUNS_THIS.search(command):
                    continue
                if SERVES.match(command):  # serves until it is ended
                    command = f"timeout --preserve-status 1 {command.replace('9001', free_port())}"
                for written, real in [("127.0.0.1:9001", f"127.0.0.1:{port}"),
                                      ("/path/to/supervisor.sock", path),
                                      ("/path/to/supervisord.conf", config),
                                      ("my-server", "build/bin/cache-server --spec 1.1")]:
                    command = command.replace(written, real)
                done = subprocess.run(["bash", "-ec", command], cwd=root, stdin=subprocess.DEVNULL,
                                      capture_output=True, text=True, timeout=300)
                ran += 1
                if done.returncode != 0:
                    failed += 1
                    print(f"{document}:{number}: status {done.returncode}: {command}")
                    print(done.stdout + done.stderr)
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(10)
        folder.cleanup()
    print(f"{ran} commands, {failed} failed")
    sys.exit(1 if failed or ran < 8 else 0)


main()
