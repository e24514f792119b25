from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable

import pytest

from edge_app.ui.worker import Job, Worker


class Loop:
    """A UI thread for tests: what is posted runs when the test says so."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []
        self._arrived = threading.Condition()

    def post(self, call: Callable[[], None]) -> None:
        with self._arrived:
            self.calls.append(call)
            self._arrived.notify_all()

    def turn(self, count: int = 1) -> None:
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.calls) >= count, timeout=10)
            calls, self.calls = self.calls, []
        for call in calls:
            call()


@pytest.fixture
def loop():
    return Loop()


@pytest.fixture
def worker(loop):
    worker = Worker(loop.post, name="test worker")
    yield worker
    assert worker.stop()


def test_results_come_in_order_on_the_posting_side(loop, worker):
    got = []
    for number in range(5):
        worker.submit(lambda _job, n=number: n * n, on_done=got.append, on_error=pytest.fail)
    loop.turn(5)
    assert got == [0, 1, 4, 9, 16]


def test_an_error_comes_instead_of_a_result(loop, worker):
    errors = []
    worker.submit(lambda _job: 1 / 0, on_done=pytest.fail, on_error=errors.append)
    loop.turn()
    assert isinstance(errors[0], ZeroDivisionError)
    done = []
    worker.submit(lambda _job: "still alive", on_done=done.append, on_error=pytest.fail)
    loop.turn()
    assert done == ["still alive"]


def test_a_job_cancelled_while_it_waits_never_runs(loop, worker):
    go, ran = threading.Event(), []
    worker.submit(lambda _job: go.wait(10), on_done=lambda _: None, on_error=pytest.fail)
    job = worker.submit(lambda _job: ran.append(1), on_done=pytest.fail, on_error=pytest.fail)
    job.cancel()
    go.set()
    last = []
    worker.submit(lambda _job: 0, on_done=last.append, on_error=pytest.fail)
    loop.turn(2)
    assert not ran
    assert last == [0]


def test_a_result_that_is_on_its_way_is_dropped_by_cancel(loop, worker):
    job = worker.submit(lambda _job: 1, on_done=pytest.fail, on_error=pytest.fail)
    while not loop.calls:
        pass
    job.cancel()
    loop.turn()


def test_check_ends_a_running_job_early(loop, worker):
    begun, reached = threading.Event(), []

    def work(job: Job) -> None:
        begun.set()
        assert job._cancelled.wait(10)
        job.check()
        reached.append(1)

    job = worker.submit(work, on_done=pytest.fail, on_error=pytest.fail)
    assert begun.wait(10)
    job.cancel()
    done = []
    worker.submit(lambda _job: 1, on_done=done.append, on_error=pytest.fail)
    loop.turn()
    assert done == [1]
    assert not reached


def test_progress_is_told(loop, worker):
    shares = []

    def work(job: Job) -> None:
        job.report(0.25)
        job.report(0.75)

    worker.submit(work, on_done=lambda _: None, on_error=pytest.fail, on_progress=shares.append)
    loop.turn(3)
    assert shares == [0.25, 0.75]


def test_stop_ends_the_thread_and_runs_its_last_act(loop):
    ended = []
    worker = Worker(loop.post, at_end=lambda: ended.append(threading.current_thread().name))
    worker.submit(lambda _job: None, on_done=lambda _: None, on_error=pytest.fail)
    loop.turn()
    before = threading.active_count()
    assert worker.stop()
    assert ended == ["worker"]
    assert threading.active_count() == before - 1
    assert worker.submit(lambda _job: 1, on_done=pytest.fail, on_error=pytest.fail).cancelled


def test_end_lets_what_waits_be_done_first(loop):
    go, done = threading.Event(), []
    worker = Worker(loop.post, at_end=lambda: done.append("end"))
    worker.submit(lambda _job: go.wait(10), on_done=lambda _: None, on_error=pytest.fail)
    worker.submit(lambda _job: done.append("waited"), on_done=lambda _: None, on_error=pytest.fail)
    worker.end()
    assert worker.submit(lambda _job: 1, on_done=pytest.fail, on_error=pytest.fail).cancelled
    go.set()
    assert worker.join()
    assert done == ["waited", "end"]


def test_a_worker_without_a_job_has_no_thread(loop):
    before = threading.active_count()
    assert Worker(loop.post).stop()
    assert threading.active_count() == before


def test_nothing_keeps_a_result_alive(loop, worker):
    class Large:
        pass

    seen = []
    worker.submit(
        lambda _job: Large(), on_done=lambda r: seen.append(weakref.ref(r)), on_error=pytest.fail
    )
    loop.turn()
    # The worker's frame lets go once it waits again.
    worker.submit(lambda _job: None, on_done=lambda _: None, on_error=pytest.fail)
    loop.turn()
    gc.collect()
    assert seen[0]() is None
