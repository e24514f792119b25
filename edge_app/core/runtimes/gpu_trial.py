"""Memory across crashes: whether trying the GPU has taken the app down before.

A driver's crash ends the process, so nothing can catch it. A file that is there while the GPU is
tried, and that nobody removed, tells the next start.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

MARK = "gpu-trial"

ALLOWED = 1
"""One unfinished trial may be a user who closed the app at that moment; a second is a crash."""


class GpuTrial:
    """Used as a context around the trial; entering counts it, leaving in any way forgets it.

    Args:
        folder: where the mark is kept between starts: one that the system empties when the app or
            its drivers change, which gives the GPU a new chance. None: nothing is remembered.
    """

    reason = "trying the GPU ended the app twice, so it is left alone until the app is updated"

    def __init__(self, folder: Path | None) -> None:
        self._mark = None if folder is None else folder / MARK
        self._unfinished = _count(self._mark)

    @property
    def failed_before(self) -> bool:
        """Whether the GPU should be left alone."""
        return self._unfinished > ALLOWED

    def __enter__(self) -> None:
        if self._mark is not None:
            try:
                self._mark.parent.mkdir(parents=True, exist_ok=True)
                self._mark.write_text(str(self._unfinished + 1), encoding="ascii")
            except OSError:
                self._mark = None  # full storage: not to remember is better than not to start

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._mark is not None:
            self._mark.unlink(missing_ok=True)
        self._unfinished = 0


def _count(mark: Path | None) -> int:
    try:
        return int(mark.read_text(encoding="ascii")) if mark is not None else 0
    except (OSError, ValueError):
        return 0
