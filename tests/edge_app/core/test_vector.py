from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge_app.core.errors import PackError
from edge_app.core.runtimes.fake import fake_model
from edge_app.core.vector import NO_STYLE, read_vector, style_shape, vector_file


def saved(array, **how):
    stream = io.BytesIO()
    np.save(stream, array, **how)
    return stream.getvalue()


@given(arrays(np.float32, st.integers(0, 50), elements=st.floats(-1e6, 1e6, width=32)))
def test_round_trip(vector):
    content = vector_file(vector)
    back = read_vector(content, len(vector), where="a.npy")
    np.testing.assert_array_equal(back, vector)
    assert back.flags.writeable
    assert content == vector_file(back)
    np.testing.assert_array_equal(np.load(io.BytesIO(content), allow_pickle=False), vector)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a .npy file"),
        (b"no array at all", "not a .npy file"),
        (saved(np.ones(3, np.float32))[:40], "not a .npy file"),
        (saved(np.ones(3, np.float32))[:-1], "in 11 bytes"),
        (saved(np.ones(3, np.float32)) + b"x", "in 13 bytes"),
        (saved(np.ones(4, np.float32)), r"expected 3 numbers of float32, got float32 .*\(4,\)"),
        (saved(np.ones((1, 3), np.float32)), r"of shape \(1, 3\)"),
        (saved(np.ones(3)), "got float64"),
        (saved(np.ones(3, ">f4")), "got >f4"),
        (saved(np.array([1, np.nan, 2], np.float32)), "not numbers"),
        (saved(np.array([{}] * 3), allow_pickle=True), "got object"),
    ],
)
def test_files_that_are_no_vector(content, message):
    with pytest.raises(PackError, match=f"^p: a.npy: .*{message}"):
        read_vector(content, 3, where="p: a.npy")


def test_a_header_of_any_text_is_an_error_of_its_own():
    whole = bytearray(vector_file(np.ones(3, np.float32)))
    for text in (b"(" * 60, b"{'descr': 9", b"\xff" * 60, b"__import__('os').abort()"):
        damaged = whole.copy()
        damaged[10 : 10 + len(text)] = text
        with pytest.raises(PackError, match=r"not a \.npy file"):
            read_vector(bytes(damaged), 3, where="a")


def test_the_style_lies_where_the_channels_do():
    nhwc = fake_model(style_length=7)
    assert style_shape(nhwc) == (1, 1, 1, 7)
    assert NO_STYLE.shape == (0,)
    assert not NO_STYLE.flags.writeable
