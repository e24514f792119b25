"""Train a stylizer on one painting: `train(config, on_progress) -> TrainResult`."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from edge_app.core.errors import ConfigError, ImageError, PhotoFolderError, RunError
from edge_app.core.image import Bytes, image_paths, write_image
from training.config import TrainConfig
from training.data import PhotoCrops, read_tensor, to_picture
from training.network import SIZE_MULTIPLE, Stylizer
from training.objective import Objective
from training.run import LossLog, read_facts, start_run, write_checkpoint
from training.schedule import rate_factor
from training.teacher import load_teacher

PREVIEW_SIDE = 384
"""Long side of previews, in pixels."""

MIN_PREVIEW_SIDE = 32
MIN_PAINTING_SIDE = 32
"""Short sides at which the deepest layers still have a few positions to reflect."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a running training stands; given to the callback after every step."""

    step: int
    steps: int
    share: float
    """Share of the run that is done, 0..1 (by steps, or by time where `minutes` ends it)."""
    total: float
    content: float
    style: float
    tv: float
    images_per_second: float
    seconds_left: float
    preview: Path | None = None
    """The preview that this step has just written."""


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """How a training ended."""

    folder: Path
    steps: int
    finished: bool
    """False where it was interrupted: the checkpoint is written and `resume` goes on from it."""
    skipped: dict[Path, str]
    """Photographs that could not be read, with the reasons."""


def train(
    config: TrainConfig,
    on_progress: Callable[[Progress], None] | None = None,
    *,
    resume: bool = False,
) -> TrainResult:
    """Train the stylizer that `config` describes and write its run folder.

    SIGINT (Ctrl-C) and SIGTERM end the run after the step at hand, with a checkpoint. A resumed
    run continues exactly: on one kind of CPU, with one number of threads, it ends with the same
    weights as one that was never stopped. (On a GPU some gradients are summed in any order.)

    Raises:
        ConfigError: the run folder lies among the photographs.
        ImageError: the painting or the preview photograph cannot be used.
        PhotoFolderError: the folder holds no photograph that can be read.
        TeacherError: the teacher cannot be loaded or does not reach a layer.
        RunError: the run folder is taken or does not fit; or the training diverged (the last
            checkpoint is kept).
        StorageError: the run folder cannot be written.
    """
    if config.out.resolve().is_relative_to(config.photos.resolve()):
        raise ConfigError(
            f"out: {config.out} lies in {config.photos}, among the photographs: its previews would "
            "be trained on; choose a folder elsewhere"
        )
    device = best_device()
    torch.manual_seed(config.seed)
    teacher = load_teacher(config.teacher, weights=config.teacher_weights).to(device)
    painting = read_painting(config.painting, crop=config.crop, size=config.style_size)
    objective = Objective(teacher, painting.to(device), config.loss)
    crops = PhotoCrops.of_folder(
        config.photos, crop=config.crop, seed=config.seed, cache_mb=config.cache_mb
    )
    preview = _preview_photo(config)
    checkpoint = start_run(config, resume=resume)

    stylizer = Stylizer(config.network).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.Adam(stylizer.parameters(), lr=config.learning_rate)
    done, elapsed_before = 0, 0.0
    if checkpoint is not None:
        checkpoint.restore(stylizer, optimizer)
        done, elapsed_before = checkpoint.step, checkpoint.elapsed_s
        known = read_facts(config.out).skipped
        crops.skipped |= {Path(path): reason for path, reason in known.items()}
    saved = done

    def save() -> None:
        log.flush()
        write_checkpoint(
            config,
            stylizer,
            optimizer,
            step=done,
            elapsed_s=elapsed_s,
            skipped=dict(crops.skipped),  # at once: the thread that reads ahead may add to it
            photo_count=crops.photo_count,
        )

    first, began = done, time.monotonic()
    elapsed_s, share = elapsed_before, _share(config, done, elapsed_before)
    with closing(LossLog(config.out, after=done)) as log, stop_signals() as stop:
        for step, photos in enumerate(crops.batches(done, config.steps, config.batch), done + 1):
            if share >= 1 or stop.is_set():
                break
            rate = config.learning_rate * rate_factor(share)
            losses = _step(stylizer, optimizer, objective, photos.to(device), rate, config)
            if not math.isfinite(losses[0]):
                kept = f"the weights of step {saved} are kept" if saved else "there are no weights"
                raise RunError(
                    f"{config.out}: the training diverged at step {step}; {kept}. Try a lower "
                    "--learning-rate or --style-weight, with another --out"
                )
            done, elapsed_s = step, elapsed_before + time.monotonic() - began
            share = _share(config, done, elapsed_s)
            log.add(step, *losses, rate, elapsed_s)
            written = None
            if step % config.preview_every == 0 or share >= 1:
                written = config.out / "previews" / f"step-{step:06d}.jpg"
                write_image(written, _stylized(stylizer, preview.to(device)))
            if step % config.checkpoint_every == 0:
                save()
                saved = step
            if on_progress is not None:
                on_progress(
                    Progress(
                        step=step,
                        steps=config.steps,
                        share=share,
                        total=losses[0],
                        content=losses[1],
                        style=losses[2],
                        tv=losses[3],
                        images_per_second=config.batch
                        * (step - first)
                        / (time.monotonic() - began),
                        seconds_left=elapsed_s * (1 - share) / share,
                        preview=written,
                    )
                )
        if done > saved:
            save()
    return TrainResult(
        folder=config.out, steps=done, finished=share >= 1, skipped=dict(crops.skipped)
    )


def read_painting(path: Path, *, crop: int, size: int) -> Tensor:
    """The painting as (1, 3, H, W), its long side brought down to `size`.

    Raises:
        ImageError: it cannot be read, or is smaller than a training crop.
    """
    painting = read_tensor(path, long_side=size)
    height, width = painting.shape[-2:]
    if max(height, width) < min(crop, size):
        raise ImageError(
            f"{path}: the painting is {width}x{height} pixels, smaller than a training crop of "
            f"{crop}; use a larger picture, or a smaller --crop"
        )
    if min(height, width) < MIN_PAINTING_SIDE:
        raise ImageError(
            f"{path}: the painting is {width}x{height} pixels at --style-size {size}; at least "
            f"{MIN_PAINTING_SIDE} a side are needed: use a part of it, or a larger --style-size"
        )
    return painting


def best_device() -> torch.device:
    """CUDA, then Apple's MPS, then the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Within the block, the first SIGINT or SIGTERM sets the event instead of killing.

    A second one acts as usual. Off the main thread, where Python allows no handlers, the event is
    never set.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def request_stop(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, request_stop)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _step(
    stylizer: Stylizer,
    optimizer: torch.optim.Adam,
    objective: Objective,
    photos: Tensor,
    rate: float,
    config: TrainConfig,
) -> tuple[float, float, float, float]:
    """One step of Adam; gives total, content, style, tv.

    Where loss or gradient is infinite or no number, the total is NaN and the weights stay.
    """
    for group in optimizer.param_groups:
        group["lr"] = rate
    photos = photos.contiguous(memory_format=torch.channels_last)
    losses = objective(stylizer(photos), photos)
    values = (losses.total.item(), losses.content.item(), losses.style.item(), losses.tv.item())
    optimizer.zero_grad(set_to_none=True)
    losses.total.backward()
    norm = torch.nn.utils.clip_grad_norm_(stylizer.parameters(), config.clip_norm)
    if not (math.isfinite(values[0]) and math.isfinite(norm.item())):
        return (math.nan, *values[1:])
    optimizer.step()
    return values


def _share(config: TrainConfig, step: int, elapsed_s: float) -> float:
    by_steps = step / config.steps
    by_time = elapsed_s / (60 * config.minutes) if config.minutes is not None else 0.0
    return min(1.0, max(by_steps, by_time))


def _preview_photo(config: TrainConfig) -> Tensor:
    """The preview photograph, (1, 3, H, W), both sides cut to multiples of 4."""
    candidates = [config.preview] if config.preview else image_paths(config.photos)
    for path in candidates:
        try:
            photo = read_tensor(path, long_side=PREVIEW_SIDE)
        except ImageError:
            if config.preview:
                raise
            continue
        height, width = (side - side % SIZE_MULTIPLE for side in photo.shape[-2:])
        if min(height, width) >= MIN_PREVIEW_SIDE:
            return photo[..., :height, :width]
        if config.preview:
            raise ImageError(f"{path}: too narrow for a preview")
    raise PhotoFolderError(f"{config.photos}: none of the pictures in it can be read")


@torch.no_grad()
def _stylized(stylizer: Stylizer, photo: Tensor) -> Bytes:
    stylizer.eval()
    result = to_picture(stylizer(photo))
    stylizer.train()
    return result
