"""Work beside the UI thread: one thread, jobs in order, results handed back by the UI's clock.

A job's function must not touch the UI. Whatever it returns belongs to the receiver: nothing keeps
a second reference to it.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")

Post = Callable[[Callable[[], None]], None]
"""Has a function called soon on the UI thread; may be called from any thread."""

_log = logging.getLogger(__name__)


class CancelledError(Exception):
    """Raised by `Job.check`; ends a job's function early. It never reaches a callback."""


class Job:
    """One piece of work that was handed in."""

    def __init__(self, post: Post, on_progress: Callable[[float], None] | None) -> None:
        self._post = post
        self._on_progress = on_progress
        self._cancelled = threading.Event()

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants the result any more."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Forget the job, on the UI thread: from now on none of its callbacks comes.

        A function that is running goes on until it next asks `check`; a model in mid-run cannot
        be stopped, its picture is dropped.
        """
        self._cancelled.set()

    def check(self) -> None:
        """Raise CancelledError if the job was cancelled; for use in its function."""
        if self.cancelled:
            raise CancelledError

    def report(self, share: float) -> None:
        """Tell how much is done, 0 to 1; for use in its function."""
        told = self._on_progress
        if told is not None:
            self.deliver(told, share)

    def deliver(self, callback: Callable[[Result], None], value: Result) -> None:
        """Have `callback(value)` called on the UI thread, unless the job is cancelled by then."""
        self._post(lambda: None if self.cancelled else callback(value))


class Worker:
    """One thread that does its jobs one after the other; it starts with the first.

    Args:
        post: see `Post`.
        name: of the thread.
        at_end: called on the thread as its last act.
    """

    def __init__(
        self, post: Post, *, name: str = "worker", at_end: Callable[[], None] = lambda: None
    ) -> None:
        self._post = post
        self._name = name
        self._at_end = at_end
        self._waiting: deque[tuple[Job, Callable[[], None]]] = deque()
        self._current: Job | None = None
        self._changed = threading.Condition()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def submit(
        self,
        work: Callable[[Job], Result],
        *,
        on_done: Callable[[Result], None],
        on_error: Callable[[Exception], None],
        on_progress: Callable[[float], None] | None = None,
    ) -> Job:
        """Queue a job; exactly one of `on_done` and `on_error` comes, if it is not cancelled."""
        job = Job(self._post, on_progress)

        def perform() -> None:
            try:
                job.check()
                result = work(job)
            except CancelledError:
                return
            except Exception as error:
                _log.debug("a job failed", exc_info=True)
                # The traceback would keep the job's pictures alive as long as the error.
                job.deliver(on_error, error.with_traceback(None))
            else:
                job.deliver(on_done, result)

        with self._changed:
            if self._stopped:
                job.cancel()
                return job
            self._waiting.append((job, perform))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify()
        return job

    def end(self) -> None:
        """Take no more jobs, and end the thread when those that wait are done."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def cancel(self) -> None:
        """Cancel every job."""
        with self._changed:
            for job, _ in self._waiting:
                job.cancel()
            self._waiting.clear()
            if self._current is not None:
                self._current.cancel()

    def join(self, timeout_s: float = 10.0) -> bool:
        """Wait for the thread's end after `end`; False where it does not come in time."""
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Cancel everything and end the thread; False where it did not end in time."""
        self.cancel()
        self.end()
        return self.join(timeout_s)

    def _run(self) -> None:
        try:
            while (perform := self._next()) is not None:
                perform()
                del perform  # it holds the job's pictures, and waiting may be long
        finally:
            self._at_end()

    def _next(self) -> Callable[[], Any] | None:
        with self._changed:
            self._current = None
            while not self._waiting and not self._stopped:
                self._changed.wait()
            if not self._waiting:
                return None
            self._current, perform = self._waiting.popleft()
            return perform
