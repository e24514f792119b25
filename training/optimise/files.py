"""The reference method on files: a photograph, paintings and masks in, one picture out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from edge_app.core.errors import ConfigError
from edge_app.core.files import check_place
from edge_app.core.image import check_writable, fit_within, read_image, resize, write_image
from edge_app.core.size import Size
from training.data import read_tensor, to_picture, to_tensor
from training.engine import best_device
from training.optimise.config import OptimiseJob
from training.optimise.guides import read_masks
from training.optimise.method import Progress, check_painting, optimise
from training.painting import MIN_SIDE


@dataclass(frozen=True, kw_only=True)
class OptimiseResult:
    """How it ended."""

    size: Size
    steps: int
    finished: bool
    """False where it was stopped: the picture is written as it was."""


def optimise_files(
    job: OptimiseJob,
    on_progress: Callable[[Progress], None] | None = None,
    *,
    stop: threading.Event | None = None,
) -> OptimiseResult:
    """Do the job and write its picture; with `preview_every` also while it is being made.

    Raises:
        ConfigError: the picture would replace one of those given, and whatever does not fit.
        ImageError: a picture or mask that cannot be used.
        StorageError: the picture cannot be written.
        TeacherError, RunError: see `optimise`.
    """
    check_writable(job.out)
    check_place(job.out)
    for given in (job.photo, *job.paintings, *job.masks):
        if job.out.exists() and given.exists() and job.out.samefile(given):
            raise ConfigError(f"out: {job.out} is one of the given pictures, which would be lost")
    if job.masks and len(job.masks) != len(job.paintings):
        raise ConfigError(
            f"masks: expected one for each of the {len(job.paintings)} paintings, got "
            f"{len(job.masks)}"
        )
    picture = read_image(job.photo, min_side=MIN_SIDE)
    size = picture.shape[:2]
    fitted = fit_within(size, (job.size, job.size)) if max(size) > job.size else size
    paintings = []
    for path in job.paintings:
        painting = read_tensor(path, long_side=job.style_size or max(fitted))
        check_painting(painting, str(path))
        paintings.append(painting)
    masks = read_masks(job.masks, photo=size, size=fitted) if job.masks else None
    device = best_device()
    done, finished = 0, False

    def watch(progress: Progress) -> None:
        nonlocal done, finished
        done, finished = progress.step, progress.step == progress.steps
        if job.preview_every and done % job.preview_every == 0 and not finished:
            write_image(job.out, to_picture(progress.picture()))
        if on_progress is not None:
            on_progress(progress)

    result = optimise(
        to_tensor(resize(picture, fitted)).to(device),
        [painting.to(device) for painting in paintings],
        job.method,
        watch,
        masks=None if masks is None else masks.to(device),
        stop=stop,
    )
    write_image(job.out, to_picture(result))
    return OptimiseResult(size=fitted, steps=done, finished=finished)
