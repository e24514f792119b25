"""What the app is at, told once it takes long enough to wonder."""

from __future__ import annotations

import time
from typing import Any

from kivy.clock import Clock
from kivy.event import EventDispatcher
from kivy.properties import NumericProperty, StringProperty

PATIENCE_S = 0.5
"""Work that takes longer shows its progress."""


class Activity(EventDispatcher):
    """One piece of work at a time."""

    text = StringProperty("")
    """What is being done, in words, once it took longer than PATIENCE_S; else empty."""
    share = NumericProperty(-1.0)
    """How much of it is done, 0 to 1; negative where nobody knows."""

    def __init__(self) -> None:
        super().__init__()
        self._clock: Any = None
        self._began = 0.0
        self._expected_s: float | None = None
        self._task = ""

    def begin(self, task: str, expected_s: float | None = None) -> None:
        """Work begins; a model tells nothing while it runs, so its last time is the measure."""
        self.finish()
        self._task, self._expected_s, self._began = task, expected_s, time.monotonic()
        self._clock = Clock.schedule_interval(self._watch, 0.1)

    def finish(self) -> None:
        """It is done, or given up."""
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
        self.text = ""

    def _watch(self, _elapsed: float) -> None:
        took_s = time.monotonic() - self._began
        if took_s >= PATIENCE_S:
            self.share = min(0.97, took_s / self._expected_s) if self._expected_s else -1.0
            self.text = self._task
