"""Runs of cache-conformance whose results are read as NDJSON."""

import json
import os

import results
from command_line import CommandLineTest

BAD_SETUP = {"call": "cache.store", "params": ["", "v"], "setup": True}


class ResultsTest(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.path = os.path.join(self.folder, "run.ndjson")
        self.ndjson = ["-r", "ndjson::out=" + self.path]

    def run_of(self, status, *options, **more):
        """The results of one run, which ends with this status."""
        self.assert_status(status, *options, *self.ndjson, **more)
        run, = results.read(self.path)
        self.assertEqual(run.end["status"], status)
        return run

    def known(self, *entries, name="known.json"):
        """A list with one entry on each line from the second on."""
        lines = ",\n".join(json.dumps({**entry, "reason": entry.get("reason", "it is known")}) for entry in entries)
        return ["--known-failures", self.write(name, f'{{"format": "1.0", "known": [\n{lines}]}}')]
