"""Recognisability: a classifier that knows paintings and photographs is asked for pictures' style.

It works in the space of the judge's Gram matrices, each of length 1, reduced to their principal
components, by logistic regression.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, recall_score, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from torch import Tensor

from benchmarks.quality.judge import Judge
from benchmarks.quality.photographs import square
from benchmarks.quality.results import Recognition
from edge_app.core.errors import ImageError, PhotoFolderError
from edge_app.core.image import Bytes, read_image
from training.config import LossConfig

PHOTOGRAPH = "photograph"
"""The class of what is no painting."""

CROPS = 48
"""Crops of each painting, and photographs, to learn from; a third as many for the control."""

LEAST_PHOTOS = 12
"""Fewer photographs than this are no class."""

SHARE = 2 / 3
"""Part of a painting's longer side that the control's classifier learns from; the rest tests it."""

COMPONENTS = 48
CHANNELS = 128
"""Wider layers are projected to so many channels: Gram matrices grow with the square."""

Features = NDArray[np.float32]


class Recogniser:
    """A classifier of crops of `paintings` and of photographs.

    Args:
        judge: in whose Gram space.
        paintings: label -> uint8 RGB at the size at which it was studied.
        photos: files of photographs, none of which is asked about later.
        side: of the photographs, in pixels.

    Raises:
        PhotoFolderError: fewer than LEAST_PHOTOS photographs can be read.
    """

    def __init__(
        self, judge: Judge, paintings: Mapping[str, Bytes], photos: Sequence[Path], *, side: int
    ) -> None:
        self.labels = (*paintings, PHOTOGRAPH)
        self._judge = judge
        wanted = LossConfig().style_layers
        self._layers = tuple(x for x in wanted if x in judge.teacher.layers)
        seen, unseen = [], []
        for label, painting in enumerate(paintings.values()):
            rng = np.random.default_rng(label)
            first, last = _halves(painting)
            seen += [(label, self.features(x)) for x in crops(first, CROPS, rng)]
            unseen += [(label, self.features(x)) for x in crops(last, CROPS // 3, rng)]
        rest = [(len(paintings), self.features(x)) for x in _read(photos, side)]
        unseen += rest[::4]
        seen += [each for i, each in enumerate(rest) if i % 4]
        features, truth = _stacked(unseen)
        said = _classifier(len(seen)).fit(*_stacked(seen)).predict(features)
        self.control = float(accuracy_score(truth, said))
        # Who is asked about pictures has seen whole paintings.
        self._classifier = _classifier(len(seen + unseen)).fit(*_stacked(seen + unseen))

    def features(self, picture: Bytes) -> Features:
        """Where uint8 RGB (H, W, 3) lies in the Gram space; (n,)."""
        grams = self._judge.grams(picture, self._layers)
        return np.concatenate([_flat(grams[layer][0]) for layer in self._layers])

    def probabilities(self, pictures: Sequence[Features]) -> NDArray[np.float64]:
        """(pictures, labels)."""
        scores: NDArray[np.float64] = self._classifier.predict_proba(np.stack(pictures))
        return scores


def recognition(
    method: str, recogniser: Recogniser, truth: Sequence[int], scores: NDArray[np.float64]
) -> Recognition:
    """The paper's four figures of one method's pictures and the unstylized photographs.

    Args:
        method: its name.
        recogniser: who was asked.
        truth: index of each picture's class; at least one style and one photograph.
        scores: (pictures, labels), the probabilities.

    Accuracy is over all; recall and F1 are means over the method's styles, and AUC is the mean
    over them of one style against all other pictures.
    """
    right, said = np.asarray(truth), scores.argmax(1)
    photograph = len(recogniser.labels) - 1
    styles = [int(label) for label in np.unique(right) if label != photograph]
    averaged = {"labels": styles, "average": "macro", "zero_division": 0.0}
    areas = [roc_auc_score(right == style, scores[:, style]) for style in styles]
    return Recognition(
        method=method,
        labels=recogniser.labels,
        truth=tuple(map(int, truth)),
        scores=tuple(tuple(round(float(x), 6) for x in row) for row in scores),
        control=recogniser.control,
        accuracy=float(accuracy_score(right, said)),
        recall=float(recall_score(right, said, **averaged)),
        f1=float(f1_score(right, said, **averaged)),
        auc=float(np.mean(areas)),
    )


def _classifier(samples: int) -> Pipeline:
    components = min(COMPONENTS, samples - 1)
    return make_pipeline(
        PCA(components, whiten=True, random_state=0), LogisticRegression(max_iter=1000)
    )


def _stacked(samples: Sequence[tuple[int, Features]]) -> tuple[Features, NDArray[np.int64]]:
    return np.stack([x for _, x in samples]), np.array([label for label, _ in samples])


def _flat(gram: Tensor) -> Features:
    """(C, C) -> its upper triangle as a vector of length 1."""
    channels = gram.shape[0]
    if channels > CHANNELS:
        basis = _basis(channels)
        gram = basis.T @ gram @ basis
    rows, columns = torch.triu_indices(*gram.shape)
    flat = gram[rows, columns]
    result: Features = (flat / flat.norm().clamp_min(1e-12)).numpy()
    return result


def _basis(channels: int) -> Tensor:
    """(channels, CHANNELS), orthonormal, always the same."""
    rng = np.random.default_rng(channels)
    basis = np.linalg.qr(rng.standard_normal((channels, CHANNELS)))[0]
    return torch.from_numpy(basis.astype(np.float32))


def _halves(painting: Bytes) -> tuple[Bytes, Bytes]:
    """The part of a painting to learn from, and the part that it is tested on."""
    height, width = painting.shape[:2]
    if width >= height:
        cut = round(width * SHARE)
        return painting[:, :cut], painting[:, cut:]
    cut = round(height * SHARE)
    return painting[:cut], painting[cut:]


def crops(painting: Bytes, count: int, rng: np.random.Generator) -> list[Bytes]:
    """Squares of half to all of the short side, some mirrored.

    They are not resized: strokes keep the size that a stylizer has learnt.
    """
    height, width = painting.shape[:2]
    found = []
    for _ in range(count):
        side = round(min(height, width) * rng.uniform(0.5, 1))
        top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
        crop = painting[top : top + side, left : left + side]
        found.append(crop[:, ::-1] if rng.integers(2) else crop)
    return found


def _read(photos: Sequence[Path], side: int) -> list[Bytes]:
    """Up to CROPS photographs, evenly spread; broken ones are left out."""
    count = min(len(photos), CROPS)
    found = []
    for path in (photos[i * len(photos) // count] for i in range(count)):
        try:
            found.append(square(read_image(path, min_side=16, reduce_to=side), side))
        except ImageError:
            continue
    if len(found) < LEAST_PHOTOS:
        raise PhotoFolderError(
            f"recognition needs at least {LEAST_PHOTOS} photographs besides those that are judged, "
            f"there are {len(found)}; give a larger folder or a smaller --count"
        )
    return found
