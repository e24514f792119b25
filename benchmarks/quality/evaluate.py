"""The evaluation: every subject draws every photograph, and everything that can be is measured."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.quality.config import EvaluateConfig, Measure
from benchmarks.quality.panel import Drawn, Panel
from benchmarks.quality.photographs import Photograph, read_photographs
from benchmarks.quality.reference import references
from benchmarks.quality.results import (
    Evaluation,
    Fid,
    Judgement,
    Recognition,
    Settings,
    Weights,
)
from benchmarks.quality.subjects import Subject, each_style, open_subject
from edge_app.core.errors import ImageError, PhotoFolderError
from training.config import LossConfig
from training.run import version_of

LIBRARIES = (
    "torch",
    "numpy",
    "pillow",
    "scikit-image",
    "scikit-learn",
    "opencv-python-headless",
    "torchmetrics",
    "torch-fidelity",
)
"""Those that the figures come from."""

Tell = Callable[[str, float], None]
"""Takes what is being done, and the share of all that is done."""

Keep = Callable[[Subject, Sequence[Drawn]], None]
"""Takes every subject with its pictures, for those who want to show them."""


def evaluate(
    config: EvaluateConfig,
    tell: Tell = lambda _stage, _share: None,
    keep: Keep = lambda _subject, _drawn: None,
) -> Evaluation:
    """Judge every subject on the same photographs.

    After Ctrl-C the subjects that are done are given; before the first one is, it is passed on.
    Recognisability and FID, which are of all subjects together, may be missing then.

    Raises:
        ConfigError, PackError, RunError, PhotoFolderError, ImageError, TeacherError: a subject,
            painting, clip, folder of photographs or judge that cannot be used.
    """
    assert config.photos is not None, "EvaluateConfig has seen to it"
    tell("loading", 0.0)
    named = [each for text in config.subjects for each in each_style(text)]
    subjects = [_open(config, text) for text in named]
    photographs = read_photographs(config.photos, count=config.count, side=config.size)
    for subject in subjects:
        if subject.kind == "pictures":  # a wrong folder is known before hours of work, not after
            next(_draw(subject, photographs.judged, []))
    panel = Panel(config, subjects, photographs)
    done = 0.0
    if config.reference_steps:
        subjects += references(
            subjects,
            panel.judge,
            steps=config.reference_steps,
            folder=config.reference_folder,
            watch=lambda stage: tell(stage, done),
        )
    notices = [*photographs.skipped]
    judgements: list[Judgement] = []
    interrupted = False
    try:
        for i, subject in enumerate(subjects):
            done, stage = i / len(subjects), f"judging {subject.title}, {subject.method}"
            tell(stage, done)
            drawn = list(_draw(subject, photographs.judged, notices))
            # Drawing takes a small part of the time, all the figures the rest.
            tell(stage, done + 0.2 / len(subjects))
            judgements.append(_judged(subject, drawn, panel))
            keep(subject, drawn)
            if subject.painting is None:
                notices.append(
                    f"{subject.source}: its painting is not on this machine, so style, colour and "
                    "recognition are not judged; give it with --paintings"
                )
    except KeyboardInterrupt:
        if not judgements:
            raise
        interrupted = True
        notices.append("The evaluation was interrupted: not every subject was judged.")
    recognised: tuple[Recognition, ...] = ()
    distances: tuple[Fid, ...] = ()
    try:
        recognised = panel.recognition()
        distances = panel.fid()
    except KeyboardInterrupt:
        interrupted = True
        notices.append(
            "The evaluation was interrupted: not every figure was taken of all subjects together."
        )
    return Evaluation(
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        version=version_of("edgestyle"),
        libraries={name: version_of(name) for name in LIBRARIES},
        settings=Settings(
            photos=config.photos.resolve().name,
            photo_count=len(photographs.judged),
            size=config.size,
            judge=panel.judge.name,
            judge_sha256=tuple(_sha256(path) for path in config.judge),
        ),
        judgements=tuple(judgements),
        recognition=recognised,
        fid=distances,
        notices=tuple(dict.fromkeys(notices + panel.notices)),
        interrupted=interrupted,
    )


def judge_pack(
    source: str,
    photos: Path,
    *,
    judge: Sequence[Path] = (),
    paintings: Path | None = None,
    count: int = 24,
    size: int = 256,
) -> Judgement:
    """Content and style of one pack or run, as `evaluate` finds them.

    The result's `content`, `style_distance`, `weighted` and `style_left` are the means.
    """
    config = EvaluateConfig(
        subjects=(source,),
        photos=photos,
        judge=tuple(judge),
        paintings=paintings,
        count=count,
        size=size,
        measures=(Measure.DISTANCES,),
    )
    return evaluate(config).judgements[0]


def _open(config: EvaluateConfig, text: str) -> Subject:
    return open_subject(
        text,
        size=config.size,
        paintings=config.paintings,
        recipe=config.recipe,
        threads=config.threads,
    )


def _draw(
    subject: Subject, photographs: Sequence[Photograph], notices: list[str]
) -> Iterator[Drawn]:
    missing = []
    for photo in photographs:
        try:
            yield Drawn(photo=photo, picture=subject.draw(photo))
        except ImageError as error:
            missing.append(str(error))
    if len(missing) == len(photographs):
        raise PhotoFolderError(f"{subject.source}: not one picture to judge; first: {missing[0]}")
    notices += missing


def _judged(subject: Subject, drawn: Sequence[Drawn], panel: Panel) -> Judgement:
    return Judgement(
        method=subject.method,
        style=subject.style,
        title=subject.title,
        kind=subject.kind,
        source=subject.source,
        sha256=subject.sha256,
        model=subject.model,
        painting=None if subject.painting is None else subject.painting.name,
        weights=_weights(subject.loss),
        style_size=subject.style_size,
        pictures=panel.judged(subject, drawn),
        clips=panel.clips(subject),
    )


def _weights(loss: LossConfig) -> Weights:
    return Weights(
        content=loss.content_weight,
        style=loss.style_weight,
        content_layers=_shares(loss.content_layers, loss.content_layer_weights),
        style_layers=_shares(loss.style_layers, loss.style_layer_weights),
    )


def _shares(layers: Sequence[str], weights: Sequence[float]) -> dict[str, float]:
    """Layer -> its share of the sum; equal ones where no weights are given."""
    weights = weights or [1.0] * len(layers)
    return {layer: weight / sum(weights) for layer, weight in zip(layers, weights)}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
