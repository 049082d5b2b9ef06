"""Writes the wheel `jeton-cli` of a staged tree: python3 wheel.py TREE OUTFOLDER VERSION ARCH SECONDS_SINCE_1970

A wheel has no links. So what the tree has in bin becomes scripts, which pip puts beside Python, and all else is what pip puts below
the folder of the environment. The same tree gives the same bytes.
"""

import base64
import hashlib
import os
import sys
import time
import zipfile

TREE, OUT, VERSION, ARCH, SECONDS = sys.argv[1:]
# The glibc that Node and sodium-native need (e2e/packages/wheel.test.ts compares).
PLATFORM = "manylinux_2_28_" + {"x64": "x86_64", "arm64": "aarch64"}[ARCH]
NAME = f"jeton_cli-{VERSION}"

METADATA = f"""Metadata-Version: 2.4
Name: jeton-cli
Version: {VERSION}
Summary: OAuth and OIDC access tokens on the command line: oidc-agent, oidc-gen, oidc-add, oidc-token
License-Expression: Apache-2.0
License-File: LICENSE
License-File: third-party.txt
License-File: node-LICENSE
Requires-Python: >=3.8
Classifier: Environment :: Console
Classifier: Operating System :: POSIX :: Linux
Description-Content-Type: text/markdown

"""
WHEEL = f"""Wheel-Version: 1.0
Generator: jeton
Root-Is-Purelib: false
Tag: py3-none-{PLATFORM}
"""
# Starts without another program, unless a link leads to it, as from the folder of `uv tool`.
LAUNCHER = """#!/bin/sh
self=$0
if [ -h "$self" ]; then self=$(readlink -f "$self"); fi
exec "${self%%/bin/*}/lib/jeton/%s" "$@"
"""


def content(path):
    with open(path, "rb") as file:
        return file.read()


def files():
    """Pairs of a name in the wheel and (content, whether it can be run)."""
    lib = os.path.join(TREE, "lib/jeton")
    for name in os.listdir(os.path.join(TREE, "bin")):
        program = os.path.relpath(os.path.realpath(os.path.join(TREE, "bin", name)), os.path.realpath(lib))
        yield f"{NAME}.data/scripts/{name}", ((LAUNCHER % program).encode(), True)
    for top in ("lib", "share"):
        for folder, _, names in os.walk(os.path.join(TREE, top)):
            for name in names:
                path = os.path.join(folder, name)
                inside = os.path.relpath(path, TREE)
                yield f"{NAME}.data/data/{inside}", (content(path), is_program(path))
    documents = os.path.join(TREE, "share/doc/jeton")
    for name in ("LICENSE", "third-party.txt", "node-LICENSE"):
        yield f"{NAME}.dist-info/licenses/{name}", (content(os.path.join(documents, name)), False)
    yield f"{NAME}.dist-info/METADATA", (METADATA.encode() + content(os.path.join(documents, "README.md")), False)
    yield f"{NAME}.dist-info/WHEEL", (WHEEL.encode(), False)


def is_program(path):
    return os.stat(path).st_mode & 0o111 != 0


def record_line(name, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"


def main():
    record = f"{NAME}.dist-info/RECORD"
    entries = sorted(files())
    lines = [record_line(name, data) for name, (data, _) in entries]
    entries.append((record, ("".join([*lines, f"{record},,\n"]).encode(), False)))
    wheel = f"{NAME}-py3-none-{PLATFORM}.whl"
    date = time.gmtime(int(SECONDS))[:6]
    with zipfile.ZipFile(os.path.join(OUT, wheel), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (data, runs) in entries:
            info = zipfile.ZipInfo(name, date)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # Unix, with modes
            info.external_attr = (0o100755 if runs else 0o100644) << 16
            archive.writestr(info, data)
    print(wheel)


main()
