from __future__ import annotations

import numpy as np
import pytest

from edge_app.core.errors import ImageError, RuntimeUnavailableError
from edge_app.core.runtimes.fake import FakeRuntime, fake_model


def test_default_style_is_the_negative(rng):
    picture = rng.random((64, 64, 3), np.float32)
    np.testing.assert_array_equal(FakeRuntime().run(picture), 1 - picture)


def test_result_is_a_copy_even_if_the_style_gives_its_input_back(rng):
    picture = rng.random((64, 64, 3), np.float32)
    result = FakeRuntime(style=lambda given: given).run(picture)
    assert not np.shares_memory(result, picture)


def test_remembers_what_it_was_given(rng):
    runtime = FakeRuntime(fake_model(None))
    pictures = [rng.random((32, 4 * n, 3), np.float32) for n in (1, 2)]
    for picture in pictures:
        runtime.run(picture)
    kept = [picture.copy() for picture in pictures]
    for picture in pictures:
        picture[:] = 0
    for seen, picture in zip(runtime.seen, kept, strict=True):
        np.testing.assert_array_equal(seen, picture)


def test_holds_the_contract():
    runtime = FakeRuntime()
    with pytest.raises(ImageError):
        runtime.run(np.zeros((32, 64, 3), np.float32))
    runtime.close()
    with pytest.raises(RuntimeUnavailableError):
        runtime.run(np.zeros((64, 64, 3), np.float32))
