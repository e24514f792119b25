from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edge_app.core.errors import ConfigError
from export.config import ExportConfig


def config(**options) -> ExportConfig:
    return ExportConfig(run=Path("run"), out=Path("x.stylepack"), **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"recipes": ("int4",)}, "unknown recipe 'int4'; there are: fp32"),
        ({"recipes": ("fp32", "fp32")}, "recipes: the same one is there twice"),
        ({"sizes": (250,)}, "sizes: expected multiples of 4 from 32 to 4096, got 250"),
        ({"sizes": (0,)}, "got 0"),
        ({"sizes": (-256,)}, "got -256"),
        ({"sizes": (1_000_000,)}, "got 1000000"),
        ({"sizes": (256, 256)}, "sizes: the same one is there twice"),
        ({"sizes": ()}, "sizes: expected at least one"),
        ({"recipes": (), "coreml": False, "onnx": False}, "nothing to export"),
        ({"title": "two\nlines"}, "title: expected one line of text"),
        ({"id": "Starry Night"}, "id: expected 1 to 64 of a-z"),
    ],
)
def test_what_cannot_be_exported_is_refused_at_once(options, message):
    with pytest.raises(ConfigError, match=message):
        config(**options)


def test_onnx_alone_needs_no_size():
    assert config(recipes=(), coreml=False, sizes=()).onnx


def test_options_can_be_shown_without_the_converters():
    code = "import sys, export.config; print({'torch', 'litert_torch', 'onnx'} & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"
