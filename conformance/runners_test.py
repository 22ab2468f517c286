"""The two runners agree on every verdict: cache-conformance, and scripts/runner.py, written from fixtures/README.md.

usage: runners_test.py --programs FOLDER [TEST…]

Skipped by one and judged by the other is a disagreement, and so is a case that only one of them selects.
"""

import ast
import concurrent.futures
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import xmlrpc.client

from command_line import SUITE, CommandLineTest, free_port, main

ROOT = pathlib.Path(__file__).resolve().parent.parent
RUNNER = ROOT / "scripts" / "runner.py"
STRANGER = ROOT / "conformance" / "targets" / "stranger.py"
CASES = [{**case, "file": path.name} for path in ROOT.glob("fixtures/*/*.json") if path.parent.name != "matching"
         for case in json.loads(path.read_bytes()).get("cases", [])]
ALL_AT_ONCE = [case["id"] for case in CASES
               if not any(isinstance(step.get("send"), list) and "expect" in step for step in case["steps"])]


class SecondRunner(CommandLineTest):
    """It is short, and stands alone."""

    def test_its_length(self):
        lines = RUNNER.read_text(encoding="utf-8").splitlines()
        self.assertLessEqual(len(lines), 350)
        self.assertLessEqual(max(map(len, lines)), 120)

    def test_it_imports_the_standard_library_alone(self):
        nodes = list(ast.walk(ast.parse(RUNNER.read_bytes())))
        modules = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
        modules += ["." * node.level + (node.module or "") for node in nodes if isinstance(node, ast.ImportFrom)]
        self.assertIn("socket", modules)
        self.assertEqual({name.split(".")[0] for name in modules} - sys.stdlib_module_names, set())


class Agreement(CommandLineTest):
    def verdicts(self, *options, runner):
        results = tempfile.mkdtemp(dir=self.folder) + "/results.ndjson"
        command = [sys.executable, str(RUNNER), "--out", results] if runner else [SUITE, "-r", f"ndjson::out={results}"]
        done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=300)
        with open(results, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        self.assertEqual(lines[-1]["type"], "end", done.stdout + done.stderr)
        self.assertEqual(lines[-1]["status"], done.returncode, done.stdout + done.stderr)
        verdicts = {line["id"]: line["verdict"] for line in lines if line["type"] == "case"}
        why = {line["id"]: line.get("problem", "") for line in lines if line["type"] == "case"}
        return verdicts, why, done.returncode

    def assert_agreement(self, spec, *options, ids=()):
        """Both give the same verdicts, which are returned, at a target that runs."""
        options = ["--spec", spec, *options]
        ours, why, status = self.verdicts(*options, *[",".join(ids)][:len(ids)], runner=False)
        theirs, their_why, their_status = self.verdicts(*options, *ids, runner=True)
        unlike = [f"{name}: {ours.get(name)} ({why.get(name)}) and {theirs.get(name)} ({their_why.get(name)})"
                  for name in sorted(ours.keys() | theirs.keys()) if ours.get(name) != theirs.get(name)]
        self.assertEqual(unlike, [], "\n".join([f"{len(unlike)} of {len(ours)}:"] + unlike))
        self.assertEqual(status, their_status)
        self.assertGreater(len(ours), 100)
        return set(ours.values())

    def is_listening(self, port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def assert_agreement_at_stranger(self, mode):
        port = free_port()
        process = self.start(sys.executable, str(STRANGER), mode, str(port), "1.1")
        self.wait_until(lambda: self.is_listening(port))
        try:
            # What is large takes a fifth of the time, and is no matter of modes.
            allowed = "exclusive,heavy,hostile" if mode == "plain" else "exclusive,hostile"
            # Calls that are written 5 ms apart may or may not be in time for one that waits for 2 ms.
            ids = ALL_AT_ONCE if mode == "closes-idle-connections" else ()
            self.assert_agreement("1.1", "--url", f"http://127.0.0.1:{port}/RPC2", "--allow", allowed, ids=ids)
        finally:
            process.kill()

    def test_our_server(self):
        for spec in ["1.0", "1.1"]:
            with self.subTest(spec):
                url, _ = self.start_server(spec)
                verdicts = self.assert_agreement(spec, "--url", url, "--strict", "--allow", "all")
                self.assertEqual(verdicts, {"passed", "skipped"})

    def test_our_server_on_a_unix_domain_socket(self):
        for spec in ["1.0", "1.1"]:
            with self.subTest(spec):
                path = self.start_unix_server(spec)
                verdicts = self.assert_agreement(spec, "--unix-socket", path, "--strict", "--allow", "all")
                self.assertEqual(verdicts, {"passed", "skipped"})

    def test_our_server_in_the_other_spec(self):
        """So that there is something to fail."""
        for spec, other in [("1.0", "1.1"), ("1.1", "1.0")]:
            with self.subTest(spec):
                url, _ = self.start_server(other)
                self.assertIn("failed", self.assert_agreement(spec, "--url", url))

    def test_a_supervisord(self):
        for spec, release in [("1.0", "1.0.0"), ("1.1", "1.1.0")]:
            with self.subTest(release):
                url, _ = self.start_supervisord(release)
                verdicts = self.assert_agreement(spec, "--url", url, "--strict", "--allow", "exclusive,heavy,hostile")
                self.assertEqual(verdicts, {"passed", "skipped"})

    def test_what_is_skipped(self):
        url, _ = self.start_server()
        for allowed in ["heavy", "exclusive", "hostile,slow"]:
            with self.subTest(allowed):
                self.assertIn("skipped", self.assert_agreement("1.0", "--url", url, "--allow", allowed))

    def test_what_is_not_empty_is_skipped(self):
        url, proxy = self.start_server()
        proxy.cache.store("somebody's", "v")
        self.assertIn("skipped", self.assert_agreement("1.0", "--url", url, "--allow", "all"))
        self.assertEqual(proxy.cache.getKeys(), ["somebody's"])

    def test_strangers(self):
        not_http = {"wrong-folded-headers", "wrong-length-and-chunks"}  # which the preflight does not judge
        listed = subprocess.run([sys.executable, str(STRANGER), "--list"], check=True, capture_output=True, text=True)
        modes = set(listed.stdout.split()) - not_http
        self.assertGreater(len(modes), 40)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            compared = {mode: pool.submit(self.assert_agreement_at_stranger, mode) for mode in sorted(modes)}
            for mode, comparison in compared.items():
                with self.subTest(mode):
                    comparison.result()

    def test_one_whose_list_of_keys_is_none(self):
        def answer(request, _):
            value = None if b"cache.getKeys" in request else True
            return 200, xmlrpc.client.dumps((value,), methodresponse=True, allow_none=True).encode()
        url = self.serve_with(answer)
        self.assertIn("blocked", self.assert_agreement("1.0", "--url", url, "--allow", "exclusive"))

    def test_broken_servers(self):
        ids = [case["id"] for case in CASES if case["file"] != "http.json"]  # a GET ends a liar
        for mode in ["true", "two-values", "close"]:
            with self.subTest(mode):
                url, _ = self.start_liar(mode)
                self.assertIn("failed", self.assert_agreement("1.0", "--url", url, "--timeout", "2", ids=ids))


if __name__ == "__main__":
    main()
