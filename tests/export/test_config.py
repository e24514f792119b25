from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edge_app.core.errors import ConfigError
from export.config import ExportConfig, Route, parsed, shown


def config(**options) -> ExportConfig:
    return ExportConfig(run=Path("run"), out=Path("x.stylepack"), **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"recipes": ("int4",)}, "recipes: the route litert-torch has fp32, .*, auto, not int4"),
        ({"recipes": ("fp32", "fp32")}, "recipes: the same one is there twice"),
        ({"sizes": ((256, 250),)}, "sizes: expected multiples of 4 from 32 to 4096, got 256x250"),
        ({"sizes": ((0, 256),)}, "got 0x256"),
        ({"sizes": ((-256, 256),)}, "got -256"),
        ({"sizes": ((64, 1_000_000),)}, "got 64x1000000"),
        ({"sizes": ((256, 256), (256, 256))}, "sizes: the same one is there twice"),
        ({"sizes": ()}, "sizes: expected at least one"),
        (
            {"coreml_recipes": ("fp32",)},
            "coreml_recipes: Core ML has fp16, int8-weights, palette-weights, not fp32",
        ),
        ({"onnx_recipes": ("mixed",)}, "onnx_recipes: ONNX has fp32, int8-conv, not mixed"),
        (
            {"recipes": ("mixed", "auto"), "route": Route.ONNX2TF},
            "recipes: the route onnx2tf has fp32, .*, int8-conv, not mixed, auto",
        ),
        ({"onnx_recipes": ("fp32", "fp32")}, "onnx_recipes: the same one is there twice"),
        ({"recipes": (), "coreml_recipes": (), "onnx": False}, "nothing to export"),
        ({"recipes": (), "coreml": False, "onnx": False}, "nothing to export"),
        ({"title": "two\nlines"}, "title: expected one line of text"),
        ({"id": "Starry Night"}, "id: expected 1 to 64 of a-z"),
    ],
)
def test_what_cannot_be_exported_is_refused_at_once(options, message):
    with pytest.raises(ConfigError, match=message):
        config(**options)


@pytest.mark.parametrize(
    ("text", "size"), [("256", (256, 256)), ("720x1280", (720, 1280)), ("1280x720", (1280, 720))]
)
def test_sizes_are_read_height_first(text, size):
    assert parsed(text) == size
    assert parsed(shown(size)) == size


@pytest.mark.parametrize("text", ["", "x", "256x", "x256", "256x256x3", "-256", "256X256", "1e3"])
def test_what_is_no_size_says_how_one_is_written(text):
    with pytest.raises(ValueError, match="expected a side, or HEIGHTxWIDTH, in pixels"):
        parsed(text)


def test_auto_may_stand_among_the_recipes():
    assert config(recipes=("fp32", "auto")).recipes == ("fp32", "auto")


def test_the_other_route_has_the_usual_recipes():
    assert config(route=Route.ONNX2TF).by_onnx2tf
    assert not config(route=Route.ONNX2TF, recipes=()).by_onnx2tf
    assert not config().by_onnx2tf


def test_onnx_alone_needs_no_size():
    assert config(recipes=(), coreml=False, sizes=()).onnx


def test_options_can_be_shown_without_the_converters():
    code = "import sys, export.config; print({'torch', 'litert_torch', 'onnx'} & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"
