"""Where a benchmark runs: `--on here`, `--on adb:SERIAL`, `--on ssh:pi@raspberrypi`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from edge_app.core.errors import ConfigError

FORMS = "here, adb, adb:SERIAL, or ssh:USER@HOST"


class Kind(StrEnum):
    """How the device is reached."""

    HERE = "here"
    """This machine."""
    ADB = "adb"
    """An Android phone, through the adb server."""
    SSH = "ssh"
    """Another computer, a Raspberry Pi say, through OpenSSH."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """One device."""

    kind: Kind
    name: str
    """adb: the serial, '' for the only phone there is; ssh: what `ssh` takes as destination."""


def parse_place(text: str) -> Place:
    """Read what `--on` was given.

    Raises:
        ConfigError: none of FORMS.
    """
    kind, _, name = text.partition(":")
    # What begins with a dash would be an option of ssh, and options can run programs here.
    fits = kind in set(Kind) and not name.startswith("-") and name.isprintable() and " " not in name
    if not fits or (kind == Kind.HERE and name) or (kind == Kind.SSH and not name):
        raise ConfigError(f"on: expected {FORMS}, got {text!r}")
    return Place(kind=Kind(kind), name=name)
