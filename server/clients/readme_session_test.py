"""The Python session of README.md, as it stands there, on a server of our own.

usage: readme_session_test.py README.md CACHE-SERVER

Runs with an interpreter that has `supervisor`, for its SupervisorTransport.
The document's address and socket are replaced by ones that are free.
"""

import doctest
import os
import re
import subprocess
import sys
import tempfile

readme, server = sys.argv[1:]


def start(*options):
    process = subprocess.Popen([server, *options], stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline().strip()
    assert line.startswith("listening on "), line
    return process, line.removeprefix("listening on ")


with open(readme, encoding="utf-8") as file:
    text = file.read()

failed = attempted = 0
with tempfile.TemporaryDirectory() as folder:
    socket = os.path.join(folder, "supervisor.sock")
    inet, url = start("--port", "0")
    try:
        unix, _ = start("--unix-socket", socket)
        try:
            for written, real in [
                ("http://localhost:9001", url.removesuffix("/RPC2").replace("127.0.0.1", "localhost")),
                ("/path/to/supervisor.sock", socket),
            ]:
                assert written in text, f"README.md no longer has {written}"
                text = text.replace(written, real)
            # The end of a block is the end of what is expected, too.
            text = re.sub("^```.*$", "", text, flags=re.MULTILINE)
            sessions = doctest.DocTestParser().get_doctest(text, {}, "README.md", readme, 0)
            failed, attempted = doctest.DocTestRunner().run(sessions)
        finally:
            unix.terminate()
            assert unix.wait(5) == 0
    finally:
        inet.terminate()
        assert inet.wait(5) == 0

print(f"{attempted} lines of the session, {failed} failed")
# The two sessions of the document are at least eight calls.
sys.exit(1 if failed or attempted < 12 else 0)
