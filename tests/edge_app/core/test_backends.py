from __future__ import annotations

import sys
from importlib import import_module
from typing import get_args

import pytest

from edge_app.core.backends import BACKENDS, BackendName, System, backends_here, system
from edge_app.core.manifest import Format


@pytest.mark.parametrize(
    ("platform", "environment", "expected", "names"),
    [
        ("linux", {}, System.OTHER, ["litert", "onnx"]),
        ("win32", {}, System.OTHER, ["litert", "onnx"]),
        ("darwin", {}, System.MACOS, ["litert", "onnx", "coreml"]),
        ("android", {}, System.ANDROID, ["android", "onnx"]),
        ("linux", {"ANDROID_ARGUMENT": "/data"}, System.ANDROID, ["android", "onnx"]),
    ],
)
def test_each_system_has_its_own(monkeypatch, platform, environment, expected, names):
    monkeypatch.delenv("ANDROID_ARGUMENT", raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert system() is expected
    assert [backend.name for backend in backends_here()] == names
    assert [b.name for b in backends_here("onnx")] == ["onnx"]


def test_the_table_and_the_names_agree():
    assert {"auto", *(b.name for b in BACKENDS)} == set(get_args(BackendName))
    for backend in BACKENDS:
        assert backend.format in set(Format)
        assert callable(import_module(backend.module).load)
        assert backend.systems
