from __future__ import annotations

import os
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from edge_app.core import runtime as runtimes
from edge_app.core.errors import ConfigError, PackError, RuntimeUnavailableError
from edge_app.core.manifest import Format
from edge_app.core.pack import open_pack, write_pack
from edge_app.core.runtime import (
    choose_models,
    default_threads,
    leave_thread,
    load_runtime,
    open_runtime,
)


@pytest.fixture
def pack(tmp_path, model, manifest, tflite):
    """Two recipes at two sizes and a portrait one as TFLite, a free ONNX, and Core ML."""
    entries = [
        model("tflite/int8-conv-64x64.tflite"),
        model("tflite/fp32-32x32.tflite"),
        model("tflite/fp32-64x64.tflite"),
        model("tflite/fp32-64x48.tflite"),
        model("onnx/fp32.onnx"),
        model("coreml/fp16.mlpackage", size=(64, 64)),
    ]
    files = {entry.path: tflite(entry.size) if entry.size else b"onnx" for entry in entries}
    return write_pack(
        tmp_path / "p.stylepack", manifest(*entries), {**files, "preview.jpg": b"preview"}
    )


@pytest.mark.parametrize(
    ("wish", "first"),
    [
        ({}, "tflite/fp32-64x64.tflite"),
        ({"size": 32}, "tflite/fp32-32x32.tflite"),
        ({"size": 64}, "tflite/fp32-64x64.tflite"),
        ({"size": (64, 48)}, "tflite/fp32-64x48.tflite"),
        ({"recipe": "int8-conv"}, "tflite/int8-conv-64x64.tflite"),
        ({"recipe": "int8-conv", "size": 64}, "tflite/int8-conv-64x64.tflite"),
        ({"size": 48}, "onnx/fp32.onnx"),
        ({"size": 1000}, "onnx/fp32.onnx"),
        ({"size": (48, 64)}, "onnx/fp32.onnx"),
        ({"format": "onnx"}, "onnx/fp32.onnx"),
    ],
)
def test_choice(pack, wish, first):
    assert choose_models(pack, **wish)[0].path == first


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"recipe": "int4"}, "no model for recipe int4; it holds: tflite int8-conv 64x64, "),
        ({"recipe": "int8-conv", "size": 32}, "no model for recipe int8-conv, size 32; "),
        (
            {"format": "tflite", "size": 99},
            "no model for format tflite, recipe fp32, size 99; .*tflite fp32",
        ),
        ({"recipe": "fp16"}, "no model for recipe fp16; .*coreml fp16 64x64$"),
        ({"recipe": "int4"}, "onnx fp32 any multiple of 4, "),
    ],
)
def test_wishes_that_the_pack_cannot_fulfil(pack, wish, message):
    with pytest.raises(ConfigError, match=message):
        open_runtime(pack, **wish)


def test_a_file_of_several_sizes_is_opened_at_the_one_asked_for(
    tmp_path, model, manifest, monkeypatch
):
    sizes = ((32, 32), (64, 64))
    entry = model("coreml/fp16.mlpackage", size=(64, 64), sizes=sizes)
    files = {entry.path: b"x", "preview.jpg": b"preview"}
    pack = write_pack(tmp_path / "p.stylepack", manifest(entry), files)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert [m.size for m in choose_models(pack)] == [(64, 64), (32, 32)]
    assert [m.size for m in choose_models(pack, size=32)] == [(32, 32)]
    with pytest.raises(ConfigError, match="no model for recipe fp16, size 48"):
        choose_models(pack, size=48)


def test_the_only_recipe_is_chosen_where_there_is_no_fp32(pack_at, tflite):
    pack = open_pack(pack_at({"tflite/int8-conv-32x48.tflite": tflite()}))
    assert open_runtime(pack, threads=1).model.recipe == "int8-conv"


def test_a_pack_with_nothing_that_runs_here(pack_at):
    pack = open_pack(pack_at({"coreml/fp16-32x48.mlpackage": b"x"}))
    with pytest.raises(ConfigError, match=r"no model for the runtimes here; .* coreml fp16 32x48"):
        open_runtime(pack)
    with pytest.raises(RuntimeUnavailableError, match="coreml models cannot be run here"):
        load_runtime(pack.manifest.models[0], b"x")


def test_opens_and_runs(pack, mix, rng):
    runtime = open_runtime(pack, size=(64, 48), threads=2)
    picture = rng.random((64, 48, 3), np.float32)
    np.testing.assert_allclose(runtime.run(picture), mix(picture), atol=1e-6)
    assert (runtime.info.threads, runtime.info.accelerator) == (2, "xnnpack")
    assert open_runtime(pack, accelerator="none").info.accelerator == "none"


@pytest.mark.parametrize("threads", [0, -1, 257, 10**11])
def test_a_number_of_threads_that_no_machine_has(pack, threads):
    with pytest.raises(ConfigError, match=f"threads: expected 1 to 256, got {threads}"):
        open_runtime(pack, threads=threads)


@pytest.fixture
def both(pack_at, tflite, onnx_file):
    """The same model for LiteRT and for ONNX Runtime."""
    files = {"tflite/a.tflite": tflite(operators=("resize",)), "onnx/a.onnx": onnx_file(32, 48)}
    return open_pack(pack_at(files))


def test_falls_back_to_the_other_library(both, monkeypatch):
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    assert open_runtime(both).info.backend == "onnx"
    with pytest.raises(RuntimeUnavailableError, match="LiteRT"):
        open_runtime(both, format=Format.TFLITE)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(RuntimeUnavailableError, match="LiteRT"):
        open_runtime(both)


def test_the_preferred_library_says_why_an_accelerator_cannot_be_had(both):
    with pytest.raises(RuntimeUnavailableError, match="XNNPACK did not take the model"):
        open_runtime(both, accelerator="xnnpack")
    with pytest.raises(ConfigError, match="LiteRT here has auto, xnnpack and none, not npu"):
        open_runtime(both, accelerator="npu")


@pytest.mark.parametrize(("backend", "first"), [("litert", "tflite"), ("onnx", "onnx")])
def test_a_library_can_be_chosen_by_hand(pack_at, tflite, onnx_file, mix, rng, backend, first):
    files = {"tflite/a.tflite": tflite(), "onnx/a.onnx": onnx_file(32, 48)}
    pack = open_pack(pack_at(files))
    assert [m.format for m in choose_models(pack, backend=backend)] == [first]
    runtime = open_runtime(pack, backend=backend)
    assert runtime.info.backend == backend
    picture = rng.random((32, 48, 3), np.float32)
    np.testing.assert_allclose(runtime.run(picture), mix(picture), atol=1e-6)
    model = runtime.model
    assert load_runtime(model, pack.read(model.path), backend=backend).info.backend == backend


def test_a_library_chosen_by_hand_that_cannot_do_it(pack_at, tflite):
    pack = open_pack(pack_at())
    with pytest.raises(ConfigError, match="no model for the runtimes here by onnx; it holds: tfl"):
        open_runtime(pack, backend="onnx")
    for name in ("android", "coreml"):
        with pytest.raises(ConfigError, match=f"runtime: {name} is for .*here there are litert"):
            open_runtime(pack, backend=name)
    with pytest.raises(RuntimeUnavailableError, match="tflite models cannot be run here by onnx"):
        load_runtime(pack.manifest.models[0], b"", backend="onnx")


def test_leaving_a_thread_tells_java_only_where_there_is_some(monkeypatch):
    calls = []
    monkeypatch.setitem(sys.modules, "jnius", SimpleNamespace(detach=lambda: calls.append(1)))
    leave_thread()
    assert not calls, "Java itself runs the main thread"
    for present in (True, False):
        if not present:
            monkeypatch.delitem(sys.modules, "jnius")
        thread = threading.Thread(target=leave_thread)
        thread.start()
        thread.join()
    assert calls == [1]


def test_a_damaged_model_is_no_reason_to_fall_back(pack, monkeypatch):
    monkeypatch.setattr(type(pack), "read", lambda self, name: b"damaged")
    with pytest.raises(PackError, match=rf"^{pack.path}: tflite/fp32-64x64.tflite: .*cannot load"):
        open_runtime(pack)


def test_default_threads_follow_the_cpus_that_may_be_used(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3}, raising=False)
    assert default_threads() == 1
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    assert default_threads() == runtimes.DEFAULT_THREADS
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert default_threads() == 1
