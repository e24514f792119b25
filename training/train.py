"""Train a stylizer on paintings and photographs: `train(config, on_progress) -> TrainResult`."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import torch

from edge_app.core.errors import ConfigError, RunError
from edge_app.core.image import image_paths
from training.config import Norm, TrainConfig, run_and_style
from training.data import PhotoCrops
from training.engine import engine
from training.guard import FLAT, Guard
from training.interruption import stop_signals
from training.journal import Journal, preview_photo, stylized_row
from training.loop import Loop, new_learner
from training.objective import Objective
from training.painting import read_painting
from training.run import find_checkpoint, read_facts, write_config
from training.schedule import rate_factor
from training.sources import check_sources, sources_of
from training.start import new_network
from training.teacher import load_teacher
from training.trunk import load_style


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a running training stands; given to the callback after every step."""

    step: int
    steps: int
    share: float
    """Share of the run that is done, 0..1 (by steps, or by time where `minutes` ends it)."""
    losses: dict[str, float]
    """Name -> value: total (weighted); unweighted content, style, tv, lattice, steadiness, frame,
    imitation (LOSS_NAMES in training/loop.py)."""
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
    elapsed_s: float
    """What this call's steps took."""
    waited_s: float
    """Of that, what this process waited for photographs; others that share the work may have waited
    too."""


def train(
    config: TrainConfig,
    on_progress: Callable[[Progress], None] | None = None,
    *,
    resume: bool = False,
) -> TrainResult:
    """Train the network that `config` describes and write its run folder.

    SIGINT (Ctrl-C) and SIGTERM end the run after the step at hand, with a checkpoint. A resumed
    run continues exactly: on one kind of CPU, with one number of threads, it ends with the same
    weights as one that was never stopped. (On a GPU some gradients are summed in any order.)

    Where `torchrun` has started several processes each calls this function, takes its share of
    every batch, and only the first writes and reports.

    Raises:
        ConfigError: the run folder lies among the photographs; the batch cannot be shared out;
            `start` or `add_to` do not fit.
        ImageError: a painting or the preview photograph cannot be used.
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
    trunk = len(config.styles) > 1 or config.add_to is not None
    fabric = engine(config.precision, trunk=trunk)
    if config.batch % fabric.world_size:
        raise ConfigError(
            f"batch: {config.batch} photographs cannot be shared by {fabric.world_size} processes; "
            f"expected a multiple of {fabric.world_size}"
        )
    if fabric.world_size > 1 and config.network.norm is Norm.BATCH:
        raise ConfigError(
            "network: one with batch norm (cnn-bn, fnst) has statistics of its own in each process "
            "and would learn something else; train it in one process"
        )
    torch.manual_seed(config.seed)
    checkpoint = find_checkpoint(config, resume=resume)
    network = new_network(config)
    example = None
    if config.imitate is not None:
        example = load_style(*run_and_style(config.imitate)).to(fabric.device).requires_grad_(False)
    paintings = {
        style: read_painting(path, crop=config.crop, size=config.style_size).to(fabric.device)
        for style, path in zip(config.styles, config.paintings, strict=True)
    }
    teacher = load_teacher(config.teacher, weights=config.teacher_weights).to(fabric.device)
    objective = Objective(teacher, paintings, config.loss)
    photos = image_paths(config.photos)
    crops = PhotoCrops(photos, crop=config.crop, seed=config.seed, cache_mb=config.cache_mb)
    sources = sources_of(config, photos)
    if checkpoint is not None:
        facts = read_facts(config.out)
        check_sources(config.out, facts.sources, sources)
        crops.skipped |= {Path(path): reason for path, reason in facts.skipped.items()}
    preview = preview_photo(config, photos).to(fabric.device)
    fabric.barrier()  # no process looks for a run after the first has begun to write one
    if fabric.is_global_zero and not resume:
        write_config(config)

    model, learner = new_learner(config, network, fabric)
    loop = Loop(config, fabric, model, learner, objective, example)
    first, elapsed_before, guard = 0, 0.0, Guard()
    if checkpoint is not None:
        checkpoint.restore(learner)
        first, elapsed_before = checkpoint.step, checkpoint.elapsed_s
        with torch.no_grad():
            picture = stylized_row(learner.result, config.styles, preview)
        guard = Guard(drew=float((picture / 255).std((0, 1)).mean()) >= FLAT)

    done, elapsed_s, waited_s = first, elapsed_before, 0.0
    began = time.monotonic()
    part = (fabric.global_rank, fabric.world_size)
    batches = crops.batches(first, config.steps, config.batch, part=part)
    with ExitStack() as stack:
        journal = None
        if fabric.is_global_zero:
            journal = stack.enter_context(
                closing(Journal(config, learner, crops, preview, sources, after=first))
            )
        stop = stack.enter_context(stop_signals())
        for batch in stack.enter_context(closing(batches)):
            # The first process's clock and signals count: all of them must stop at one step.
            stopped, elapsed_s = fabric.broadcast((stop.is_set(), elapsed_s))
            share = _share(config, done, elapsed_s)
            if share >= 1 or stopped:
                break
            step, rate = done + 1, config.learning_rate * rate_factor(share)
            losses, contrast = loop.step(step, batch.to(fabric.device), rate)
            why = guard.reason(losses["total"], contrast)
            if why is not None:
                saved = journal.saved if journal is not None else 0
                kept = f"the weights of step {saved} are kept" if saved else "there are no weights"
                raise RunError(
                    f"{config.out}: the training diverged at step {step}: {why}; {kept}. Try a "
                    "lower --learning-rate or --style-weight, with another --out"
                )
            done, elapsed_s = step, elapsed_before + time.monotonic() - began
            waited_s = crops.waited_s
            if journal is None:
                continue
            share = _share(config, done, elapsed_s)
            written = journal.add(
                step, losses, rate, elapsed_s, last=share >= 1, suspected=guard.suspects
            )
            if on_progress is not None:
                on_progress(
                    Progress(
                        step=step,
                        steps=config.steps,
                        share=share,
                        losses=losses,
                        images_per_second=config.batch
                        * (step - first)
                        / (time.monotonic() - began),
                        seconds_left=elapsed_s * (1 - share) / share,
                        preview=written,
                    )
                )
        if journal is not None:
            journal.save(done, elapsed_s, suspected=guard.suspects)
            if journal.saved < done and _share(config, done, elapsed_s) >= 1:
                raise RunError(
                    f"{config.out}: the training diverged in its last steps; the weights of step "
                    f"{journal.saved} are kept. Try a lower --learning-rate or --style-weight, "
                    "with another --out"
                )
            done = journal.saved
    return TrainResult(
        folder=config.out,
        steps=done,
        finished=_share(config, done, elapsed_s) >= 1,
        skipped=dict(crops.skipped),
        elapsed_s=elapsed_s - elapsed_before,
        waited_s=waited_s,
    )


def _share(config: TrainConfig, step: int, elapsed_s: float) -> float:
    """How much of the run is done, 0..1."""
    by_steps = step / config.steps
    by_time = elapsed_s / (60 * config.minutes) if config.minutes is not None else 0.0
    return min(1.0, max(by_steps, by_time))
