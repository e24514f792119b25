from __future__ import annotations

import pytest

from edge_app.core.errors import ConfigError, RuntimeUnavailableError
from edge_app.core.ladder import Ladder
from edge_app.core.pack import open_pack
from edge_app.core.runtime import choose_models
from edge_app.core.stylizer import fitting_sizes

SIZES = [(32, 32), (48, 64), (64, 48), (64, 64)]


@pytest.fixture
def pack(pack_at, tflite):
    files = {f"tflite/fp32-{h}x{w}.tflite": tflite((h, w)) for h, w in SIZES}
    return open_pack(pack_at(files))


@pytest.mark.parametrize(
    ("photo", "size"),
    [
        ((3000, 4000), (48, 64)),  # all of 64 wide fit; this one has nothing around it
        ((4000, 3000), (64, 48)),
        ((500, 500), (64, 64)),
        ((16, 16), (64, 64)),
        ((1000, 4000), (48, 64)),
    ],
)
def test_a_photograph_gets_the_size_in_which_it_comes_out_largest(pack, photo, size):
    best, *others = choose_models(pack, photo=photo)
    assert best.size == size
    largest = max(fitting_sizes(model, photo)[0] for model in [best, *others])
    assert fitting_sizes(best, photo)[0] == largest


def test_a_longest_side_leaves_the_orientation_open(pack):
    assert choose_models(pack, size=64, photo=(40, 30))[0].size == (64, 48)
    assert choose_models(pack, size=64, photo=(30, 40))[0].size == (48, 64)
    with pytest.raises(ConfigError, match=r"no model for .*size 50"):
        choose_models(pack, size=50, photo=(40, 30))


def test_its_reach_is_how_large_a_photograph_has_to_be_decoded(pack, pack_at, tflite):
    assert Ladder(pack).reach == 64
    assert Ladder(pack, size=48).reach == 48
    assert Ladder(pack, size=(32, 48)).reach == 48


def test_one_model_is_open_at_a_time_and_changes_only_when_it_must(pack, rng):
    ladder = Ladder(pack)
    wide = ladder.runtime((300, 400))
    assert ladder.runtime((600, 800)) is wide
    assert ladder.runtime() is wide
    upright = ladder.runtime((400, 300))
    assert (wide.model.size, upright.model.size) == ((48, 64), (64, 48))
    with pytest.raises(RuntimeUnavailableError, match="closed"):
        wide.run(rng.random((48, 64, 3)).astype("float32"))
    ladder.close()
    ladder.close()
    with pytest.raises(RuntimeUnavailableError, match="closed"):
        upright.run(rng.random((64, 48, 3)).astype("float32"))


def test_a_wish_that_no_model_fits_is_an_error_at_once(pack):
    with pytest.raises(ConfigError, match="no model for recipe int8-conv"):
        Ladder(pack, recipe="int8-conv").runtime()
