"""What can be chosen about an export. Imports no torch and no converter."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional
from tyro.constructors import PrimitiveConstructorSpec

from edge_app.core.errors import ConfigError
from edge_app.core.manifest import LINES, is_line
from edge_app.core.size import Size
from export.recipes import (
    AUTO,
    COREML,
    INT8_CONV,
    ONNX,
    ONNX2TF,
    RECIPES,
    TRUNK,
    TRUNK_ONNX,
    USUAL,
)

MIN_SIDE, MAX_SIDE, MULTIPLE = 32, 4096, 4
"""Sides of a model's picture, in pixels: two steps down by two, instance norm over at least 8x8."""


def parsed(text: str) -> Size:
    """'512' -> (512, 512); '720x1280' -> (720, 1280).

    Raises:
        ValueError: neither of them.
    """
    if not re.fullmatch(r"\d{1,5}(x\d{1,5})?", text):
        raise ValueError(f"expected a side, or HEIGHTxWIDTH, in pixels, got '{text}'")
    height, _, width = text.partition("x")
    return int(height), int(width or height)


def shown(size: Size) -> str:
    """The way back, in full: '512x512'."""
    return f"{size[0]}x{size[1]}"


SizeOption = Annotated[
    Size,
    PrimitiveConstructorSpec(
        nargs=1,
        metavar="SIDE|HEIGHTxWIDTH",
        instance_from_str=lambda words: parsed(words[0]),
        is_instance=lambda value: isinstance(value, tuple) and len(value) == 2,
        str_from_instance=lambda size: [shown(size)],
    ),
]
"""A size on the command line."""


class Route(StrEnum):
    """The converter that writes the TFLite files."""

    LITERT_TORCH = "litert-torch"
    """From torch; a file for every size, all of it in one piece for XNNPACK."""
    ONNX2TF = "onnx2tf"
    """From ONNX, through TensorFlow; one file for all sizes (export/onnx2tf.py)."""


@dataclass(frozen=True, kw_only=True)
class ExportConfig:
    """One pack to be made of one training run."""

    run: Positional[Path]
    """Run folder that `edgestyle train` wrote."""
    style: str | None = None
    """Of a run with several paintings: the style to export, by the painting's file name."""
    trunk: bool = False
    """Of a run with several paintings: export all styles as one pack, in which they share the
    models and can be mixed."""
    cards: Path | None = None
    """With --trunk: JSON file that says of each style what it is, {"great_wave": {"title": ...,
    "artist": ..., "year": ..., "licence": ..., "description": ...}, ...}. What it leaves open is
    made of the painting's file name."""
    out: Path
    """Style pack to write: NAME.stylepack, or a folder. An older one there is replaced when the new
    one is complete and checked."""
    sizes: tuple[SizeOption, ...] = ((256, 256), (512, 512))
    """Pictures that the TFLite and Core ML models take: 512 is a square, 720x1280 (height first)
    lies on its side. Of several, the one that suits a photograph is run."""
    recipes: tuple[str, ...] = USUAL
    """TFLite files to write: fp32 (exact), fp16 (half the size), int8-conv (small and fast),
    int8-weights, int8-dynamic, int8-full, mixed; or auto, the fastest here that is good enough.
    docs/quantization.md tells them apart."""
    finetune: int = 0
    """Steps in which int8-conv learns to draw in 8 bits what the network draws; 150 or more, half a
    second each, where its pictures are not true enough. What does not help is not kept."""
    good_enough: bool = False
    """Hold every file to what `auto` asks for (38 dB, SSIM 0.97, content and style within 2 %)
    where its recipe asks for less; nothing is written if one falls short, or if the painting or
    the teacher is missing, which content and style are judged by."""
    route: Route = Route.LITERT_TORCH
    """Converter of the TFLite files: litert-torch writes one for every size, and the faster ones;
    onnx2tf one that takes any size, in an environment of its own: make env-onnx2tf."""
    onnx2tf_env: Path | None = None
    """Its folder; .venv-onnx2tf beside the code, where make puts it, if not given."""
    coreml: bool = True
    """Write Core ML models for iPhone, iPad and Mac."""
    coreml_recipes: tuple[str, ...] = ("fp16",)
    """Core ML models to write: fp16, int8-weights, palette-weights."""
    onnx: bool = True
    """Write ONNX models that take any size."""
    onnx_recipes: tuple[str, ...] = ("fp32",)
    """ONNX models to write: fp32, int8-conv."""
    photos: Path | None = None
    """Photographs to calibrate and compare on; those of the training if not given."""
    paintings: Path | None = None
    """Folder with the paintings, for a run that has not kept its own (styles/weights)."""
    teacher_weights: tuple[Path, ...] = ()
    """Files of the run's teacher, likewise; known by their names."""
    preview: Path | None = None
    """Photograph that is stylized for the pack's preview; one of `photos` if not given."""
    id: str | None = None
    """Name in commands and file names; made of the title if not given."""
    title: str | None = None
    """Made of the painting's file name if not given."""
    artist: str = "unknown"
    """Who painted it."""
    year: str = "unknown"
    """When it was painted."""
    licence: str = "unknown"
    """Terms under which the painting, and so the style, may be used."""
    description: str = ""
    """A sentence for the people who choose the style; made of title and artist if not given."""

    def __post_init__(self) -> None:
        """Refuse what cannot be exported, before anything is computed."""
        tflite = ONNX2TF if self.route is Route.ONNX2TF else (*RECIPES, AUTO)
        self._check_known("recipes", f"the route {self.route}", tflite)
        self._check_known("coreml_recipes", "Core ML", COREML)
        self._check_known("onnx_recipes", "ONNX", ONNX)
        self._check_trunk()
        self._check_finetune()
        if self.id is not None and not re.fullmatch(r"[a-z0-9_-]{1,64}", self.id):
            raise ConfigError(f"id: expected 1 to 64 of a-z, 0-9, - and _, got '{self.id}'")
        for name in LINES:
            if not is_line(getattr(self, name) or ""):
                raise ConfigError(f"{name}: expected one line of text, got {getattr(self, name)!r}")
        if not (self.recipes or self.wanted_coreml or self.wanted_onnx):
            raise ConfigError("nothing to export: no recipes, no Core ML and no ONNX")
        if not self.sizes and (self.recipes or self.wanted_coreml):
            raise ConfigError("sizes: expected at least one, got none")
        for size in self.sizes:
            if any(not MIN_SIDE <= side <= MAX_SIDE or side % MULTIPLE for side in size):
                raise ConfigError(
                    f"sizes: expected multiples of {MULTIPLE} from {MIN_SIDE} to {MAX_SIDE}, "
                    f"got {shown(size)}"
                )
        for option in ("sizes", "recipes", "coreml_recipes", "onnx_recipes"):
            values = getattr(self, option)
            if len(set(values)) < len(values):
                raise ConfigError(f"{option}: the same one is there twice: {values}")

    def _check_known(self, option: str, whose: str, known: Collection[str]) -> None:
        if unknown := [name for name in getattr(self, option) if name not in known]:
            raise ConfigError(f"{option}: {whose} has {', '.join(known)}, not {', '.join(unknown)}")

    def _check_trunk(self) -> None:
        if not self.trunk:
            if self.cards is not None:
                raise ConfigError("cards: has a meaning with --trunk only")
            return
        if self.style is not None:
            raise ConfigError("style, trunk: expected one style or all of them, got both")
        if self.by_onnx2tf:
            raise ConfigError(f"route: a trunk is converted by {Route.LITERT_TORCH} only")
        self._check_known("recipes", "a trunk", TRUNK)
        self._check_known("onnx_recipes", "a trunk", TRUNK_ONNX)

    def _check_finetune(self) -> None:
        if self.finetune < 0:
            raise ConfigError(f"finetune: expected 0 steps or more, got {self.finetune}")
        if self.finetune and self.trunk:
            raise ConfigError("finetune: a trunk's styles share their weights, and would drift")
        if self.finetune and self.by_onnx2tf:
            raise ConfigError(f"finetune: only for the route {Route.LITERT_TORCH}")
        if self.finetune and not {INT8_CONV.name, AUTO} & set(self.recipes):
            raise ConfigError(
                f"finetune: only {INT8_CONV.name} is fine-tuned, and it is not among the recipes"
            )

    @property
    def by_onnx2tf(self) -> bool:
        """Whether TFLite files are wanted by that route."""
        return bool(self.recipes) and self.route is Route.ONNX2TF

    @property
    def wanted_coreml(self) -> tuple[str, ...]:
        """The Core ML recipes, none where none are wanted."""
        return self.coreml_recipes if self.coreml else ()

    @property
    def wanted_onnx(self) -> tuple[str, ...]:
        """The ONNX recipes, none where none are wanted."""
        return self.onnx_recipes if self.onnx else ()
