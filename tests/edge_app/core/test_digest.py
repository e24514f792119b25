from __future__ import annotations

import hashlib
import subprocess
import sys

import pytest

from edge_app.core import digest


@pytest.mark.parametrize("data", [b"", b"abc", bytes(range(256)) * 5000])
def test_it_is_sha256(data):
    assert digest.sha256(data).hexdigest() == hashlib.sha256(data).hexdigest()
    in_parts = digest.sha256()
    in_parts.update(data[:70])
    in_parts.update(data[70:])
    assert in_parts.hexdigest() == hashlib.sha256(data).hexdigest()


def test_a_python_without_the_small_modules_takes_hashlib():
    code = (
        "import sys; sys.modules['_sha2'] = sys.modules['_sha256'] = None\n"
        "from edge_app.core.digest import sha256; import hashlib\n"
        "assert sha256 is hashlib.sha256"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_opening_a_pack_does_not_load_openssl():
    code = "import sys, edge_app.core.pack; assert '_hashlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
