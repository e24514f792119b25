"""What a run is called among others: what is the same for all of them is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from benchmarks.lines import Line
from benchmarks.results import threads_text
from edge_app.core.size import Size


class _Run(Protocol):
    """A model, and how it was run."""

    @property
    def recipe(self) -> str: ...
    @property
    def size(self) -> Size: ...
    @property
    def threads(self) -> int: ...
    @property
    def network(self) -> str | None: ...
    @property
    def asked(self) -> str | None: ...
    @property
    def accelerator(self) -> str: ...


def short_name(run: _Run, among: Sequence[_Run]) -> str:
    """'small, fp32, 256x256, 4 threads'."""
    words = [run.recipe, f"{run.size[0]}x{run.size[1]}"]
    if len({other.threads for other in among}) > 1:
        words.append(threads_text(run.threads))
    if len({other.network for other in among}) > 1:
        words.insert(0, run.network or "network untold")
    if len({accelerator_name(other) for other in among}) > 1:
        words.append(accelerator_name(run) if run.asked is None else f"{run.asked} asked for")
    return ", ".join(words)


def teller(line: Line, among: Sequence[Line]) -> list[str]:
    """Who told it, where others measured or told the rest; first, as long names are cut."""
    return [f"told by {line.by}"] if line.by and len({other.by for other in among}) > 1 else []


def accelerator_name(run: _Run) -> str:
    """The one that was asked for; where an old file does not tell, the one that ran."""
    return run.accelerator if run.asked is None else run.asked
