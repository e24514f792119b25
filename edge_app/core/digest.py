"""SHA-256 without OpenSSL.

`hashlib` loads OpenSSL: 4 MB of a device's memory for one function. Most Pythons have it in a small
module of their own as well, which their `random` prefers for the same reason.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast


class Digest(Protocol):
    """What is used of a hash object."""

    def update(self, data: bytes, /) -> None:
        """Take in more of the message."""

    def hexdigest(self) -> str:
        """The digest of what was taken in, 64 digits."""
        ...


class _Maker(Protocol):
    def __call__(self, data: bytes = ..., /) -> Digest: ...


def _maker() -> _Maker:
    # The first is named so from Python 3.12 on, the second before.
    for module in ("_sha2", "_sha256", "hashlib"):
        try:
            return cast("_Maker", import_module(module).sha256)
        except ImportError:
            continue
    raise ImportError("this Python has no SHA-256: neither _sha2, _sha256 nor hashlib")


sha256 = _maker()
"""As `hashlib.sha256`."""
