r"""Is a teacher good enough? Train the same styles with two teachers, let the better one judge.

A *candidate* (the bundled `vgg19-lite` unless another is named) and a *reference* teacher each
train a stylizer on the same painting, with the same crops, for the same steps. Photographs that
neither saw are stylized by both, and the reference measures content and style distance of the
results, with the weights of the training. The ratio of the two sums is the verdict: 1.05 means
that training with the candidate costs 5 %.

    python -m training.trial PAINTING [PAINTING ...] --photos PHOTOS --judged-on OTHER_PHOTOS \
        --reference VGG19.safetensors [DEEPER.safetensors] --out DIR
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from tyro.conf import Positional

from edge_app.core.errors import ConfigError
from edge_app.core.files import write_text
from edge_app.core.image import contact_sheet, image_paths, read_image, resize, write_image
from edge_app.core.strict_json import to_json
from training.config import LossConfig, TrainConfig
from training.data import to_picture, to_tensor
from training.network import load_stylizer
from training.objective import Objective
from training.run import CONFIG, read_facts
from training.teacher import load_teacher
from training.train import Progress, read_painting, train


@dataclass(frozen=True, kw_only=True)
class TrialConfig:
    """Which teachers, on what."""

    paintings: Positional[tuple[Path, ...]]
    reference: tuple[Path, ...]
    """Weights of the reference teacher, which also judges."""
    photos: Path
    """Folder of photographs to train on."""
    judged_on: Path
    """Folder of photographs to judge on; evenly spread ones are taken."""
    out: Path
    candidate: tuple[Path, ...] = ()
    """Weights of the candidate; the bundled teacher if none are given."""
    judged_count: int = 12
    judged_side: int = 256
    """Side of the judged pictures, in pixels."""
    steps: int = 1000
    batch: int = 2
    learning_rate: float = 3e-3
    loss: LossConfig = field(default_factory=lambda: LossConfig(style_weight=5.0))


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One painting's two stylizers, as the reference sees them; means over the photographs."""

    painting: str
    candidate_content: float
    candidate_style: float
    candidate_sum: float
    """content_weight * content + style_weight * style."""
    reference_content: float
    reference_style: float
    reference_sum: float
    photograph_style: float
    """Style distance of the photographs themselves."""
    ratio: float
    """candidate_sum / reference_sum."""
    speed_ratio: float
    """Training time with the reference over that with the candidate."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The outcome for all paintings."""

    config: TrialConfig
    verdicts: tuple[Verdict, ...]


def run_trial(config: TrialConfig, tell: Callable[[str], None] = lambda _line: None) -> Trial:
    """Train, stylize and judge; runs that are finished already are used again."""
    if not config.paintings:
        raise ConfigError("paintings: give at least one")
    paths = image_paths(config.judged_on)
    photos = [
        to_tensor(resize(read_image(path), (config.judged_side, config.judged_side)))
        for path in paths[:: max(1, len(paths) // config.judged_count)][: config.judged_count]
    ]
    verdicts = []
    for painting in config.paintings:
        runs = {
            name: _run(config, painting, name, weights, tell)
            for name, weights in (
                ("reference", config.reference),
                ("candidate", config.candidate),
            )
        }
        verdicts.append(_judge(config, painting, runs, photos))
        tell(str(verdicts[-1]))
    trial = Trial(config=config, verdicts=tuple(verdicts))
    write_text(config.out / "trial.json", to_json(trial))
    return trial


def _run(
    config: TrialConfig,
    painting: Path,
    name: str,
    weights: tuple[Path, ...],
    tell: Callable[[str], None],
) -> TrainConfig:
    run = TrainConfig(
        painting=painting,
        photos=config.photos,
        out=config.out / f"{painting.stem}-{name}",
        teacher_weights=weights,
        loss=config.loss,
        steps=config.steps,
        batch=config.batch,
        learning_rate=config.learning_rate,
    )

    def show(progress: Progress) -> None:
        if progress.step % 100 == 0:
            tell(f"{run.out.name}: {progress}")

    # A run that is finished already is left as it is.
    if not train(run, show, resume=(run.out / CONFIG).exists()).finished:
        raise KeyboardInterrupt
    return run


@torch.no_grad()
def _judge(
    config: TrialConfig, painting: Path, runs: dict[str, TrainConfig], photos: list[torch.Tensor]
) -> Verdict:
    run = runs["reference"]
    picture = read_painting(painting, crop=run.crop, size=run.style_size)
    judge = Objective(load_teacher("vgg19", weights=config.reference), picture, config.loss)
    means: dict[str, torch.Tensor] = {}
    sheet = [[to_picture(photo) for photo in photos]]
    means["photograph"] = torch.tensor([judge(x, x)[1:3] for x in photos]).mean(0)
    for name, trained in runs.items():
        stylizer = load_stylizer(trained.out)
        stylized = [stylizer(photo) for photo in photos]
        sheet.append([to_picture(x) for x in stylized])
        distances = [judge(y, x)[1:3] for y, x in zip(stylized, photos)]
        means[name] = torch.tensor(distances).mean(0)
    write_image(config.out / f"{painting.stem}.jpg", contact_sheet(sheet))
    weights = torch.tensor([config.loss.content_weight, config.loss.style_weight])
    sums = {name: float(mean @ weights) for name, mean in means.items()}
    seconds = {name: read_facts(trained.out).elapsed_s for name, trained in runs.items()}
    return Verdict(
        painting=painting.stem,
        candidate_content=float(means["candidate"][0]),
        candidate_style=float(means["candidate"][1]),
        candidate_sum=sums["candidate"],
        reference_content=float(means["reference"][0]),
        reference_style=float(means["reference"][1]),
        reference_sum=sums["reference"],
        photograph_style=float(means["photograph"][1]),
        ratio=sums["candidate"] / sums["reference"],
        speed_ratio=seconds["reference"] / seconds["candidate"],
    )


if __name__ == "__main__":
    import tyro
    from rich.console import Console

    console = Console()
    run_trial(tyro.cli(TrialConfig, description=__doc__), console.print)
