from __future__ import annotations

import itertools
import threading
import time

import numpy as np
import pytest

from edge_app.core.errors import CameraError
from edge_app.ui.frames.newest import Newest


def counting(period_s=0.002):
    numbers = itertools.count()

    def grab():
        time.sleep(period_s)
        return np.full((1, 1, 3), next(numbers), np.int64)

    return grab


def test_only_the_newest_is_kept():
    newest = Newest(counting(), lambda: None, name="test camera")
    newest.take(1)
    time.sleep(0.1)
    first, second = newest.take(1)[0, 0, 0], newest.take(1)[0, 0, 0]
    newest.close()
    assert first > 5
    assert second > first


def test_waits_no_longer_than_asked():
    release = threading.Event()
    newest = Newest(lambda: release.wait(5) and None, lambda: None, name="test camera")
    begin = time.monotonic()
    assert newest.take(0.05) is None
    assert 0.04 < time.monotonic() - begin < 1
    release.set()
    newest.close()


def test_an_error_reaches_the_taker_after_the_last_frame():
    frames = iter([np.zeros((1, 1, 3), np.uint8)])

    def grab():
        try:
            return next(frames)
        except StopIteration:
            raise CameraError("taken away") from None

    newest = Newest(grab, lambda: None, name="test camera")
    newest._thread.join(5)
    assert newest.take(1) is not None
    with pytest.raises(CameraError, match="taken away"):
        newest.take(1)
    newest.close()


def test_close_releases_once_and_ends_the_thread():
    released = []
    newest = Newest(counting(), lambda: released.append(1), name="test camera")
    newest.take(1)
    newest.close()
    newest.close()
    assert released == [1]
    assert newest.closed
    assert newest.take(1) is None
    assert "test camera" not in {thread.name for thread in threading.enumerate()}


def test_close_in_the_middle_of_a_take():
    go = threading.Event()
    newest = Newest(lambda: go.wait(5) and None, lambda: None, name="test camera")
    closer = threading.Timer(0.05, lambda: (go.set(), newest.close()))
    closer.start()
    begin = time.monotonic()
    assert newest.take(5) is None
    assert time.monotonic() - begin < 3
    closer.join()
