"""What a run may send to a target that does real work, as design and fixtures/README.md promise it.

Judged from the recorded bytes with Python's own expat: nothing of the suite's is used, so that a hole in
its lint of the fixtures is seen here.
"""

import base64
import re
import sys
from xml.parsers import expat

from recording_proxy import Unreadable, requests_in

sys.setrecursionlimit(20_000)  # values nest

WORDS = re.compile(r"clear|shutdown|restart|reload|supervisor\.(?!get)")


def breaches(stream, prefix):
    """What a connection carried that a plain run must not send, as sentences. `prefix` is kit-HEX."""
    try:
        requests = requests_in(stream)
    except Unreadable as error:
        return [f"no HTTP: {error}"]
    found = []
    for head, body in requests:
        found += words_in(head.decode("latin-1"), prefix)
        if body:
            try:
                found += breaches_of(read(body), prefix)
            except (expat.ExpatError, Unreadable) as error:
                found.append(f"no XML ({error}): {body[:200]}")
            found += raw_breaches(body, prefix)
    return found


def raw_breaches(data, prefix):
    """The same for bytes that may be malformed: they are looked through as text. What stands in the first
    parameter of a call is its key."""
    text = data.replace(b"\0", b"").decode("latin-1")
    for _ in range(3):  # a reference may be made of references
        text = re.sub(r"&#(x0*[0-9a-fA-F]{1,6}|[0-9]{1,9});", character, text)
    text = re.sub(r"<!--.*?-->|<!\[CDATA\[|\]\]>", "", text, flags=re.DOTALL).lower()
    found = words_in(text, prefix)
    for call in text.split("<methodname")[1:]:
        first = re.search(r"<param(?!s)[^>]*>(.*?)(</param|$)", call, flags=re.DOTALL)
        if first and not call.lstrip("> \t\r\n").startswith(("system.", "supervisor.get")) and prefix + "." not in first[1] \
                and not is_own(first_value(first[1]), prefix):
            found.append(f"names a key that is not its own, raw: {first[1][:100]}")
    return found


def character(reference):
    digits = reference[1]
    code = int(digits[1:], 16) if digits[0] == "x" else int(digits)
    return chr(code) if code < 128 else "?"


def first_value(text):
    """Of a raw parameter what is plain to see: a string or a number."""
    for tag, kind in (("int", int), ("i4", int), ("double", float)):
        if match := re.search(rf"<{tag}>([0-9.]+)</{tag}>", text):
            return kind(match[1])
    return re.sub(r"<[^>]*>", "", text)


def words_in(text, prefix):
    text = re.sub(re.escape(prefix) + r"\.[a-z0-9-]+", prefix, text.lower())  # the id of a case is no method
    return [f'says "{match[0]}": {text[max(match.start() - 60, 0):match.end() + 20]!r}'
            for match in WORDS.finditer(text)]


class Element:
    def __init__(self, name):
        self.name, self.text, self.parts = name, "", []

    def child(self, name):
        return next((part for part in self.parts if part.name == name), None)

    def each(self):
        yield self
        for part in self.parts:
            yield from part.each()


def read(body):
    """The root of a document, with comments gone, and references and CDATA resolved."""
    root = Element("")
    stack, parser = [root], expat.ParserCreate("utf-8")  # whatever is declared
    parser.buffer_text = True

    def start(name, attributes):
        element = Element(name)
        element.text = "".join(attributes.values())
        stack[-1].parts.append(element)
        stack.append(element)

    def text(data):
        stack[-1].text += data

    def refuse(*_):
        raise Unreadable("it could hide something")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: stack.pop()
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = parser.ProcessingInstructionHandler = refuse
    parser.Parse(body, True)
    return root


def breaches_of(root, prefix):
    found = []
    for element in root.each():
        found += words_in(element.text, prefix)
        if element.name == "base64":
            found += words_in(value_in(element), prefix)
    for method, params in calls_in(root):
        name = method.strip().lower()
        if name.startswith(("system.", "supervisor.")):
            continue
        if not isinstance(params, list):  # they may be spread out all the same
            params = [params]
        if name.startswith("cache.get"):  # these have no key
            continue
        for key in params if "fetch" in name or "delete" in name else params[:1]:
            if not is_own(key, prefix):
                found.append(f"{method} names {key!r}, which is not its own")
    return found


def calls_in(root):
    """Whatever a lenient server could take for a call, as (method, parameters): the call itself, and
    every struct with such members."""
    for element in root.each():
        if name := element.child("methodName"):
            params = element.child("params")
            yield name.text, [value_of(param.child("value")) for param in (params.parts if params else [])]
        if element.name == "struct":
            members = members_of(element)
            for method in members.get("methodName", []):
                for params in members.get("params", [[]]):
                    yield str(method), params


def value_of(element):
    """What a <value> holds; of what is unknown its text."""
    if element is None:
        return ""
    return value_in(element.parts[0]) if element.parts else element.text


def value_in(element):
    text = element.text.strip()
    if element.name == "array":
        return [value_of(part) for part in (element.child("data") or element).parts]
    if element.name == "struct":
        return members_of(element)
    try:
        if element.name in ("int", "i4"):
            return int(text)
        if element.name == "double":
            return float(text)
        if element.name == "base64":
            return base64.b64decode(text).decode("latin-1")
    except ValueError:
        pass
    return {"boolean": None, "nil": None}.get(element.name, element.text)


def members_of(struct):
    """Of each name all values: a doubled one may count twice."""
    members = {}
    for member in struct.parts:
        name = member.child("name")
        members.setdefault(name.text if name else "", []).append(value_of(member.child("value")))
    return members


def is_own(key, prefix):
    """Whether not even a lenient server can take this for the key of somebody else."""
    if isinstance(key, str):
        return key == "" or key.startswith(prefix + ".")
    if isinstance(key, dict):
        key = [value for values in key.values() for value in values]
    if isinstance(key, list):  # a target may take any one of several parts
        return all(is_own(part, prefix) for part in key) and any(part != "" for part in key)
    # Drawn for each run: see $improbable.
    return isinstance(key, (int, float)) and 1_500_000_000 <= key < 2_147_483_648
