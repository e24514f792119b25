from __future__ import annotations

import pytest

from benchmarks.arithmetic import _MULTIPLY_ADDS, Work, count_work


def test_counts_a_model_by_hand(tflite):
    """Two 1x1 convolutions of 3 to 3 channels, the picture made twice as large in between."""
    found = count_work(
        tflite((8, 12), operators=("conv", "resize", "conv"), output_size=(16, 24)), (8, 12)
    )
    small, large = 8 * 12, 16 * 24
    assert found.multiply_adds == 9 * small + 9 * large
    weights = 4 * (9 + 3)
    first = 4 * 3 * (small + small) + weights
    resized = 4 * 3 * (small + large) + 8  # and the two numbers of the new size
    second = 4 * 3 * (large + large) + weights
    assert found.traffic_bytes == first + resized + second
    assert found.intensity == found.multiply_adds / found.traffic_bytes


def test_what_computes_nothing_has_no_roofline(tflite):
    assert count_work(tflite((8, 12), operators=("resize",)), (8, 12)) is None
    with pytest.raises(ValueError):
        count_work(b"no model", (8, 12))


def test_a_model_of_free_size_is_counted_at_the_size_it_ran_at(tflite):
    free = count_work(tflite((8, 12), operators=("conv", "conv"), free=True), (16, 20))
    fixed = count_work(tflite((16, 20), operators=("conv", "conv")), (16, 20))
    assert free == fixed


@pytest.mark.parametrize(
    ("operator", "given", "weights", "made", "expected"),
    [
        # TFLite's layouts: OHWI, 1HWO, OI.
        ("CONV_2D", (1, 9, 9, 4), (8, 3, 3, 4), (1, 9, 9, 8), 9 * 9 * 8 * (3 * 3 * 4)),
        ("CONV_2D", (1, 8, 8, 4), (8, 3, 3, 4), (1, 4, 4, 8), 4 * 4 * 8 * (3 * 3 * 4)),
        ("DEPTHWISE_CONV_2D", (1, 9, 9, 4), (1, 3, 3, 4), (1, 9, 9, 4), 9 * 9 * 4 * (3 * 3)),
        ("FULLY_CONNECTED", (5, 16), (10, 16), (5, 10), 5 * 10 * 16),
    ],
)
def test_formulas(operator, given, weights, made, expected):
    assert _MULTIPLY_ADDS[operator](given, weights, made) == expected


def test_intensity():
    assert Work(multiply_adds=600, traffic_bytes=400).intensity == 1.5
