"""The reference method: `optimise(photo, paintings, config, on_progress) -> picture`.

Gatys et al., *Image Style Transfer Using Convolutional Neural Networks* (2016); the ResNet-IN
paper's NAAS. No network is trained: the picture itself is what is changed, step by step, until a
perceptual teacher sees the photograph's content and the paintings' style in it. Slow, and what the
fast stylizers are measured against.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from edge_app.core.errors import ConfigError, ImageError, RunError
from training.data import resized
from training.features import Teacher
from training.optimise.canvas import Canvas
from training.optimise.config import OptimiseConfig
from training.optimise.descent import descend
from training.optimise.distance import Distance, Losses
from training.painting import MIN_CONTRAST, MIN_SIDE, contrast
from training.teacher import load_teacher


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a running optimisation stands; given to the callback after every step."""

    step: int
    """Steps done, over all sizes."""
    steps: int
    size: tuple[int, int]
    """Height and width that is worked at."""
    losses: Losses
    """Of the picture before the step."""
    share: float
    """Share of the work that is done, 0..1; a step at twice the size is four times the work."""
    seconds_left: float
    picture: Callable[[], Tensor]
    """Gives the picture as it is now, (1, 3, H, W) at `size`, RGB in [0, 1]."""


def optimise(
    photo: Tensor,
    paintings: Sequence[Tensor],
    config: OptimiseConfig,
    on_progress: Callable[[Progress], None] | None = None,
    *,
    teacher: Teacher | None = None,
    masks: Tensor | None = None,
    stop: threading.Event | None = None,
) -> Tensor:
    """The photograph in the style of the paintings.

    Works on the device that `photo` is on; the same arguments give the same picture on the same
    kind of machine.

    Args:
        photo: (1, 3, H, W), RGB in [0, 1].
        paintings: the same, of any sizes: a painting is studied as large as it is given, so a
            smaller one gives finer strokes.
        config: the method.
        on_progress: called after every step.
        teacher: used instead of loading the one that `config` names; on the photograph's device.
        masks: (P, H, W) in [0, 1], one a painting: which goes to which region of the photograph.
        stop: when it is set, the picture is given as it is after the step at hand.

    Returns:
        (1, 3, H, W), RGB in [0, 1].

    Raises:
        ConfigError: weights or masks that do not fit the paintings, levels that do not fit the
            picture.
        ImageError: a picture that is too small, or a painting without anything in it.
        TeacherError: the teacher cannot be loaded or does not reach a layer.
        RunError: the losses became infinite.
    """
    _check_pictures(photo, paintings)
    _check_weights(config, paintings, masks, photo)
    if teacher is None:
        loaded = load_teacher(
            config.teacher, weights=config.teacher_weights, pooling=config.pooling
        )
        teacher = loaded.to(photo.device)
    sizes = level_sizes(photo.shape[-2:], config.levels)
    plan = [max(1, config.steps >> level) for level in range(config.levels)]
    work = [steps * math.prod(size) for steps, size in zip(plan, sizes)]
    began, done = time.monotonic(), 0
    canvas: Canvas | None = None
    for level, size in enumerate(sizes):
        canvas = Canvas(photo, size, config, before=canvas)
        scale = 0.5 ** (len(sizes) - 1 - level)
        distance = Distance(
            teacher,
            canvas.content(),
            [canvas.style(_scaled(each, scale)) for each in paintings],
            config,
            None if masks is None else canvas.framed(masks[None])[0],
        )
        descent = descend(
            canvas.values, canvas.slope(distance), config.descent, rate=config.learning_rate
        )
        for step in range(1, plan[level] + 1):
            if stop is not None and stop.is_set():
                return resized(canvas.picture(), photo.shape[-2:])
            losses = next(descent)
            done += 1
            if not math.isfinite(losses.total):
                raise RunError(
                    f"the optimisation diverged at step {done}: the loss is {losses.total}; try a "
                    "lower --learning-rate or --style-weight, or --descent lbfgs"
                )
            if on_progress is not None:
                share = (sum(work[:level]) + step * math.prod(size)) / sum(work)
                on_progress(
                    Progress(
                        step=done,
                        steps=sum(plan),
                        size=size,
                        losses=losses,
                        share=share,
                        seconds_left=(time.monotonic() - began) * (1 - share) / share,
                        picture=canvas.picture,
                    )
                )
    assert canvas is not None, "there is at least one level"
    return canvas.picture()


def level_sizes(size: Sequence[int], levels: int) -> list[tuple[int, int]]:
    """(height, width) of each level, each about twice the one before, the last `size` itself.

    Raises:
        ConfigError: the first would be smaller than MIN_SIDE.
    """
    height, width = size
    sizes = [(round(height / 2**i), round(width / 2**i)) for i in reversed(range(levels))]
    if levels > 1 and min(sizes[0]) < MIN_SIDE:
        raise ConfigError(
            f"levels: {levels} begin at {sizes[0][1]}x{sizes[0][0]} pixels for a picture of "
            f"{width}x{height}; at least {MIN_SIDE} a side are needed: use fewer levels"
        )
    return sizes


def check_painting(painting: Tensor, name: str) -> None:
    """Raise ImageError where (1, 3, H, W) is too small or too even to have a style."""
    height, width = painting.shape[-2:]
    if min(height, width) < MIN_SIDE:
        raise ImageError(
            f"{name}: {width}x{height} pixels are too small for a painting; at least {MIN_SIDE} a "
            "side are needed"
        )
    deviation = contrast(painting)
    if deviation < MIN_CONTRAST:
        raise ImageError(
            f"{name}: the painting is one even colour (its pixels deviate by {deviation:.4f}, at "
            f"least {MIN_CONTRAST} are needed); use a picture with something on it"
        )


def _check_pictures(photo: Tensor, paintings: Sequence[Tensor]) -> None:
    for name, picture in (("photograph", photo), *(("painting", each) for each in paintings)):
        assert picture.ndim == 4, f"{name}: expected (1, 3, H, W), got {tuple(picture.shape)}"
        assert picture.shape[:2] == (1, 3), f"{name}: got {tuple(picture.shape)}"
    height, width = photo.shape[-2:]
    if min(height, width) < MIN_SIDE:
        raise ImageError(
            f"the photograph is {width}x{height} pixels; at least {MIN_SIDE} a side are needed"
        )
    if not paintings:
        raise ConfigError("paintings: expected at least one, got none")
    for number, painting in enumerate(paintings, 1):
        check_painting(painting, f"painting {number}")


def _check_weights(
    config: OptimiseConfig, paintings: Sequence[Tensor], masks: Tensor | None, photo: Tensor
) -> None:
    weights = config.painting_weights
    if weights and len(weights) != len(paintings):
        raise ConfigError(
            f"painting_weights: expected one for each of the {len(paintings)} paintings, got "
            f"{len(weights)}"
        )
    if masks is None:
        return
    if len(masks) != len(paintings):
        raise ConfigError(
            f"masks: expected one for each of the {len(paintings)} paintings, got {len(masks)}"
        )
    if masks.shape[1:] != photo.shape[-2:]:
        raise ConfigError(
            f"masks: expected the photograph's {photo.shape[-2]} rows and {photo.shape[-1]} "
            f"columns, got {masks.shape[-2]} and {masks.shape[-1]}"
        )


def _scaled(painting: Tensor, scale: float) -> Tensor:
    """Smaller by `scale`, but no smaller than the teacher can look at."""
    scale = max(scale, min(1.0, MIN_SIDE / min(painting.shape[-2:])))
    return resized(painting, [round(side * scale) for side in painting.shape[-2:]])
