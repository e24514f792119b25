"""What the commands show: progress, tables, texts and complaints."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text

FIRST = os.environ.get("RANK", "0") == "0"
"""Of several processes that train together the first alone reports."""

# What is shown holds names of files and titles of packs, which are nobody's markup.
SCREEN = Console(markup=False, emoji=False, highlight=False, quiet=not FIRST)
ERRORS = Console(markup=False, emoji=False, highlight=False, stderr=True)


LINE_EVERY_S = 15.0
"""How often a line tells how far it is, where no bar can move."""


class _Bar(Progress):
    """A bar; in a file or a pipe, a line now and then."""

    _told_at = 0.0

    def start(self) -> None:
        """See Progress."""
        self._told_at = time.monotonic()
        super().start()

    def update(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as Progress has it
        """See Progress."""
        super().update(*args, **options)
        if self.console.is_terminal or self.disable:
            return
        if time.monotonic() - self._told_at >= LINE_EVERY_S:
            self._told_at = time.monotonic()
            for task in self.tasks:
                self.console.print(f"{task.percentage:3.0f}% {task.description}", soft_wrap=True)


def progress_bar() -> Progress:
    """Progress on the error stream, to be used with `with`."""
    return _Bar(
        # Where it is narrow the text is broken, not the time left cut off.
        TextColumn("{task.description}", markup=False, table_column=Column()),
        BarColumn(max(10, min(40, ERRORS.width - 70)), table_column=Column(no_wrap=True)),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=ERRORS,
        disable=not FIRST,
    )


def show(shown: RenderableType) -> None:
    """Print tables and texts; of a table that is wider than the screen nothing is left out."""
    for part in shown.renderables if isinstance(shown, Group) else [shown]:
        if isinstance(part, Table):
            unbounded = SCREEN.options.update(max_width=10_000)
            part.width = Measurement.get(SCREEN, unbounded, part).maximum
        SCREEN.print(part, crop=False)


def say(text: str) -> None:
    """One paragraph of result; lines are not broken, for whoever reads them with a program."""
    SCREEN.print(Text(text), soft_wrap=True)


def complain(text: str) -> None:
    """What went wrong."""
    ERRORS.print(Text.assemble(("edgestyle: ", "bold red"), text), soft_wrap=True)


def warn(text: str) -> None:
    """What the user should know, and did not ask."""
    ERRORS.print(Text.assemble(("warning: ", "yellow"), text), soft_wrap=True)


def tell_skipped(reasons: Iterable[str]) -> None:
    """What was left out, each with its reason, and how many."""
    reasons = list(reasons)
    for reason in reasons:
        ERRORS.print(Text.assemble(("skipped ", "yellow"), reason), soft_wrap=True)
    if reasons:
        ERRORS.print(Text(f"{len(reasons)} skipped"))
