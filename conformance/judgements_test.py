"""scripts/runner.py is held to the judgements in fixtures/matching/.

usage: judgements_test.py [TEST…]
"""

import argparse
import io
import json
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import runner  # noqa: E402

OPTIONS = argparse.Namespace(url=None, unix_socket=None, timeout=1)
RESULT = b"<methodResponse><params><param><value>%s</value></param></params></methodResponse>"
HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s"


class Recorded(runner.Connection):
    """A connection from which came what a judgement says."""

    def __init__(self, kind, text, closes=False):
        came = b"" if kind == "nothing" else runner.as_bytes("".join(text))
        came = RESULT % came if kind == "result" else came
        super().__init__(io.BytesIO(HTTP % (len(came), came) if kind in ("result", "body") else came))
        self.closes = closes or text == "closed"

    def readinto(self, buffer):
        count = self.sock.readinto(buffer)
        if not count and not self.closes:
            raise TimeoutError("silence")
        return count


class Judgements(unittest.TestCase):
    def holds(self, judgement):
        resolve = runner.Case(OPTIONS, "kit-00000000", judgement["id"]).resolve
        judgement = json.loads(json.dumps(judgement), object_hook=resolve)
        [kind, text], *closes = judgement["answer"].items()
        connection = Recorded(kind, text, bool(closes))
        try:
            runner.judge(judgement["expected"], connection, connection.answer())
        except runner.FAILURES:
            return False
        return True

    def test_all(self):
        judgements = [judgement for path in sorted(ROOT.glob("fixtures/matching/*.json"))
                      for judgement in json.loads(path.read_bytes())["judgements"]]
        self.assertGreater(len(judgements), 300)
        for judgement in judgements:
            with self.subTest(judgement["id"]):
                self.assertIs(self.holds(judgement), judgement["holds"])


if __name__ == "__main__":
    unittest.main(warnings="ignore")
