"""Makes calls with Python's xmlrpc.client: client.py [--supervisor] URL <CALLS >ANSWERS

session_test.py says what both are. With --supervisor, through supervisor's
SupervisorTransport, which takes unix:///PATH too.
"""

import json
import sys
import urllib.parse
import xmlrpc.client

url = sys.argv[-1]
if "--supervisor" in sys.argv[1:-1]:
    from supervisor.xmlrpc import SupervisorTransport

    parts = urllib.parse.urlsplit(url)
    place = url if parts.scheme == "unix" else f"http://{parts.hostname}:{parts.port}"
    transport = SupervisorTransport(parts.username and urllib.parse.unquote(parts.username),
                                    parts.password and urllib.parse.unquote(parts.password), place)
    proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport)
else:
    proxy = xmlrpc.client.ServerProxy(url)

answers = []
for method, parameters in json.load(sys.stdin):
    try:
        answers.append({"value": getattr(proxy, method)(*parameters)})
    except xmlrpc.client.Fault as fault:
        answers.append({"fault": [fault.faultCode, fault.faultString]})
json.dump(answers, sys.stdout)
