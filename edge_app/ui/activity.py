"""What the app is at, told once it takes long enough to wonder."""

from __future__ import annotations

import time
from typing import Any

from kivy.clock import Clock
from kivy.event import EventDispatcher
from kivy.properties import NumericProperty, StringProperty

from edge_app.ui.strings import Phrase, Strings

PATIENCE_S = 0.5
"""Work that takes longer shows its progress."""


class Activity(EventDispatcher):
    """One piece of work at a time.

    Args:
        words: the language that it is told in.
    """

    text = StringProperty("")
    """What is being done, in words, once it took longer than PATIENCE_S; else empty."""
    share = NumericProperty(-1.0)
    """How much of it is done, 0 to 1; negative where nobody knows."""

    def __init__(self, words: Strings) -> None:
        super().__init__()
        self._words = words
        self._clock: Any = None
        self._began = 0.0
        self._expected_s: float | None = None
        self._task: Phrase | None = None

    def begin(self, task: Phrase, expected_s: float | None = None) -> None:
        """Work begins; a model tells nothing while it runs, so its last time is the measure."""
        self.finish()
        self._task, self._expected_s, self._began = task, expected_s, time.monotonic()
        self._clock = Clock.schedule_interval(self._watch, 0.1)

    def finish(self) -> None:
        """It is done, or given up."""
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
        self.text, self._task = "", None

    def speak(self, words: Strings) -> None:
        """Tell it in this language from now on, what is being told too."""
        self._words = words
        if self.text:
            self._tell()

    def _watch(self, _elapsed: float) -> None:
        took_s = time.monotonic() - self._began
        if took_s >= PATIENCE_S:
            self.share = min(0.97, took_s / self._expected_s) if self._expected_s else -1.0
            self._tell()

    def _tell(self) -> None:
        self.text = "" if self._task is None else self._task(self._words)
