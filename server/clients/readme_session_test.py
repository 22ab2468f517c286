"""The Python session of README.md, as it stands there, on a server of our own.

usage: readme_session_test.py README.md CACHE-SERVER

Runs with an interpreter that has `supervisor`, for its SupervisorTransport.
The document's address and socket are replaced by ones that are free.
"""

import doctest
import re
import sys

from running_server import Server

readme, program = sys.argv[1:]

with open(readme, encoding="utf-8") as file:
    text = file.read()

with Server(program, "1.0") as inet, Server(program, "1.0", unix=True) as unix:
    for written, real in [
        ("http://localhost:9001", f"http://localhost:{inet.port}"),
        ("/path/to/supervisor.sock", unix.path),
    ]:
        assert written in text, f"README.md no longer has {written}"
        text = text.replace(written, real)
    # The end of a block is the end of what is expected, too.
    text = re.sub("^```.*$", "", text, flags=re.MULTILINE)
    sessions = doctest.DocTestParser().get_doctest(text, {}, "README.md", readme, 0)
    failed, attempted = doctest.DocTestRunner().run(sessions)

print(f"{attempted} lines of the session, {failed} failed")
# The two sessions of the document are at least eight calls.
sys.exit(1 if failed or attempted < 12 else 0)
