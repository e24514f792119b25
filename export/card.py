"""What a pack says about itself, made of the training run and the export's options."""

from __future__ import annotations

import csv
import dataclasses
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from edge_app.core import strict_json
from edge_app.core.errors import ConfigError, RunError
from edge_app.core.manifest import (
    Exported,
    Manifest,
    ModelFile,
    Provenance,
    TrunkStyle,
    is_line,
)
from edge_app.core.size import Size
from export.calibration import Photographs
from export.config import ExportConfig
from export.metadata import ModelMetadata, TensorMetadata
from training.config import StylizerConfig, TrainConfig, preset_name
from training.run import LOSSES, RunFacts, version_of

CONVERTERS = (
    "torch",
    "litert-torch",
    "litert-converter",
    "ai-edge-quantizer",
    "ai-edge-litert",
    "coremltools",
    "onnx",
    "onnxscript",
    "onnxruntime",
    "scikit-learn",
    "pillow",
    "numpy",
)
"""What the bytes of a pack depend on: the converters, what makes palettes, and what decodes and
resizes photographs."""

_SAID_ELSEWHERE = {
    *("run", "out", "onnx2tf_env", "photos", "paintings", "teacher_weights", "preview", "cards"),
    *("id", "title", "artist", "year", "licence", "description"),
}
"""Options that a provenance leaves out: places, and what the manifest begins with."""

LAST_STEPS = 100
"""Steps at the end of the training over which its figures are averaged."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Card:
    """What a style is called and whose it is; the fields are the manifest's."""

    id: str
    title: str
    artist: str
    year: str
    licence: str
    description: str


def card_of(config: ExportConfig, training: TrainConfig) -> Card:
    """The card by the options; what they leave open comes from the painting's file name."""
    title = config.title
    if title is None:
        words = re.sub(r"[\s_-]+", " ", config.style or training.paintings[0].stem)
        words = "".join(filter(is_line, words)).strip() or "style"
        title = words[0].upper() + words[1:]
    return Card(
        id=config.id or slug(title),
        title=title,
        artist=config.artist,
        year=config.year,
        licence=config.licence,
        description=config.description or f"The style of {title} by {config.artist}.",
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Told:
    """What a file of cards says of one style; the rest is made of the painting's file name."""

    title: str | None = None
    artist: str = "unknown"
    year: str = "unknown"
    licence: str = "unknown"
    description: str = ""


def cards_of(config: ExportConfig, training: TrainConfig, styles: Sequence[str]) -> dict[str, Card]:
    """The cards of a trunk's styles; their ids are the styles' names.

    Raises:
        ConfigError: the file of cards cannot be read, or names a style that is not there.
    """
    told: dict[str, Told] = {}
    if config.cards is not None:
        where = str(config.cards)
        try:
            content = config.cards.read_bytes()
        except OSError as error:
            raise ConfigError(f"{where}: cannot be read: {error.strerror}") from error
        raw = strict_json.load(content, where=where, error=ConfigError)
        if not isinstance(raw, dict):
            raise ConfigError(f"{where}: expected an object, got {type(raw).__name__}")
        for name, each in raw.items():
            if name not in styles:
                raise ConfigError(
                    f"{where}: there is no style {name!r} in the run; it has: {', '.join(styles)}"
                )
            there = f"{where}: {name}"
            told[name] = strict_json.build(Told, each, where=there, error=ConfigError)
    cards = {}
    for name in styles:
        values = dataclasses.asdict(told.get(name, Told()))
        own = dataclasses.replace(
            config, trunk=False, cards=None, style=name, id=name[:64], **values
        )
        cards[name] = card_of(own, training)
    return cards


def trunk_card(config: ExportConfig, training: TrainConfig, cards: Sequence[Card]) -> Card:
    """The card of a whole trunk: what its options leave open is made of the styles' cards."""

    def listed(name: str) -> str:
        given = str(getattr(config, name))
        known = dict.fromkeys(getattr(card, name) for card in cards)
        return given if given != "unknown" else ", ".join(known)

    return card_of(
        dataclasses.replace(
            config,
            title=config.title or ", ".join(card.title for card in cards),
            artist=listed("artist"),
            year=listed("year"),
            licence=listed("licence"),
            description=config.description or f"{len(cards)} styles that can be mixed.",
        ),
        training,
    )


def file_metadata(
    card: Card, size: Size, *, is_free: bool = False, style_length: int = 0, grain: float = 0.0
) -> ModelMetadata:
    """What a TFLite file says to other programs: whose it is, and how it is fed.

    Args:
        card: the names.
        size: of its pictures; of a file of any size the one that is usual.
        is_free: whether it takes any size.
        style_length: of the vector that it takes besides; 0: none.
        grain: deviation of the grain that the pictures are given.
    """
    height, width = ("height", "width") if is_free else size
    vector = f" and a style's vector (1, 1, 1, {style_length})" if style_length else ""
    grained = f"Drawn with grain of deviation {grain:g} added to the picture. " if grain else ""
    version = version_of("edgestyle")
    picture = TensorMetadata(
        name="image",
        description="The photograph.",
        axes=("batch", "height", "width", "channel"),
        size=size,
        normalization=(0.0, 255.0),
        value_range=(0.0, 1.0),
    )
    stylized = dataclasses.replace(
        picture,
        name="stylized",
        description="The photograph in the style.",
        normalization=(0.0, 1 / 255),
    )
    style = TensorMetadata(
        name="style",
        description="A style's vector, or a mean of several: scales and shifts of all norms.",
        axes=("batch", "row", "column", "number"),
    )
    return ModelMetadata(
        name=card.title,
        description=(
            f"{card.title} by {card.artist}, {card.year}. Licence: {card.licence}. "
            f"Style transfer, float32 RGB (1, {height}, {width}, 3) in [0, 1]{vector} to the same. "
            f"{grained}Made by edgestyle {version}."
        ),
        version=version,
        author=card.artist,
        licence=card.licence,
        inputs=(picture, style) if style_length else (picture,),
        outputs=(stylized,),
    )


def manifest_of(
    card: Card,
    run: Path,
    training: TrainConfig,
    facts: RunFacts,
    *,
    network: StylizerConfig,
    models: tuple[ModelFile, ...],
    preview: str,
    judged: Mapping[str, float],
    converters: Mapping[str, str],
    exported: Exported | None = None,
    styles: tuple[TrunkStyle, ...] = (),
    photograph: str | None = None,
) -> Manifest:
    """The manifest of a pack; `write_pack` fills in hashes and sizes.

    Args:
        card: the names.
        run: the run folder.
        training: its config.json.
        facts: its run.json.
        network: shape of the network.
        models: with their gates.
        preview: name of the preview picture in the pack.
        judged: content and style distance of the network's pictures, where they were measured.
        converters: their versions.
        exported: how the files were made.
        styles: of a trunk.
        photograph: of a trunk, the name of the vector that leaves a photograph as it is.

    Raises:
        RunError: the losses of the run are damaged.
    """
    exported_with = {f"{name} (export)": version for name, version in converters.items()}
    return Manifest(
        **dataclasses.asdict(card),
        network=preset_name(network),
        models=models,
        preview=preview,
        quality={**_quality(run / LOSSES), **judged},
        styles=styles,
        photograph=photograph,
        provenance=Provenance(
            trainer=f"edgestyle {version_of('edgestyle')}",
            config=_plain(dataclasses.asdict(training)),
            teacher=_teacher(training),
            photos=training.photos.name,
            photo_count=facts.photo_count,
            steps=facts.steps,
            seed=training.seed,
            versions={**facts.versions, **exported_with},
            export=exported,
        ),
    )


def exported_by(config: ExportConfig, photos: Photographs) -> Exported:
    """How an export makes its files, for the manifest."""
    options = dataclasses.asdict(config)
    return Exported(
        options=_plain({k: v for k, v in options.items() if k not in _SAID_ELSEWHERE}),
        photos=photos.folder.name,
        calibrated_on=len(photos.calibration),
        compared_on=len(photos.parity),
    )


def slug(title: str) -> str:
    """A title as an id: 'Portrait de l'artiste (1889)' -> 'portrait-de-l-artiste-1889'."""
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower())[:64].strip("-") or "style"


def _teacher(training: TrainConfig) -> str:
    """What taught: the files of weights that were given, or the teacher of that name."""
    return ", ".join(path.name for path in training.teacher_weights) or training.teacher


def _plain(value: Any) -> Any:  # noqa: ANN401 - any setting
    """A setting as JSON; of paths only the name, for packs travel and folders tell of people."""
    match value:
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case Path():
            return value.name
    return value


def _quality(losses: Path) -> dict[str, float]:
    """Content and style distance at the end of the training; empty where they were not kept."""
    if not losses.is_file():
        return {}
    try:
        with losses.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))[-LAST_STEPS:]
        if not rows:
            return {}
        return {
            f"training_{name}": round(fmean(float(row[name]) for row in rows), 4)
            for name in ("content", "style")
        }
    except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
        raise RunError(
            f"{losses}: damaged ({error!r}); delete it to export without the figures of the losses"
        ) from error
