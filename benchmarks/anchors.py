"""What other systems publish of their stylizers' speed, and how our times are set beside it.

A published time belongs to one network on one device; ours is another network, mostly on another
device. So they stand side by side with what differs between them, and a ratio is given only where
the picture's size, the kind of device, what computes, its threads and the kind of numbers are the
same. Even then it compares two systems, not two networks on one device.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.environment import Environment
from benchmarks.figures import byte_size, ms, times
from benchmarks.quality.tables import NONE, Sheet
from benchmarks.reported import Scope
from benchmarks.results import Results, Verdict, threads_text
from edge_app.core.size import Size

READ = "20 November 2026"
"""When the sources were read."""


class Kind(StrEnum):
    """What sort of device."""

    PHONE = "a phone"
    RASPBERRY_PI = "a Raspberry Pi"
    BROWSER = "a browser"
    COMPUTER = "a computer"


class Chip(StrEnum):
    """What computes."""

    CPU = "CPU"
    GPU = "GPU"
    NPU = "NPU"
    UNTOLD = "untold"
    """The library chose."""


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """One published time of one file on one device."""

    system: str
    device: str
    kind: Kind
    chip: Chip
    backend: str
    """The library that ran it."""
    threads: int | None
    """None where they are not told, or the CPU does not compute."""
    size: Size
    """(height, width)."""
    recipe: str | None
    """"fp32", "fp16", "int8"; None where it is not told."""
    file_bytes: int | None
    """Of the model's file."""
    latency_ms: float
    """Of the model alone."""
    source: str
    """Where it is published, in words."""

    @property
    def run_by(self) -> str:
        """What ran it, for people: "XNNPACK, CPU, threads untold"."""
        words = [self.backend]
        if self.chip is not Chip.UNTOLD:
            words.append(self.chip)
        if self.chip is Chip.CPU:
            words.append(threads_text(self.threads or 0))
        return ", ".join(words)


_EXECUTORCH = "react-native-executorch"
_EXECUTORCH_SOURCE = "its documentation, version 0.8, page Inference time"
_LITERT_MODELS = "LiteRT-Models, Johnson's network"
_LITERT_SOURCE = (
    "the model's card of LiteRT's community (Pixel 8a) and edge-compat's dated runs (the others)"
)
_MAGENTA = "Magenta arbitrary stylization, transform part"
_MAGENTA_SOURCE = "TensorFlow Lite's guide to artistic style transfer"
_MACE = "MACE realtime style"
_MACE_SOURCE = "Xiaomi's results for MACE's model zoo"


def _executorch(device: str, backend: str, recipe: str, size: int, ms: float) -> Anchor:
    return Anchor(
        system=_EXECUTORCH,
        device=device,
        kind=Kind.PHONE,
        chip=Chip.CPU if backend == "XNNPACK" else Chip.UNTOLD,
        backend=backend,
        threads=None,
        size=(640, 640),
        recipe=recipe,
        file_bytes=size,
        latency_ms=ms,
        source=_EXECUTORCH_SOURCE,
    )


def _litert(
    device: str, kind: Kind, chip: Chip, ms: float, *, backend: str = "LiteRT", threads: int = 0
) -> Anchor:
    return Anchor(
        system=_LITERT_MODELS,
        device=device,
        kind=kind,
        chip=chip,
        backend=backend,
        threads=threads or None,
        size=(256, 256),
        recipe="fp16",
        file_bytes=3_500_000,
        latency_ms=ms,
        source=_LITERT_SOURCE,
    )


def _magenta(chip: Chip, recipe: str, size: int, ms: float) -> Anchor:
    return Anchor(
        system=_MAGENTA,
        device="Pixel 4",
        kind=Kind.PHONE,
        chip=chip,
        backend="TensorFlow Lite",
        threads=4 if chip is Chip.CPU else None,
        size=(384, 384),
        recipe=recipe,
        file_bytes=size,
        latency_ms=ms,
        source=_MAGENTA_SOURCE,
    )


def _mace(size: Size, ms: float) -> Anchor:
    return Anchor(
        system=_MACE,
        device="a phone with Snapdragon 845",
        kind=Kind.PHONE,
        chip=Chip.GPU,
        backend="MACE",
        threads=None,
        size=size,
        recipe=None,
        file_bytes=90_000,
        latency_ms=ms,
        source=_MACE_SOURCE,
    )


ANCHORS = (
    _executorch("Pixel 10", "XNNPACK", "fp32", 6_820_000, 1025),
    _executorch("Pixel 10", "XNNPACK", "int8", 1_840_000, 430),
    _executorch("iPhone 17 Pro", "XNNPACK", "fp32", 6_820_000, 1192),
    _executorch("iPhone 17 Pro", "XNNPACK", "int8", 1_840_000, 272),
    _executorch("iPhone 17 Pro", "Core ML", "fp16", 3_790_000, 100),
    _litert("Pixel 8a", Kind.PHONE, Chip.GPU, 9),
    _litert("Galaxy S26", Kind.PHONE, Chip.GPU, 13.9),
    _litert("Galaxy S26", Kind.PHONE, Chip.NPU, 7.4),
    _litert("Raspberry Pi 5", Kind.RASPBERRY_PI, Chip.CPU, 287, threads=4),
    _litert("a browser", Kind.BROWSER, Chip.CPU, 1308, backend="LiteRT in WebAssembly"),
    _magenta(Chip.CPU, "int8", 200_000, 405),
    _magenta(Chip.CPU, "fp16", 400_000, 377),
    _magenta(Chip.GPU, "fp16", 400_000, 42),
    _mace((480, 640), 32.6),
    _mace((1080, 1920), 223),
)


@dataclass(frozen=True, kw_only=True)
class Ours:
    """One of our models, as far as it can be set beside an anchor."""

    title: str
    recipe: str
    size: Size
    threads: int
    chip: Chip
    median_ms: float
    """Of the model alone."""

    @property
    def text(self) -> str:
        """For people: "The Starry Night, fp16, 1 thread"."""
        return f"{self.title}, {self.recipe}, {threads_text(self.threads)}"


@dataclass(frozen=True, kw_only=True)
class Beside:
    """A published time, and the one of ours that is nearest to it in its setting."""

    anchor: Anchor
    ours: Ours
    ratio: float | None
    """The published time over ours; None where the two cannot be compared."""
    differences: tuple[str, ...]
    """What is not the same, a few words each."""


_CHIPS = {
    "none": Chip.CPU,
    "xnnpack": Chip.CPU,
    "gpu": Chip.GPU,
    "npu": Chip.NPU,
}
"""A result's accelerator -> what computed."""


def beside_anchors(results: Results) -> tuple[Beside, ...]:
    """The published times at sizes that were measured here, each with the nearest of ours.

    Of the models of its size that drew no wrong picture that is the one of its kind of numbers,
    of what computed and of as many threads, as far as there is one; of several styles the slowest,
    since a choice made after the figures were known must not flatter.
    """
    rows = tuple(_ours(results))
    found = []
    for anchor in ANCHORS:
        of_its_size = [row for row in rows if sorted(row.size) == sorted(anchor.size)]
        if of_its_size:
            nearest = max(of_its_size, key=lambda row: _nearness(anchor, row))
            found.append(_beside(anchor, nearest, results.environment))
    return tuple(found)


def anchor_sheets(results: Results) -> tuple[Sheet, ...]:
    """The published times: those at sizes that were measured here with ours, then the others.

    Empty where nothing of ours was measured.
    """
    if not tuple(_ours(results)):
        return ()
    beside = beside_anchors(results)
    compared = {each.anchor for each in beside}
    others = [anchor for anchor in ANCHORS if anchor not in compared]
    found = []
    if beside:
        device = results.environment.device or results.environment.cpu
        found.append(
            Sheet(
                title="Published times at sizes that were measured here",
                columns=(*_COLUMNS, "ours, ms", "ratio", "what differs"),
                rows=tuple(
                    (
                        *_cells(each.anchor),
                        f"{ms(each.ours.median_ms)} ({each.ours.text})",
                        NONE if each.ratio is None else times(each.ratio),
                        "; ".join(each.differences) or "the network",
                    )
                    for each in beside
                ),
                note=(
                    f"Times of the model alone; ours are medians on {device}. Every network is "
                    f"another one. A ratio, how many times less time ours takes, is given only "
                    f"where size, kind of device, what computes, its threads and the kind of "
                    f"numbers are the same. "
                    f"{_sources(each.anchor for each in beside)}"
                ),
            )
        )
    if others:
        found.append(
            Sheet(
                title="Published times at other sizes",
                columns=_COLUMNS,
                rows=tuple(map(_cells, others)),
                note=f"Times of the model alone. {_sources(others)}",
            )
        )
    return tuple(found)


_COLUMNS = ("system", "device", "run by", "size", "file", "ms")


def _cells(anchor: Anchor) -> tuple[str, ...]:
    height, width = anchor.size
    size = NONE if anchor.file_bytes is None else byte_size(anchor.file_bytes)
    return (
        anchor.system,
        anchor.device,
        anchor.run_by,
        f"{height}x{width}",
        size if anchor.recipe is None else f"{anchor.recipe}, {size}",
        f"{anchor.latency_ms:,.4g}",
    )


def _sources(anchors: Iterable[Anchor]) -> str:
    told = dict.fromkeys((anchor.system, anchor.source) for anchor in anchors)
    return f"Sources, read on {READ}: {'; '.join(f'{name}: {source}' for name, source in told)}."


def _ours(results: Results) -> Iterator[Ours]:
    for m in results.measurements:
        if m.check.verdict is not Verdict.WRONG:
            yield Ours(
                title=m.title,
                recipe=m.recipe,
                size=m.size,
                threads=m.threads,
                chip=_CHIPS.get(m.accelerator, Chip.UNTOLD),
                median_ms=m.model.median_ms,
            )
    for r in results.reported:
        if r.scope is Scope.MODEL:
            yield Ours(
                title=r.title,
                recipe=r.recipe,
                size=r.size,
                threads=r.threads,
                chip=_CHIPS.get(r.accelerator, Chip.UNTOLD),
                median_ms=r.times.median_ms,
            )


def _nearness(anchor: Anchor, row: Ours) -> tuple[bool | float, ...]:
    """The larger, the more alike; among equals the slower one's is larger."""
    return (
        _same_recipe(anchor, row),
        row.chip is anchor.chip,
        row.threads == anchor.threads,
        row.median_ms,
    )


def _beside(anchor: Anchor, ours: Ours, environment: Environment) -> Beside:
    computes_alike = ours.chip is anchor.chip and anchor.chip is not Chip.UNTOLD
    if anchor.chip is Chip.CPU:
        computes_alike = computes_alike and ours.threads == anchor.threads
    is_of_its_kind = _kind(environment) is anchor.kind and _same_recipe(anchor, ours)
    return Beside(
        anchor=anchor,
        ours=ours,
        ratio=anchor.latency_ms / ours.median_ms if is_of_its_kind and computes_alike else None,
        differences=tuple(_differences(anchor, ours, environment)),
    )


def _differences(anchor: Anchor, row: Ours, environment: Environment) -> Iterator[str]:
    kind = _kind(environment)
    device = environment.device or environment.cpu
    if kind is not anchor.kind:
        yield f"here {kind}"
    elif anchor.device not in device:
        yield f"here {device}"
    if row.chip is not anchor.chip or row.chip is Chip.UNTOLD:
        here = "the library chose" if row.chip is Chip.UNTOLD else row.chip
        yield f"{anchor.chip} there, {here} here"
    elif anchor.chip is Chip.CPU and row.threads != anchor.threads:
        yield f"{threads_text(anchor.threads or 0)} there, {threads_text(row.threads)} here"
    if not _same_recipe(anchor, row):
        yield f"{anchor.recipe or 'numbers untold'} there, {row.recipe} here"


def _same_recipe(anchor: Anchor, row: Ours) -> bool:
    # Ours are named more closely: "int8-conv", "int8-full".
    return anchor.recipe is not None and row.recipe.partition("-")[0] == anchor.recipe


def _kind(environment: Environment) -> Kind:
    if "Raspberry Pi" in (environment.device or ""):
        return Kind.RASPBERRY_PI
    if environment.system.lower().startswith("android"):
        return Kind.PHONE
    return Kind.COMPUTER
