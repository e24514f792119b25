"""How signals are handled while something runs; Ctrl-C that waits for the step at hand."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any]


@contextmanager
def handled(handlers: Mapping[int, Handler]) -> Iterator[None]:
    """Within the block signals are handled so, and after it as before.

    Off the main thread, where Python allows no handlers, nothing changes.
    """
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        before = {number: signal.getsignal(number) for number in handlers}
    try:
        for number in before:
            signal.signal(number, handlers[number])
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Within the block, the first SIGINT, SIGTERM or SIGHUP sets the event instead of killing.

    A second one acts as usual. A SIGHUP that is ignored (nohup) stays so. Off the main thread the
    event is never set.
    """
    stop = threading.Event()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    usual: dict[int, Any] = {number: signal.getsignal(number) for number in numbers}

    def request_stop(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, usual[number])

    with handled(dict.fromkeys(numbers, request_stop)):
        yield stop
