"""The reference method as a subject: pictures that minimise what a style was trained to minimise.

No stylizer can be expected to reach them: each is the outcome of hundreds of steps on one picture
(Gatys et al. 2016). How near a stylizer comes is what `--reference-steps` shows.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from torch import Tensor

from benchmarks.quality.judge import Judge, fitted
from benchmarks.quality.photographs import Photograph
from benchmarks.quality.subjects import Subject
from edge_app.core.errors import ConfigError
from edge_app.core.image import Bytes, read_image, write_image
from training.config import LossConfig, StyleTerm
from training.data import to_picture, to_tensor
from training.engine import best_device
from training.features import Teacher
from training.optimise.config import Formula, OptimiseConfig
from training.optimise.method import optimise

Watch = Callable[[str], None]
"""Takes which picture is being painted and how far it is, after every step."""


def method_for(loss: LossConfig, *, steps: int) -> OptimiseConfig:
    """L-BFGS from the photograph on the weights and layers of a training.

    The whole picture is judged, so the edges are not drawn out; the terms that only networks need
    (total variation, lattice, frame) are left out, since the judged sum has none.

    Raises:
        ConfigError: a style term, painting sizes or unequal content layers, which it does not know.
    """
    if loss.style_term is not StyleTerm.GRAM or loss.painting_scales != (1.0,):
        raise ConfigError(
            "reference_steps: the reference method matches Gram matrices of the painting at one "
            f"size, the style was trained on {loss.style_term.value} at "
            f"{' '.join(map(str, loss.painting_scales))}"
        )
    if len(set(loss.content_layer_weights)) > 1:
        raise ConfigError(
            "reference_steps: the reference method weighs content layers equally, the style was "
            f"trained with {' '.join(map(str, loss.content_layer_weights))}"
        )
    weights = loss.style_layer_weights or (1.0,) * len(loss.style_layers)
    return OptimiseConfig(
        formula=Formula.RELATIVE,
        content_layers=loss.content_layers,
        style_layers=loss.style_layers,
        style_layer_weights=tuple(weight / max(weights) for weight in weights),
        content_weight=loss.content_weight,
        style_weight=loss.style_weight,
        margin=0,
        steps=steps,
    )


def references(
    subjects: Sequence[Subject],
    judge: Judge,
    *,
    steps: int,
    folder: Path | None = None,
    watch: Watch = lambda _stage: None,
) -> list[Subject]:
    """A subject for each style and weights that there are among `subjects` with a painting.

    Args:
        subjects: what is judged.
        judge: whose distances are made small: the one that judges all.
        steps: of L-BFGS, a picture.
        folder: where pictures are kept, and found again: FOLDER/SETTINGS/STYLE/PHOTO-SIDE.png. The
            name tells neither a photograph's nor the judge's content: one folder for each.
        watch: told after every step.

    Raises:
        ConfigError: as `method_for`.
    """
    found: dict[tuple[str, Path, OptimiseConfig, int], Subject] = {}
    teacher = copy.deepcopy(judge.teacher).to(best_device())
    for subject in subjects:
        if subject.painting is None or subject.kind == "pictures":
            continue
        method = method_for(subject.loss, steps=steps)
        key = (subject.style, subject.painting, method, subject.style_size)
        if key not in found:
            place = folder and folder / _name(key, judge) / subject.style
            found[key] = _reference(subject, subject.painting, method, teacher, place, watch)
    return list(found.values())


def _name(key: tuple[str, Path, OptimiseConfig, int], judge: Judge) -> str:
    """Of the folder for pictures made with these settings."""
    _style, painting, method, style_size = key
    made = hashlib.sha256(repr((judge.name, method, style_size)).encode())
    made.update(painting.read_bytes())
    return made.hexdigest()[:12]


def _reference(
    subject: Subject,
    painting: Path,
    method: OptimiseConfig,
    teacher: Teacher,
    place: Path | None,
    watch: Watch,
) -> Subject:
    device = best_device()

    @cache
    def studied() -> Tensor:
        return to_tensor(fitted(read_image(painting), subject.style_size)).to(device)

    def draw(photo: Photograph) -> Bytes:
        kept = place and place / f"{photo.name}-{photo.picture.shape[0]}.png"
        if kept and kept.is_file():
            return read_image(kept)
        drawn = optimise(
            to_tensor(photo.picture).to(device),
            [studied()],
            method,
            lambda step: watch(
                f"painting {subject.title} over {photo.name}: step {step.step}/{step.steps}"
            ),
            teacher=teacher,
        )
        picture = to_picture(drawn)
        if kept:
            write_image(kept, picture)
        return picture

    return Subject(
        method=f"reference, {method.steps} steps",
        style=subject.style,
        title=subject.title,
        kind="reference",
        source="edgestyle optimise",
        sha256=None,
        model=None,
        painting=painting,
        loss=subject.loss,
        style_size=subject.style_size,
        draw=draw,
    )
