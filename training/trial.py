r"""What is a setting worth? Train the same paintings with each, let one judge look at the pictures.

Every *variant*, a named change of the training's settings, learns the same painting with the same
crops for the same number of steps. Photographs that none of them saw are stylized by each, and the
judge, a teacher from files, measures content and style distance of the results with the weights
of the first variant. Ratios are to the first: 1.05 means that a variant is 5 % worse.

    python -m training.trial PAINTING [PAINTING ...] --photos PHOTOS --judged-on OTHER_PHOTOS \
        --judge VGG19.safetensors [DEEPER.safetensors] --out DIR --variants reference default

Runs that are finished already are used again, so variants can be added later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor
from tyro.conf import Positional

from edge_app.core.errors import ConfigError
from edge_app.core.files import write_text
from edge_app.core.image import (
    contact_sheet,
    cover,
    fit_within,
    image_paths,
    read_image,
    resize,
    write_image,
)
from edge_app.core.strict_json import to_json
from training.config import PRESETS, LossConfig, Optimiser, Precision, StyleTerm, TrainConfig
from training.data import to_picture, to_tensor
from training.network import SIZE_MULTIPLE, load_stylizer
from training.objective import Objective
from training.painting import read_painting
from training.run import CONFIG, read_facts
from training.teacher import load_teacher
from training.train import Progress, train

LEAST_SHOWN = 32
"""Pixels a side of a shown photograph."""


@dataclass(frozen=True, kw_only=True)
class TrialConfig:
    """Which settings, on what."""

    paintings: Positional[tuple[Path, ...]]
    judge: tuple[Path, ...]
    """Weights of the teacher that judges, and that teaches the variant 'reference'."""
    photos: Path
    """Folder of photographs to train on."""
    judged_on: Path
    """Folder of photographs to judge on; evenly spread ones are taken."""
    out: Path
    """Folder for the runs, the contact sheets and the outcome."""
    variants: tuple[str, ...] = ("reference", "default")
    """Names of VARIANTS; the others are compared with the first."""
    shown: tuple[Path, ...] = ()
    """Photographs to draw in each style besides: PAINTING-VARIANT.jpg, a row each."""
    shown_side: int = 384
    """Longest side of theirs, in pixels."""
    judged_count: int = 12
    judged_side: int = 256
    """Side of the judged pictures, in pixels."""
    steps: int = 1000
    batch: int = 2
    learning_rate: float = 3e-3
    loss: LossConfig = field(default_factory=lambda: LossConfig(style_weight=5.0))
    candidate: tuple[Path, ...] = ()
    """Weights of the teacher of all variants but 'reference'; the bundled one if not given."""


Variant = Callable[[TrialConfig, TrainConfig], TrainConfig]


def _loss(**changes: object) -> Variant:
    return lambda _trial, run: replace(run, loss=replace(run.loss, **changes))  # type: ignore[arg-type]


def _run(**changes: object) -> Variant:
    return lambda _trial, run: replace(run, **changes)  # type: ignore[arg-type]


def _weighing(run: TrainConfig, factor: float) -> TrainConfig:
    return replace(run, loss=replace(run.loss, style_weight=factor * run.loss.style_weight))


VARIANTS: dict[str, Variant] = {
    "default": _run(),
    "reference": lambda trial, run: replace(run, teacher_weights=trial.judge),
    "adam": _run(optimiser=Optimiser.ADAM),
    "float32": _run(precision=Precision.FLOAT32),
    "bfloat16": _run(precision=Precision.BFLOAT16),
    "weak": lambda _trial, run: _weighing(run, 0.4),
    "bold": lambda _trial, run: _weighing(run, 2.5),
    "fine": lambda _trial, run: replace(run, style_size=run.style_size // 2),
    "broad": lambda _trial, run: replace(run, style_size=2 * run.style_size),
    "smooth": _loss(tv_weight=20.0),
    "shallow": _loss(style_layer_weights=(5.0, 4.0, 3.0, 2.0, 1.0)),
    "deep": _loss(style_layer_weights=(1.0, 2.0, 3.0, 4.0, 5.0)),
    "moments": _loss(style_term=StyleTerm.MOMENTS),
    "wasserstein": _loss(style_term=StyleTerm.WASSERSTEIN),
    "pyramid": _loss(painting_scales=(1.0, 0.5)),
    "content-4": _loss(content_layers=("relu4_1",)),
    "ema": _run(ema=0.99),
    "steady": _loss(steadiness_weight=10.0),
    "base": _run(network=PRESETS["base"]),
    "imitate-base": lambda trial, run: replace(
        run, imitate=trial.out / f"{run.paintings[0].stem}-base"
    ),
    "nano": _run(network=PRESETS["nano"]),
    "paper": _run(network=PRESETS["paper"]),
    "slow": lambda _trial, run: replace(run, learning_rate=run.learning_rate / 3),
    "batch-4": lambda _trial, run: replace(run, batch=2 * run.batch, steps=run.steps // 2),
    "no-grain": lambda _trial, run: replace(run, network=replace(run.network, grain=0.0)),
    "large-crops": lambda _trial, run: replace(run, crop=256, steps=run.steps * 9 // 16),
}
"""Changes of a training's settings, by name; each of its own accord as long as the others."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One painting learnt by one variant, as the judge sees it; means over the photographs."""

    painting: str
    variant: str
    content: float
    style: float
    weighted: float
    """content_weight * content + style_weight * style."""
    ratio: float
    """`weighted` over that of the first variant."""
    style_left: float
    """`style` over the style distance of the photographs themselves."""
    seconds: float
    """What the training took."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The outcome for all paintings."""

    config: TrialConfig
    verdicts: tuple[Verdict, ...]


def run_trial(config: TrialConfig, tell: Callable[[str], None] = lambda _line: None) -> Trial:
    """Train, stylize and judge; writes trial.json, and PAINTING.jpg, a row for each variant.

    Raises:
        ConfigError: no painting, or a variant that there is not.
        EdgestyleError: as `train`.
    """
    if not config.paintings:
        raise ConfigError("paintings: give at least one")
    for name in config.variants:
        if name not in VARIANTS:
            raise ConfigError(f"variants: unknown '{name}'; there are: {', '.join(VARIANTS)}")
    photos, shown = _judged_photos(config), _shown_photos(config)
    judge = load_teacher("vgg19", weights=config.judge)
    verdicts: list[Verdict] = []
    for painting in config.paintings:
        runs = {name: _trained(config, painting, name, tell) for name in config.variants}
        picture = read_painting(painting, crop=192, size=next(iter(runs.values())).style_size)
        objective = Objective(judge, {painting.stem: picture}, config.loss)
        found = _judged(config, painting, runs, objective, photos, shown)
        for verdict in found:
            tell(str(verdict))
        verdicts += found
        write_text(
            config.out / "trial.json", to_json(Trial(config=config, verdicts=tuple(verdicts)))
        )
    return Trial(config=config, verdicts=tuple(verdicts))


def _judged_photos(config: TrialConfig) -> list[Tensor]:
    paths = image_paths(config.judged_on)
    side = (config.judged_side, config.judged_side)
    return [
        to_tensor(resize(read_image(path), side))
        for path in paths[:: max(1, len(paths) // config.judged_count)][: config.judged_count]
    ]


def _shown_photos(config: TrialConfig) -> list[Tensor]:
    """All as large as the first, and that as large as the network takes it."""
    pictures = [read_image(path) for path in config.shown]
    if not pictures:
        return []
    height, width = fit_within(pictures[0].shape[:2], (config.shown_side, config.shown_side))
    if min(height, width) < LEAST_SHOWN:
        raise ConfigError(
            f"shown: {config.shown[0]} would be {width}x{height}, at least {LEAST_SHOWN} a side "
            "are needed; take another photograph, or a larger --shown-side"
        )
    size = (height // SIZE_MULTIPLE * SIZE_MULTIPLE, width // SIZE_MULTIPLE * SIZE_MULTIPLE)
    return [to_tensor(cover(picture, size)) for picture in pictures]


def _trained(
    config: TrialConfig, painting: Path, name: str, tell: Callable[[str], None]
) -> TrainConfig:
    plain = TrainConfig(
        paintings=(painting,),
        photos=config.photos,
        out=config.out / f"{painting.stem}-{name}",
        teacher_weights=config.candidate,
        loss=config.loss,
        steps=config.steps,
        batch=config.batch,
        learning_rate=config.learning_rate,
    )
    run = VARIANTS[name](config, plain)

    def show(progress: Progress) -> None:
        if progress.step % 100 == 0:
            left = f"{progress.seconds_left:.0f} s left"
            tell(f"{run.out.name} {progress.step}/{progress.steps}, {left}")

    # A run that is finished already is left as it is.
    if not train(run, show, resume=(run.out / CONFIG).exists()).finished:
        raise KeyboardInterrupt
    return run


@torch.no_grad()
def _judged(
    config: TrialConfig,
    painting: Path,
    runs: dict[str, TrainConfig],
    objective: Objective,
    photos: list[Tensor],
    shown: list[Tensor],
) -> list[Verdict]:
    weights = torch.tensor([config.loss.content_weight, config.loss.style_weight])
    sheet = [[to_picture(photo) for photo in photos]]
    untouched = torch.tensor([objective(x, x)[1:3] for x in photos]).mean(0)
    verdicts: list[Verdict] = []
    for name, run in runs.items():
        stylizer = load_stylizer(run.out)
        stylized = [stylizer(photo) for photo in photos]
        sheet.append([to_picture(x) for x in stylized])
        if shown:
            row = [to_picture(stylizer(photo)) for photo in shown]
            write_image(config.out / f"{painting.stem}-{name}.jpg", contact_sheet([row]))
        mean = torch.tensor([objective(y, x)[1:3] for y, x in zip(stylized, photos)]).mean(0)
        weighted = float(mean @ weights)
        verdicts.append(
            Verdict(
                painting=painting.stem,
                variant=name,
                content=float(mean[0]),
                style=float(mean[1]),
                weighted=weighted,
                ratio=weighted / verdicts[0].weighted if verdicts else 1.0,
                style_left=float(mean[1] / untouched[1]),
                seconds=read_facts(run.out).elapsed_s,
            )
        )
    write_image(config.out / f"{painting.stem}.jpg", contact_sheet(sheet))
    return verdicts


if __name__ == "__main__":
    import tyro
    from rich.console import Console

    console = Console(markup=False, soft_wrap=True)
    run_trial(tyro.cli(TrialConfig, description=__doc__), console.print)
