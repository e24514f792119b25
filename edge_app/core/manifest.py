"""What a style pack says about itself: the contents of its manifest.json.

Sizes are (height, width) in pixels. Everything here is a plain value; reading and writing of the
files is in edge_app/core/pack.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal

from edge_app.core import strict_json
from edge_app.core.errors import PackError
from edge_app.core.size import Size

SCHEMA_VERSION = 4
"""Grows with every change of the manifest that an older edgestyle could not read. Version 3 lacks
the provenance's `export`, version 2 also `styles`, `photograph`, `style_length` and `grain`,
version 1 also `sizes`, `lint`, `why` and `not_reproducible`; all can still be read."""

OLDEST_VERSION = 1

MANIFEST = "manifest.json"

LINES = ("title", "artist", "year", "licence", "description")
"""Keys whose text is shown to people as it stands."""

Metric = Literal["psnr", "max_abs_diff", "ssim", "content_change", "style_change"]

MAX_STYLE_LENGTH = 1_000_000
"""Of a style's vector; that of the paper's network has 3,200 numbers."""

AT_MOST = frozenset({"max_abs_diff", "content_change", "style_change"})
"""The metrics that are better when smaller."""


class Format(StrEnum):
    """The kind of a model file, by the library that runs it."""

    TFLITE = "tflite"
    COREML = "coreml"
    ONNX = "onnx"


@dataclass(frozen=True, kw_only=True)
class Gate:
    """One figure of a model file's parity with the trained network."""

    metric: Metric
    """As in edge_app/core/metrics.py; `content_change` and `style_change` are by what share a
    picture's distance from its photograph's content or the painting's style differs from that of
    the trained network's picture, in the eyes of the training's teacher."""
    unit: str
    """'dB', or '1' for a plain number."""
    threshold: float
    """The worst photograph must reach at least this; at most this for a metric of AT_MOST."""
    worst: float
    median: float
    samples: tuple[float, ...]
    """One figure a photograph: the distribution is kept, not only its end."""
    on: str
    """What was compared: '4 photographs at 256x256'."""

    def __post_init__(self) -> None:
        """Refuse a gate that nothing was measured for."""
        if not self.samples:
            raise PackError("samples: expected at least one figure, got none")

    @property
    def unit_text(self) -> str:
        """What follows a figure: ' dB', or nothing behind a plain number."""
        return "" if self.unit == "1" else f" {self.unit}"

    @property
    def holds(self) -> bool:
        """Whether the worst photograph keeps the threshold."""
        if self.metric in AT_MOST:
            return self.worst <= self.threshold
        return self.worst >= self.threshold


@dataclass(frozen=True, kw_only=True)
class Delegate:
    """What an accelerator makes of a TFLite file."""

    name: str
    """'xnnpack', 'gpu', 'nnapi'."""
    basis: str
    """How it is known: measured, or from a published list."""
    refused: dict[str, int]
    """Operator -> how many of it are left to the plain interpreter."""
    pieces: int | None = None
    """Into how many pieces the graph falls for it; None where nobody has run it."""


@dataclass(frozen=True, kw_only=True)
class Lint:
    """The operators of a TFLite file and who takes them."""

    operators: dict[str, int]
    """Operator -> how many there are."""
    delegates: tuple[Delegate, ...]


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """One model of a pack: where it lies, how it is fed, how true it is."""

    path: str
    """Inside the pack: 'tflite/fp32-256x256.tflite', or a folder: 'coreml/fp16.mlpackage'."""
    format: Format
    recipe: str
    """Name of the quantization recipe: 'fp32', 'fp16', 'int8-conv'."""
    size: Size | None
    """The only (height, width) it takes, or the first choice of `sizes`; None: any multiple of
    `size_multiple`."""
    sizes: tuple[Size, ...] = ()
    """Every (height, width) it takes, where it takes several (Core ML)."""
    size_multiple: int = 1
    style_length: int = 0
    """How many numbers its second input takes: a style's vector, float32, as a picture of one pixel
    in the model's layout. 0: it draws one style and has no such input."""
    grain: float = 0.0
    """Standard deviation of the grain (edge_app/core/grain.py) that its picture is given first."""
    layout: Literal["NHWC", "NCHW", "image"]
    dtype: Literal["float32", "uint8"]
    """Type of the model's input and output; what it computes with inside is the recipe's."""
    value_range: tuple[float, float]
    """Black and white at both ends: (0, 1); (0, 255) for image input and output."""
    size_bytes: int = 0
    """Filled in by `write_pack`; of a folder the sum of its files."""
    sha256: str = ""
    """Filled in by `write_pack`; of a folder that of the lines 'sha256  relative/path', sorted."""
    gates: tuple[Gate, ...] = ()
    not_run: str | None = None
    """Why the gates could not be run here ('prediction needs macOS'); None where they were."""
    lint: Lint | None = None
    """TFLite only."""
    why: str | None = None
    """Why this recipe, where it was chosen by measurement; what was learnt, where fine-tuned."""
    not_reproducible: str | None = None
    """Why another export of the same run may give other bytes; None where it gives these."""

    def __post_init__(self) -> None:
        """Refuse what no model can be."""
        check_name(self.path)
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", self.recipe):
            raise PackError(f"recipe: expected a name like 'int8-conv', got {self.recipe!r}")
        for size in (*self.sizes, self.size):
            if size is not None and not all(1 <= side <= 16384 for side in size):
                raise PackError(f"size: expected a height and width of 1 to 16384, got {size}")
        if self.sizes and self.size not in self.sizes:
            raise PackError(f"size: expected one of sizes, {self.sizes}, got {self.size}")
        if not 1 <= self.size_multiple <= 1024:
            raise PackError(f"size_multiple: expected 1 to 1024, got {self.size_multiple}")
        if not 0 <= self.grain <= 0.5:
            raise PackError(f"grain: expected 0 to 0.5, got {self.grain}")
        if not 0 <= self.style_length <= MAX_STYLE_LENGTH:
            raise PackError(
                f"style_length: expected 0 to {MAX_STYLE_LENGTH}, got {self.style_length}"
            )

    @property
    def size_text(self) -> str:
        """The size for people, height first: '256x256', '256x256 or 512x512', 'any size'."""
        if self.size is not None:
            sizes = self.sizes or (self.size,)
            return " or ".join(f"{height}x{width}" for height, width in sizes)
        return "any size" if self.size_multiple == 1 else f"any multiple of {self.size_multiple}"


@dataclass(frozen=True, kw_only=True)
class Exported:
    """How the model files were made of the weights: enough to make them again."""

    options: dict[str, Any]
    """The export's settings that decide what is in the files: sizes, recipes, fine-tuning, route.
    Nothing is drawn by lot but the crops of a fine-tuning, always by the same seed."""
    photos: str
    """Name of the photograph set."""
    calibrated_on: int
    """Photographs that ranges were found on."""
    compared_on: int
    """Photographs of the gates; none of the others where the set has two or more."""


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where the weights and the files come from: enough to make them again."""

    trainer: str
    """Program and version: 'edgestyle 0.1.0'."""
    config: dict[str, Any]
    """The training's settings as they stand in the run's config.json."""
    teacher: str
    """Its name, or the files of weights that were given in its place."""
    photos: str
    """Name of the photograph set."""
    photo_count: int
    steps: int
    seed: int
    versions: dict[str, str]
    """Library -> version at training and export."""
    export: Exported | None = None
    """None in packs of before schema version 4."""


@dataclass(frozen=True, kw_only=True)
class TrunkStyle:
    """One of several styles that share a pack's models; the texts are as the manifest's."""

    id: str
    title: str
    artist: str
    year: str
    licence: str
    description: str
    vector: str
    """What the models are given for it, inside the pack: a .npy of `style_length` float32."""
    vector_sha256: str = ""
    """Filled in by `write_pack`."""
    preview: str
    """A picture in this style, inside the pack."""
    preview_sha256: str = ""
    """Filled in by `write_pack`."""
    quality: dict[str, float]
    """Picture-quality figures by name."""

    def __post_init__(self) -> None:
        """Refuse names that cannot be used."""
        _check_card(self)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One style, or several that share their models, complete."""

    schema_version: int = SCHEMA_VERSION
    id: str
    """Name in file names and commands: a-z, 0-9, - and _, at most 64."""
    title: str
    artist: str
    year: str
    licence: str
    description: str
    network: str
    """Preset of the network, or 'custom'."""
    models: tuple[ModelFile, ...]
    preview: str = "preview.jpg"
    """A stylized picture, inside the pack."""
    preview_sha256: str = ""
    """Filled in by `write_pack`."""
    quality: dict[str, float]
    """Picture-quality figures by name."""
    styles: tuple[TrunkStyle, ...] = ()
    """The styles of a trunk, which takes a style's vector besides the photograph; empty where the
    pack is one style."""
    photograph: str | None = None
    """The vector that leaves a photograph as it is, inside the pack: a trunk's strength is a blend
    with it."""
    photograph_sha256: str = ""
    """Filled in by `write_pack`."""
    provenance: Provenance

    def __post_init__(self) -> None:
        """Refuse names that cannot be used and files that stand in each other's way."""
        _check_card(self)
        if not self.models:
            raise PackError("models: expected at least one model file, got none")
        files = (name for name, _ in self._files())
        check_names([MANIFEST, *files, *(model.path for model in self.models)])
        self._check_styles()

    def _check_styles(self) -> None:
        lengths = {model.style_length for model in self.models}
        if len(lengths) > 1 or bool(self.styles) != (lengths != {0}):
            raise PackError(
                f"styles: the models take styles of {sorted(lengths)} numbers, and the pack has "
                f"{len(self.styles)} styles; expected one length above 0 where there are styles, "
                "and 0 where there are none"
            )
        if self.photograph is not None and not self.styles:
            raise PackError("photograph: expected none in a pack without styles")
        names = [style.id for style in self.styles]
        if len(set(names)) < len(names):
            raise PackError(f"styles: two have the same id: {', '.join(names)}")

    @property
    def files(self) -> dict[str, str]:
        """Every file of the pack but the manifest and the models: its name -> its sha256."""
        return dict(self._files())

    def _files(self) -> Iterator[tuple[str, str]]:
        yield self.preview, self.preview_sha256
        if self.photograph is not None:
            yield self.photograph, self.photograph_sha256
        for style in self.styles:
            yield style.vector, style.vector_sha256
            yield style.preview, style.preview_sha256

    def with_hashes(self, hashes: Mapping[str, str]) -> Manifest:
        """The manifest with the sha256 of `files` filled in, as far as they are there."""
        styles = tuple(
            replace(
                style,
                vector_sha256=hashes.get(style.vector, ""),
                preview_sha256=hashes.get(style.preview, ""),
            )
            for style in self.styles
        )
        return replace(
            self,
            styles=styles,
            preview_sha256=hashes.get(self.preview, ""),
            photograph_sha256=hashes.get(self.photograph or "", ""),
        )

    def check_complete(self) -> None:
        """Raise PackError unless every file has its hash and every model passed its gates.

        A manifest that is still being put together need not be complete; one in a pack is.
        """
        for name, sha256 in self.files.items():
            _check_sha256(f"{name}: sha256", sha256)
        for model in self.models:
            _check_sha256(f"{model.path}: sha256", model.sha256)
            if model.size_bytes < 1:
                raise PackError(f"{model.path}: size_bytes: expected 1 or more")
            if not model.gates and model.not_run is None:
                raise PackError(f"{model.path}: expected gates, or not_run with the reason")
            for gate in model.gates:
                if not gate.holds:
                    raise PackError(
                        f"{model.path}: its {gate.metric} of {gate.worst:g}{gate.unit_text} fails "
                        f"its own gate of {gate.threshold:g}{gate.unit_text}"
                    )

    def to_json(self) -> str:
        """The text of manifest.json; the same manifest gives the same text."""
        return strict_json.to_json(self)

    @classmethod
    def from_json(cls, text: str | bytes, *, where: str) -> Manifest:
        """Read a manifest.json.

        Args:
            text: its contents.
            where: begins every error's text: the file's name.

        Raises:
            PackError: not JSON; made by a newer edgestyle; an unknown, missing or repeated key;
                a value of another type; incomplete (see `check_complete`).
        """
        raw = strict_json.load(text, where=where, error=PackError)
        strict_json.check_schema_version(
            raw, SCHEMA_VERSION, OLDEST_VERSION, what="manifest", where=where, error=PackError
        )
        manifest = strict_json.build(cls, raw, where=where, error=PackError)
        try:
            manifest.check_complete()
        except PackError as error:
            raise PackError(f"{where}: {error}") from error
        return manifest


def _check_card(card: TrunkStyle | Manifest) -> None:
    if not re.fullmatch(r"[a-z0-9_-]{1,64}", card.id):
        raise PackError(f"id: expected 1 to 64 of a-z, 0-9, - and _, got {card.id!r}")
    for name in LINES:
        if not is_line(getattr(card, name)):
            raise PackError(f"{name}: expected one line of text, got {getattr(card, name)!r}")


def is_line(text: str) -> bool:
    """Whether a text can be shown on one line: no line ends, nothing that steers a terminal."""
    return not any(unicodedata.category(character) in {"Cc", "Cs"} for character in text)


def check_name(name: str) -> None:
    """Raise PackError unless `name` is a plain relative path with forward slashes.

    What it may not do: leave the pack, mean different files on different systems, or hide.
    """
    parts = name.split("/")
    if any(part in {"", ".", ".."} for part in parts):
        raise PackError(f"{name!r}: a path inside the pack was expected, without . or ..")
    if not (name.isascii() and name.isprintable()) or set(name) & set('\\:*?"<>|'):
        raise PackError(f"{name!r}: the path has a character that not every system allows")
    if any(part[-1] in " ." for part in parts):
        raise PackError(f"{name!r}: a part of the path ends in a dot or a space")
    if len(name) > 240:
        raise PackError(f"{name[:40]!r}...: the path is {len(name)} characters long, at most 240")


def check_names(names: Iterable[str]) -> None:
    """Raise PackError unless the files can lie side by side on every system.

    No two may be the same, differ by upper and lower case only, or be file and folder at once.
    """
    seen: dict[str, str] = {}
    for name in names:
        check_name(name)
        folded = name.casefold()
        if folded in seen:
            raise PackError(f"{name!r}: there twice (the other is {seen[folded]!r})")
        seen[folded] = name
    for folded, name in seen.items():
        parts = folded.split("/")
        for i in range(1, len(parts)):
            if (above := "/".join(parts[:i])) in seen:
                raise PackError(f"{name!r}: lies inside {seen[above]!r}, which is a file")


def _check_sha256(what: str, value: str) -> None:
    if not re.fullmatch(r"[0-9a-f]{64}", value):
        raise PackError(f"{what}: expected 64 hexadecimal digits, got {value!r}")
