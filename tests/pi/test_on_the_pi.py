"""What an arm64 machine makes of the packs, beside the pictures of the one that `run.sh` ran on.

Run by tests/pi/run.sh; on a real Raspberry Pi: write the reference on another machine with
tests/pi/reference.py, copy the folder, and set EDGESTYLE_PI_REFERENCE to it.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from edge_app.core.image import to_uint8, write_image
from edge_app.core.manifest import Format
from edge_app.core.metrics import max_abs_diff, psnr_db
from edge_app.core.pack import SUFFIX, open_pack
from edge_app.core.runtime import load_runtime
from edge_app.core.styles import Palette
from reference import probe

REFERENCE = Path(os.environ.get("EDGESTYLE_PI_REFERENCE", "nowhere"))

pytestmark = pytest.mark.skipif(
    "EDGESTYLE_PI_REFERENCE" not in os.environ, reason="runs on arm64, by `make test-pi`"
)

FLOAT_TOLERANCE = 1e-5
"""float32 on two kinds of processor: the order of additions is all that may differ."""

INT8_PSNR_DB = 35.0
"""int8 kernels round differently on ARM and x86, and what is rounded is scaled up again: one step
of the last bits shows. A wrong picture is far below."""


def cases():
    for path in sorted(REFERENCE.glob(f"*{SUFFIX}")):
        pack = open_pack(path)
        for model in pack.models(format=Format.TFLITE):
            picture = REFERENCE / path.name.removesuffix(SUFFIX) / f"{model.path}.npy"
            if picture.exists():
                yield pytest.param(pack, model, picture, id=f"{path.stem}-{model.path}")


def test_this_is_arm_without_torch():
    assert platform.machine() in {"aarch64", "arm64"}
    assert find_spec("torch") is None
    assert list(cases()), f"{REFERENCE} holds no pictures"


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("pack", "model", "picture"), list(cases()))
def test_draws_what_the_other_machine_draws(pack, model, picture, threads):
    runtime = load_runtime(model, pack.read(model.path), threads=threads, accelerator="xnnpack")
    assert runtime.info.accelerator == "xnnpack"
    assert runtime.info.accelerated_share > 0.9
    style = Palette(pack).mix().style
    made, expected = runtime.run(probe(model.size), style), np.load(picture)
    found = f"{max_abs_diff(made, expected):.1e} at most, {psnr_db(made, expected):.1f} dB"
    print(f"\n{model.path}, {threads} threads: {found}")  # noqa: T201 - run.sh shows it
    if model.recipe.startswith("int8"):
        assert psnr_db(made, expected) > INT8_PSNR_DB
    else:
        assert max_abs_diff(made, expected) < FLOAT_TOLERANCE


def test_the_command_line_stylizes(tmp_path):
    pack = sorted(REFERENCE.glob(f"*{SUFFIX}"))[0]
    write_image(tmp_path / "photo.jpg", to_uint8(probe((96, 128))))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "edgestyle", "stylize", tmp_path / "photo.jpg"),
            *("--style", pack, "--size", "256", "--out", tmp_path / "styled.png"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "xnnpack" in done.stdout
    assert (tmp_path / "styled.png").stat().st_size > 1000


APP = """
import sys
from pathlib import Path
from edge_app.main import prepare_kivy, run
from edge_app.ui.config import AppConfig

config = AppConfig(photo=Path(sys.argv[1]), window=(800, 480))
prepare_kivy(config)

from kivy.app import App
from kivy.clock import Clock

def look(_elapsed):
    app = App.get_running_app()
    if app is None or not app.session.current:
        return True
    info = app.session.rendering.info
    app.root_window.screenshot(sys.argv[2])
    print(info.backend, info.accelerator, app.session.rendering.styled.shape)
    app.stop()
    return False

Clock.schedule_interval(look, 0.5)
run(config)
"""


@pytest.mark.skipif(find_spec("kivy") is None, reason="pip install kivy")
@pytest.mark.skipif("DISPLAY" not in os.environ, reason="there is no screen")
def test_the_app_paints_a_photograph_in_its_window(tmp_path):
    write_image(tmp_path / "photo.jpg", to_uint8(probe((96, 128))))
    done = subprocess.run(
        [sys.executable, "-c", APP, tmp_path / "photo.jpg", tmp_path / "window.png"],
        env={**os.environ, "EDGESTYLE_STYLES": str(REFERENCE), "XDG_CONFIG_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=1500,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "litert xnnpack (" in done.stdout
    assert list(tmp_path.glob("window*.png"))
