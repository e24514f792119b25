"""Errors that no code expected: told and logged, and the app goes on."""

from __future__ import annotations

import time
from collections.abc import Callable

from kivy.base import ExceptionHandler, ExceptionManager

AGAIN_S = 5.0
"""The same error is told again after so long: one of every frame would flood screen and log."""


class SafetyNet(ExceptionHandler):
    """For Kivy's ExceptionManager, while the app runs; tests leave it out and meet every error.

    Args:
        tell: gets the error, with its traceback, on the UI thread.
    """

    def __init__(self, tell: Callable[[Exception], None]) -> None:
        super().__init__()
        self._tell = tell
        self._told = ""
        self._told_at = 0.0

    def handle_exception(self, inst: BaseException) -> int:
        """Kivy's PASS: go on; RAISE, where somebody wants the app to end (Ctrl-C)."""
        if not isinstance(inst, Exception):
            return int(ExceptionManager.RAISE)
        error, now = repr(inst), time.monotonic()
        if error != self._told or now - self._told_at > AGAIN_S:
            self._told, self._told_at = error, now
            self._tell(inst)
        return int(ExceptionManager.PASS)
