from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.core.errors import ConfigError, ImageError, RuntimeUnavailableError
from edge_app.core.grain import grained
from edge_app.core.image import resize, to_float, to_uint8
from edge_app.core.pack import open_pack
from edge_app.core.runtime import open_runtime
from edge_app.core.runtimes.fake import FakeRuntime, fake_model
from edge_app.core.stylizer import MIN_SIDE, fitting_sizes, prepare, stylize

side = st.integers(1, 200)


def photo(rng, height, width):
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(side, side, st.sampled_from([(64, 64), (32, 64), (96, 20)]))
@settings(max_examples=60)
def test_any_photograph_through_a_fixed_size(height, width, size):
    runtime = FakeRuntime(fake_model(size))
    picture = photo(np.random.default_rng(0), height, width)
    result = stylize(runtime, picture)
    assert result.dtype == np.uint8
    # As large as fits: one side is full, the other keeps the aspect ratio within half a pixel.
    scale = min(size[0] / height, size[1] / width)
    assert abs(result.shape[0] - max(1, height * scale)) <= 0.5
    assert abs(result.shape[1] - max(1, width * scale)) <= 0.5
    assert any(a == b for a, b in zip(result.shape[:2], size, strict=True))
    # The padding is cut off at the right place: the negative of just the photograph comes back.
    np.testing.assert_array_equal(result, 255 - resize(picture, result.shape[:2]))


@given(side, side, st.sampled_from([1, 4, 7]), st.none() | st.integers(1, 150))
@settings(max_examples=60)
def test_any_photograph_through_a_free_size(height, width, multiple, longest):
    runtime = FakeRuntime(fake_model(None, size_multiple=multiple))
    picture = photo(np.random.default_rng(0), height, width)
    result = stylize(runtime, picture, longest_side=longest)
    if longest is None:
        assert result.shape == picture.shape
    else:
        assert max(result.shape[:2]) == longest
    np.testing.assert_array_equal(result, 255 - resize(picture, result.shape[:2]))
    run_at = runtime.seen[0].shape[:2]
    assert all(s % multiple == 0 and s >= MIN_SIDE for s in run_at)
    assert all(s < max(have, MIN_SIDE) + multiple for s, have in zip(run_at, result.shape))


def test_the_border_is_the_pictures_mirror(rng):
    runtime = FakeRuntime(fake_model((64, 64)))
    stylize(runtime, photo(rng, 32, 64))
    (seen,) = runtime.seen
    np.testing.assert_array_equal(seen[:16], seen[16:32][::-1])
    np.testing.assert_array_equal(seen[48:], seen[32:48][::-1])


def test_the_model_is_given_its_grain_and_the_mix_is_not(rng):
    picture = photo(rng, 48, 64)
    runtime = FakeRuntime(replace(fake_model((48, 64)), grain=0.05))
    stylize(runtime, picture)
    np.testing.assert_array_equal(runtime.seen[0], grained(to_float(picture), 0.05))
    np.testing.assert_array_equal(stylize(runtime, picture, strength=0), picture)


@pytest.mark.parametrize("size", [(48, 64), None])
def test_what_is_prepared_is_what_the_model_is_run_on(rng, size):
    picture = photo(rng, 50, 90)
    runtime = FakeRuntime(replace(fake_model(size), grain=0.05))
    stylize(runtime, picture, longest_side=40)
    prepared = prepare(runtime.model, picture, 40)
    np.testing.assert_array_equal(prepared.given, runtime.seen[0])
    top, left = prepared.corner
    height, width = prepared.resized.shape[:2]
    bare = prepare(replace(runtime.model, grain=0.0), picture, 40).given
    inner = bare[top : top + height, left : left + width]
    np.testing.assert_array_equal(inner, to_float(prepared.resized))


def test_strength_mixes_pixels(rng):
    picture = photo(rng, 64, 64)
    runtime = FakeRuntime()
    np.testing.assert_array_equal(stylize(runtime, picture, strength=0), picture)
    np.testing.assert_array_equal(stylize(runtime, picture, strength=1), 255 - picture)
    quarter = to_uint8(0.75 * to_float(picture) + 0.25 * (1 - to_float(picture)))
    difference = stylize(runtime, picture, strength=0.25).astype(int) - quarter
    assert np.abs(difference).max() <= 1


def test_colours_can_be_kept(rng):
    picture = rng.integers(80, 176, (64, 64, 3), np.uint8)
    drawn = stylize(FakeRuntime(), picture).astype(float)
    kept = stylize(FakeRuntime(), picture, keep_colours=True).astype(float)
    luma = np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(kept @ luma, drawn @ luma, atol=1.0)
    for one, other in ((0, 1), (1, 2)):  # differences of channels are what colour is
        difference = (kept - picture)[..., one] - (kept - picture)[..., other]
        assert np.abs(difference).max() <= 1
    assert (stylize(FakeRuntime(), picture, strength=0, keep_colours=True) == picture).all()


@pytest.mark.parametrize("strength", [-0.01, 1.01, float("nan")])
def test_strength_is_bounded(strength):
    with pytest.raises(ConfigError, match="strength: expected 0 to 1"):
        stylize(FakeRuntime(), np.zeros((4, 4, 3), np.uint8), strength=strength)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_what_is_no_picture_is_refused(picture):
    with pytest.raises(ImageError, match="expected a uint8 picture of shape"):
        stylize(FakeRuntime(), picture)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_no_numbers_are_an_error(bad):
    def style(picture):
        result = picture.copy()
        result[3, 3, 1] = bad
        return result

    with pytest.raises(RuntimeUnavailableError, match=r"fake \(none\) gave values that are not"):
        stylize(FakeRuntime(style=style), np.zeros((4, 4, 3), np.uint8))


def test_values_out_of_range_are_clipped():
    runtime = FakeRuntime(style=lambda picture: picture * 0 + np.float32(1.5))
    assert (stylize(runtime, np.zeros((4, 4, 3), np.uint8)) == 255).all()


def test_longest_side_in_a_fixed_size(rng):
    runtime = FakeRuntime(fake_model((64, 48)))
    assert stylize(runtime, photo(rng, 100, 50), longest_side=32).shape == (32, 16, 3)
    assert stylize(runtime, photo(rng, 50, 100), longest_side=64).shape == (24, 48, 3)
    assert runtime.seen[0].shape == (64, 48, 3)


@pytest.mark.parametrize("longest_side", [0, -5, 65])
def test_longest_side_that_the_model_has_no_room_for(longest_side):
    with pytest.raises(ConfigError, match="size: "):
        fitting_sizes(fake_model((64, 48)), (10, 10), longest_side)


def test_a_result_that_no_memory_holds_is_refused():
    with pytest.raises(ConfigError, match="size: 100000 would give 7,500 megapixels"):
        fitting_sizes(fake_model(None), (300, 400), 100_000)


def test_extreme_shapes_keep_at_least_one_pixel():
    assert fitting_sizes(fake_model((64, 64)), (1, 10_000)) == ((1, 64), (64, 64))


def test_through_a_real_model(pack_at, mix, rng):
    runtime = open_runtime(open_pack(pack_at()), threads=1)
    picture = photo(rng, 32, 48)
    expected = to_uint8(mix(to_float(picture)))
    assert np.abs(stylize(runtime, picture).astype(int) - expected).max() <= 1
