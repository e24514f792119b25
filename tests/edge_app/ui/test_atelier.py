from __future__ import annotations

import numpy as np
import pytest

from app_styles import VECTORS, FakeOpener, tinted, write_trunk
from edge_app.core.errors import RuntimeUnavailableError
from edge_app.core.image import to_float, to_uint8
from edge_app.core.pack import open_pack
from edge_app.core.styles import styles_of
from edge_app.ui import atelier as module
from edge_app.ui.atelier import Atelier, model_size, nearest_size, offered_sizes


@pytest.fixture
def opener():
    return FakeOpener()


@pytest.fixture
def atelier(opener):
    return Atelier(opener)


def test_paints(atelier, style, picture):
    rendering = atelier.stylize(style(), picture, longest_side=64)
    assert rendering.photo.shape == rendering.styled.shape == (48, 64, 3)
    np.testing.assert_array_equal(rendering.photo, picture)
    wanted = tinted("aurora")(to_float(picture))
    np.testing.assert_array_equal(rendering.styled, to_uint8(wanted))
    assert rendering.latency_ms > 0


def test_mixing_is_what_the_screen_shows(atelier, style, picture):
    rendering = atelier.stylize(style(), picture, longest_side=64)
    np.testing.assert_array_equal(rendering.mixed(0), rendering.photo)
    np.testing.assert_array_equal(rendering.mixed(1), rendering.styled)
    half = (rendering.photo.astype(float) + rendering.styled) / 2
    np.testing.assert_allclose(rendering.mixed(0.5), half, atol=0.6)


def test_a_mix_is_drawn_by_one_model(atelier, opener, tmp_path, picture):
    pack = open_pack(write_trunk(tmp_path / "trunk.stylepack"))
    aurora, bronze, _ = styles_of(pack)
    mix = aurora.mix(0.75, other=bronze, share=0.5)
    rendering = atelier.stylize(pack, picture, longest_side=64, mix=mix)
    assert rendering.mix is mix
    colour = 0.75 * (VECTORS["aurora"] + VECTORS["bronze"]) / 2 + 0.25
    wanted = to_float(picture).mean(axis=-1, keepdims=True) * colour
    np.testing.assert_allclose(to_float(rendering.styled), wanted, atol=0.51 / 255)
    atelier.stylize(pack, picture, longest_side=64, mix=bronze.mix())
    assert len(opener.opened) == 1


def test_large_photographs_are_resized_once_and_exactly(atelier, style, rng):
    large = rng.integers(0, 256, (300, 401, 3), dtype=np.uint8)
    rendering = atelier.stylize(style(), large, longest_side=128)
    assert rendering.photo.shape == (96, 128, 3)
    np.testing.assert_array_equal(
        rendering.styled, to_uint8(tinted("aurora")(to_float(rendering.photo)))
    )


def test_models_are_opened_once_and_only_a_few_are_kept(atelier, opener, style, picture):
    packs = [style(name) for name in ("aurora", "bronze", "cobalt")]
    for pack in (packs[0], packs[1], packs[0], packs[1]):
        atelier.stylize(pack, picture, longest_side=64)
    assert len(opener.opened) == 2
    atelier.stylize(packs[2], picture, longest_side=64)
    closed = opener.opened[0]
    with pytest.raises(RuntimeUnavailableError, match="closed"):
        closed.run(np.zeros((64, 64, 3), np.float32))
    atelier.close()
    for runtime in opener.opened:
        with pytest.raises(RuntimeUnavailableError, match="closed"):
            runtime.run(np.zeros((*runtime.model.size, 3), np.float32))


def test_room_is_made_before_the_next_model_is_loaded(style, picture):
    alive = []

    class Counting(FakeOpener):
        def __call__(self, pack, **kwargs):
            alive.append(sum(not runtime._closed for runtime in self.opened))
            return super().__call__(pack, **kwargs)

    atelier = Atelier(Counting(), kept_open=1)
    for name in ("aurora", "bronze", "cobalt"):
        atelier.stylize(style(name), picture, longest_side=64)
    assert alive == [0, 0, 0]


def test_one_model_of_free_size_serves_all_sizes(atelier, opener, style, picture):
    pack = style(free=True)
    for size in (200, 240):
        rendering = atelier.stylize(pack, picture, longest_side=size)
        assert max(rendering.styled.shape) == size
    assert len(opener.opened) == 1


def test_with_a_real_runtime(pack_at, mix, picture):
    pack = open_pack(pack_at())
    rendering = Atelier().stylize(pack, picture, longest_side=48)
    assert rendering.info.backend == "litert"
    wanted = np.clip(mix(to_float(rendering.photo)), 0, 1)
    np.testing.assert_allclose(to_float(rendering.styled), wanted, atol=1 / 255)


def test_sizes_that_are_offered(style, monkeypatch):
    assert offered_sizes(style(sizes=(128, 64))) == [64, 128]
    pack = style("bronze", free=True)
    monkeypatch.setattr(module, "find_spec", lambda _name: object())
    assert offered_sizes(pack) == [64, 128, *module.FREE_SIZES]
    monkeypatch.setattr(module, "find_spec", lambda _name: None)
    assert offered_sizes(pack) == [64, 128]


def test_a_pack_that_nothing_here_runs_offers_nothing(pack_at):
    assert offered_sizes(open_pack(pack_at({"coreml/fp16.mlmodel": b"x"}))) == []


@pytest.mark.parametrize(("wish", "size"), [(1, 64), (64, 64), (96, 64), (97, 128), (9999, 128)])
def test_the_nearest_size(wish, size):
    assert nearest_size([64, 128], wish) == size


def test_the_size_that_memory_is_asked_for(style):
    pack = style(free=True)
    assert model_size(pack, (100, 200), 128) == (128, 128)
    assert model_size(pack, (100, 200), 1024) == (512, 1024)
