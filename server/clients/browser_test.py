"""Web pages in a real browser, which try to write to a cache-server and cannot.

usage: browser_test.py CACHE-SERVER

Each page tries each way that a page has to send a POST. That it would have written but
for the server's rule is shown by the same pages at a Relay, which takes away what the
rule goes by. Chromium is headless here, and reaches nothing but this machine.
"""

import contextlib
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
import xmlrpc.client

from running_server import Server

SERVER = sys.argv[1]
BROWSERS = "chromium", "chromium-browser", "google-chrome"
SENTINEL = "sentinel", "kept"

# What a page does, in JavaScript, to send `call` to `url`.
WAYS = {
    "fetch": """fetch(url, {method: "POST", mode: "no-cors", headers: {"Content-Type": "text/plain"}, body: call})""",
    "fetch-xml": """fetch(url, {method: "POST", headers: {"Content-Type": "text/xml"}, body: call})""",
    "xhr": """new Promise(end => {
        const request = new XMLHttpRequest();
        request.onloadend = end;
        request.open("POST", url);
        request.send(call);
      })""",
    "beacon": """navigator.sendBeacon(url, call)""",
    # Sent as NAME=VALUE, which the call is when it is cut at its first "=".
    "form": """new Promise(end => {
        const form = document.createElement("form"), input = document.createElement("input");
        Object.assign(form, {method: "POST", enctype: "text/plain", action: url, target: "hidden"});
        [, input.name, input.value] = call.match(/(.*?)=(.*)/);
        input.type = "hidden";
        form.append(input);
        document.body.append(form);
        document.querySelector("iframe").onload = end;
        form.submit();
      })""",
    # To the page's own server, which sends the browser on: to another origin, it says `Origin: null`.
    "redirect": """fetch(own + "/redirect?" + encodeURIComponent(url),
                         {method: "POST", mode: "no-cors", body: call})""",
}

# What a browser asks about before it sends it to another origin.
ASKED = "fetch-xml"

# A page's host (None: it is a file), and the host under which it calls the server; but for
# "same-origin", at another port. To the browser evil.test is this machine, as the name of
# any site is when its owner wants it (DNS rebinding).
PAGES = {
    "port": ("127.0.0.1", "127.0.0.1"),
    "site": ("evil.test", "127.0.0.1"),
    "name": ("evil.test", "evil.test"),
    "same-origin": ("evil.test", "evil.test"),
    "file": (None, "127.0.0.1"),
}

PAGE = """<!doctype html>
<body>
<iframe name="hidden" hidden></iframe>
<script>
const {own, target} = ADDRESSES, ways = {WAYS};
const call = key => `<?xml version="1.0"?><methodCall><methodName>cache.store</methodName><params>` +
  `<param><value>${key}</value></param><param><value>x</value></param></params></methodCall>`;
(async () => {
  for (const way in ways) {
    // An answer that a page may not see is an error to it.
    try { await ways[way](`${target}?${way}`, call(way)); } catch (error) { console.log(way, error); }
  }
  fetch(own + "/done", {mode: "no-cors"});
})();
</script>
""".replace("{WAYS}", "{" + ", ".join(f"{json.dumps(way)}: (url, call) => {code}" for way, code in WAYS.items()) + "}")


class Relay(http.server.ThreadingHTTPServer):
    """Serves `page`, learns when it is done, and passes calls on to the server at `target_port`.

    To the browser, its page and the server are of the same origin. With lets_pages_call
    the server cannot tell what comes from a page.
    """

    def __init__(self, target_port, lets_pages_call):
        super().__init__(("127.0.0.1", 0), RelayHandler)
        self.target_port, self.lets_pages_call = target_port, lets_pages_call
        self.page, self.done = "", threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self.shutdown()
        self._thread.join()
        self.server_close()


class RelayHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/done":
            self.server.done.set()
        self.answer(200, self.server.page.encode(), {"Content-Type": "text/html"})

    def do_POST(self):
        path, _, query = self.path.partition("?")
        if path == "/redirect":
            self.answer(307, b"", {"Location": urllib.parse.unquote(query)})
        else:
            self.pass_on()

    def do_OPTIONS(self):
        if self.server.lets_pages_call:
            self.answer(204, b"", {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"})
        else:
            self.pass_on()

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.lets_pages_call:
            del self.headers["Origin"], self.headers["Sec-Fetch-Site"]
        connection = http.client.HTTPConnection("127.0.0.1", self.server.target_port, timeout=30)
        try:
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            self.answer(answer.status, answer.read(), {})
        finally:
            connection.close()

    def answer(self, status, body, fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Browser:
    """Shows the page at `address` until the block ends. Its output is in the file `log`."""

    def __init__(self, address, log):
        self._address, self._log = address, log

    def __enter__(self):
        names = [name for name in BROWSERS if shutil.which(name)]
        assert names, f"none of {', '.join(BROWSERS)} is in PATH; scripts/setup --clients brings one"
        self._folder = tempfile.TemporaryDirectory()
        folder = self._folder.name
        self._process = subprocess.Popen(
            [names[0], "--headless", "--disable-gpu", "--no-first-run", f"--user-data-dir={folder}/profile",
             "--no-sandbox",  # root, and many a container, can have none; the pages are ours
             "--no-proxy-server", "--disable-background-networking", "--disable-component-update",
             "--host-resolver-rules=MAP evil.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", self._address],
            # It leaves files behind in both places.
            env={**os.environ, "HOME": folder, "TMPDIR": folder},
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True)
        return self

    def has_ended(self):
        return self._process.poll() is not None

    def __exit__(self, *exception):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # and those that it has started
        self._process.wait()
        self._folder.cleanup()


def try_all_ways(page, lets_pages_call):
    """What the server's log says of the page's requests, as (status, request), and what is in the cache then."""
    host, server_host = PAGES[page]
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        log, browser_log, file = (stack.enter_context(open(os.path.join(folder, name), "w+", encoding="utf-8"))
                                  for name in ("log", "browser", "page.html"))
        server = stack.enter_context(Server(SERVER, log=log))
        own = stack.enter_context(Relay(server.port, lets_pages_call))
        if page == "same-origin":
            port = own.server_port
        elif lets_pages_call:
            port = stack.enter_context(Relay(server.port, lets_pages_call)).server_port
        else:
            port = server.port
        proxy = stack.enter_context(xmlrpc.client.ServerProxy(server.url))
        proxy.cache.store(*SENTINEL)

        def requests():
            with open(log.name, encoding="utf-8") as lines:
                # Without the sentence that says why one is refused.
                return re.findall(r"(?m)^\S+ \S+ (\d+) \S+ ms (.*?)(?: -> [A-Z].*)?\n", lines.read())[1:]

        address = f"http://{host or '127.0.0.1'}:{own.server_port}"
        addresses = {"own": address, "target": f"http://{server_host}:{port}/RPC2"}
        own.page = PAGE.replace("ADDRESSES", json.dumps(addresses))
        if not host:
            file.write(own.page)
            file.flush()
            address = "file://" + file.name

        # A page does not learn when its beacon has arrived.
        with Browser(address, browser_log) as browser:
            until = time.monotonic() + 60
            while not own.done.is_set() or len(requests()) < len(WAYS):
                if browser.has_ended() or time.monotonic() > until:
                    browser_log.seek(0)
                    raise AssertionError(f"it is not done; arrived: {requests()}; browser:\n{browser_log.read()}")
                time.sleep(0.05)
        return sorted(requests()), {key: proxy.cache.fetch(key) for key in proxy.cache.getKeys()}


class Pages(unittest.TestCase):
    def test_all_are_refused(self):
        for page in PAGES:
            refused = [("400", f"OPTIONS /RPC2?{way}") if way == ASKED and page != "same-origin"
                       else ("403", f"POST /RPC2?{way}") for way in WAYS]
            with self.subTest(page):
                self.assertEqual(try_all_ways(page, False), (sorted(refused), dict([SENTINEL])))

    def test_all_would_write_if_the_server_could_not_tell_them(self):
        stored = sorted(("200", f'cache.store("{way}", "x") -> true') for way in WAYS)
        cache = dict([SENTINEL, *((way, "x") for way in WAYS)])
        for page in PAGES:
            with self.subTest(page):
                self.assertEqual(try_all_ways(page, True), (stored, cache))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], warnings="ignore")
