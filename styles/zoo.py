r"""The styles that ship, as recipes: `python -m styles.zoo` exports or trains them all again.

    python -m styles.zoo --paintings PAINTINGS --photos PHOTOS --teacher-weights FILES --out PACKS

The weights that ship are in styles/weights; with --train they are not looked at. A pack that is
there is left alone, a style that has been trained is not trained again, an interrupted training is
gone on with: the command may be repeated until all are there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.quality.judge import judge_of_run
from edge_app.core.errors import ConfigError
from edge_app.core.pack import SUFFIX
from export.build import export
from export.config import ExportConfig
from export.parity import Judge
from export.recipes import USUAL
from styles.samples import HELD_OUT, write_samples
from training.config import PRESETS, LossConfig, TrainConfig
from training.run import CONFIG
from training.train import Progress, train

WEIGHTS = Path(__file__).parent / "weights"
"""Run folders of the styles that ship (its README.md says what they are)."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """A painting in the public domain, and how its style is trained."""

    name: str
    """File name of the painting without its ending, and the name of the pack."""
    title: str
    artist: str
    year: str
    description: str
    """What the style looks like."""
    weakness: str
    """What it does badly, as seen in docs/styles.md."""
    style_size: int = 512
    style_weight: float = 7.0
    networks: tuple[str, ...] = ("small",)
    """Presets that ship."""
    recipes: tuple[str, ...] = USUAL
    """Of the TFLite files: those whose pictures are good enough."""
    finetune: int = 150
    """Steps of training the rounded network (docs/quantization.md)."""


WORKS = (
    Work(
        name="starry_night",
        title="The Starry Night",
        artist="Vincent van Gogh",
        year="1889",
        description="Curling strokes of blue, yellow and white.",
        weakness="dark things before a plain sky get a bright outline.",
        networks=("small", "nano"),
    ),
    Work(
        name="great_wave",
        title="The Great Wave off Kanagawa",
        artist="Katsushika Hokusai",
        year="c. 1831",
        description="Woodblock print: Prussian blue, cream, and outlines like foam.",
        weakness="dark blue is rare, pale green and cream prevail; plain places get spatter.",
        style_weight=12.0,
        networks=("small", "nano"),
    ),
    Work(
        name="the_scream",
        title="The Scream",
        artist="Edvard Munch",
        year="1893",
        description="Long waves of orange, brown and blue-green.",
        weakness="orange and brown take nearly all, blue-green is rare.",
    ),
    Work(
        name="composition_vii",
        title="Composition VII",
        artist="Wassily Kandinsky",
        year="1913",
        description="Patches of every colour, with dark lines through them.",
        weakness="plain places turn grey-brown, and the painting's large forms are missing.",
        style_weight=12.0,
    ),
    Work(
        name="delaunay_metzinger",
        title="Portrait of Jean Metzinger",
        artist="Robert Delaunay",
        year="1906",
        description="Mosaic-like blocks of paint.",
        weakness="the blocks have one size, so what is small in the photograph is lost in them.",
        style_weight=11.0,
    ),
    Work(
        name="udnie",
        title="Udnie",
        artist="Francis Picabia",
        year="1913",
        description="Grey, brown and white planes with hard edges.",
        weakness="some plain places turn an unlikely green, with a fine hatching.",
    ),
    Work(
        name="water_lilies",
        title="Water Lilies",
        artist="Claude Monet",
        year="1919",
        description="Soft dabs of green, violet and rose.",
        weakness="grey skies and walls are tinted green and violet.",
    ),
    Work(
        name="mondrian_composition_no_vii",
        title="Tableau No. 2 / Composition No. VII",
        artist="Piet Mondrian",
        year="1913",
        description="Ochre and grey facets in a net of black lines.",
        weakness="in plain places the net falls apart into dashes.",
        style_weight=11.0,
    ),
)


@dataclass(frozen=True, kw_only=True)
class ZooConfig:
    """Where the zoo is trained, from what."""

    paintings: Path
    """Folder with a picture NAME.jpg for each work."""
    photos: Path
    """Folder of photographs under terms that allow what is trained on them to be given away."""
    runs: Path = Path("runs/zoo")
    """Folder for the training runs."""
    out: Path = Path("styles")
    """Folder for the packs."""
    only: tuple[str, ...] = ()
    """Names of packs, such as udnie or udnie-nano; all if not given."""
    train: bool = False
    """Train the styles again instead of exporting the weights that ship."""
    teacher_weights: tuple[Path, ...] = ()
    """Files of VGG-19's weights, as for `edgestyle train`; of those that ship they were
    VGG-19 up to conv3_1 and a slimmer encoder above (docs/styles.md). Without any, vgg19-lite."""
    steps: int = 1600
    """Steps of each training."""
    batch: int = 2
    """Photographs a step."""
    crop: int = 192
    """Side of the square crops."""
    learning_rate: float = 3e-3
    """Peak rate."""


def recipe(config: ZooConfig, work: Work, network: str) -> TrainConfig:
    """The training of a work with a network of that preset."""
    return TrainConfig(
        paintings=(config.paintings / f"{work.name}.jpg",),
        photos=config.photos,
        out=config.runs / _name(work, network),
        network=PRESETS[network],
        teacher_weights=config.teacher_weights,
        loss=LossConfig(style_weight=work.style_weight),
        steps=config.steps,
        batch=config.batch,
        crop=config.crop,
        style_size=work.style_size,
        learning_rate=config.learning_rate,
        ema=0.99,
    )


def build_zoo(
    config: ZooConfig,
    tell: Callable[[str], None] = lambda _line: None,
    on_progress: Callable[[str, Progress], None] = lambda _name, _progress: None,
) -> list[Path]:
    """Export, and train before that where asked for, what is not there yet.

    Every file is held to what `auto` asks for.

    Returns:
        The packs of all works asked for.

    Raises:
        ConfigError: the name of a pack that there is not; or a painting or a file of the teacher is
            missing, and pictures cannot be judged.
        EdgestyleError: as `train` and `export`.
    """
    known = {_name(work, network): (work, network) for work in WORKS for network in work.networks}
    if unknown := set(config.only) - set(known):
        raise ConfigError(
            f"only: there is no {', '.join(sorted(unknown))}; there are: {', '.join(known)}"
        )
    _, photo = write_samples(config.runs / "samples")
    packs: list[Path] = []
    for name in config.only or known:
        work, network = known[name]
        training = recipe(config, work, network)
        pack = config.out / f"{name}{SUFFIX}"
        packs.append(pack)
        if pack.exists():
            tell(f"{pack} is there")
            continue
        run = WEIGHTS / name
        if config.train:
            run = training.out
            tell(f"training {name}")
            resume = (run / CONFIG).exists()
            result = train(training, partial(on_progress, name), resume=resume)
            if not result.finished:
                raise KeyboardInterrupt
        tell(f"exporting {name}")
        export(
            export_config(config, work, network, run, photo),
            judge_of=partial(_judge_of, config, run),
        )
    return packs


def _name(work: Work, network: str) -> str:
    return work.name if network == "small" else f"{work.name}-{network}"


def _judge_of(config: ZooConfig, run: Path, style: str | None) -> Judge:
    try:
        return judge_of_run(run, style, paintings=config.paintings, teachers=config.teacher_weights)
    except FileNotFoundError as error:
        raise ConfigError(
            f"{error}: what ships is judged by the painting and the teacher that it was trained by "
            "(--paintings, --teacher-weights)"
        ) from error


def export_config(
    config: ZooConfig, work: Work, network: str, run: Path, photo: Path
) -> ExportConfig:
    """The export of a work's run; `photo` is stylized for the preview."""
    title = work.title if network == "small" else f"{work.title} ({network})"
    name = _name(work, network)
    return ExportConfig(
        run=run,
        out=config.out / f"{name}{SUFFIX}",
        photos=config.photos,
        recipes=work.recipes,
        finetune=work.finetune,
        good_enough=True,
        preview=photo,
        id=name,
        title=title,
        artist=work.artist,
        year=work.year,
        licence="public domain painting; the style is Apache-2.0",
        description=(
            f"{work.description} Known weakness: {work.weakness} Preview: {HELD_OUT}.jpg by "
            "danielbuechele, as scikit-learn has it (CC BY 2.0)."
        ),
    )


if __name__ == "__main__":
    import tyro
    from rich.console import Console

    console = Console(markup=False)

    def show(name: str, step: Progress) -> None:
        """A line now and then."""
        if step.step % 250 == 0:
            figures = ", ".join(f"{key} {value:.3f}" for key, value in step.losses.items())
            pace = f"{step.images_per_second:.1f} img/s, {step.seconds_left / 60:.0f} min left"
            console.print(f"{name} {step.step}/{step.steps}: {figures}; {pace}")

    build_zoo(tyro.cli(ZooConfig, description=__doc__), console.print, show)
