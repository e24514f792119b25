from __future__ import annotations

import re
import sys
from dataclasses import replace

import pytest

from edge_app.core import runtime as runtimes
from edge_app.core.backends import System
from edge_app.core.errors import ConfigError, RuntimeUnavailableError
from edge_app.core.ladder import Ladder
from edge_app.core.manifest import Format, Gate
from edge_app.core.pack import write_pack
from edge_app.core.processor import Processor
from edge_app.core.recipe import AUTO, suited
from edge_app.core.runtime import choose_models, open_runtime

PLAIN = Processor(flags=frozenset({"avx2"}))
DOTS = Processor(flags=frozenset({"avx2", "avx512_vnni"}))
MATRICES = Processor(flags=frozenset({"asimddp", "i8mm"}))
UNTOLD = Processor(flags=None)


def gates(**worst: float) -> tuple[Gate, ...]:
    return tuple(
        Gate(
            metric=metric,
            unit="1",
            threshold=0.0 if metric in ("psnr", "ssim") else 9.0,
            worst=value,
            median=value,
            samples=(value,),
            on="a photograph",
        )
        for metric, value in worst.items()
    )


GOOD = gates(psnr=38.0, ssim=0.97, content_change=0.02, style_change=0.02)


@pytest.fixture
def models(model):
    """Of every recipe that ships, as TFLite."""
    made = [model(f"tflite/{name}-64x64.tflite") for name in ("fp32", "fp16", "int8-conv")]
    return [replace(each, gates=GOOD) for each in made]


def chosen(models, processor=DOTS, accelerator="auto", system=System.OTHER):
    return suited(
        models, default="fp32", accelerator=accelerator, processor=processor, system=system
    )


@pytest.mark.parametrize(
    ("processor", "recipe", "why"),
    [
        (DOTS, "int8-conv", r"multiplies 8-bit integers \(avx512_vnni\)"),
        (PLAIN, "fp32", "no instruction"),
        (UNTOLD, "fp32", "does not tell"),
        (MATRICES, "fp32", "i8mm"),
    ],
)
def test_integers_where_the_cpu_multiplies_them(models, processor, recipe, why):
    found = chosen(models, processor)
    assert found.recipe == recipe
    assert re.search(why, found.why)


@pytest.mark.parametrize(
    ("accelerator", "system", "recipe"),
    [
        ("gpu", System.OTHER, "fp16"),
        ("npu", System.MACOS, "fp16"),
        ("auto", System.ANDROID, "fp16"),
        ("cpu", System.ANDROID, "int8-conv"),
        ("xnnpack", System.OTHER, "int8-conv"),
    ],
)
def test_half_precision_where_a_gpu_computes(models, accelerator, system, recipe):
    assert chosen(models, accelerator=accelerator, system=system).recipe == recipe
    only = [each for each in models if each.recipe == "fp32"]
    assert chosen(only, accelerator=accelerator, system=system).recipe == "fp32"


@pytest.mark.parametrize(
    "worse",
    [
        {"psnr": 37.9},
        {"ssim": 0.96},
        {"content_change": 0.021},
        {"style_change": 0.5},
    ],
)
def test_speed_is_not_bought_with_the_picture(models, worse):
    figures = {gate.metric: gate.worst for gate in GOOD}
    poor = replace(models[2], gates=gates(**{**figures, **worse}))
    (metric,) = worse
    found = chosen([*models[:2], poor])
    assert found.recipe == "fp32"
    assert f"{poor.path} is not as good: {metric} " in found.why
    # One poor size is enough: which one is run depends on the photograph.
    assert chosen([*models, poor]).recipe == "fp32"


def test_figures_that_are_not_there_are_no_proof(models):
    assert "nothing tells" in chosen([models[0], replace(models[2], gates=())]).why
    assert chosen([models[0], replace(models[2], gates=gates(psnr=60.0))]).recipe == "fp32"


def test_what_a_pack_does_not_have(models, model):
    assert "no int8-conv" in chosen(models[:1]).why
    assert chosen(models[2:]).recipe == "int8-conv"
    onnx = replace(model("onnx/int8-conv.onnx"), gates=GOOD)
    assert chosen([models[0], onnx]).recipe == "fp32"


@pytest.fixture
def pack(tmp_path, models, manifest, tflite):
    files = {each.path: tflite((64, 64)) for each in models}
    entries = manifest(*models)
    return write_pack(tmp_path / "p.stylepack", entries, {**files, "preview.jpg": b"x"})


def test_auto_is_asked_for_and_says_why(pack, monkeypatch):
    for processor, recipe, why in ((DOTS, "int8-conv", "avx512"), (PLAIN, "fp32", "no instr")):
        monkeypatch.setattr(runtimes, "processor", lambda cpu=processor: cpu)
        assert choose_models(pack, recipe=AUTO)[0].recipe == recipe
        assert choose_models(pack, recipe=AUTO, accelerator="gpu")[0].recipe == "fp16"
        assert choose_models(pack)[0].recipe == "fp32"
        assert open_runtime(pack, recipe=AUTO, threads=1).model.recipe == recipe
        ladder = Ladder(pack, recipe=AUTO, threads=1)
        assert ladder.runtime().model.recipe == recipe
        assert why in ladder.why
        assert Ladder(pack).why == ""
    with pytest.raises(ConfigError, match="no model for size 999"):
        choose_models(pack, recipe=AUTO, size=999)


def test_auto_falls_back_to_what_another_library_runs(
    tmp_path, models, model, manifest, tflite, onnx_file, monkeypatch
):
    """Eight bits suit the CPU, and LiteRT, which alone runs them, is not there."""
    monkeypatch.setattr(runtimes, "processor", lambda: DOTS)
    onnx = model("onnx/fp32.onnx")
    files = {each.path: tflite((64, 64)) for each in models}
    contents = {**files, onnx.path: onnx_file(), "preview.jpg": b"x"}
    pack = write_pack(tmp_path / "p.stylepack", manifest(*models, onnx), contents)
    found = [each.path for each in choose_models(pack, recipe=AUTO)]
    assert found == ["tflite/int8-conv-64x64.tflite", "tflite/fp32-64x64.tflite", onnx.path]
    ladder = Ladder(pack, recipe=AUTO, threads=1)
    assert "multiplies 8-bit integers" in ladder.why
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    assert ladder.runtime((64, 64)).model.path == onnx.path
    assert ladder.why == "int8-conv would suit the device, but its files cannot be run here"
    with pytest.raises(RuntimeUnavailableError, match="LiteRT"):
        open_runtime(pack, recipe=AUTO, format=Format.TFLITE)
