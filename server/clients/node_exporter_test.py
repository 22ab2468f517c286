"""Prometheus' node exporter watches a server as it watches a supervisord.

usage: node_exporter_test.py SERVER (as in running_server.py; `prometheus-node-exporter` is in PATH)
"""

import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

from running_server import Server, free_port

SERVER = sys.argv[1]
SUCCESS = 'node_scrape_collector_success{collector="supervisord"} '


def scrape(exporter, port):
    """The lines of its page, once it serves it."""
    until = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
                return page.read().decode().splitlines()
        except urllib.error.URLError:
            assert exporter.poll() is None, "the exporter has ended"
            assert time.monotonic() < until, "the exporter does not answer"
            time.sleep(0.05)


class NodeExporter(unittest.TestCase):
    def scrape_success(self, url):
        port = free_port()
        exporter = subprocess.Popen(
            ["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}", "--collector.disable-defaults",
             "--collector.supervisord", f"--collector.supervisord.url={url}"])
        try:
            lines = scrape(exporter, port)
        finally:
            exporter.kill()
            exporter.wait()
        [success] = [line.removeprefix(SUCCESS) for line in lines if line.startswith(SUCCESS)]
        return success

    def test_scrape(self):
        with Server(SERVER) as server:
            self.assertEqual(self.scrape_success(server.url), "1")

    def test_a_server_that_is_not_there_is_told_from_one_with_no_processes(self):
        self.assertEqual(self.scrape_success(f"http://127.0.0.1:{free_port()}/RPC2"), "0")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], warnings="ignore")
