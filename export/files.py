"""The model files of a pack: each converted, checked against the trained network, described."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from edge_app.core.image import Picture, Size
from edge_app.core.manifest import Format, ModelFile
from edge_app.core.pack import Source
from export import coreml, mil, onnx, parity, tflite
from export.calibration import Photographs, at_size
from export.card import Card
from export.choice import Choice, choose
from export.config import ExportConfig, shown
from export.graph import edge_graph, portable_graph
from export.lint import lint
from export.recipes import AUTO, COREML, ONNX, RECIPES, Recipe, Target, recipe
from export.rescale import rescale
from export.search import search
from training.network import SIZE_MULTIPLE, Stylizer
from training.run import version_of

ONNX_SIZES: tuple[Size, ...] = ((192, 256), (260, 196))
"""An ONNX model takes any size; it is compared at two, one of which 4 divides and 8 does not."""

Written = tuple[ModelFile, Source]
"""A model file that passed its gates, and its contents."""

OnStep = Callable[[str, float], None]
"""What is begun, and how much of the whole it is, in steps."""

CONVERSION, CHECK = 5, 1
"""Steps."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Workshop:
    """What model files are made of."""

    config: ExportConfig
    stylizer: Stylizer
    card: Card
    photos: Photographs
    judge: parity.Judge | None
    folder: Path
    """For files that are made on the way."""

    def cases(self, sizes: Sequence[Size]) -> list[parity.Case]:
        """The photographs to compare on."""
        return parity.cases(self.stylizer, self.photos.parity, sizes, self.judge)

    def calibration(self, size: Size) -> list[Picture]:
        """The photographs to find ranges on."""
        return [at_size(photo, size) for photo in self.photos.calibration]


def model_files(shop: Workshop, step: OnStep) -> Iterator[Written]:
    """Every file that the options ask for; raises as `export.build.export` does."""
    config = shop.config
    if config.recipes:
        sources = {size: TfliteSource(shop, size, step) for size in config.sizes}
        choice: Choice | None = None
        if AUTO in config.recipes:
            # Where speed counts most: the largest size decides for all.
            largest = max(sources, key=lambda size: size[0] * size[1])
            choice = choose(sources[largest].candidate, list(RECIPES.values()), step)
        for source in sources.values():
            yield from _tflite_files(shop, source, choice)
    for name in config.wanted_coreml:
        step(f"Core ML {name}", 4)
        yield _coreml_file(shop, COREML[name])
    converted = b""
    for name in config.wanted_onnx:
        step(f"ONNX {name}", 4)
        converted = converted or onnx.convert(
            portable_graph(shop.stylizer), multiple=SIZE_MULTIPLE, card=shop.card
        )
        yield _onnx_file(shop, ONNX[name], converted)


def step_count(config: ExportConfig) -> float:
    """How many steps `model_files` takes, about."""
    recipes = len(config.recipes)
    tflite_steps = (2 * CONVERSION + CHECK * recipes) * len(config.sizes) if recipes else 0
    auto = CHECK * len(RECIPES) if AUTO in config.recipes else 0
    return tflite_steps + auto + 4 * len(config.wanted_coreml) + 4 * len(config.wanted_onnx)


class TfliteSource:
    """A network at one size, from which files by any recipe can be made."""

    def __init__(self, shop: Workshop, size: Size, step: OnStep) -> None:
        self.shop, self.size, self.step = shop, size, step
        self._converted: dict[Target, bytes] = {}
        self._cases: list[parity.Case] = []
        self._made: dict[str, bytes] = {}

    @property
    def cases(self) -> list[parity.Case]:
        """The photographs to compare on, stylized once."""
        if not self._cases:
            self._cases = self.shop.cases([self.size])
        return self._cases

    def make(self, wanted: Recipe) -> bytes:
        """A finished file; made once."""
        if wanted.name not in self._made:
            self._made[wanted.name] = self._make(wanted)
        return self._made[wanted.name]

    def _make(self, wanted: Recipe) -> bytes:
        pictures = self.shop.calibration(self.size)
        converted = self.converted(wanted.target, pictures)
        if wanted.searched:
            wanted = search(converted, wanted, pictures)
        return tflite.finish(tflite.quantize(converted, wanted, pictures), self.description)

    def converted(self, target: Target, pictures: Sequence[Picture]) -> bytes:
        """The float32 model of a target's graph; converted once."""
        if target not in self._converted:
            self.step(f"TFLite {shown(self.size)}", CONVERSION)
            graph = edge_graph(self.shop.stylizer, target)
            if target is Target.INTEGERS:
                rescale(graph, pictures)
            self._converted[target] = tflite.convert(graph, self.size)
        return self._converted[target]

    @property
    def description(self) -> str:
        """What stands in the file itself, for other programs: whose it is, and how it is fed."""
        card = self.shop.card
        return (
            f"{card.title} by {card.artist}, {card.year}. Licence: {card.licence}. "
            f"Style transfer, float32 RGB (1, {self.size[0]}, {self.size[1]}, 3) in [0, 1] to the "
            f"same. Made by edgestyle {version_of('edgestyle')}."
        )

    def describe(self, wanted: Recipe) -> ModelFile:
        """What the manifest says of a file, before it is checked."""
        return ModelFile(
            path=f"tflite/{wanted.name}-{shown(self.size)}.tflite",
            format=Format.TFLITE,
            recipe=wanted.name,
            size=self.size,
            layout="NHWC",
            dtype="float32",
            value_range=(0.0, 1.0),
        )

    def candidate(self, wanted: Recipe) -> tuple[ModelFile, bytes, list[parity.Case]]:
        """For `choose`."""
        return self.describe(wanted), self.make(wanted), self.cases


def _tflite_files(shop: Workshop, source: TfliteSource, choice: Choice | None) -> Iterator[Written]:
    why: dict[str, str | None] = {}
    for name in shop.config.recipes:
        if name == AUTO:
            assert choice is not None
            why[choice.recipe.name] = choice.why
        else:
            why.setdefault(name, None)
    for name, reason in why.items():
        wanted = recipe(name)
        source.step(f"TFLite {shown(source.size)} {name}", CHECK)
        model, content = source.describe(wanted), source.make(wanted)
        gates = parity.check_file(model, content, source.cases, wanted.thresholds, shop.judge)
        varies = "chosen by measured speed: elsewhere it may be another recipe" if reason else None
        model = dataclasses.replace(
            model, gates=gates, lint=lint(content), why=reason, not_reproducible=varies
        )
        yield model, content


def _coreml_file(shop: Workshop, wanted: Recipe) -> Written:
    sizes = sorted(shop.config.sizes, key=lambda size: size[0] * size[1])
    package = shop.folder / f"{wanted.name}.mlpackage"
    graph = portable_graph(shop.stylizer)
    coreml.write(graph, sizes, wanted, multiple=SIZE_MULTIPLE, card=shop.card, to=package)
    model = ModelFile(
        path=f"coreml/{package.name}",
        format=Format.COREML,
        recipe=wanted.name,
        size=sizes[-1],
        sizes=tuple(sizes) if len(sizes) > 1 else (),
        layout="image",
        dtype="uint8",
        value_range=(0.0, 255.0),
        not_run=None if coreml.can_predict() else coreml.NOT_RUN,
    )
    run: parity.Run
    if coreml.can_predict():
        run, how = coreml.Prediction(package).run, ""
    else:
        run, how = mil.MilProgram(package).run, mil.HOW
    gates = parity.check(model.path, run, shop.cases(sizes), wanted.thresholds, shop.judge, how=how)
    return dataclasses.replace(model, gates=gates), package


def _onnx_file(shop: Workshop, wanted: Recipe, converted: bytes) -> Written:
    content = converted
    if wanted.rules:
        content = onnx.quantize(converted, shop.calibration(shop.config.sizes[0]))
    model = ModelFile(
        path=f"onnx/{wanted.name}.onnx",
        format=Format.ONNX,
        recipe=wanted.name,
        size=None,
        size_multiple=SIZE_MULTIPLE,
        layout="NCHW",
        dtype="float32",
        value_range=(0.0, 1.0),
    )
    cases = shop.cases(ONNX_SIZES)
    gates = parity.check_file(model, content, cases, wanted.thresholds, shop.judge)
    return dataclasses.replace(model, gates=gates), content
