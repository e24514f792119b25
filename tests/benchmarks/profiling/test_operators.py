from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.profiling.operators import Kind, Operator, Profile, largest
from benchmarks.timing import Series
from edge_app.core.errors import ConfigError


def operator(kernel, *samples_us):
    return Operator(kernel=kernel, delegated=True, samples_us=samples_us)


def profiled(*operators):
    runs = len(operators[0].samples_us)
    whole = Series(warmups_ms=(), samples_ms=(1.0,) * runs)
    return Profile(source="a test", threads=1, whole=whole, operators=operators)


@pytest.mark.parametrize(
    ("kernel", "kind"),
    [
        ("Convolution (NHWC, F32) IGEMM", Kind.CONVOLUTION),
        ("Convolution (NHWC, QDU8, F32, QC8W) IGEMM", Kind.CONVOLUTION),
        ("Convolution (NHWC, F32) DWConv", Kind.DEPTHWISE),
        ("Fully Connected (NC, QS8, QC8W) GEMM", Kind.POINTWISE),
        ("CONV_2D", Kind.CONVOLUTION),
        ("DEPTHWISE_CONV_2D", Kind.DEPTHWISE),
        ("Mean Squared (ND) Reduce2", Kind.NORM),
        ("Reciprocal Square Root (NC)", Kind.NORM),
        ("RSQRT", Kind.NORM),
        ("MUL", Kind.NORM),
        ("Clamp (NC)", Kind.ACTIVATION),
        ("LOGISTIC", Kind.ACTIVATION),
        ("Copy (NC, X32)", Kind.MOVING),
        ("MIRROR_PAD", Kind.MOVING),
        ("RESIZE_NEAREST_NEIGHBOR", Kind.MOVING),
        ("Convert (NC, F32, QDU8)", Kind.CONVERSION),
        ("DEQUANTIZE", Kind.CONVERSION),
        ("Hologram (ND)", Kind.OTHER),
    ],
)
def test_every_kernel_of_our_models_has_a_kind(kernel, kind):
    assert operator(kernel, 1).kind is kind


def test_kernels_of_a_name_are_put_together_the_longest_first():
    profile = profiled(
        operator("Add (ND)", 10, 12, 11),
        operator("Convolution (NHWC, F32) IGEMM", 100, 101, 99),
        operator("Add (ND)", 20, 21, 22),
    )
    first, second = profile.by_kernel
    assert (first.name, first.count, first.sum_ms) == ("Convolution (NHWC, F32) IGEMM", 1, 0.1)
    assert (second.name, second.count) == ("Add (ND)", 2)
    assert second.sum_ms == pytest.approx(0.032)
    assert second.share == pytest.approx(0.032 / 0.132)
    assert [share.kind for share in profile.by_kind] == [Kind.CONVOLUTION, Kind.NORM]


def test_an_interruption_that_hits_one_run_changes_nothing():
    quiet = profiled(operator("Add (ND)", 10, 10, 10), operator("Clamp (NC)", 5, 5, 5))
    hit = profiled(operator("Add (ND)", 10, 20_000, 10), operator("Clamp (NC)", 5, 5, 9_000))
    assert hit.inside_ms == quiet.inside_ms == 0.015


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Add (ND)", "Clamp (NC)", "CONV_2D", "Copy (NC, X32)"]),
            st.lists(st.integers(0, 10**6), min_size=3, max_size=3),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_shares_are_of_a_whole(rows):
    profile = profiled(*(operator(name, *samples) for name, samples in rows))
    for shares in (profile.by_kind, profile.by_kernel, largest(profile.by_kernel, 2)):
        assert sum(share.sum_ms for share in shares) == pytest.approx(profile.inside_ms)
        assert sum(share.count for share in shares) == len(rows)
        expected = 1.0 if profile.inside_ms else 0.0
        assert sum(share.share for share in shares) == pytest.approx(expected)
    assert len(largest(profile.by_kernel, 2)) <= 3


def test_refuses_operators_of_other_runs():
    with pytest.raises(ConfigError, match=r"Add \(ND\): 2 samples in 3 runs"):
        profiled(operator("CONV_2D", 1, 2, 3), operator("Add (ND)", 1, 2))
