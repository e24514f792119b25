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
from training.config import LossConfig
from training.data import to_picture, to_tensor
from training.engine import best_device
from training.optimise.config import Formula, OptimiseConfig
from training.optimise.method import optimise
from training.teacher import Teacher

Watch = Callable[[str], None]
"""Takes which picture is being painted and how far it is, after every step."""


def method_for(loss: LossConfig, *, steps: int) -> OptimiseConfig:
    """L-BFGS from the photograph on the weights and layers of a training.

    The whole picture is judged, so the edges are not drawn out; the terms that only networks need
    (total variation, lattice) are left out, since the judged sum has none.

    Raises:
        ConfigError: content layers that count unequally, which the method does not know.
    """
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
        folder: where pictures are kept, and found again: FOLDER/SETTINGS/STYLE/PHOTO.png. The
            settings' name does not tell the photograph's content: one folder for each set of them.
        watch: told after every step.

    Raises:
        ConfigError: as `method_for`.
    """
    found: dict[tuple[str, OptimiseConfig, int], Subject] = {}
    for subject in subjects:
        if subject.painting is None or subject.kind == "pictures":
            continue
        method = method_for(subject.loss, steps=steps)
        key = (subject.style, method, subject.style_size)
        if key not in found:
            found[key] = _reference(subject, subject.painting, method, judge, folder, watch)
    return list(found.values())


def _reference(
    subject: Subject,
    painting: Path,
    method: OptimiseConfig,
    judge: Judge,
    folder: Path | None,
    watch: Watch,
) -> Subject:
    settings = repr((judge.name, method, subject.style_size)).encode()
    place = folder and folder / hashlib.sha256(settings).hexdigest()[:12] / subject.style
    device = best_device()

    @cache
    def studied() -> tuple[Tensor, Teacher]:
        picture = fitted(read_image(painting), subject.style_size)
        return to_tensor(picture).to(device), copy.deepcopy(judge.teacher).to(device)

    def draw(photo: Photograph) -> Bytes:
        kept = place and place / f"{photo.name}-{photo.picture.shape[0]}.png"
        if kept and kept.is_file():
            return read_image(kept)
        target, teacher = studied()
        drawn = optimise(
            to_tensor(photo.picture).to(device),
            [target],
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
