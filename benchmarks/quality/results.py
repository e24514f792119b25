"""What an evaluation found: raw figures of every picture, and the file they are kept in.

Only raw figures are stored; means are derived from them on reading. docs/metrics.md defines every
figure. Imports neither torch nor an inference library: reports read it anywhere.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.documents import read_document, write_sealed

SCHEMA_VERSION = 2
"""Grows with every change of the file that an older edgestyle could not read."""

OLDEST_VERSION = 1
"""Version 1 has no subject of the kind 'reference'."""

Kind = Literal["pack", "run", "pictures", "reference"]

Layers = dict[str, float]
"""Layer of the judge -> relative distance."""

Which = Literal["content", "style", "photo_style"]


@dataclass(frozen=True, kw_only=True)
class Distances:
    """How far a picture is from its photograph and its painting, and the photograph itself is."""

    content: Layers
    style: Layers | None
    """None without a painting."""
    photo_style: Layers | None
    """Style distance of the unstylized photograph."""


@dataclass(frozen=True, kw_only=True)
class Structure:
    """What is left of the photograph's drawing; of luma, but for total variation."""

    total_variation: float
    photo_total_variation: float
    ssim: float
    edges: float


@dataclass(frozen=True, kw_only=True)
class Colour:
    """Distance of colours to the painting's, in steps of CIELAB."""

    distance: float
    photo_distance: float
    """That of the unstylized photograph."""


@dataclass(frozen=True, kw_only=True)
class Artefacts:
    """The faults of one picture."""

    grid_db: float
    frame: float
    dots: float
    """Share of the pixels."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One judged picture; a group is None where it was not asked for or cannot be had."""

    photo: str
    distances: Distances | None = None
    structure: Structure | None = None
    colour: Colour | None = None
    artefacts: Artefacts | None = None
    miou: float | None = None
    lpips: float | None = None
    """Distance to the photograph."""


@dataclass(frozen=True, kw_only=True)
class Flicker:
    """One stylized clip."""

    clip: str
    frames: int
    change: float
    """Output change per input change."""
    warping_error: float
    photo_warping_error: float
    """That of the frames themselves: what the optical flow gets wrong."""
    compared: float
    """Share of the pixels that could be followed."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What a style was trained to weigh; the defaults for finished pictures."""

    content: float
    style: float
    content_layers: Layers
    """Layer -> its share of the content distance; together 1."""
    style_layers: Layers


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """One subject: its pictures' figures, and means over them."""

    method: str
    style: str
    title: str
    kind: Kind
    source: str
    sha256: str | None
    model: str | None
    painting: str | None
    """Name of the painting's file."""
    weights: Weights
    style_size: int | None = None
    """Long side at which the painting was studied, in pixels; not told by version 1."""
    pictures: tuple[Picture, ...]
    clips: tuple[Flicker, ...] = ()

    def mean(self, figure: Callable[[Picture], float | None]) -> float | None:
        """A figure's mean over the pictures that have it; None where none has."""
        found = [value for picture in self.pictures if (value := figure(picture)) is not None]
        return statistics.fmean(found) if found else None

    @property
    def content(self) -> float | None:
        """Mean content distance over layers and pictures."""
        return self._mean_distance("content", self.weights.content_layers)

    @property
    def style_distance(self) -> float | None:
        """Mean style distance over layers and pictures."""
        return self._mean_distance("style", self.weights.style_layers)

    @property
    def photo_style(self) -> float | None:
        """The same of the unstylized photographs."""
        return self._mean_distance("photo_style", self.weights.style_layers)

    @property
    def weighted(self) -> float | None:
        """Content weight x content + style weight x style: what the training made small."""
        if self.content is None or self.style_distance is None:
            return None
        return self.weights.content * self.content + self.weights.style * self.style_distance

    @property
    def style_left(self) -> float | None:
        """Mean style distance over the photographs' own: how much of the way is left."""
        if self.style_distance is None or not self.photo_style:
            return None
        return self.style_distance / self.photo_style

    @property
    def variation_ratio(self) -> float | None:
        """The pictures' mean total variation over the photographs'."""
        ours = self.mean(lambda p: p.structure.total_variation if p.structure else None)
        theirs = self.mean(lambda p: p.structure.photo_total_variation if p.structure else None)
        return None if ours is None or not theirs else ours / theirs

    def by_layer(self, which: Which) -> Layers:
        """Layer -> mean distance over the pictures; empty where it was not judged."""
        found = self._distances(which)
        layers = found[0] if found else {}
        return {layer: statistics.fmean(each[layer] for each in found) for layer in layers}

    def _mean_distance(self, which: Which, shares: Layers) -> float | None:
        """Over pictures and layers, each layer by its share."""
        found = self._distances(which)
        return statistics.fmean(weighed(each, shares) for each in found) if found else None

    def _distances(self, which: Which) -> list[Layers]:
        judged = [p.distances for p in self.pictures if p.distances is not None]
        return [layers for each in judged if (layers := getattr(each, which)) is not None]


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """Which style a classifier sees in one method's pictures; of one style or several."""

    method: str
    labels: tuple[str, ...]
    """The classes: the paintings by name, and last the photograph."""
    truth: tuple[int, ...]
    """The class of every picture asked about, as an index of `labels`: the method's, then the
    unstylized photographs."""
    scores: tuple[tuple[float, ...], ...]
    """Every picture's probabilities, in the order of `labels`."""
    control: float
    """The classifier's own accuracy on parts of paintings and photographs that it never saw."""
    accuracy: float
    recall: float
    f1: float
    auc: float


@dataclass(frozen=True, kw_only=True)
class Fid:
    """One method's pictures beside crops of the paintings."""

    method: str
    value: float
    pictures: int
    crops: int


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What was judged, and by whom."""

    photos: str
    """Name of the folder."""
    photo_count: int
    size: int
    """Side of the square pictures, in pixels."""
    judge: str
    """Teacher or names of its files."""
    judge_sha256: tuple[str, ...]
    """Of the files of weights."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """One evaluation."""

    schema_version: int = SCHEMA_VERSION
    created: str
    """Date and time in UTC, ISO 8601."""
    version: str
    """edgestyle's own."""
    libraries: dict[str, str]
    settings: Settings
    judgements: tuple[Judgement, ...]
    recognition: tuple[Recognition, ...] = ()
    fid: tuple[Fid, ...] = ()
    notices: tuple[str, ...] = ()
    """What could not be judged, and why, a sentence each."""
    interrupted: bool = False
    """Stopped by the user: some subjects are missing."""


def weighed(distances: Layers, shares: Layers) -> float:
    """The layers' distances, each by its share."""
    return sum(shares[layer] * distance for layer, distance in distances.items())


def mean_of(values: Iterable[float | None]) -> float | None:
    """The mean of those that are there; None if none is."""
    found = [value for value in values if value is not None]
    return statistics.fmean(found) if found else None


def write_evaluation(path: Path, evaluation: Evaluation) -> None:
    """Write as JSON with a checksum, beside and renamed.

    Raises:
        StorageError: the file cannot be written.
    """
    write_sealed(path, evaluation)


def read_evaluation(path: Path) -> Evaluation:
    """Read what `write_evaluation` wrote; raises ResultsError as `read_document`."""
    return read_document(
        Evaluation, path, SCHEMA_VERSION, OLDEST_VERSION, what="evaluation", sealed=True
    )
