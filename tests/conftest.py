"""What every test may use: pictures bundled with scikit-image, and packs of tiny models.

Nothing is downloaded, converted or trained.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

# Workers that test side by side share the cores: read when numpy and torch are first imported, and
# by the processes that tests start.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from PIL import Image

from edge_app.core.manifest import Manifest, ModelFile
from edge_app.core.pack import write_pack
from tiny_models import build_onnx, build_tflite, describe, make_manifest, make_trunk, mixed

# Started in the background by a script, pytest ignores Ctrl-C, and so would what a test starts and
# interrupts: it would be waited for in vain.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Nothing is tested by the clock: machines are busy, and an emulated one is twenty times slower.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of four photographs, short side 200 pixels or so."""
    import skimage.data

    folder = tmp_path_factory.mktemp("photos")
    for name in ("astronaut", "chelsea", "coffee", "rocket"):
        image = Image.fromarray(getattr(skimage.data, name)())
        image.thumbnail((320, 320))
        image.save(folder / f"{name}.jpg", quality=92)
    return folder


@pytest.fixture(scope="session")
def painting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled painting at 256x256."""
    from styles.whirl import draw

    path = tmp_path_factory.mktemp("painting") / "whirl.png"
    Image.fromarray(draw(256)).save(path)
    return path


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers, the same in every run."""
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def tflite() -> Callable[..., bytes]:
    """The maker of TFLite files."""
    return build_tflite


@pytest.fixture(scope="session")
def onnx_file() -> Callable[..., bytes]:
    """The maker of ONNX files; skips where onnx is not installed."""
    pytest.importorskip("onnx")
    return build_onnx


@pytest.fixture(scope="session")
def mix() -> Callable[[np.ndarray], np.ndarray]:
    """What the tiny models do."""
    return mixed


@pytest.fixture(scope="session")
def model() -> Callable[..., ModelFile]:
    """The maker of a model's entry in a manifest."""
    return describe


@pytest.fixture(scope="session")
def manifest() -> Callable[..., Manifest]:
    """The maker of manifests."""
    return make_manifest


@pytest.fixture
def pack_at(tmp_path: Path) -> Callable[..., Path]:
    """Writes a good pack of models (path -> contents; one TFLite by default), gives its path."""

    def write(files: Mapping[str, bytes] | None = None, *, name: str = "whirl.stylepack") -> Path:
        files = {"tflite/fp32-32x48.tflite": build_tflite()} if files is None else files
        path = tmp_path / name
        contents = {**files, "preview.jpg": b"preview"}
        write_pack(path, make_manifest(*map(describe, files)), contents)
        return path

    return write


@pytest.fixture
def trunk_at(tmp_path: Path) -> Callable[..., Path]:
    """As `pack_at`, a pack of two styles that a tiny model draws, and of the photograph."""

    def write(*, name: str = "day.stylepack", **changes: Any) -> Path:
        content = {"tflite/fp32-32x48.tflite": build_tflite(operators=("conv", "style"))}
        models = [describe(path, style_length=3) for path in content]
        manifest, files = make_trunk(*models, **changes)
        files = {path: files[path] for path in manifest.files}
        write_pack(tmp_path / name, manifest, {**content, **files})
        return tmp_path / name

    return write
