"""What a benchmark is going to measure: the models of the packs, and the order of their turns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from benchmarks.config import BenchConfig
from benchmarks.journal import Taken
from benchmarks.results import Failure
from edge_app.core.backends import BackendName
from edge_app.core.catalog import find_pack
from edge_app.core.errors import ConfigError
from edge_app.core.pack import StylePack, open_pack
from edge_app.core.runtime import choose_models
from edge_app.core.size import Size

FREE_SIZES = (256, 512)
"""Measured for a recipe whose models take any size, when no size is asked for."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One line of the table to be."""

    pack: StylePack
    recipe: str
    size: Size
    """(height, width) to ask for."""
    threads: int
    accelerator: str = "auto"
    """To ask for."""

    @property
    def text(self) -> str:
        """The target for people."""
        asked = "" if self.accelerator == "auto" else f", {self.accelerator}"
        return f"{self.pack.manifest.title}: {self.recipe}, {self.size[0]}x{self.size[1]}{asked}"

    @property
    def setting(self) -> tuple[object, ...]:
        """What it has in common with another pack's."""
        return (self.recipe, self.size, self.threads, self.accelerator)

    def failed(self, reason: str, taken: tuple[Taken, ...] = ()) -> Failure:
        """What stands in the results if it could not be measured."""
        return Failure(
            pack=self.pack.manifest.id,
            title=self.pack.manifest.title,
            recipe=self.recipe,
            size=self.size,
            threads=self.threads,
            asked=self.accelerator,
            reason=reason,
            taken=taken,
        )


def plan(config: BenchConfig) -> Iterator[Target]:
    """Everything that `bench` measures, once, whatever was named twice; raises as `bench` does."""
    seen: set[tuple[object, ...]] = set()
    for target in _named(config):
        key = (target.pack.sha256, *target.setting)
        if key not in seen:
            seen.add(key)
            yield target


def _named(config: BenchConfig) -> Iterator[Target]:
    for name in config.packs:
        pack = open_pack(find_pack(name))
        backend = config.runtime
        for recipe in config.recipes or _recipes(pack, backend):
            for size in config.sizes or _sizes(pack, recipe, backend):
                model = choose_models(pack, recipe=recipe, size=size, backend=backend)[0]
                height, width = (size, size) if isinstance(size, int) else size
                for threads, accelerator in product(config.threads, config.accelerators):
                    yield Target(
                        pack=pack,
                        recipe=recipe,
                        size=model.size or (height, width),
                        threads=threads,
                        accelerator=accelerator,
                    )


def held(config: BenchConfig) -> tuple[list[Target], list[str]]:
    """What of the benchmark the packs hold, the smallest sizes first, and what they do not.

    Raises:
        ConfigError: they hold nothing of it.
        PackError: a pack is missing or damaged.
    """
    found: list[Target] = []
    missing: list[str] = []
    for name in config.packs:
        for recipe in config.recipes:
            for size in config.sizes:
                one = replace(config, packs=(name,), recipes=(recipe,), sizes=(size,))
                try:
                    found += plan(one)
                except ConfigError as error:
                    missing.append(str(error))
    if not found:
        raise ConfigError("; ".join(missing))
    return found, missing


def in_turns(config: BenchConfig) -> list[Target]:
    """Every target as often as there are processes, two packs' in turns where that was asked for.

    The one that goes first changes every round (A B, B A, ...): a machine that grows slower with
    its heat would otherwise count against the second.
    """
    targets = list(plan(config))
    if not config.interleave:
        return [target for target in targets for _ in range(config.rounds)]
    hashes = list(dict.fromkeys(target.pack.sha256 for target in targets))
    if len(hashes) == 1:
        raise ConfigError("interleave: both packs are the same; expected two that differ")
    of_first, of_second = ([t for t in targets if t.pack.sha256 == sha256] for sha256 in hashes)
    pairs = [(a, b) for a in of_first for b in of_second if a.setting == b.setting]
    if not pairs:
        held = "; ".join(t.text for t in targets)
        raise ConfigError(f"interleave: the packs have no recipe and size in common: {held}")
    order: list[Target] = []
    for pair in pairs:
        for number in range(config.rounds):
            order += pair if number % 2 == 0 else pair[::-1]
    return order


def _recipes(pack: StylePack, backend: BackendName) -> list[str]:
    """The recipes of a pack that a runtime here has a format for, in the manifest's order."""
    found = []
    for recipe in dict.fromkeys(model.recipe for model in pack.models()):
        try:
            choose_models(pack, recipe=recipe, backend=backend)
        except ConfigError:
            continue
        found.append(recipe)
    if not found:
        choose_models(pack, backend=backend)  # says what the pack holds instead
    return found


def _sizes(pack: StylePack, recipe: str, backend: BackendName) -> list[Size]:
    """The fixed sizes of a recipe, the smallest first; FREE_SIZES if it has none."""
    models = choose_models(pack, recipe=recipe, backend=backend)
    fixed = {m.size for m in models if m.size is not None}
    return sorted(fixed, key=lambda size: size[0] * size[1]) or [(s, s) for s in FREE_SIZES]
