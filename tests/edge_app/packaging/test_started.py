"""The staged app, started: Android's classes are doubles; bridge, app and window are real."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import jvm
from displays import INSTALL, virtual_display
from edge_app.core.image import write_image
from edge_app.packaging.android import stage

HERE = Path(__file__).parent

pytestmark = pytest.mark.skipif(
    shutil.which("Xvfb") is None, reason=f"there is no Xvfb; install it: {INSTALL}"
)


@pytest.fixture
def app(tmp_path, pack_at):
    """The staged app with one pack, whose model is the Java double's."""
    root = tmp_path / "tree"
    shutil.copytree(
        stage.ROOT / "edge_app", root / "edge_app", ignore=shutil.ignore_patterns("__pyc*")
    )
    (root / "styles").mkdir()
    (root / "styles" / "__init__.py").touch()
    pack_at({"tflite/fp32-32x48.tflite": b"DOUBLE FLOAT32 32 48 20 1 1"}).rename(
        root / "styles" / "whirl.stylepack"
    )
    return stage.stage(tmp_path / "apk", root=root)


def test_picks_paints_and_keeps_a_picture(app, tmp_path):
    p4a = pytest.importorskip("pythonforandroid", reason="pip install python-for-android")
    if find_spec("kivy") is None:
        pytest.skip("pip install kivy")
    classes = jvm.compiled(tmp_path / "classes")
    home = tmp_path / "phone"
    for name in ("cache", "files", "code_cache"):
        (home / name).mkdir(parents=True)
    photo = tmp_path / "photo.png"
    write_image(photo, np.full((64, 96, 3), (200, 120, 40), np.uint8))
    modules = Path(p4a.__path__[0]) / "recipes" / "android" / "src" / "android"
    with virtual_display() as display:
        done = subprocess.run(
            [
                *(sys.executable, "-OO", HERE / "on_android.py"),
                *(app, classes, modules, home, photo),
            ],
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith(("KIVY", "KCFG"))},
                "DISPLAY": display,
                "KIVY_HOME": str(tmp_path / "kivy"),
                "LIBGL_ALWAYS_SOFTWARE": "1",
                "OMP_NUM_THREADS": "1",
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert "stuck" not in seen, seen
    assert seen["optimized"] == 2
    assert seen["platform"] == "android"
    assert seen["version"] == stage.apk_version()
    assert seen["styles"] == ["Whirl"]
    assert seen["info"] == ["android", "gpu", ""]
    assert seen["size"] == [32, 48, 3]
    assert "Pictures/edgestyle/" in seen["kept"]
    assert seen["bytes"] > 100
    assert seen["left open"] == [0, 0, 0]
    # OpenCV and the like are asked for where they may be; nothing heavy ever.
    assert not {"torch", "scipy", "tyro", "rich", "matplotlib"} & set(seen["refused"])
