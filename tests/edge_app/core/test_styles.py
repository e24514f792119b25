from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.core.catalog import BrokenPack
from edge_app.core.errors import ConfigError
from edge_app.core.image import to_float
from edge_app.core.pack import open_pack, write_pack
from edge_app.core.runtime import open_runtime
from edge_app.core.styles import FADE, Palette, list_styles, styles_of
from edge_app.core.stylizer import stylize
from tiny_models import PHOTOGRAPH, VECTORS

DAWN, DUSK = VECTORS.values()


@pytest.fixture
def trunk(trunk_at):
    return open_pack(trunk_at())


@pytest.fixture
def alone(pack_at):
    return open_pack(pack_at())


def test_the_styles_of_a_trunk(trunk):
    dawn, dusk = styles_of(trunk)
    assert [style.name for style in (dawn, dusk)] == ["day/dawn", "day/dusk"]
    assert (dusk.card.title, dusk.card.year) == ("Dusk", "1901")
    np.testing.assert_array_equal(dusk.mix().style, DUSK)
    mixed = dawn.mix(0.5, other=dusk, share=0.25).style
    expected = 0.5 * (0.75 * DAWN + 0.25 * DUSK) + 0.5 * PHOTOGRAPH
    np.testing.assert_allclose(mixed, expected, atol=1e-6)


def test_a_pack_of_one_style_is_that_style(alone):
    (style,) = styles_of(alone)
    assert (style.name, style.card) == ("whirl", alone.manifest)
    assert style.mix(0.5).strength == 0.5


def test_the_styles_of_a_folder(pack_at, trunk_at, tmp_path):
    pack_at()
    trunk_at()
    trunk_at(name="short.stylepack", photograph=None, id="short")
    (tmp_path / "broken.stylepack").write_bytes(b"no zip")
    broken, *good, alone = list_styles([tmp_path])
    assert isinstance(broken, BrokenPack)
    names = ["day/dawn", "day/dusk", "short/dawn", "short/dusk"]
    assert [style.name for style in good] == names
    assert alone.name == "whirl"


def test_a_pack_with_a_damaged_vector_is_broken(trunk_at, tmp_path):
    pack = open_pack(trunk_at())
    names = [*pack.manifest.files, *(model.path for model in pack.manifest.models)]
    files = {name: pack.read(name) for name in names}
    files["styles/dusk.npy"] = files["styles/dusk.npy"][:-4]
    write_pack(pack.path, pack.manifest, files)
    (broken,) = list_styles([tmp_path])
    assert isinstance(broken, BrokenPack)
    assert "styles/dusk.npy: expected 3 numbers" in broken.reason


def test_pure_styles(trunk):
    palette = Palette(trunk)
    for name, vector in VECTORS.items():
        mix = palette.mix({name: 1.0})
        np.testing.assert_array_equal(mix.style, vector)
        assert mix.style.dtype == np.float32
        assert mix.strength == 1.0
    np.testing.assert_array_equal(palette.mix().style, DAWN)


@given(st.floats(0, 1), st.floats(0.01, 1), st.sampled_from([1, 0.01, 70.0]))
def test_shares_are_parts_of_their_sum(share, strength, unit):
    palette = PALETTES["trunk"]
    shares = {"dusk": share * unit, "dawn": (1 - share) * unit}
    style = share * DUSK + (1 - share) * DAWN
    mix = palette.mix(shares, strength)
    expected = strength * style + (1 - strength) * PHOTOGRAPH
    np.testing.assert_allclose(mix.style, expected, atol=1e-6)
    assert mix.strength == min(1, strength / FADE)


PALETTES = {}


@pytest.fixture(autouse=True)
def _palettes(trunk):
    PALETTES["trunk"] = Palette(trunk)  # hypothesis takes no fixture made for each test


def test_without_a_photograph_pixels_are_mixed(trunk_at, tmp_path):
    from dataclasses import replace

    pack = open_pack(trunk_at())
    pack = replace(pack, manifest=replace(pack.manifest, photograph=None))
    mix = Palette(pack).mix({"dusk": 2}, 0.3)
    np.testing.assert_array_equal(mix.style, DUSK)
    assert mix.strength == 0.3


def test_one_style_has_no_numbers_and_mixes_pixels(alone):
    for shares in (None, {"whirl": 0.2}):
        mix = Palette(alone).mix(shares, 0.25)
        assert (mix.style.shape, mix.style.dtype, mix.strength) == ((0,), np.float32, 0.25)


@pytest.mark.parametrize(
    ("shares", "strength", "message"),
    [
        ({"noon": 1}, 1, "there is no style 'noon' in it; there are: dawn, dusk"),
        ({"dawn": -0.1, "dusk": 1}, 1, "mix: dawn: expected a share of 0 or more, got -0.1"),
        ({"dawn": float("nan")}, 1, "mix: dawn: expected a share"),
        ({"dawn": float("inf")}, 1, "mix: dawn: expected a share"),
        ({"dawn": 0, "dusk": 0}, 1, "expected a share above 0"),
        ({"dawn": 1}, 1.01, "strength: expected 0 to 1"),
        ({"dawn": 1}, -0.01, "strength: expected 0 to 1"),
        ({"dawn": 1}, float("nan"), "strength: expected 0 to 1"),
    ],
)
def test_mixes_that_mean_nothing(trunk, shares, strength, message):
    with pytest.raises(ConfigError, match=message):
        Palette(trunk).mix(shares, strength)


def test_the_whole_path(trunk, rng, mix):
    """What is mixed is what is drawn, and strength 0 is the photograph to the bit."""
    photo = rng.integers(0, 256, (32, 48, 3), dtype=np.uint8)
    palette, runtime = Palette(trunk), open_runtime(trunk, threads=1)
    drawn = {}
    for strength in (0.0, FADE, 1.0):
        made = palette.mix({"dawn": 1, "dusk": 3}, strength)
        drawn[strength] = stylize(runtime, photo, style=made.style, strength=made.strength)
    np.testing.assert_array_equal(drawn[0.0], photo)
    style = 0.25 * DAWN + 0.75 * DUSK
    full = mix(to_float(photo)) * style
    np.testing.assert_allclose(to_float(drawn[1.0]), full, atol=0.51 / 255)
    faded = mix(to_float(photo)) * (FADE * style + (1 - FADE) * PHOTOGRAPH)
    np.testing.assert_allclose(to_float(drawn[FADE]), faded, atol=0.51 / 255)
    runtime.close()
