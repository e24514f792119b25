"""LiteRT's C interface as it is installed here, on real models."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from benchmarks.profiling import profiler
from benchmarks.profiling.operators import Kind
from edge_app.core.errors import ConfigError, RuntimeUnavailableError

SIZE = (64, 96)


@pytest.fixture
def picture(rng):
    return rng.random((*SIZE, 3), dtype=np.float32)


def watch(content, picture, **changes):
    settings = {"threads": 1, "accelerator": "auto", "runs": 4, "warmups": 1, **changes}
    return profiler.profile(content, (picture,), **settings)


def test_times_every_kernel_inside_xnnpack_and_what_it_refuses(tflite, picture):
    """XNNPACK makes a 1x1 convolution a product of matrices; resizing it leaves to LiteRT."""
    content = tflite(SIZE, operators=("conv", "resize", "conv", "conv"))
    found = watch(content, picture)
    assert [operator.kind for operator in found.operators] == [
        Kind.POINTWISE,
        Kind.MOVING,
        Kind.POINTWISE,
        Kind.POINTWISE,
    ]
    assert [operator.delegated for operator in found.operators] == [True, False, True, True]
    assert all(len(operator.samples_us) == 4 for operator in found.operators)
    assert (len(found.whole.samples_ms), len(found.whole.warmups_ms)) == (4, 1)
    assert found.source.startswith("LiteRT ")


def test_the_operators_account_for_the_runs(tflite, picture):
    """What is inside cannot take longer than the whole; of a large model it is most of it."""
    large = np.tile(picture, (8, 8, 1))
    content = tflite((8 * SIZE[0], 8 * SIZE[1]), operators=("conv",) * 6)
    found = watch(content, large, runs=99)
    sums = [sum(run) / 1000 for run in zip(*(o.samples_us for o in found.operators))]
    assert all(inside <= whole for inside, whole in zip(sums, found.whole.samples_ms))
    # In one of so many: other programs take their turns between the operators.
    assert max(i / w for i, w in zip(sums, found.whole.samples_ms)) > 0.5


def test_without_xnnpack_litert_times_its_own_kernels(tflite, picture):
    content = tflite(SIZE, operators=("conv", "resize", "conv"))
    found = watch(content, picture, accelerator="none")
    assert [operator.kernel for operator in found.operators] == [
        "CONV_2D",
        "RESIZE_NEAREST_NEIGHBOR",
        "CONV_2D",
    ]
    assert not any(operator.delegated for operator in found.operators)


def test_a_model_of_several_styles_is_given_one(tflite, picture):
    content = tflite(SIZE, operators=("conv", "style"))
    style = np.ones((1, 1, 1, 3), np.float32)
    settings = {"threads": 1, "accelerator": "auto", "runs": 2, "warmups": 0}
    found = profiler.profile(content, (picture, style), **settings)
    assert [operator.kind for operator in found.operators] == [Kind.POINTWISE, Kind.NORM]


def test_says_nothing_on_the_terminal(tflite, picture, capfd):
    watch(tflite(SIZE), picture)
    assert capfd.readouterr() == ("", "")


def test_a_picture_of_another_size_is_no_crash(tflite, picture):
    with pytest.raises(RuntimeUnavailableError, match="takes 73728 bytes, 36864 were given"):
        watch(tflite(SIZE), picture[:32])
    with pytest.raises(RuntimeUnavailableError, match=r"LiteRtCreate\w+ failed with status"):
        watch(b"TFL3 is not enough", picture)
    with pytest.raises(ConfigError, match="runs: expected at least 1"):
        watch(tflite(SIZE), picture, runs=0)


def test_events_of_another_size_are_noticed(tflite, picture, monkeypatch):
    """A later LiteRT may say more of each event; read as if it did not, all would be nonsense."""

    class Smaller(ctypes.Structure):
        _fields_ = profiler._Event._fields_[:-1]

    class Larger(ctypes.Structure):
        _fields_ = (*profiler._Event._fields_, ("more", ctypes.c_uint64 * 2))

    for other in (Smaller, Larger):
        monkeypatch.setattr(profiler, "_Event", other)
        with pytest.raises(RuntimeUnavailableError, match="its events are not"):
            watch(tflite(SIZE), picture)


def test_an_old_or_missing_litert_says_what_to_install(tflite, picture, monkeypatch, tmp_path):
    monkeypatch.setattr(profiler.metadata, "version", lambda name: "2.1.5")
    with pytest.raises(RuntimeUnavailableError, match=r"2\.1\.5 is too old .* pip install --upgr"):
        watch(tflite(SIZE), picture)
    monkeypatch.setattr(profiler.metadata, "version", lambda name: "2.3.0")
    monkeypatch.setattr(profiler, "LIBRARIES", ("libNothing.so",))
    with pytest.raises(RuntimeUnavailableError, match=r"without its C library \(libNothing.so\)"):
        watch(tflite(SIZE), picture)

    def missing(name):
        raise profiler.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(profiler.metadata, "version", missing)
    with pytest.raises(RuntimeUnavailableError, match="pip install ai-edge-litert"):
        watch(tflite(SIZE), picture)
