"""Processors that nobody here has, and what their published figures say of a model's time.

An estimate, and a coarse one: arithmetic and bandwidth as published, the rest (caches, kernels,
heat, a clock that is not held) as it was on the machine that measured. It says in which range to
expect a figure, never what the figure is.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.arithmetic import Work


@dataclass(frozen=True, kw_only=True)
class Processor:
    """One core's float32 arithmetic and the chip's memory, as published."""

    name: str
    core: str
    clock_ghz: float
    multiply_adds_per_cycle: int
    """Of one core: pipes that multiply and add x float32 numbers in each."""
    memory_gb_per_s: float | None
    """Of the whole chip, which one core alone seldom reaches; None where no source was found."""
    source: str

    @property
    def multiply_adds_per_s(self) -> float:
        """Peak of one core."""
        return self.clock_ghz * 1e9 * self.multiply_adds_per_cycle

    def least_ms(self, work: Work) -> float:
        """What one core needs at least: its arithmetic at full speed."""
        return 1000 * work.multiply_adds / self.multiply_adds_per_s

    def likely_ms(self, work: Work, share_of_peak: float) -> float:
        """The same at a share of the peak, or what its traffic takes, if that is longer.

        Args:
            work: what the model computes and moves.
            share_of_peak: which the model reaches on the machine where it was measured.
        """
        arithmetic_ms = self.least_ms(work) / share_of_peak
        if self.memory_gb_per_s is None:
            return arithmetic_ms
        return max(arithmetic_ms, work.traffic_bytes / (self.memory_gb_per_s * 1e6))


PROCESSORS = (
    Processor(
        name="Raspberry Pi 4",
        core="Cortex-A72",
        clock_ghz=1.8,
        multiply_adds_per_cycle=4,
        memory_gb_per_s=12.8,
        source="FMLA of four float32 once a cycle: OSACA's model a72.yml; 1.8 GHz as a Pi 400 and "
        "later Pi 4 have, LPDDR4-3200 of 32 bits: www.sci-pi.org.uk/arch/soc.html",
    ),
    Processor(
        name="Raspberry Pi 5",
        core="Cortex-A76",
        clock_ghz=2.4,
        multiply_adds_per_cycle=8,
        memory_gb_per_s=17.1,
        source="two 128-bit FMA pipes: en.wikichip.org/wiki/flops; 2.4 GHz and LPDDR4X-4267: "
        "Raspberry Pi's product brief; of 32 bits",
    ),
    Processor(
        name="Snapdragon 778G (phones of 2021)",
        core="Cortex-A78, the fastest core",
        clock_ghz=2.4,
        multiply_adds_per_cycle=8,
        memory_gb_per_s=25.6,
        source="two 128-bit FMA pipes: en.wikichip.org/wiki/flops; 2.4 GHz: The Register, 19 May "
        "2021; bandwidth: nanoreview.net",
    ),
    Processor(
        name="Google Tensor (Pixel 6)",
        core="Cortex-X1, the fastest core",
        clock_ghz=2.8,
        multiply_adds_per_cycle=16,
        memory_gb_per_s=None,
        source="four 128-bit units: Linley Newsletter, 2 June 2020; 2.8 GHz: Notebookcheck, "
        "19 October 2021",
    ),
)
