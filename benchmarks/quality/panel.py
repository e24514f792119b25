"""Everyone who judges a picture, made ready once: teacher, recogniser, LPIPS, FID, clips."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.artefacts import artefacts
from benchmarks.quality.colour import Palette, colour_distance, palette
from benchmarks.quality.config import EvaluateConfig, Measure
from benchmarks.quality.flicker import flicker, read_clip
from benchmarks.quality.judge import Judge, PaintingJudge, fitted
from benchmarks.quality.learned import LEAST_FOR_FID, Inception, Lpips, frechet_distance
from benchmarks.quality.paintings import LEAST_PAINTING, listed
from benchmarks.quality.photographs import Photograph, Photographs, square
from benchmarks.quality.recognition import PHOTOGRAPH, Recogniser, crops, recognition
from benchmarks.quality.regions import Regions
from benchmarks.quality.results import Colour, Fid, Flicker, Picture, Recognition
from benchmarks.quality.structure import structure
from benchmarks.quality.subjects import Subject
from edge_app.core.errors import ImageError, PhotoFolderError, TeacherError
from edge_app.core.image import Bytes, read_image


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One picture of a subject, and the photograph that it was made of."""

    photo: Photograph
    picture: Bytes


class Panel:
    """Measures the pictures of any subject.

    Args:
        config: which figures to take, and of what size.
        subjects: all that will be judged; the recogniser has to know every painting.
        photographs: what they draw.

    Raises:
        TeacherError: the judge's weights cannot be used, or do not reach a subject's layers; LPIPS
            and FID alone were asked for, and the weights of neither are here.
        ImageError: a painting or a clip's frame cannot be read.
    """

    def __init__(
        self, config: EvaluateConfig, subjects: Sequence[Subject], photographs: Photographs
    ) -> None:
        self.notices: list[str] = []
        self.judge = Judge(config.teacher, config.judge)
        if Measure.DISTANCES in config.measures:
            for subject in subjects:
                self.judge.check(subject.loss)
        self._config = config
        self._photographs = photographs
        self._regions = cache(lambda name: Regions(self._photo(name)))
        self._palette = cache(lambda path: palette(_painting(path)))
        self._photo_palette = cache(lambda name: palette(self._photo(name)))
        self._clips = [read_clip(folder, side=config.size) for folder in config.clips]
        self._labels = _labels(subjects)
        self._recogniser = self._make_recogniser(subjects)
        self._lpips: Lpips | None = None
        self._inception: Inception | None = None
        if Measure.LEARNED in config.measures:
            try:
                self._lpips = Lpips()
            except TeacherError as error:
                self.notices.append(str(error))
            try:
                self._inception = Inception()
            except TeacherError as error:
                self.notices.append(str(error))
            found = self._lpips is not None or self._inception is not None
            if not found and set(config.measures) == {Measure.LEARNED}:
                raise TeacherError(" ".join(self.notices))
        self._seen: dict[str, list[tuple[int, NDArray[np.float64]]]] = {}
        self._drawn_features: dict[str, list[NDArray[np.float32]]] = {}
        self._painted_features: dict[str, list[NDArray[np.float32]]] = {}

    def judged(self, subject: Subject, drawn: Sequence[Drawn]) -> tuple[Picture, ...]:
        """Every picture's figures; what is needed for the method's own is kept."""
        asked = self._config.measures
        of_painting: PaintingJudge | None = None
        if Measure.DISTANCES in asked:
            painting = None if subject.painting is None else _painting(subject.painting)
            of_painting = self.judge.of_painting(painting, subject.loss, size=subject.style_size)
        self._keep(subject, drawn)
        return tuple(self._picture(subject, each, of_painting) for each in drawn)

    def clips(self, subject: Subject) -> tuple[Flicker, ...]:
        """How steadily the subject draws each clip."""
        if subject.kind == "reference":
            return ()  # each frame by itself and for minutes: nobody makes a clip so
        found = []
        for clip in self._clips:
            try:
                drawn = [subject.draw(frame) for frame in clip.frames]
            except ImageError as error:
                self.notices.append(f"{subject.source}: {clip.name}: flicker not judged: {error}")
            else:
                found.append(flicker(clip, drawn))
        return tuple(found)

    def recognition(self) -> tuple[Recognition, ...]:
        """Each method's, over all its subjects that were judged."""
        if self._recogniser is None or not self._seen:
            return ()
        know = self._recogniser
        photos = [know.features(photo.picture) for photo in self._photographs.judged]
        bare = know.probabilities(photos)
        last = len(know.labels) - 1
        return tuple(
            recognition(
                method,
                know,
                [label for label, _ in seen] + [last] * len(bare),
                np.concatenate([np.stack([scores for _, scores in seen]), bare]),
            )
            for method, seen in self._seen.items()
        )

    def fid(self) -> tuple[Fid, ...]:
        """Each method's, its pictures beside as many crops of their paintings."""
        return tuple(
            Fid(
                method=method,
                value=frechet_distance(drawn, self._painted_features[method]),
                pictures=len(drawn),
                crops=len(self._painted_features[method]),
            )
            for method, drawn in self._drawn_features.items()
            if len(drawn) >= LEAST_FOR_FID
        )

    def _picture(self, subject: Subject, drawn: Drawn, judge: PaintingJudge | None) -> Picture:
        asked, name = self._config.measures, drawn.photo.name
        picture, photo = drawn.picture, drawn.photo.picture
        return Picture(
            photo=name,
            distances=None if judge is None else judge(picture, photo),
            structure=structure(picture, photo) if Measure.STRUCTURE in asked else None,
            colour=self._colour(subject.painting, drawn) if Measure.COLOUR in asked else None,
            artefacts=artefacts(picture) if Measure.ARTEFACTS in asked else None,
            miou=self._regions(name).miou(picture) if Measure.REGIONS in asked else None,
            lpips=None if self._lpips is None else self._lpips(picture, photo),
        )

    def _colour(self, painting: Path | None, drawn: Drawn) -> Colour | None:
        if painting is None:
            return None
        target: Palette = self._palette(painting)
        return Colour(
            distance=colour_distance(palette(drawn.picture), target),
            photo_distance=colour_distance(self._photo_palette(drawn.photo.name), target),
        )

    def _keep(self, subject: Subject, drawn: Sequence[Drawn]) -> None:
        if subject.painting is None:
            return
        if self._recogniser is not None:
            label = self._labels[subject.painting]
            features = [self._recogniser.features(each.picture) for each in drawn]
            scores = self._recogniser.probabilities(features)
            index = self._recogniser.labels.index(label)
            self._seen.setdefault(subject.method, []).extend((index, row) for row in scores)
        if self._inception is not None:
            ours = self._drawn_features.setdefault(subject.method, [])
            theirs = self._painted_features.setdefault(subject.method, [])
            side = self._config.size
            painting = fitted(_painting(subject.painting), subject.style_size)
            ours += [self._inception.features(each.picture) for each in drawn]
            theirs += [
                self._inception.features(square(crop, side))
                for crop in crops(painting, len(drawn), np.random.default_rng(0))
            ]

    def _make_recogniser(self, subjects: Sequence[Subject]) -> Recogniser | None:
        if Measure.RECOGNITION not in self._config.measures or not self._labels:
            return None
        paintings = {
            self._labels[subject.painting]: fitted(_painting(subject.painting), subject.style_size)
            for subject in subjects
            if subject.painting is not None
        }
        size = max(subject.style_size for subject in subjects if subject.painting is not None)
        paintings |= _others(self._config.known, self._labels, size)
        try:
            return Recogniser(self.judge, paintings, self._photographs.rest, side=self._config.size)
        except PhotoFolderError as error:
            self.notices.append(str(error))
            return None

    def _photo(self, name: str) -> Bytes:
        return next(each.picture for each in self._photographs.judged if each.name == name)


def _labels(subjects: Sequence[Subject]) -> dict[Path, str]:
    """Painting -> the recogniser's name for it: the first style that has it."""
    labels: dict[Path, str] = {}
    for subject in subjects:
        if subject.painting is not None and subject.painting not in labels:
            labels[subject.painting] = _free(subject.style, labels.values())
    return labels


def _others(known: Sequence[Path], judged: Mapping[Path, str], size: int) -> dict[str, Bytes]:
    """The recogniser's name -> painting, of those of `known` that are not judged, copies included.

    Args:
        known: paintings, or folders of them.
        judged: path -> name of those that are judged.
        size: long side that they are brought to, in pixels.

    Raises:
        PhotoFolderError: a folder without a painting.
        ImageError: a painting that cannot be read.
    """
    taken = {_digest(_painting(path)) for path in judged}
    found: dict[str, Bytes] = {}
    for path in listed(known):
        painting = read_image(path, min_side=LEAST_PAINTING)
        digest = _digest(painting)
        if digest not in taken:
            taken.add(digest)
            found[_free(path.stem, [*judged.values(), *found])] = fitted(painting, size)
    return found


def _digest(picture: Bytes) -> bytes:
    return hashlib.sha256(picture.tobytes()).digest()


def _free(name: str, names: Collection[str]) -> str:
    """The name, with a number where it is taken."""
    found, number = name, 2
    while found in {PHOTOGRAPH, *names}:
        found, number = f"{name} {number}", number + 1
    return found


@cache
def _painting(path: Path) -> Bytes:
    return read_image(path, min_side=LEAST_PAINTING)
