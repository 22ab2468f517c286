"""Is the YAML here what GitHub takes? Judged by the published schemas, which scripts/setup --clients fetches.

usage: schemas_test.py --programs FOLDER [TEST…]
"""

import copy
import json
import unittest

import jsonschema
from github_runner import ROOT, main, read_yaml

VENDOR = "build/clients/schemas/lib/python3*/site-packages/check_jsonschema/builtin_schemas/vendor"


def errors(schema, document):
    path, = ROOT.glob(f"{VENDOR}/{schema}.json")
    validator = jsonschema.Draft7Validator(json.loads(path.read_text(encoding="utf-8")))
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(document)]


class Schemas(unittest.TestCase):
    def assert_judged(self, schema, document, spoil):
        """It is valid, and is not once it is spoilt."""
        self.assertEqual(errors(schema, document), [])
        spoilt = copy.deepcopy(document)
        spoil(spoilt)
        self.assertNotEqual(errors(schema, spoilt), [])

    def test_the_action(self):
        self.assert_judged("github-actions", read_yaml("action.yml"),
                           lambda action: action["runs"]["steps"][0].pop("shell"))

    def test_the_workflow(self):
        self.assert_judged("github-workflows", read_yaml("scripts/ci/github-sharded.yml"),
                           lambda workflow: workflow["jobs"]["shard"].pop("runs-on"))


if __name__ == "__main__":
    main()
