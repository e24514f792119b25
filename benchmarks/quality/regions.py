"""MIoU, the paper's formula 12, between the regions of a photograph and of its stylized picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from skimage.color import rgb2lab
from skimage.filters import gaussian
from sklearn.cluster import KMeans

from edge_app.core.image import Bytes, fit_within, resize

Labels = NDArray[np.int64]

REGIONS = 6
"""k + 1 of the formula."""

SIDE = 128
"""Longest side that is segmented, in pixels: strokes are finer than regions."""

BLUR = 1.5
"""In pixels at that side."""

PLACE = 0.5
"""Weight of a position beside a colour, both of deviation 1: regions hold together."""


class Regions:
    """A photograph's regions, to compare those of its stylized pictures with.

    The photograph falls into REGIONS clusters by k-means in CIELAB and position. Its own map and
    every picture's are k-means again, from these clusters on: equal pictures get equal maps, and
    what differs is not the luck of a start.

    Args:
        photo: uint8 RGB, (H, W, 3).
    """

    def __init__(self, photo: Bytes) -> None:
        points, self._shape = _points(photo)
        count = min(REGIONS, len(np.unique(points[:, :3], axis=0)))
        self._start = KMeans(count, n_init=4, random_state=0).fit_predict(points)
        self.labels = self._from_start(points)

    def miou(self, picture: Bytes) -> float:
        """How well a stylized picture of the photograph's aspect ratio keeps them, 0 to 1."""
        points, shape = _points(picture)
        assert shape == self._shape, "cut to the photograph's size before"
        return miou(self.labels, matched(self.labels, self._from_start(points)))

    def _from_start(self, points: NDArray[np.float64]) -> Labels:
        centres = np.stack([points[self._start == i].mean(0) for i in np.unique(self._start)])
        found = KMeans(len(centres), init=centres, n_init=1).fit_predict(points)
        labels: Labels = found.astype(np.int64).reshape(self._shape)
        return labels


def miou(truth: Labels, found: Labels) -> float:
    """Formula 12: mean over the classes of `truth` of p_ii / (sum_j p_ij + sum_j p_ji - p_ii).

    p_ij counts the pixels of class i in `truth` and j in `found`. The paper prints the sum over
    p_ij twice; the second is over p_ji, as everywhere else.
    """
    overlaps = confusion(truth, found)
    there = overlaps.sum(1) > 0
    same = np.diagonal(overlaps)
    union = overlaps.sum(1) + overlaps.sum(0) - same
    return float((same[there] / union[there]).mean())


def confusion(truth: Labels, found: Labels) -> NDArray[np.int64]:
    """p_ij, square: as many rows and columns as the larger label asks for."""
    count = int(max(truth.max(), found.max())) + 1
    pairs = np.bincount((truth * count + found).ravel(), minlength=count * count)
    return pairs.reshape(count, count)


def matched(truth: Labels, found: Labels) -> Labels:
    """`found` with its labels renamed so that most pixels agree with `truth`."""
    rows, columns = linear_sum_assignment(confusion(truth, found), maximize=True)
    names = np.empty_like(rows)
    names[columns] = rows
    renamed: Labels = names[found]
    return renamed


def _points(picture: Bytes) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """(h w, 5): colours and positions, each of deviation 1 over all of its coordinates."""
    small = resize(picture, fit_within(picture.shape[:2], (SIDE, SIDE)))
    lab = gaussian(rgb2lab(small), BLUR, channel_axis=2)
    # A style may flatten or heighten all contrasts: that alone changes no region.
    lab = (lab - lab.mean((0, 1))) / max(float(np.sqrt(lab.var((0, 1)).mean())), 1e-6)
    height, width = small.shape[:2]
    y, x = np.mgrid[:height, :width] / max(height, width)
    place = np.stack([y, x], axis=2)
    place = PLACE * (place - place.mean((0, 1))) / np.sqrt(place.var((0, 1)).mean())
    return np.concatenate([lab, place], axis=2).reshape(-1, 5), (height, width)
