"""The five methods at work: networks are trained by one recipe, NAAS paints each picture.

What is found finished is not done again, a training that was interrupted is gone on with. Below the
work folder:

runs/METHOD/STYLE                   trainings (training/run.py)
runs/METHOD/STYLE/stages/040        the network as it was after 40 % of its steps
naas-SETTINGS/SET/STYLE/PHOTO.png   what NAAS made of a photograph
naas-SETTINGS/stages/040/STYLE      its pictures after 40 % of its steps
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.papers.config import SHARES, STAGES, Method, PapersConfig, Tell
from benchmarks.papers.keeping import digest
from benchmarks.quality.photographs import Photograph
from benchmarks.quality.reference import method_for
from edge_app.core.files import replacing_folder, write_text
from edge_app.core.image import write_image
from edge_app.core.strict_json import to_json
from training.config import PRESETS, LossConfig, Optimiser, TrainConfig
from training.data import read_tensor, to_picture, to_tensor
from training.engine import best_device
from training.network import CONFIG as SHAPE
from training.network import WEIGHTS
from training.optimise.config import OptimiseConfig
from training.optimise.method import Progress as PaintingProgress
from training.optimise.method import optimise
from training.run import CONFIG, FACTS, read_config, read_facts
from training.teacher import load_teacher
from training.train import Progress, train

NETWORKS = {
    Method.RESNET_IN: "paper",
    Method.CNN: "cnn",
    Method.CNN_BN: "cnn-bn",
    Method.FNST: "fnst",
}
"""Method -> preset of its network."""

GENTLE_RATE = 3e-4
"""Highest rate for CNN: without norm and shortcuts it comes to draw one colour within ten steps at
1e-3, and learns at 3e-4."""

BEFORE_THE_END = SHARES[:-1]
"""The stages that are kept besides the result, in percent of the steps."""


def recipe(config: PapersConfig, method: Method, style: str) -> TrainConfig:
    """The training of a network in a style: the same for all but the network, and CNN's rate."""
    assert config.photos is not None, "PapersConfig has seen to it"
    most = GENTLE_RATE if method is Method.CNN else config.learning_rate
    return TrainConfig(
        paintings=(config.styles[style],),
        photos=config.photos,
        out=config.work_folder / "runs" / method / style,
        network=PRESETS[NETWORKS[method]],
        teacher=config.teacher,
        teacher_weights=config.teacher_weights,
        loss=LossConfig(frame_weight=0.0),  # no term that the papers' networks have not
        steps=config.steps,
        batch=config.batch,
        crop=config.crop,
        style_size=config.style_size,
        optimiser=Optimiser.ADAM,
        learning_rate=min(config.learning_rate, most),
        seed=config.seed,
        checkpoint_every=config.steps // STAGES,
        preview_every=config.steps,
    )


def reference(config: PapersConfig) -> OptimiseConfig:
    """NAAS, making small what the networks learn to make small, with the same teacher.

    The paper's formulas 2 to 6 would let the content weigh more the larger a picture is
    (docs/optimise.md), and their loss could not stand beside the networks'.
    """
    return replace(
        method_for(LossConfig(), steps=config.naas_steps),
        teacher=config.teacher,
        teacher_weights=config.teacher_weights,
        margin=OptimiseConfig.margin,  # these pictures are shown, so they may have no frame
    )


def trained(config: PapersConfig, method: Method, style: str, tell: Tell) -> Path:
    """The run folder of a network in a style: the one given, or trained by the recipe.

    Raises:
        KeyboardInterrupt: Ctrl-C; the training's checkpoint is written.
        RunError: the folder holds a training by another recipe.
        EdgestyleError: as `training.train.train`.
    """
    for given, run in config.given_runs:
        if given is method and read_config(run).paintings[0].stem == style:
            return run
    training = recipe(config, method, style)
    text = f"training {method}, {style.replace('_', ' ')}"

    def watch(progress: Progress) -> None:
        tell(f"{text}: step {progress.step}/{progress.steps}", progress.share)
        if progress.step % training.checkpoint_every == 0:
            _keep_stage(config, method, style)

    resume = (training.out / CONFIG).exists()
    if (training.out / FACTS).exists() and read_config(training.out) == training:
        _keep_stage(config, method, style)  # killed between the checkpoint and its copy
        if read_facts(training.out).steps == config.steps:
            return training.out
    tell(text, 0.0)
    if not train(training, watch, resume=resume).finished:
        raise KeyboardInterrupt
    return training.out


def painted(
    config: PapersConfig,
    style: str,
    photographs: Sequence[Photograph],
    name: str,
    tell: Tell,
    *,
    staged: bool = False,
) -> Path:
    """NAAS's pictures of photographs in a style; the folder that holds them.

    Args:
        config: the settings.
        style: one of them.
        photographs: square, uint8 RGB.
        name: of the set that they are: a folder's name.
        tell: told about every picture.
        staged: keep the pictures as they were on the way too.

    Raises:
        EdgestyleError: as `training.optimise.method.optimise`.
    """
    method = reference(config)
    folder = _naas_folder(config, name) / style
    missing = [each for each in photographs if not (folder / f"{each.name}.png").is_file()]
    if not missing:
        return folder
    teacher = load_teacher(method.teacher, weights=method.teacher_weights, pooling=method.pooling)
    device = best_device()
    teacher = teacher.to(device)
    painting = read_tensor(config.styles[style], long_side=config.style_size).to(device)
    for number, photo in enumerate(missing):
        text = f"{Method.NAAS} paints {name} photograph {number + 1} of {len(missing)}, {style}"

        def watch(
            progress: PaintingProgress, *, photo: Photograph = photo, text: str = text
        ) -> None:
            tell(f"{text}: step {progress.step}/{progress.steps}", progress.share)
            share, rest = divmod(100 * progress.step, config.naas_steps)
            if staged and not rest and share in BEFORE_THE_END:
                path = stage_folder(config, Method.NAAS, share, style) / f"{photo.name}.png"
                write_image(path, to_picture(progress.picture()))

        drawn = optimise(
            to_tensor(photo.picture).to(device), [painting], method, watch, teacher=teacher
        )
        # The picture itself comes last: what is there has its stages.
        write_image(folder / f"{photo.name}.png", to_picture(drawn))
    return folder


def stage_folder(config: PapersConfig, method: Method, share: int, style: str) -> Path:
    """Where a method's stage after `share` percent of its steps lies."""
    if method is Method.NAAS:
        return _naas_folder(config, "stages") / f"{share:03d}" / style
    return recipe(config, method, style).out / "stages" / f"{share:03d}"


def _naas_folder(config: PapersConfig, name: str) -> Path:
    """A folder for each choice of settings: pictures tell nothing of how they were made."""
    given = (config.photos, config.test_photos, config.shown)
    made = digest(reference(config), config.style_size, config.side, given)
    return config.work_folder / f"naas-{made}" / name


def _keep_stage(config: PapersConfig, method: Method, style: str) -> None:
    """Copy what a training has just saved, where it is a stage that is not kept yet."""
    training = recipe(config, method, style)
    share, rest = divmod(100 * read_facts(training.out).steps, config.steps)
    if rest or share not in BEFORE_THE_END:
        return
    folder = stage_folder(config, method, share, style)
    if folder.exists():
        return
    with replacing_folder(folder) as beside:
        write_text(beside / CONFIG, to_json(training))
        for name in (WEIGHTS, SHAPE):
            shutil.copyfile(training.out / name, beside / name)
