from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from edge_app.core.errors import ConfigError, ImageError, PackError, RuntimeUnavailableError
from edge_app.core.runtimes import onnx

PATH = "onnx/fp32-32x48.onnx"


@pytest.fixture(autouse=True)
def _library():
    pytest.importorskip("onnxruntime")


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("size", [(4, 4), (32, 48), (48, 32), (4, 100)])
def test_free_sizes(onnx_file, model, mix, rng, size, layout):
    runtime = onnx.load(model(PATH, size=None, layout=layout), onnx_file(layout=layout), threads=1)
    picture = rng.random((*size, 3), np.float32)
    result = runtime.run(picture)
    assert result.dtype == np.float32
    assert result.flags.c_contiguous
    assert result.flags.writeable
    np.testing.assert_allclose(result, mix(picture), atol=1e-6)


def test_fixed_size(onnx_file, model, mix, rng):
    runtime = onnx.load(model(PATH), onnx_file(32, 48), threads=2)
    picture = rng.random((32, 48, 3), np.float32)
    np.testing.assert_allclose(runtime.run(picture), mix(picture), atol=1e-6)
    with pytest.raises(ImageError, match=f"{PATH}: a picture of 48x32 .* takes 32x48"):
        runtime.run(rng.random((48, 32, 3), np.float32))


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_a_style_is_a_second_input(onnx_file, model, mix, rng, layout):
    entry = model(PATH, size=None, layout=layout, style_length=3)
    runtime = onnx.load(entry, onnx_file(layout=layout, styled=True), threads=1)
    picture, style = rng.random((32, 48, 3), np.float32), rng.random(3, np.float32)
    np.testing.assert_allclose(runtime.run(picture, style), mix(picture) * style, atol=1e-6)
    with pytest.raises(ConfigError, match="expected a style of 3 numbers of float32"):
        runtime.run(picture)


@pytest.mark.parametrize(("length", "styled"), [(0, True), (3, False), (4, True)])
def test_a_file_of_another_style_than_the_manifest_says(onnx_file, model, length, styled):
    with pytest.raises(PackError, match=f"{PATH}: by the manifest its input is"):
        onnx.load(model(PATH, size=None, style_length=length), onnx_file(styled=styled), threads=1)


def test_sizes_that_are_no_multiple_are_refused(onnx_file, model, rng):
    runtime = onnx.load(model(PATH, size=None), onnx_file(), threads=1)
    with pytest.raises(ImageError, match="any multiple of 4"):
        runtime.run(rng.random((32, 46, 3), np.float32))


def test_info(onnx_file, model):
    info = onnx.load(model(PATH, size=None), onnx_file(), threads=2).info
    assert (info.backend, info.threads, info.accelerator) == ("onnx", 2, "none")
    assert info.version[0].isdigit()


@pytest.mark.parametrize(
    ("sides", "entry", "message"),
    [
        ((32, 48), {"size": None}, r"its input is float32 NCHW with any multiple of 4, the file"),
        ((48, 32), {}, r"NCHW with 32x48, the file has tensor\(float\) \[1, 3, 48, 32\]"),
        ((32, 48), {"layout": "NHWC"}, "NHWC with 32x48"),
        ((32, 48), {"layout": "image"}, "says float32 image"),
        ((32, 48), {"value_range": (0.0, 255.0)}, r"in \[0.0, 255.0\]"),
    ],
)
def test_a_file_that_is_not_what_the_manifest_says(onnx_file, model, sides, entry, message):
    with pytest.raises(PackError, match=f"{PATH}: .*{message}"):
        onnx.load(model(PATH, **entry), onnx_file(*sides), threads=1)


@pytest.mark.parametrize("content", [b"", b"no model at all"])
def test_a_file_that_is_no_model(model, content):
    with pytest.raises(PackError, match=f"{PATH}: ONNX Runtime cannot load it"):
        onnx.load(model(PATH), content, threads=1)


def test_unknown_accelerator(model):
    with pytest.raises(ConfigError, match="auto and none, not xnnpack"):
        onnx.load(model(PATH), b"", threads=1, accelerator="xnnpack")


def test_closed(onnx_file, model):
    runtime = onnx.load(model(PATH, size=None), onnx_file(), threads=1)
    runtime.close()
    runtime.close()
    with pytest.raises(RuntimeUnavailableError, match="closed"):
        runtime.run(np.zeros((4, 4, 3), np.float32))


def test_no_library(monkeypatch, model):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(RuntimeUnavailableError, match="pip install onnxruntime"):
        onnx.load(model(PATH), b"", threads=1)


class FakeSession:
    """Halves every picture, or fails."""

    def __init__(self, error=None):
        self.error = error

    def get_inputs(self):
        return [SimpleNamespace(name="in", type="tensor(float)", shape=[1, 3, "h", "w"])]

    get_outputs = get_inputs

    def run(self, names, feed):
        if self.error is not None:
            raise self.error
        return [feed["in"][:, :, ::2, ::2]]


def test_the_library_is_told_threads_and_provider(monkeypatch, model):
    asked = []

    def session(content, *, sess_options, providers):
        asked.append((content, sess_options.intra_op_num_threads, providers))
        return FakeSession()

    library = SimpleNamespace(
        SessionOptions=SimpleNamespace, InferenceSession=session, __version__="7"
    )
    monkeypatch.setitem(sys.modules, "onnxruntime", library)
    runtime = onnx.load(model(PATH, size=None), b"bytes", threads=3)
    assert asked == [(b"bytes", 3, ["CPUExecutionProvider"])]
    assert (runtime.info.version, runtime.info.threads) == ("7", 3)


def test_a_result_of_another_size_is_an_error(model):
    def build(content, threads):
        return FakeSession(), "1"

    runtime = onnx.load(model(PATH, size=None), b"", threads=1, builder=build)
    with pytest.raises(RuntimeUnavailableError, match=r"\(8, 8, 3\) went in, one of \(4, 4, 3\)"):
        runtime.run(np.zeros((8, 8, 3), np.float32))


def test_failures_are_named(model):
    def build(content, threads):
        return FakeSession(RuntimeError("out of luck")), "1"

    runtime = onnx.load(model(PATH, size=None), b"", threads=1, builder=build)
    with pytest.raises(RuntimeUnavailableError, match=f"{PATH}: ONNX Runtime failed: out of luck"):
        runtime.run(np.zeros((8, 8, 3), np.float32))
