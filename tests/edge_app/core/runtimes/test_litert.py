from __future__ import annotations

import sys
import warnings
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest

from edge_app.core.errors import ConfigError, ImageError, PackError, RuntimeUnavailableError
from edge_app.core.runtimes import litert

PATH = "tflite/fp32-32x48.tflite"


@pytest.fixture
def picture(rng):
    return rng.random((32, 48, 3), np.float32)


def test_gives_the_models_picture(tflite, model, mix, picture):
    runtime = litert.load(model(PATH), tflite(), threads=1)
    np.testing.assert_allclose(runtime.run(picture), mix(picture), atol=1e-6)


def test_result_is_the_callers_own(tflite, model, mix, picture):
    runtime = litert.load(model(PATH), tflite(), threads=1)
    first = runtime.run(picture)
    kept = first.copy()
    runtime.run(1 - picture)
    np.testing.assert_array_equal(first, kept)
    first[:] = 7
    np.testing.assert_allclose(runtime.run(picture), mix(picture), atol=1e-6)


def test_takes_pictures_that_are_views(tflite, model, mix, picture):
    runtime = litert.load(model(PATH), tflite(), threads=1)
    flipped = picture[::-1, ::-1]
    np.testing.assert_allclose(runtime.run(flipped), mix(flipped), atol=1e-6)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_change_nothing_but_the_info(tflite, model, mix, picture, threads):
    runtime = litert.load(model(PATH), tflite(), threads=threads)
    assert runtime.info.threads == threads
    np.testing.assert_allclose(runtime.run(picture), mix(picture), atol=1e-6)


def test_info_says_that_xnnpack_took_the_graph(tflite, model):
    info = litert.load(model(PATH), tflite(), threads=1).info
    assert (info.backend, info.accelerator, info.accelerated_share) == ("litert", "xnnpack", 1.0)
    assert info.version[0].isdigit()


def test_info_counts_what_xnnpack_left(tflite, model):
    content = tflite(operators=("conv", "resize", "conv", "conv"))
    info = litert.load(model(PATH), content, threads=1).info
    assert (info.accelerator, info.accelerated_share) == ("xnnpack", 0.75)


def test_without_xnnpack_nothing_is_accelerated_and_the_picture_is_the_same(
    tflite, model, mix, picture
):
    runtime = litert.load(model(PATH), tflite(), threads=1, accelerator="none")
    assert (runtime.info.accelerator, runtime.info.accelerated_share) == ("none", 0.0)
    np.testing.assert_allclose(runtime.run(picture), mix(picture), atol=1e-6)


def test_warns_when_xnnpack_drops_out(tflite, model):
    content = tflite(operators=("resize",))
    with pytest.warns(RuntimeWarning, match="XNNPACK did not take the model"):
        runtime = litert.load(model(PATH), content, threads=1)
    assert runtime.info.accelerator == "none"
    assert "XNNPACK did not take the model" in runtime.info.note


def test_who_wants_no_accelerator_is_told_nothing(tflite, model):
    content = tflite(operators=("resize",))
    assert litert.load(model(PATH), content, threads=1, accelerator="none").info.note == ""
    assert litert.load(model(PATH), tflite(), threads=1).info.note == ""


def test_warns_once_in_a_process(tflite, model):
    content = tflite(operators=("resize",))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            litert.load(model(PATH), content, threads=1)
    assert len(caught) == 1


def test_is_an_error_when_xnnpack_is_demanded_and_drops_out(tflite, model):
    content = tflite(operators=("resize",))
    with pytest.raises(RuntimeUnavailableError, match=f"{PATH}: XNNPACK did not take"):
        litert.load(model(PATH), content, threads=1, accelerator="xnnpack")
    assert litert.load(model(PATH), tflite(), threads=1, accelerator="xnnpack")


def test_a_style_is_a_second_input(tflite, model, mix, picture, rng):
    content = tflite(operators=("conv", "style"))
    runtime = litert.load(model(PATH, style_length=3), content, threads=1)
    for _ in range(2):  # what was given before is forgotten
        style = rng.random(3, np.float32)
        np.testing.assert_allclose(runtime.run(picture, style), mix(picture) * style, atol=1e-6)
    for wrong in (style[:2], style.astype(np.float64), style[None], np.zeros(0, np.float32)):
        with pytest.raises(ConfigError, match=f"{PATH}: expected a style of 3 numbers of float32"):
            runtime.run(picture, wrong)


@pytest.mark.parametrize(
    ("length", "operators", "message"),
    [
        (0, ("conv", "style"), r"is float32 \[1, 32, 48, 3\], the file has .*1, 1, 1, 3"),
        (3, ("conv",), r"3\]; float32 \[1, 1, 1, 3\], the file has float32 \[1, 32, 48, 3\]$"),
        (4, ("conv", "style"), r"float32 \[1, 1, 1, 4\], the file has .*1, 1, 1, 3"),
    ],
)
def test_a_file_of_another_style_than_the_manifest_says(tflite, model, length, operators, message):
    with pytest.raises(PackError, match=message):
        litert.load(model(PATH, style_length=length), tflite(operators=operators), threads=1)


def test_unknown_accelerator(tflite, model):
    with pytest.raises(ConfigError, match="auto, xnnpack and none, not gpu"):
        litert.load(model(PATH), tflite(), threads=1, accelerator="gpu")


@pytest.mark.parametrize("shape", [(48, 32, 3), (32, 32, 3), (64, 96, 3), (32, 48, 4), (32, 48)])
def test_pictures_of_another_shape_are_refused(tflite, model, shape):
    runtime = litert.load(model(PATH), tflite(), threads=1)
    with pytest.raises(ImageError, match=PATH):
        runtime.run(np.zeros(shape, np.float32))


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_pictures_of_another_type_are_refused(tflite, model, dtype):
    runtime = litert.load(model(PATH), tflite(), threads=1)
    with pytest.raises(ImageError, match="expected float32"):
        runtime.run(np.zeros((32, 48, 3), dtype))


@pytest.mark.parametrize(
    ("file", "entry", "message"),
    [
        ({"size": (48, 32)}, {}, r"its input is float32 \[1, 32, 48, 3\], the file has .*48, 32"),
        (
            {"operators": ("conv", "resize"), "output_size": (64, 96)},
            {},
            r"its output is float32 \[1, 32, 48, 3\], the file has .*64, 96",
        ),
        ({"operators": ("resize",), "dtype": "uint8"}, {}, "its input is float32 .* has uint8"),
        ({}, {"size": None}, r"takes any multiple of 4, the file has \[1, 32, 48, 3\]"),
        (
            {"free": True, "operators": ("conv", "resize"), "output_size": (64, 96)},
            {"size": None},
            r"its output is float32 \[1, 32, 48, 3\], the file has .*64, 96",
        ),
        ({}, {"layout": "NCHW"}, "float32 NHWC .* says float32 NCHW"),
        ({}, {"dtype": "uint8"}, "says uint8 NHWC"),
        ({}, {"value_range": (0.0, 255.0)}, r"says float32 NHWC in \[0.0, 255.0\]"),
    ],
)
def test_a_file_that_is_not_what_the_manifest_says(tflite, model, file, entry, message):
    with pytest.raises(PackError, match=f"{PATH}: .*{message}"):
        litert.load(model(PATH, **entry), tflite(**file), threads=1)


@pytest.mark.parametrize("content", [b"", b"no model at all, only text", "half"])
def test_a_file_that_is_no_model(tflite, model, content):
    if content == "half":
        content = tflite()[:300]
    with pytest.raises(PackError, match=f"{PATH}: LiteRT cannot load it"):
        litert.load(model(PATH), content, threads=1)


def test_closed(tflite, model, picture):
    runtime = litert.load(model(PATH), tflite(), threads=1)
    runtime.close()
    runtime.close()
    with pytest.raises(RuntimeUnavailableError, match="closed"):
        runtime.run(picture)


def test_a_model_of_free_size_takes_one_size_after_the_other(tflite, model, mix, rng):
    runtime = litert.load(model("tflite/fp32.tflite"), tflite(free=True), threads=1)
    assert (runtime.info.accelerator, runtime.info.accelerated_share) == ("xnnpack", 1.0)
    for size in [(32, 48), (64, 36), (64, 36), (128, 4), (32, 48)]:
        picture = rng.random((*size, 3), np.float32)
        made = runtime.run(picture)
        assert made.shape == picture.shape
        np.testing.assert_allclose(made, mix(picture), atol=1e-6)
    with pytest.raises(ImageError, match="33x48 was given, the model takes any multiple of 4"):
        runtime.run(np.zeros((33, 48, 3), np.float32))


def test_a_model_of_free_size_may_have_a_style(tflite, model, mix, rng):
    content = tflite(free=True, operators=("conv", "style"))
    runtime = litert.load(model("tflite/fp32.tflite", style_length=3), content, threads=1)
    for size in [(32, 48), (64, 36)]:
        picture, style = rng.random((*size, 3), np.float32), rng.random(3, np.float32)
        np.testing.assert_allclose(runtime.run(picture, style), mix(picture) * style, atol=1e-6)


def test_a_size_that_fails_is_not_taken_for_ready(tflite, model, mix, picture, monkeypatch):
    runtime = litert.load(model("tflite/fp32.tflite"), tflite(free=True), threads=1)
    with monkeypatch.context() as patch:
        patch.setattr(litert, "_bring_to", failing)
        with pytest.raises(RuntimeUnavailableError, match="LiteRT failed: no room"):
            runtime.run(np.zeros((4096, 4096, 3), np.float32))
    np.testing.assert_allclose(runtime.run(picture), mix(picture), atol=1e-6)


def failing(interpreter, size):
    raise RuntimeError("no room")


class FakeInterpreter:
    """Of 32x48, with one operator, all of it delegated; fails when it is run."""

    def allocate_tensors(self):
        pass

    def get_input_details(self):
        return [{"index": 0, "shape": np.array([1, 32, 48, 3]), "dtype": np.float32}]

    get_output_details = get_input_details

    def set_tensor(self, index, value):
        pass

    def invoke(self):
        raise RuntimeError("out of luck")


class FakeBuilder:
    version = "9"

    def __call__(self, content, *, threads, xnnpack):
        self.asked = (content, threads, xnnpack)
        return FakeInterpreter()


def test_builder_is_asked_for_what_was_wanted_and_its_failures_are_named(model, picture):
    builder = FakeBuilder()
    runtime = litert.load(model(PATH), b"bytes", threads=3, accelerator="none", builder=builder)
    assert builder.asked == (b"bytes", 3, False)
    assert runtime.info.version == "9"
    with pytest.raises(RuntimeUnavailableError, match=f"{PATH}: LiteRT failed: out of luck"):
        runtime.run(picture)


def test_an_interpreter_that_does_not_list_its_operators_counts_as_unaccelerated(model):
    with pytest.warns(RuntimeWarning, match="XNNPACK"):
        info = litert.load(model(PATH), b"", threads=1, builder=FakeBuilder()).info
    assert info.accelerator == "none"


def test_the_library_is_told_threads_and_delegate(monkeypatch, model):
    asked = []

    def interpreter(**options):
        asked.append(options)
        return FakeInterpreter()

    module = SimpleNamespace(
        Interpreter=interpreter,
        OpResolverType=SimpleNamespace(AUTO="auto", BUILTIN_WITHOUT_DEFAULT_DELEGATES="bare"),
    )
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", module)
    litert.load(model(PATH), b"bytes", threads=3, accelerator="none")
    with pytest.warns(RuntimeWarning, match="XNNPACK"):
        litert.load(model(PATH), b"bytes", threads=2)
    assert asked == [
        {"model_content": b"bytes", "num_threads": 3, "experimental_op_resolver_type": "bare"},
        {"model_content": b"bytes", "num_threads": 2, "experimental_op_resolver_type": "auto"},
    ]


@pytest.fixture
def forerunner(monkeypatch):
    """tflite_runtime alone is installed: ai_edge_litert's interpreter under its name."""
    library = import_module("ai_edge_litert.interpreter")
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    monkeypatch.setitem(sys.modules, "tflite_runtime", SimpleNamespace(__version__="2.14.0"))
    monkeypatch.setitem(sys.modules, "tflite_runtime.interpreter", library)


def test_its_forerunner_does_too(forerunner, monkeypatch, tflite, model, mix, picture):
    content = tflite()
    monkeypatch.setattr(np, "__version__", "1.26.4")
    runtime = litert.load(model(PATH), content, threads=1)
    assert (runtime.info.backend, runtime.info.version) == ("litert", "tflite_runtime 2.14.0")
    np.testing.assert_allclose(runtime.run(picture), mix(picture), atol=1e-6)


def test_its_forerunner_wants_an_older_numpy(forerunner, monkeypatch, tflite, model):
    content = tflite()
    monkeypatch.setattr(np, "__version__", "2.1.0")
    with pytest.raises(RuntimeUnavailableError, match=r"beside numpy 2\.1\.0.*'numpy<2'"):
        litert.load(model(PATH), content, threads=1)


def test_no_library(monkeypatch, model, tflite):
    content = tflite()
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(RuntimeUnavailableError, match="pip install ai-edge-litert"):
        litert.load(model(PATH), content, threads=1)


def operator(name, inputs, outputs):
    return {"op_name": name, "inputs": inputs, "outputs": outputs}


def test_share_of_a_graph_in_two_pieces():
    chain = [operator("CONV_2D", [i], [i + 1]) for i in range(6)]
    pieces = [operator("DELEGATE", [0], [2]), operator("DELEGATE", [3], [6])]
    assert litert.delegated_share(chain) == 0
    assert litert.delegated_share(chain + pieces) == pytest.approx(5 / 6)
    assert litert.delegated_share([]) == 0


def test_share_of_a_branch_that_goes_round_a_delegate():
    # 0 -> a -> 1 -> b -> 2; a piece holds a alone, though b's output depends on it.
    graph = [operator("A", [0], [1]), operator("B", [1, 0], [2]), operator("DELEGATE", [0], [1])]
    assert litert.delegated_share(graph) == 0.5
