from __future__ import annotations

import pytest

from benchmarks.accelerators import accelerator_sheet
from edge_app.core.manifest import Delegate, Lint

PATH = "tflite/fp32-16x16.tflite"


@pytest.fixture
def lint():
    return Lint(
        operators={"ADD": 3, "CONV_2D": 2, "CUMSUM": 1},
        delegates=(
            Delegate(name="xnnpack", basis="measured", refused={"CUMSUM": 1}, pieces=2),
            Delegate(name="gpu", basis="from a list", refused={"ADD": 1, "CUMSUM": 1}),
            Delegate(name="nnapi", basis="from a list", refused={}),
        ),
    )


def test_a_row_a_file(model, manifest, lint):
    sheet = accelerator_sheet([manifest(model(PATH, lint=lint), model("onnx/fp32.onnx"))])
    assert sheet.columns == ("file", "operators", "XNNPACK", "GPU delegate", "NNAPI")
    assert sheet.rows == (
        (PATH, "6", "5 of 6: not 1 CUMSUM, 2 pieces", "4 of 6: not 1 ADD, 1 CUMSUM", "all"),
    )
    assert sheet.note.startswith(
        "XNNPACK: measured. GPU delegate: from a list. NNAPI: from a list. "
    )


def test_packs_are_told_apart_and_need_not_tell_the_same(model, manifest, lint):
    one = Delegate(name="xnnpack", basis="measured", refused={}, pieces=1)
    other = Lint(
        operators={"ADD": 1},
        delegates=(one, Delegate(name="hexagon", basis="a guess", refused={})),
    )
    sheet = accelerator_sheet(
        [
            manifest(model(PATH, lint=lint), title="One"),
            manifest(model(PATH, lint=other), title="Two"),
        ]
    )
    assert sheet.columns[-1] == "hexagon"
    assert [row[0] for row in sheet.rows] == [f"One: {PATH}", f"Two: {PATH}"]
    assert sheet.rows[0][-1] == "-"
    assert sheet.rows[1][1:] == ("1", "all, 1 piece", "-", "-", "all")


def test_packs_that_do_not_tell(model, manifest):
    assert accelerator_sheet([manifest(model(PATH))]) is None
    assert accelerator_sheet([]) is None
