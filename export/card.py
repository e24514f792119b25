"""What a pack says about itself, made of the training run and the export's options."""

from __future__ import annotations

import csv
import dataclasses
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from edge_app.core.errors import RunError
from edge_app.core.manifest import Manifest, ModelFile, Provenance, is_line
from export.config import ExportConfig
from training.config import PRESETS, StylizerConfig, TrainConfig
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
)

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

    Raises:
        RunError: the losses of the run are damaged.
    """
    presets = {shape: name for name, shape in PRESETS.items()}
    exported_with = {f"{name} (export)": version_of(name) for name in CONVERTERS}
    return Manifest(
        **dataclasses.asdict(card),
        network=presets.get(network, "custom"),
        models=models,
        preview=preview,
        quality={**_quality(run / LOSSES), **judged},
        provenance=Provenance(
            trainer=f"edgestyle {version_of('edgestyle')}",
            config=_plain(dataclasses.asdict(training)),
            teacher=_teacher(training),
            photos=training.photos.name,
            photo_count=facts.photo_count,
            steps=facts.steps,
            seed=training.seed,
            versions={**facts.versions, **exported_with},
        ),
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
