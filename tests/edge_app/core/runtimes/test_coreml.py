"""The Core ML runtime on a real package, whose program a stand-in for coremltools evaluates.

Apple's runtime is not there on Linux; layout, range, channels and rounding at both ends are real.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from edge_app.core.errors import ConfigError, ImageError, PackError, RuntimeUnavailableError
from edge_app.core.metrics import psnr_db
from edge_app.core.pack import open_pack, write_pack
from edge_app.core.runtime import open_runtime
from edge_app.core.runtimes import coreml

PATH = "coreml/fp16.mlpackage"
IMAGE = {"layout": "image", "dtype": "uint8", "value_range": (0.0, 255.0), "size": (48, 32)}


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """An untrained network at 48x32 and 32x32, and the network itself."""
    pytest.importorskip("coremltools")
    torch = pytest.importorskip("torch")
    from export.graph import portable_graph
    from training.config import StylizerConfig
    from training.network import Stylizer

    torch.manual_seed(0)
    stylizer = Stylizer(StylizerConfig(width=8, blocks=1)).eval()
    path = tmp_path_factory.mktemp("coreml") / "fp16.mlpackage"
    write(portable_graph(stylizer), path)
    return path, stylizer


@pytest.fixture(scope="module")
def trunk(tmp_path_factory):
    """The same of two styles: the package and the trunk."""
    pytest.importorskip("coremltools")
    torch = pytest.importorskip("torch")
    from export.graph import portable_graph
    from export.styled import styled_graph
    from training.config import StylizerConfig
    from training.trunk import Trunk

    torch.manual_seed(0)
    trunk = Trunk(StylizerConfig(width=8, blocks=1), ("dawn", "dusk")).eval()
    for vector in trunk.styles.values():
        torch.nn.init.uniform_(vector, 0.5, 1.5)
    path = tmp_path_factory.mktemp("coreml") / "fp16.mlpackage"
    write(styled_graph(portable_graph(trunk.network)), path)
    return path, trunk


def write(graph, path):
    from export import coreml as exporter
    from export.card import Card
    from export.recipes import COREML

    card = Card(
        id="tiny", title="Tiny", artist="nobody", year="2026", licence="CC0-1.0", description="-"
    )
    sizes = [(32, 32), (48, 32)]
    exporter.write(graph, sizes, COREML["fp16"], multiple=4, card=card, to=path)


@pytest.fixture
def library(monkeypatch):
    """coremltools as far as the runtime uses it; keeps what it was asked for."""
    pytest.importorskip("coremltools")
    from coremltools.models import MLModel

    from export import mil

    asked = []

    class Model:
        def __init__(self, path, compute_units):
            asked.append(compute_units)
            self._package = MLModel(path, skip_model_load=True)
            self._program = mil.MilProgram(Path(path))

        def get_spec(self):
            return self._package.get_spec()

        def predict(self, data):
            image, *style = data.values()
            assert (*data, image.mode) in (("image", "RGB"), ("image", "style", "RGB"))
            vector = style[0].ravel() if style else np.zeros(0, np.float32)
            picture = np.asarray(image).astype(np.float32) / np.float32(255)
            made = self._program.run(picture, vector)
            rgb = (np.clip(made, 0, 1) * 255).round().astype(np.uint8)
            return {"stylized": Image.fromarray(rgb).convert("RGBA")}

    units = SimpleNamespace(ALL="all", CPU_ONLY="cpu", CPU_AND_GPU="gpu", CPU_AND_NE="npu")
    fake = SimpleNamespace(models=SimpleNamespace(MLModel=Model), ComputeUnit=units)
    # Not in sys.modules: the evaluator of the package imports the real one.
    monkeypatch.setattr(coreml, "import_module", lambda name: fake)
    return asked


@pytest.fixture
def picture(rng):
    return rng.random((48, 32, 3), np.float32)


def test_gives_the_networks_picture(package, library, model, picture):
    import torch

    path, stylizer = package
    runtime = coreml.load(model(PATH, **IMAGE), path, threads=4)
    with torch.no_grad():
        batch = torch.from_numpy(picture.transpose(2, 0, 1)[None].copy())
        expected = stylizer(batch)[0].numpy().transpose(1, 2, 0)
    result = runtime.run(picture)
    assert (result.dtype, result.shape) == (np.float32, picture.shape)
    assert psnr_db(result, np.clip(expected, 0, 1)) > 45
    assert (runtime.info.backend, runtime.info.threads) == ("coreml", 0)
    assert runtime.info.accelerator == "unknown"


def test_a_style_is_a_second_input(trunk, library, model, picture):
    import torch

    path, network = trunk
    length = network.styles["dawn"].numel()
    runtime = coreml.load(model(PATH, **IMAGE, style_length=length), path, threads=1)
    drawn = []
    for name in ("dawn", "dusk"):
        with torch.no_grad():
            batch = torch.from_numpy(picture.transpose(2, 0, 1)[None].copy())
            expected = network.fold({name: 1.0})(batch)[0].numpy().transpose(1, 2, 0)
        drawn.append(runtime.run(picture, network.styles[name].detach().numpy()))
        assert psnr_db(drawn[-1], np.clip(expected, 0, 1)) > 45
    assert psnr_db(*drawn) < 40
    with pytest.raises(ConfigError, match=f"expected a style of {length} numbers"):
        runtime.run(picture)


@pytest.mark.parametrize("length", [0, 63])
def test_a_package_of_another_style_than_the_manifest_says(trunk, library, model, length):
    with pytest.raises(PackError, match=f"{PATH}: by the manifest its (input is one image|style)"):
        coreml.load(model(PATH, **IMAGE, style_length=length), trunk[0], threads=1)


@pytest.mark.parametrize(
    ("accelerator", "units", "told"),
    [("auto", "all", "unknown"), ("none", "cpu", "none"), ("npu", "npu", "unknown")],
)
def test_accelerators(package, library, model, accelerator, units, told):
    runtime = coreml.load(model(PATH, **IMAGE), package[0], threads=1, accelerator=accelerator)
    assert library == [units]
    assert runtime.info.accelerator == told
    with pytest.raises(ConfigError, match="auto, none, gpu, npu, not xnnpack"):
        coreml.load(model(PATH, **IMAGE), package[0], threads=1, accelerator="xnnpack")


def test_refuses_other_sizes_and_closed(package, library, model, picture):
    runtime = coreml.load(model(PATH, **IMAGE), package[0], threads=1)
    with pytest.raises(ImageError, match=PATH):
        runtime.run(picture.transpose(1, 0, 2))
    runtime.close()
    runtime.close()
    with pytest.raises(RuntimeUnavailableError, match="closed"):
        runtime.run(picture)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"size": (64, 64)}, "takes 64x64, the package 32x32, 48x32"),
        ({"layout": "NHWC"}, "the manifest says uint8 NHWC"),
        ({"dtype": "float32"}, "the manifest says float32 image"),
    ],
)
def test_a_package_that_is_not_what_the_manifest_says(package, library, model, entry, message):
    with pytest.raises(PackError, match=f"{PATH}: .*{message}"):
        coreml.load(model(PATH, **IMAGE | entry), package[0], threads=1)


def test_no_package(library, model, tmp_path):
    with pytest.raises(PackError, match=f"{PATH}: Core ML cannot load it"):
        coreml.load(model(PATH, **IMAGE), tmp_path / "nothing.mlpackage", threads=1)


def test_no_library(monkeypatch, model, tmp_path):
    monkeypatch.setitem(sys.modules, "coremltools", None)
    with pytest.raises(RuntimeUnavailableError, match="pip install coremltools"):
        coreml.load(model(PATH, **IMAGE), tmp_path, threads=1)


@pytest.fixture
def pack(package, tmp_path, model, manifest):
    entry = model(PATH, **IMAGE)
    files = {PATH: package[0], "preview.jpg": b"preview"}
    return write_pack(tmp_path / "x.stylepack", manifest(entry), files)


def test_is_opened_from_a_pack_on_a_mac_and_nowhere_else(pack, library, monkeypatch, picture):
    with pytest.raises(ConfigError, match="no model for the runtimes here"):
        open_runtime(pack)
    with pytest.raises(ConfigError, match="coreml is for macOS, this is Linux and Windows"):
        open_runtime(pack, backend="coreml")
    monkeypatch.setattr(sys, "platform", "darwin")
    runtime = open_runtime(open_pack(pack.path))
    assert (runtime.info.backend, runtime.model.recipe) == ("coreml", "fp16")
    assert runtime.run(picture).shape == picture.shape


@pytest.mark.skipif(platform.system() != "Darwin", reason="prediction needs macOS")
def test_on_a_mac(package, model, picture):
    import torch

    path, stylizer = package
    with torch.no_grad():
        batch = torch.from_numpy(picture.transpose(2, 0, 1)[None].copy())
        expected = stylizer(batch)[0].numpy().transpose(1, 2, 0)
    runtime = coreml.load(model(PATH, **IMAGE), path, threads=1)
    assert psnr_db(runtime.run(picture), np.clip(expected, 0, 1)) > 40
