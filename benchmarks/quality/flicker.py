"""Flicker: how steadily a style draws a clip, frame after frame."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.photographs import Photograph, name_below, read_photograph
from benchmarks.quality.results import Flicker
from edge_app.core.errors import ImageError, PhotoFolderError
from edge_app.core.image import Bytes, Picture, image_paths, to_float

Flow = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Step:
    """What happens between a frame and the one before it."""

    flow: Flow
    """(H, W, 2): where each pixel was one frame earlier, as (right, down) from here, in pixels."""
    visible: Mask
    """(H, W): pixels that could be followed: neither uncovered nor come from outside."""


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A clip's frames, and how they move."""

    name: str
    frames: tuple[Photograph, ...]
    steps: tuple[Step, ...]
    """One fewer than frames."""


def read_clip(folder: Path, *, side: int) -> Clip:
    """The frames of a folder by name, as squares, with the optical flow between them.

    Raises:
        ImageError: a frame cannot be read.
        PhotoFolderError: fewer than two frames, or nothing moves in them.
    """
    paths = image_paths(folder)
    frames = tuple(
        read_photograph(path, f"{folder.name}/{name_below(folder, path)}", side) for path in paths
    )
    pictures = [frame.picture for frame in frames]
    if len(frames) < 2 or all(np.array_equal(pictures[0], other) for other in pictures[1:]):
        raise PhotoFolderError(
            f"{folder}: a clip of two frames at least was expected in which something moves, got "
            f"{len(frames)} alike"
        )
    steps = tuple(step(before, now) for before, now in pairwise(pictures))
    return Clip(name=folder.name, frames=frames, steps=steps)


def flicker(clip: Clip, drawn: list[Bytes]) -> Flicker:
    """How a style's pictures of the clip's frames change; in the order of the frames.

    Raises:
        ImageError: not as many pictures as frames, or of another size.
    """
    frames = [to_float(frame.picture) for frame in clip.frames]
    pictures = [to_float(picture) for picture in drawn]
    if [x.shape for x in pictures] != [x.shape for x in frames]:
        raise ImageError(f"{clip.name}: a picture of each frame, of its size, was expected")
    errors = [
        warping_error(now, before, step)
        for now, before, step in zip(pictures[1:], pictures, clip.steps)
    ]
    photo_errors = [
        warping_error(now, before, step)
        for now, before, step in zip(frames[1:], frames, clip.steps)
    ]
    return Flicker(
        clip=clip.name,
        frames=len(frames),
        change=_change(pictures) / _change(frames),
        warping_error=float(np.mean(errors)),
        photo_warping_error=float(np.mean(photo_errors)),
        compared=float(np.mean([step.visible.mean() for step in clip.steps])),
    )


def step(before: Bytes, now: Bytes) -> Step:
    """Optical flow by DIS (Kroeger et al. 2016), with what it cannot follow left out.

    A pixel is followed where the way back leads to its start, by the test of Sundaram et al. 2010:
    |w + w'|^2 < 0.01 (|w|^2 + |w'|^2) + 0.5.
    """
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)  # type: ignore[attr-defined]
    grey_before, grey_now = (cv2.cvtColor(x, cv2.COLOR_RGB2GRAY) for x in (before, now))
    back: Flow = search.calc(grey_now, grey_before, None)
    forth: Flow = search.calc(grey_before, grey_now, None)
    returned = warped(forth, back)
    missed = np.square(back + returned).sum(2)
    bound = 0.01 * (np.square(back).sum(2) + np.square(returned).sum(2)) + 0.5
    x, y = _places(back)
    height, width = back.shape[:2]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return Step(flow=back, visible=(missed < bound) & inside)


def warping_error(now: Picture, before: Picture, step: Step) -> float:
    """Mean squared difference of a picture and the one before it, moved along (Lai et al. 2018).

    Over the visible pixels and the channels, values in [0, 1]; 0 where nothing can be followed.
    """
    if not step.visible.any():
        return 0.0
    error = np.square(now - warped(before, step.flow))
    return float(error[step.visible].mean())


def warped(picture: NDArray[np.float32], flow: Flow) -> NDArray[np.float32]:
    """(H, W, n): each pixel taken from where `flow` says that it was, bilinearly."""
    x, y = _places(flow)
    moved: NDArray[np.float32] = cv2.remap(
        picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return moved


def _places(flow: Flow) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    y, x = np.mgrid[: flow.shape[0], : flow.shape[1]].astype(np.float32)
    return x + flow[..., 0], y + flow[..., 1]


def _change(frames: list[Picture]) -> float:
    """Mean absolute difference of successive frames."""
    return float(np.mean([np.abs(now - before).mean() for before, now in pairwise(frames)]))
