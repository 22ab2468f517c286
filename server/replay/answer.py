"""An answer of a server, in the form of the recordings."""

import re
import xml.etree.ElementTree as ElementTree


def value_of(element):
    """A <value> in the form of the recordings."""
    if len(element) == 0:
        return ["string", element.text or ""]
    child = element[0]
    text = child.text or ""
    match child.tag:
        case "array":
            return ["array", [value_of(item) for item in child.find("data")]]
        case "struct":
            return ["struct", [member_of(member) for member in child]]
        case "int" | "i4":
            return ["int", int(text)]
        case "boolean":
            return ["boolean", {"0": False, "1": True}[text]]
    return [child.tag, text]


def member_of(element):
    name, value = element.find("name").text or "", value_of(element.find("value"))
    if name == "faultString":
        value[1] = fault_string(value[1])
    return [name, value]


def fault_string(text):
    """What follows FAILED is a message of Python, and no more is recorded of it."""
    return re.sub("^FAILED: .+", "FAILED: …", text, flags=re.DOTALL)


def decode(status, content_type, body):
    if content_type.split(";")[0] != "text/xml":
        return {"status": status}
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return {"status": status, "ill_formed": True}
    fault = root.find("fault/value")
    if fault is not None:
        members = dict(value_of(fault)[1])
        return {"status": status,
                "fault": [members["faultCode"][1], members["faultString"][1]]}
    return {"status": status, "value": value_of(root.find("params/param/value"))}
