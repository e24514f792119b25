from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.ui.memory import BYTES_PER_PIXEL, fits, needed_bytes, shortage


@given(network=st.sampled_from([*BYTES_PER_PIXEL, "custom"]), side=st.integers(32, 4096))
def test_more_pixels_need_more(network, side):
    assert needed_bytes(network, (side, side)) < needed_bytes(network, (side + 1, side))


def test_an_unknown_network_counts_as_the_hungriest():
    assert needed_bytes("custom", (512, 512)) == needed_bytes("paper", (512, 512))


@pytest.mark.parametrize(
    ("side", "available", "expected"),
    [(512, 1_000_000_000, True), (2048, 1_000_000_000, False), (2048, None, True), (256, 0, False)],
)
def test_fits(side, available, expected):
    assert fits("small", (side, side), available) is expected


@pytest.mark.parametrize(
    ("available", "size", "smaller"),
    [(10**9, 1024, None), (2 * 10**8, 2048, 64), (10**7, 64, None), (None, 2048, None)],
)
def test_shortage_names_the_largest_size_that_fits(style, available, size, smaller):
    pack = style(sizes=(64, 1024, 2048), network="small")
    short = shortage(pack, (3000, 4000), size, (64, 1024, 2048), available)
    if size == 1024 or available is None:
        assert short is None
    else:
        assert short.smaller == smaller
        assert short.needed_bytes > 0.8 * short.available_bytes
