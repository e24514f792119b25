"""The paper's Table II, and how our times are set beside it.

Pu & Li, "Application of Image Style Transfer Based on Normalized Residual Network in Art Design"
(2023), Table II, "Efficiency comparison of different styles of images": eight styles, five tests
each, in seconds, on the test platform "Android". The paper names neither the device, nor the
picture size, nor the inference library, nor whether decoding is included, nor which pictures the
styles were. So a ratio to it says how far this project has come from what the paper reports; it
is no measurement of the paper's network, which would have to run on the same machine.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.results import Measurement, Results, Verdict, threads_text
from benchmarks.timing import TESTS
from edge_app.core.size import Size

PLATFORM = "Android"
CAVEAT = (
    "The paper says “Android” and no more: neither the device, nor the picture size, nor the "
    "inference library, nor which pictures its eight styles were. The ratio tells how far these "
    "times are from the ones it reports. It does not compare two networks on one machine."
)
MISPRINT = (
    "The paper prints 2.43 s as the average of Style 7, its five tests give 2.466 s. "
    "Ratios here are to the averages as printed."
)
PRESET = "paper"
"""The paper's network among ours (benchmarks/paper_network.py)."""


@dataclass(frozen=True, kw_only=True)
class PaperRow:
    """One style of Table II, in seconds."""

    style: int
    """1 to 8."""
    tests_s: tuple[float, float, float, float, float]
    average_s: float
    """As printed."""


TABLE_II = (
    PaperRow(style=1, tests_s=(2.03, 2.17, 2.45, 1.86, 1.99), average_s=2.1),
    PaperRow(style=2, tests_s=(1.34, 1.25, 1.57, 1.46, 1.42), average_s=1.408),
    PaperRow(style=3, tests_s=(2.34, 2.16, 2.75, 2.09, 2.45), average_s=2.358),
    PaperRow(style=4, tests_s=(2.64, 3.17, 2.88, 3.23, 3.03), average_s=2.99),
    PaperRow(style=5, tests_s=(3.16, 2.98, 3.25, 3.11, 3.23), average_s=3.146),
    PaperRow(style=6, tests_s=(2.94, 2.56, 2.73, 2.46, 2.38), average_s=2.614),
    PaperRow(style=7, tests_s=(2.45, 2.29, 2.37, 2.58, 2.64), average_s=2.43),
    PaperRow(style=8, tests_s=(2.87, 3.15, 3.06, 3.11, 3.24), average_s=3.086),
)
MEAN_S = statistics.fmean(row.average_s for row in TABLE_II)
"""Mean of the eight averages as printed: 2.5165 s."""


@dataclass(frozen=True, kw_only=True)
class OurRow:
    """One of our styles in the shape of Table II, in seconds, end to end."""

    measurement: Measurement
    tests_s: tuple[float, ...]
    """The first five tests, or as many as were run."""
    average_s: float
    """Of all tests."""
    ratio: float
    """The mean of the paper's eight averages over ours: how many times less time ours takes."""
    row_ratio: float | None
    """The same to the paper's row of this number; None beyond its eight. The paper's styles are
    not named, so the rows share a number and nothing else."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Our styles, one row each, all at one setting, beside the paper's."""

    network: str
    """The one of all rows: times of different networks have no average."""
    recipe: str
    size: Size
    threads: int
    runtime: str
    device: str
    rows: tuple[OurRow, ...]

    @property
    def average_s(self) -> float:
        """Mean of our averages."""
        return statistics.fmean(row.average_s for row in self.rows)

    @property
    def ratio(self) -> float:
        """The paper's mean over ours."""
        return MEAN_S / self.average_s

    @property
    def setting(self) -> str:
        """All that our times depend on, in words."""
        return (
            f"{self.network}, {self.recipe} at {self.size[0]}x{self.size[1]}, {self.runtime}, "
            f"{threads_text(self.threads)}, {self.device}"
        )


def beside_paper(results: Results) -> Comparison | None:
    """Set our styles beside Table II at the most demanding setting that was measured.

    That is the largest size, there the fewest threads, and there fp32, the network as it was
    trained, or else the slowest recipe, and of several networks the slowest: a setting chosen
    after the figures were known must not flatter. Styles without it are left out, and so are
    models that drew a wrong picture. Where other networks were measured the paper's own is left
    out too: it is what they are set beside.

    Returns:
        None if no model drew a right picture.
    """
    right = [m for m in results.measurements if m.check.verdict is not Verdict.WRONG]
    usable = [m for m in right if m.network != PRESET] or right
    if not usable:
        return None

    def demand(m: Measurement) -> tuple[float, ...]:
        return (m.size[0] * m.size[1], -m.threads, m.recipe == "fp32", m.end_to_end.mean_ms)

    hardest = max(usable, key=demand)
    rows = _first_of_each_pack(m for m in usable if _setting(m) == _setting(hardest))
    device = results.environment.device or results.environment.cpu
    return Comparison(
        network=hardest.network,
        recipe=hardest.recipe,
        size=hardest.size,
        threads=hardest.threads,
        runtime=hardest.runtime,
        device=device,
        rows=tuple(_our_row(i, m) for i, m in enumerate(rows)),
    )


def _our_row(index: int, measurement: Measurement) -> OurRow:
    average_s = measurement.end_to_end.mean_ms / 1000
    own = TABLE_II[index].average_s / average_s if index < len(TABLE_II) else None
    return OurRow(
        measurement=measurement,
        tests_s=tuple(sample / 1000 for sample in measurement.end_to_end.samples_ms[:TESTS]),
        average_s=average_s,
        ratio=MEAN_S / average_s,
        row_ratio=own,
    )


def _setting(m: Measurement) -> tuple[object, ...]:
    return (m.network, m.recipe, m.size, m.threads, m.asked, m.runtime)


def _first_of_each_pack(measurements: Iterable[Measurement]) -> list[Measurement]:
    found: dict[str, Measurement] = {}
    for measurement in measurements:
        found.setdefault(measurement.pack_sha256, measurement)
    return list(found.values())
