"""Makes a wheel of what `cmake --install` has put into a prefix: scripts/package calls it.

usage: wheel.py PREFIX FOLDER

What pip makes of it is the same prefix, with its programs in bin/. Equal files make an equal wheel, byte by byte.
The format: https://packaging.python.org/specifications/binary-distribution-format/
"""

import base64
import hashlib
import os
import pathlib
import platform
import re
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTATION = pathlib.Path("/usr/share/doc")

# The licence of all that is linked statically, as Debian has it.
LICENSES = {
    "cpp-httplib": ROOT / "build/cpp-httplib/debian/copyright",
    "Catch2": ROOT / "build/deps/usr/share/doc/libcatch2-dev/copyright",
    "expat": DOCUMENTATION / "libexpat1-dev/copyright",
    "libmd": DOCUMENTATION / "libmd-dev/copyright",
    "nlohmann-json": DOCUMENTATION / "nlohmann-json3-dev/copyright",
    "libstdc++": DOCUMENTATION / "gcc-12-base/copyright",
}
LICENSE_EXPRESSION = "BSD-3-Clause AND MIT AND BSL-1.0 AND GPL-3.0-or-later WITH GCC-exception-3.1"


def section(document, heading):
    """What stands below a heading of a document, to the next one."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return re.search(rf"^{re.escape(heading)}\n+(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[1]


def metadata(version):
    lines = ["Metadata-Version: 2.4", "Name: supervisor-cache-kit", f"Version: {version}",
             "Summary: Conformance suite for supervisor_cache, and a server of its own",
             f"License-Expression: {LICENSE_EXPRESSION}",
             *(f"License-File: {name}" for name in ["LICENSE", *LICENSES]),
             "Requires-Python: >=3.11", "Description-Content-Type: text/markdown", ""]
    return "\n".join(lines) + "\n" + section("README.md", "# supervisor-cache-kit") + section(
        "conformance/README.md", "## Without building")


def tag():
    """Linked with this glibc, the programs may need all that it has."""
    glibc = os.confstr("CS_GNU_LIBC_VERSION").split()[1]
    return f"py3-none-manylinux_{glibc.replace('.', '_')}_{platform.machine()}"


def contents(prefix, name, version):
    """(path in the wheel, bytes, whether it is a program) of all but RECORD, which comes last."""
    for path in sorted(path for path in prefix.rglob("*") if path.is_file()):
        place, data = path.relative_to(prefix), path.read_bytes()
        # pip puts its own interpreter into such a first line.
        data = re.sub(rb"\A#!/usr/bin/env python3\n", b"#!python\n", data) if place.parts[0] == "bin" else data
        scheme = "scripts" if place.parts[0] == "bin" else f"data/{place.parts[0]}"
        yield f"{name}.data/{scheme}/{'/'.join(place.parts[1:])}", data, os.access(path, os.X_OK)
    for license, path in {"LICENSE": ROOT / "LICENSE", **LICENSES}.items():
        if not path.exists():
            sys.exit(f"scripts/package: {path} is not there: no wheel without the licence of what is in it")
        yield f"{name}.dist-info/licenses/{license}", path.read_bytes(), False
    yield f"{name}.dist-info/METADATA", metadata(version).encode(), False
    wheel = f"Wheel-Version: 1.0\nGenerator: scripts/package\nRoot-Is-Purelib: false\nTag: {tag()}\n"
    yield f"{name}.dist-info/WHEEL", wheel.encode(), False


def main():
    prefix, folder = map(pathlib.Path, sys.argv[1:])
    done = subprocess.run([prefix / "bin/cache-conformance", "--version"], check=True, capture_output=True, text=True)
    version = done.stdout.split()[1]
    name = f"supervisor_cache_kit-{version}"
    made = prefix.with_suffix(".whl")
    record = []
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        def add(path, data, program=False):
            entry = zipfile.ZipInfo(path)  # of 1980, always
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if program else 0o100644) << 16
            archive.writestr(entry, data)

        for path, data, program in contents(prefix, name, version):
            add(path, data, program)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{path},sha256={digest},{len(data)}\n")
        add(f"{name}.dist-info/RECORD", "".join(record) + f"{name}.dist-info/RECORD,,\n")
    wheel = folder / f"{name}-{tag()}.whl"
    made.rename(wheel)
    print(wheel)


main()
