"""Any case passes alone, in any order, in any shard, and beside another run of the suite.

usage: order_test.py --programs FOLDER [TEST…]
"""

import concurrent.futures
import json
import os
import random
import subprocess
import tempfile
import xml.etree.ElementTree

from command_line import SUITE, CommandLineTest, main

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")
ALL_BUT_SLOW = ["--allow", "exclusive,restart,heavy,hostile"]
NEITHER_ALONE = ["--allow", "heavy,hostile"]  # what does not need the cache for itself


def needs():
    """Of each case its needs, from the fixtures themselves."""
    found = {}
    for folder in ["cache", "supervisor", "wire"]:
        for name in os.listdir(os.path.join(FIXTURES, folder)):
            with open(os.path.join(FIXTURES, folder, name), encoding="utf-8") as file:
                found.update((case["id"], set(case.get("needs", []))) for case in json.load(file)["cases"])
    return found


NEEDS = needs()


class Order(CommandLineTest):
    def run_cases(self, *options):
        """Status and cases of a run: (status, [what ran, in order], [what was skipped], output)."""
        with tempfile.NamedTemporaryFile(suffix=".xml") as junit:
            done = subprocess.run([SUITE, "--strict", *options, "-r", f"junit::out={junit.name}"],
                                  capture_output=True, text=True, timeout=120)
            if not os.path.getsize(junit.name):
                self.fail(f"{options} wrote no JUnit: {done.returncode} {done.stdout}{done.stderr}")
            cases = list(xml.etree.ElementTree.parse(junit.name).iter("testcase"))
        ran = [case.get("name") for case in cases if case.find("skipped") is None]
        return done.returncode, ran, [case.get("name") for case in cases if case.find("skipped") is not None], \
            done.stdout + done.stderr

    def assert_passes(self, *options):
        status, ran, skipped, output = self.run_cases(*options)
        self.assertEqual(status, 0, output)
        return ran, skipped

    def targets(self):
        """Both kinds of server that are there for others, and both specs, as options."""
        yield ["--url", self.start_server("1.0")[0], "--spec", "1.0"]
        yield ["--url", self.start_supervisord("1.1.0")[0], "--spec", "1.1"]

    def assert_each_passes_alone(self, target, cases, at_once=1):
        order = random.Random(" ".join(cases)).sample(cases, len(cases))
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            runs = pool.map(lambda name: (name, self.run_cases(*target, "--allow", "all", name)), order)
            wrong = {name: run for name, run in runs if run[:3] != (0, [name], [])}
        self.assertEqual(wrong, {})

    def test_each_case_passes_alone(self):
        for target in self.targets():
            ran, skipped = self.assert_passes(*target, *ALL_BUT_SLOW)
            self.assertGreater(len(ran), 100)
            self.assertEqual([name for name in skipped if not NEEDS[name] & {"restart", "slow"}], [])
            together = [name for name in ran + skipped if not NEEDS[name] & {"exclusive", "restart"}]
            self.assert_each_passes_alone(target, together, at_once=4)
            self.assert_each_passes_alone(target, [name for name in ran if "exclusive" in NEEDS[name]])

    def test_each_case_that_restarts_passes_alone(self):
        for spec in ["1.0", "1.1"]:
            ran, _ = self.assert_passes("--spec", spec, "[restart]")
            self.assert_each_passes_alone(["--spec", spec], ran)

    def test_any_order_passes(self):
        for target in self.targets():
            usual, skipped = self.assert_passes(*target, *ALL_BUT_SLOW)
            orders = [self.assert_passes(*target, *ALL_BUT_SLOW, "--order", "rand", "--rng-seed", str(seed))
                      for seed in range(1, 11)]
            for ran, left_out in orders:
                self.assertEqual(sorted(ran), sorted(usual))
                self.assertEqual(sorted(left_out), sorted(skipped))
            self.assertEqual(len({tuple(ran) for ran, _ in orders} | {tuple(usual)}), 11)

    def test_any_order_passes_at_a_target_that_is_restarted(self):
        usual, _ = self.assert_passes("--spec", "1.1")
        for seed in range(1, 11):
            ran, _ = self.assert_passes("--spec", "1.1", "--order", "rand", "--rng-seed", str(seed))
            self.assertNotEqual(ran, usual)
            self.assertEqual(sorted(ran), sorted(usual))

    def test_shards_are_the_whole(self):
        for target in self.targets():
            ran, skipped = self.assert_passes(*target, *ALL_BUT_SLOW)
            shards = [self.assert_passes(*target, *ALL_BUT_SLOW, "--shard-count", "5", "--shard-index", str(index))
                      for index in range(5)]
            self.assertEqual(sorted(name for shard, _ in shards for name in shard), sorted(ran))
            self.assertEqual(sorted(name for _, shard in shards for name in shard), sorted(skipped))
            for shard, left_out in shards:
                self.assertGreater(len(shard) + len(left_out), len(ran + skipped) // 5 - 1)

    def test_two_runs_at_the_same_time_pass(self):
        for target in self.targets():
            alone, _ = self.assert_passes(*target, *NEITHER_ALONE)
            for _ in range(3):
                with concurrent.futures.ThreadPoolExecutor(2) as pool:
                    for both in [pool.submit(self.assert_passes, *target, *NEITHER_ALONE) for _ in range(2)]:
                        self.assertEqual(both.result()[0], alone)


if __name__ == "__main__":
    main()
