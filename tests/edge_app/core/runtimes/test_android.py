"""The Android runtime in a real Java machine, with doubles in the place of LiteRT's classes."""

from __future__ import annotations

import re
import resource
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import jvm
from edge_app.core import runtime as runtimes
from edge_app.core.errors import ConfigError, ImageError, PackError, RuntimeUnavailableError
from edge_app.core.runtimes import android, android_java
from edge_app.core.runtimes.gpu_trial import MARK

PATH = "tflite/fp32-32x48.tflite"


@pytest.fixture(scope="session")
def jnius(tmp_path_factory):
    return jvm.start(tmp_path_factory.mktemp("classes"))


@pytest.fixture
def ledger(jnius, tmp_path):
    """What the doubles did; `ledger.reset(mode)` says how the GPU behaves. All is given back."""
    jnius.autoclass("android.app.Activity").folder = jnius.autoclass("java.io.File")(str(tmp_path))
    android_java.classes.cache_clear()
    ledger = jnius.autoclass("org.tensorflow.lite.Ledger")
    ledger.reset("good")
    yield ledger
    assert ledger.faults == 0
    assert (ledger.openInterpreters, ledger.openDelegates) == (0, 0), "something was not closed"
    assert ledger.slowInputs == 0, "a buffer that LiteRT copies twice"


def content(*, dtype="FLOAT32", size=(32, 48), operators=20, xnnpack=1, gpu=1, style=None):
    """What the double takes for a model: operators in it, and steps left with an accelerator.

    `style` numbers are its second input.
    """
    height, width = size
    more = "" if style is None else f" {style}"
    return f"DOUBLE {dtype} {height} {width} {operators} {xnnpack} {gpu}{more}".encode()


def drawn(picture):
    """What the double draws."""
    height, width = picture.shape[:2]
    red, green, blue = np.moveaxis(picture.astype(np.float64), 2, 0)
    down = (np.arange(height) + 1)[:, None] / height
    along = (np.arange(width) + 1) / width
    return np.stack([1 - blue, red * down, green * along], 2)


@pytest.fixture
def load(ledger, model):
    """Loads the double; closes everything in the end."""
    opened = []

    def load(data=None, accelerator="auto", threads=3, **entry):
        given = content() if data is None else data
        made = android.load(model(PATH, **entry), given, threads=threads, accelerator=accelerator)
        opened.append(made)
        return made

    yield load
    for runtime in opened:
        runtime.close()


@pytest.fixture
def picture(rng):
    return rng.random((32, 48, 3), np.float32)


def test_the_cpu_draws_the_models_picture(load, ledger, picture):
    runtime = load(accelerator="xnnpack")
    np.testing.assert_allclose(runtime.run(picture), drawn(picture), atol=1e-6)
    info = runtime.info
    assert (info.backend, info.version, info.threads) == ("android", "1.4.0-double", 3)
    assert (info.accelerator, info.accelerated_share, info.note) == ("xnnpack", 1.0, "")
    assert ledger.threads == 3


def test_the_gpu_comes_first_and_draws_the_same(load, ledger, picture):
    runtime = load(content(gpu=4))
    assert (runtime.info.accelerator, runtime.info.note) == ("gpu", "")
    assert runtime.info.accelerated_share == pytest.approx(17 / 20)
    np.testing.assert_allclose(runtime.run(picture), drawn(picture), atol=1e-3)
    assert ledger.openInterpreters == 1, "the CPU's is kept beside the GPU's"


def test_results_are_the_callers_own(load, picture):
    runtime = load()
    first = runtime.run(picture)
    kept = first.copy()
    runtime.run(1 - picture)
    np.testing.assert_array_equal(first, kept)
    first[:] = 7
    np.testing.assert_allclose(runtime.run(picture), drawn(picture), atol=1e-3)


def test_takes_pictures_that_are_views(load, picture):
    flipped = picture[::-1, ::-1]
    np.testing.assert_allclose(load().run(flipped), drawn(flipped), atol=1e-3)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("missing", "the GPU does not take the model: UnsatisfiedLinkError: .*libOpenCL.so"),
        ("refuses", "the GPU does not take the model: .*MIRROR_PAD is not supported"),
        ("dies", "the GPU failed: IllegalStateException: .*clEnqueueNDRangeKernel"),
        ("wrong", r"the GPU drew a wrong picture, \d+\.\d dB from the CPU's; at least 30"),
        ("nan", "the GPU drew values that are not numbers"),
    ],
)
def test_a_gpu_that_fails_leaves_the_cpu_in_charge(load, ledger, picture, fault, reason):
    ledger.reset(fault)
    with pytest.warns(RuntimeWarning, match=reason):
        runtime = load()
    assert runtime.info.accelerator == "xnnpack"
    assert re.search(reason, runtime.info.note)
    np.testing.assert_allclose(runtime.run(picture), drawn(picture), atol=1e-6)
    assert ledger.openDelegates == 0
    with pytest.raises(RuntimeUnavailableError, match=f"{PATH}: {reason}"):
        load(accelerator="gpu")


def test_a_gpu_that_takes_nothing_is_no_gpu(load, ledger, picture):
    """The delegate is there, and the plain interpreter, the slowest of all, would run the model."""
    with pytest.warns(RuntimeWarning, match="the GPU took no part of the model"):
        runtime = load(content(gpu=20))
    assert (runtime.info.accelerator, runtime.info.accelerated_share) == ("xnnpack", 1.0)
    np.testing.assert_allclose(runtime.run(picture), drawn(picture), atol=1e-6)
    assert ledger.openDelegates == 0
    with pytest.raises(RuntimeUnavailableError, match="the GPU took no part of the model"):
        load(content(gpu=20), accelerator="gpu")


def test_a_gpu_that_does_not_tell_is_trusted_by_its_picture(load, monkeypatch):
    monkeypatch.setattr(android_java.Session, "steps", lambda self: None)
    info = load(accelerator="gpu").info
    assert (info.accelerator, info.accelerated_share) == ("gpu", 0.0)


def test_a_gpu_that_fails_later_hands_over_in_mid_picture(load, ledger, picture):
    ledger.reset("fails-later")
    runtime = load()
    runtime.run(picture)
    assert runtime.info.accelerator == "gpu"
    with pytest.warns(RuntimeWarning, match="the GPU failed"):
        result = runtime.run(picture)
    np.testing.assert_allclose(result, drawn(picture), atol=1e-6)
    assert runtime.info.accelerator == "xnnpack"
    assert "clEnqueueNDRangeKernel" in runtime.info.note
    assert (ledger.openInterpreters, ledger.openDelegates) == (1, 0)
    np.testing.assert_allclose(runtime.run(picture), drawn(picture), atol=1e-6)


def test_a_gpu_keeps_to_its_thread(load, picture):
    runtime, caught = load(), []

    def run():
        try:
            runtime.run(picture)
        except RuntimeUnavailableError as error:
            caught.append(error)
        runtimes.leave_thread()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert "by another thread" in str(caught[0])


def test_a_worker_may_open_run_and_close(load, ledger, picture):
    """What the app does: classes on the main thread, everything else on one worker."""
    android_java.classes()
    results = []

    def work():
        runtime = load()
        results.append(runtime.run(picture))
        runtime.close()
        runtimes.leave_thread()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    np.testing.assert_allclose(results[0], drawn(picture), atol=1e-3)


def test_what_the_gpu_compiles_is_kept_by_model(load, ledger, tmp_path):
    load().close()
    first = ledger.serialization
    folder, token = first.split(" ")
    assert folder == str(tmp_path / "code_cache")
    assert len(token) == 32
    load(content(operators=21)).close()
    assert ledger.serialization != first


def test_a_gpu_that_took_the_app_down_twice_is_left_alone(load, ledger, tmp_path):
    mark = tmp_path / "code_cache" / MARK
    load().close()
    assert not mark.exists(), "a trial that ended leaves no mark"
    mark.write_text("1")
    assert load().info.accelerator == "gpu", "once may be a user in a hurry"
    assert not mark.exists()
    mark.write_text("2")
    with pytest.warns(RuntimeWarning, match="ended the app twice"):
        assert load().info.accelerator == "xnnpack"
    assert mark.exists()
    assert load(accelerator="gpu").info.accelerator == "gpu", "who insists may try"
    assert load().info.accelerator == "gpu"


def test_the_mark_is_there_while_the_gpu_is_tried(load, ledger, tmp_path, monkeypatch):
    mark, seen = tmp_path / "code_cache" / MARK, []
    on_gpu = android_java.Session.on_gpu

    def crashing(*arguments, **named):
        seen.append(mark.read_text())
        return on_gpu(*arguments, **named)

    monkeypatch.setattr(android_java.Session, "on_gpu", crashing)
    load()
    mark.write_text("1")
    load()
    assert seen == ["1", "2"]


def test_no_xnnpack(load, picture):
    runtime = load(accelerator="none")
    assert (runtime.info.accelerator, runtime.info.accelerated_share) == ("none", 0.0)
    np.testing.assert_allclose(runtime.run(picture), drawn(picture), atol=1e-6)


def test_the_cpu_by_choice(load, ledger, tmp_path, monkeypatch):
    """For a phone whose driver crashes, or passes the trial and draws wrong all the same."""
    monkeypatch.setattr(android_java.Session, "on_gpu", None)  # it would be an error to try it
    info = load(accelerator="cpu").info
    assert (info.accelerator, info.note) == ("xnnpack", "")
    info = load(content(xnnpack=20), accelerator="cpu").info
    assert (info.accelerator, info.note) == ("none", android.WITHOUT_XNNPACK)


def test_xnnpack_that_takes_a_part(load):
    info = load(content(xnnpack=6), accelerator="xnnpack").info
    assert (info.accelerator, info.accelerated_share) == ("xnnpack", 0.75)


def test_xnnpack_that_takes_nothing_is_told(load, ledger):
    with pytest.raises(RuntimeUnavailableError, match=f"{PATH}: XNNPACK did not take the model"):
        load(content(xnnpack=20), accelerator="xnnpack")
    ledger.reset("missing")
    with pytest.warns(RuntimeWarning, match="libOpenCL.*; XNNPACK did not take the model"):
        info = load(content(xnnpack=20)).info
    assert info.accelerator == "none"
    assert "XNNPACK" in info.note


def test_a_library_without_xnnpack(load, ledger, picture):
    ledger.reset("no-xnnpack")
    with pytest.raises(RuntimeUnavailableError, match=r"XNNPACK did not .* \(.*current runtime"):
        load(accelerator="xnnpack")
    assert load().info.accelerator == "gpu"


def test_a_library_that_does_not_tell_is_not_thought_slow(load, monkeypatch):
    monkeypatch.setattr(android_java.Session, "steps", lambda self: None)
    info = load(accelerator="xnnpack").info
    assert (info.accelerator, info.accelerated_share) == ("xnnpack", 0.0)


def test_unknown_accelerator(load):
    with pytest.raises(ConfigError, match="auto, cpu, gpu, xnnpack, none, not npu"):
        load(accelerator="npu")


@pytest.mark.parametrize(
    ("data", "entry", "message"),
    [
        (b"no model at all", {}, "LiteRT cannot load it: IllegalArgumentException: .*flatbuffer"),
        (b"", {}, "LiteRT cannot load it"),
        (content(size=(48, 32)), {}, r"its input is float32 \[1, 32, 48, 3\], .*48, 32, 3"),
        (content(dtype="UINT8"), {}, "the file has uint8"),
        (None, {"layout": "NCHW"}, "float32 NHWC .* says float32 NCHW"),
    ],
)
def test_a_file_that_is_not_what_the_manifest_says(load, data, entry, message):
    with pytest.raises(PackError, match=f"{PATH}: .*{message}"):
        load(data, **entry)


def test_a_model_of_any_size_is_left_to_others(load):
    with pytest.raises(RuntimeUnavailableError, match=r"one size here, .* takes any multiple of 4"):
        load(None, size=None)


@pytest.mark.parametrize("shape", [(48, 32, 3), (32, 48, 4), (32, 48)])
def test_pictures_of_another_shape_are_refused(load, shape):
    with pytest.raises(ImageError, match=PATH):
        load().run(np.zeros(shape, np.float32))


def test_closed(load, picture):
    runtime = load()
    runtime.close()
    runtime.close()
    with pytest.raises(RuntimeUnavailableError, match="closed"):
        runtime.run(picture)


def test_a_failure_of_the_cpu_is_named(load, picture, monkeypatch):
    runtime = load(accelerator="xnnpack")
    runtime._session._interpreter.close()
    with pytest.raises(RuntimeUnavailableError, match=f"{PATH}: LiteRT failed: .*closed"):
        runtime.run(picture)


def test_no_java(monkeypatch, model):
    monkeypatch.setitem(sys.modules, "jnius", None)
    android_java.classes.cache_clear()
    with pytest.raises(RuntimeUnavailableError, match="cannot be reached here"):
        android.load(model(PATH), content(), threads=1)


def test_the_probe_has_every_colour_and_is_always_the_same():
    probe = android.probe_picture((64, 96))
    assert probe.shape == (64, 96, 3)
    assert probe.dtype == np.float32
    assert 0 <= probe.min() < 0.05 < 0.95 < probe.max() <= 1
    np.testing.assert_array_equal(probe, android.probe_picture((64, 96)))


def test_memory_does_not_grow_with_pictures(load, jnius):
    """Every call through pyjnius makes references; a leak of one picture each would be 590 MB."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        pytest.skip("needs Linux' /proc")
    runtime = load(content(size=(128, 128)), "xnnpack", size=(128, 128))
    picture = np.zeros((128, 128, 3), np.float32)
    collect = jnius.autoclass("java.lang.System").gc
    before = 0
    for round_ in range(4):
        for _ in range(250):
            runtime.run(picture)
        collect()
        if round_ == 0:
            before = int(statm.read_text().split()[1])
    assert (int(statm.read_text().split()[1]) - before) * resource.getpagesize() < 40e6


@pytest.mark.parametrize("accelerator", ["none", "xnnpack", "gpu"])
def test_a_style_is_a_second_input(load, picture, rng, accelerator):
    runtime = load(content(style=5), accelerator=accelerator, style_length=5)
    assert runtime.info.accelerator == accelerator
    for _ in range(2):  # the buffers are used again
        style = rng.random(5, np.float32)
        made = runtime.run(picture, style)
        np.testing.assert_allclose(made, drawn(picture) * style[:3], atol=1e-3)
    for wrong in (style[:4], np.zeros(0, np.float32)):
        with pytest.raises(ConfigError, match=f"{PATH}: expected a style of 5 numbers"):
            runtime.run(picture, wrong)


def test_the_cpu_takes_over_with_the_style(load, ledger, picture, rng):
    ledger.reset("fails-later")
    runtime = load(content(style=3), style_length=3)
    style = rng.random(3, np.float32)
    runtime.run(picture, style)
    assert runtime.info.accelerator == "gpu"
    with pytest.warns(RuntimeWarning, match="the GPU failed"):
        made = runtime.run(picture, style)
    np.testing.assert_allclose(made, drawn(picture) * style, atol=1e-6)


@pytest.mark.parametrize(("file", "entry"), [(None, 3), (3, 0), (3, 4)])
def test_a_file_of_another_style_than_the_manifest_says(load, file, entry):
    with pytest.raises(PackError, match=f"{PATH}: by the manifest its input is"):
        load(content(style=file), style_length=entry)
