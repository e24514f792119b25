"""The model files of a pack: each converted, checked against the trained network, described."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from edge_app.core.errors import ParityError
from edge_app.core.grain import grained
from edge_app.core.image import Bytes, Picture
from edge_app.core.manifest import Format, ModelFile
from edge_app.core.pack import Source
from edge_app.core.size import Size
from edge_app.core.vector import Vector
from export import coreml, mil, onnx, onnx2tf, parity, tflite
from export.calibration import Photographs, at_size, lessons
from export.card import Card, file_metadata
from export.choice import Candidate, Choice, choose
from export.config import ExportConfig, shown
from export.finetune import Tuned, finetune, with_learnt
from export.graph import EdgeGraph, PortableGraph, edge_graph, portable_graph
from export.lint import lint
from export.metadata import ModelMetadata
from export.recipes import (
    AUTO,
    COREML,
    GOOD_ENOUGH,
    INT8_CONV,
    ONNX,
    ONNX2TF,
    PALETTE_WEIGHTS,
    RECIPES,
    Recipe,
    Target,
    Threshold,
    recipe,
    stricter,
)
from export.rescale import rescale
from export.search import search
from export.styled import StyledGraph, styled_graph
from export.subjects import Compared, Subject, check, check_file, compared, suited
from training.network import SIZE_MULTIPLE, Stylizer

FREE_SIZES: tuple[Size, ...] = ((192, 256), (260, 196))
"""A model that takes any size is compared at two, one of which 4 divides and 8 does not."""

Written = tuple[ModelFile, Source]
"""A model file that passed its gates, and its contents."""

OnStep = Callable[[str, float], None]
"""What is begun, and how much of the whole it is, in steps."""

CONVERSION, CHECK, FINETUNING = 5, 1, 0.1
"""Steps; of a fine-tuning, for each of its own."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Workshop:
    """What model files are made of."""

    config: ExportConfig
    stylizer: Stylizer
    """The network; of a trunk the one that the styles share."""
    card: Card
    photos: Photographs
    subjects: Sequence[Subject]
    """Its style, or a trunk's styles and mixes."""
    folder: Path
    """For files that are made on the way."""

    @property
    def style_length(self) -> int:
        """Of the styles' vectors; 0 where there is but one style."""
        return self.subjects[0].vector.size

    @property
    def grain(self) -> float:
        """What the pictures are given before they come to a model."""
        return self.stylizer.config.grain

    @property
    def styles(self) -> list[Vector]:
        """The vectors to find ranges with: mixes lie between them."""
        return [each.vector for each in self.subjects if not each.is_mix]

    def compared(self, sizes: Sequence[Size], *, in_bytes: bool = False) -> list[Compared]:
        """The photographs to compare on, in every style; for a model that is given bytes, too."""
        return compared(self.subjects, self.photos.parity, sizes, in_bytes=in_bytes)

    def asked(self, wanted: Recipe) -> tuple[Threshold, ...]:
        """What a recipe's files have to reach."""
        if self.config.good_enough:
            return stricter(wanted.thresholds, GOOD_ENOUGH)
        return wanted.thresholds

    def edge_graph(self, target: Target) -> EdgeGraph | StyledGraph:
        """The network for TFLite; of a trunk it takes a style."""
        graph = edge_graph(self.stylizer, target)
        return styled_graph(graph) if self.style_length else graph

    def portable_graph(self) -> PortableGraph | StyledGraph:
        """The network for Core ML and ONNX, likewise."""
        graph = portable_graph(self.stylizer)
        return styled_graph(graph) if self.style_length else graph

    def metadata(self, size: Size, *, is_free: bool = False) -> ModelMetadata:
        """What stands in a TFLite file of this size, or of any."""
        return file_metadata(
            self.card,
            size,
            is_free=is_free,
            style_length=self.style_length,
            grain=self.grain,
        )

    @cached_property
    def lessons(self) -> list[Bytes]:
        """The photographs to fine-tune on, at every size the same."""
        return lessons(self.photos)

    def calibration(self, size: Size) -> list[Picture]:
        """The photographs to find ranges on."""
        return [grained(at_size(photo, size), self.grain) for photo in self.photos.calibration]


def model_files(shop: Workshop, step: OnStep) -> Iterator[Written]:
    """Every file that the options ask for; raises as `export.build.export` does."""
    config = shop.config
    if config.by_onnx2tf:
        yield from _free_tflite_files(shop, step)
    elif config.recipes:
        sources = {
            size: TfliteSource(
                shop, size, step, tuned_graph(shop, size, step) if config.finetune else None
            )
            for size in config.sizes
        }
        choice: Choice | None = None
        if AUTO in config.recipes:
            # Speed counts most at the largest size, pictures at all.
            sized = sorted(sources, key=lambda size: -size[0] * size[1])
            choice = choose(
                lambda wanted: [sources[size].candidate(wanted) for size in sized],
                list(RECIPES.values()),
                step,
            )
        for source in sources.values():
            yield from _tflite_files(shop, source, choice)
    for name in config.wanted_coreml:
        step(f"Core ML {name}", 4)
        yield _coreml_file(shop, COREML[name])
    converted = b""
    for name in config.wanted_onnx:
        step(f"ONNX {name}", 4)
        converted = converted or onnx.convert(
            shop.portable_graph(), multiple=SIZE_MULTIPLE, card=shop.card
        )
        yield _onnx_file(shop, ONNX[name], converted)


def step_count(config: ExportConfig) -> float:
    """How many steps `model_files` takes, about."""
    recipes = len(config.recipes)
    files = 1 if config.by_onnx2tf else len(config.sizes)
    tflite_steps = (2 * CONVERSION + CHECK * recipes) * files if recipes else 0
    auto = CHECK * len(RECIPES) if AUTO in config.recipes else 0
    tuning = files * (FINETUNING * config.finetune + CONVERSION) if config.finetune else 0
    return (
        tflite_steps + auto + tuning + 4 * len(config.wanted_coreml) + 4 * len(config.wanted_onnx)
    )


class TfliteSource:
    """A network at one size, from which files by any recipe can be made."""

    def __init__(
        self, shop: Workshop, size: Size, step: OnStep, tuned: Tuned | None = None
    ) -> None:
        self.shop, self.size, self.step = shop, size, step
        self.tuned = tuned
        self._converted: dict[Target, bytes] = {}
        self._compared: list[Compared] = []
        self._made: dict[str, bytes] = {}

    @property
    def compared(self) -> list[Compared]:
        """The photographs to compare on, stylized once."""
        if not self._compared:
            self._compared = self.shop.compared([self.size])
        return self._compared

    @property
    def cases(self) -> Sequence[parity.Case]:
        """Those of the only style, or the first."""
        return self.compared[0].cases

    def make(self, wanted: Recipe) -> bytes:
        """A finished file; made once."""
        if wanted.name not in self._made:
            self._made[wanted.name] = self._make(wanted)
        return self._made[wanted.name]

    def _make(self, wanted: Recipe) -> bytes:
        pictures = self.shop.calibration(self.size)
        ranges = None
        if wanted is INT8_CONV and self.tuned is not None and self.tuned.is_better:
            self.step(f"TFLite {shown(self.size)}, fine-tuned", CONVERSION)
            converted = tflite.convert(self.tuned.graph, self.size)
            found = tflite.calibrate(converted, wanted, pictures)
            ranges = with_learnt(found, converted, self.tuned)
        else:
            converted = self.converted(wanted.target, pictures)
        if wanted.searched:
            wanted = search(converted, wanted, pictures)
        return tflite.finish(
            tflite.quantize(converted, wanted, pictures, ranges, styles=self.shop.styles),
            self.shop.metadata(self.size),
        )

    @property
    def is_tuned(self) -> bool:
        """Whether int8-conv is the fine-tuned one."""
        return self.tuned is not None and self.tuned.is_better

    def untune(self) -> None:
        """Make int8-conv without fine-tuning from now on."""
        self.tuned = None
        self._made.pop(INT8_CONV.name, None)

    def converted(self, target: Target, pictures: Sequence[Picture]) -> bytes:
        """The float32 model of a target's graph; converted once."""
        if target not in self._converted:
            self.step(f"TFLite {shown(self.size)}", CONVERSION)
            graph = self.shop.edge_graph(target)
            if target is Target.INTEGERS:
                rescale(graph, pictures, self.shop.styles)
            self._converted[target] = tflite.convert(graph, self.size)
        return self._converted[target]

    def describe(self, wanted: Recipe) -> ModelFile:
        """What the manifest says of a file, before it is checked."""
        return ModelFile(
            path=f"tflite/{wanted.name}-{shown(self.size)}.tflite",
            format=Format.TFLITE,
            recipe=wanted.name,
            size=self.size,
            style_length=self.shop.style_length,
            grain=self.shop.grain,
            layout="NHWC",
            dtype="float32",
            value_range=(0.0, 1.0),
        )

    def candidate(self, wanted: Recipe) -> Candidate:
        """For `choose`."""
        return Candidate(
            model=self.describe(wanted),
            content=self.make(wanted),
            cases=self.cases,
            judge=self.compared[0].subject.judge,
        )


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
        tuning = None
        if wanted is INT8_CONV and source.tuned is not None:
            tuning = _told(source.tuned, shop.config.finetune)
        model, content = source.describe(wanted), source.make(wanted)
        asked = suited(source.compared, wanted), shop.asked(wanted)
        try:
            gates = check_file(model, content, *asked)
        except ParityError:
            if wanted is not INT8_CONV or not source.is_tuned:
                raise
            # Narrower ranges serve the usual photograph and may harm an odd one.
            tuning = f"not fine-tuned: {shop.config.finetune} steps made the worst photograph worse"
            source.untune()
            content = source.make(wanted)
            gates = check_file(model, content, *asked)
        varies = _varies(wanted)
        if reason:
            varies = "chosen by measured speed: elsewhere it may be another recipe"
        reason = "; ".join(each for each in (reason, tuning) if each) or None
        model = dataclasses.replace(
            model, gates=gates, lint=lint(content), why=reason, not_reproducible=varies
        )
        yield model, content


def _varies(wanted: Recipe) -> str | None:
    """Why a recipe's files may have other bytes elsewhere."""
    if wanted.is_measured:
        return "measured on photographs: another processor adds in another order"
    if wanted is PALETTE_WEIGHTS:
        return "tables found by k-means: another processor adds in another order"
    return None


def tuned_graph(shop: Workshop, size: Size, step: OnStep) -> Tuned:
    """The graph for integers, fine-tuned, with ranges for pictures of that size."""
    steps = shop.config.finetune
    step(f"TFLite {shown(size)}, fine-tuning: finding ranges", 0)
    pictures = shop.calibration(size)
    graph = edge_graph(shop.stylizer, Target.INTEGERS)
    rescale(graph, pictures)
    return finetune(
        graph,
        shop.stylizer,
        pictures,
        shop.lessons,
        steps=steps,
        on_step=lambda done: step(
            f"TFLite {shown(size)}, fine-tuning: step {done}/{steps}", FINETUNING
        ),
    )


def _told(tuned: Tuned, steps: int) -> str:
    kept = "fine-tuned" if tuned.is_better else "not fine-tuned, for it gained nothing"
    return f"{kept}: {steps} steps, {tuned} on photographs to calibrate on, in simulation"


def _free_tflite_files(shop: Workshop, step: OnStep) -> Iterator[Written]:
    step("TFLite of any size, by onnx2tf", 2 * CONVERSION)
    # Its ends are plain, unlike those of the ONNX file that a pack holds: see `onnx2tf.convert`.
    graph = portable_graph(shop.stylizer, plain_edges=True)
    source = onnx.convert(graph, multiple=SIZE_MULTIPLE, card=shop.card)
    converted = onnx2tf.convert(source, onnx2tf.find(shop.config.onnx2tf_env))
    what = shop.compared(FREE_SIZES)
    for name in shop.config.recipes:
        wanted = recipe(name, ONNX2TF).with_last(tflite.convolutions(converted)[-1])
        step(f"TFLite {name}", CHECK)
        quantized = tflite.quantize(converted, wanted, shop.calibration(shop.config.sizes[0]))
        content = tflite.finish(quantized, shop.metadata(shop.config.sizes[0], is_free=True))
        model = ModelFile(
            path=f"tflite/{name}.tflite",
            format=Format.TFLITE,
            recipe=name,
            size=None,
            size_multiple=SIZE_MULTIPLE,
            grain=shop.grain,
            layout="NHWC",
            dtype="float32",
            value_range=(0.0, 1.0),
        )
        gates = check_file(model, content, suited(what, wanted), shop.asked(wanted))
        model = dataclasses.replace(
            model,
            gates=gates,
            lint=lint(content, FREE_SIZES[0]),
            not_reproducible=_varies(wanted),
        )
        yield model, content


def _coreml_file(shop: Workshop, wanted: Recipe) -> Written:
    sizes = sorted(shop.config.sizes, key=lambda size: size[0] * size[1])
    package = shop.folder / f"{wanted.name}.mlpackage"
    graph = shop.portable_graph()
    coreml.write(graph, sizes, wanted, multiple=SIZE_MULTIPLE, card=shop.card, to=package)
    model = ModelFile(
        path=f"coreml/{package.name}",
        format=Format.COREML,
        recipe=wanted.name,
        size=sizes[-1],
        sizes=tuple(sizes) if len(sizes) > 1 else (),
        style_length=shop.style_length,
        grain=shop.grain,
        layout="image",
        dtype="uint8",
        value_range=(0.0, 255.0),
        not_run=None if coreml.can_predict() else coreml.NOT_RUN,
        not_reproducible=_varies(wanted),
    )
    what = suited(shop.compared(sizes), wanted)
    gates = check(model.path, mil.MilProgram(package).run, what, shop.asked(wanted), mil.HOW)
    if coreml.can_predict():
        run, what = coreml.Prediction(package).run, shop.compared(sizes, in_bytes=True)
        gates = check(model.path, run, what, shop.asked(wanted))
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
        style_length=shop.style_length,
        grain=shop.grain,
        layout="NCHW",
        dtype="float32",
        value_range=(0.0, 1.0),
    )
    what = suited(shop.compared(FREE_SIZES), wanted)
    gates = check_file(model, content, what, shop.asked(wanted))
    return dataclasses.replace(model, gates=gates, not_reproducible=_varies(wanted)), content
