from __future__ import annotations

import pytest

from benchmarks.devices.place import Kind, Place, parse_place
from edge_app.core.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("here", Kind.HERE, ""),
        ("adb", Kind.ADB, ""),
        ("adb:R5CT10", Kind.ADB, "R5CT10"),
        ("adb:192.168.1.7:5555", Kind.ADB, "192.168.1.7:5555"),
        ("ssh:pi@raspberrypi.local", Kind.SSH, "pi@raspberrypi.local"),
        ("ssh:pi", Kind.SSH, "pi"),
    ],
)
def test_places(text, kind, name):
    assert parse_place(text) == Place(kind=kind, name=name)


@pytest.mark.parametrize(
    "text", ["", "phone", "ssh", "ssh:", "here:x", "ssh:-oProxyCommand=x", "adb:a b", "ssh:a\nb"]
)
def test_what_is_no_place(text):
    with pytest.raises(ConfigError, match="on: expected here, adb"):
        parse_place(text)
