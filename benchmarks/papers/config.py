"""What can be chosen about the papers' tables. Imports neither numpy nor torch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tyro.conf import Positional

from benchmarks.timing import TESTS
from edge_app.core.errors import ConfigError
from training.config import TrainConfig

STAGES = 5
"""Points of a training at which its accuracy and loss are looked at; the last is its end."""

SHARES = tuple(100 * stage // STAGES for stage in range(1, STAGES + 1))
"""These points, in percent of the steps."""

TIMED_SIDE = 768
"""Side of the photograph that everything is timed on, packs and methods: a drawn square one, for
want of one that everybody has."""

Tell = Callable[[str, float], None]
"""Takes what is being done, and the share of it that is done."""


class Method(StrEnum):
    """What the ResNet-IN paper compares, by its names; in the order of its Table III."""

    RESNET_IN = "ResNet-IN"
    """The paper's own: residual blocks and instance norm."""
    CNN = "CNN"
    """Without shortcuts and norm."""
    CNN_BN = "CNN-BN"
    """Without shortcuts, with batch norm."""
    FNST = "FNST"
    """Johnson et al.'s (2016) fast neural style transfer."""
    NAAS = "NAAS"
    """Gatys et al.'s (2016) neural algorithm of artistic style: no network is trained."""


@dataclass(frozen=True, kw_only=True)
class PapersConfig:
    """What to make again, on what."""

    paintings: Positional[tuple[Path, ...]] = ()
    """Paintings in whose styles the five methods are compared. Without any, Table II alone is
    made."""
    photos: Path | None = None
    """Folder of photographs that the networks learn on."""
    test_photos: Path | None = None
    """Folder of photographs that no network has seen."""
    out: Path = Path("papers")
    """Folder for the page, the report, plots, pictures and results."""
    work: Path | None = None
    """Folder for trainings and what else is gone on with after an interruption; OUT/work if not
    given. What is there already is not made again."""
    packs: tuple[str, ...] = ()
    """Style packs of Table II; those that are installed if none is given."""
    sizes: tuple[int, ...] = (256, 512)
    """Longest sides in pixels at which times are taken, of packs and of methods; Table II is of the
    largest."""
    threads: int = 1
    """CPU threads of everything that is timed."""
    retime: bool = False
    """Take all times again: those that are there were taken on a busy machine, say."""
    runs: tuple[str, ...] = ()
    """METHOD=RUN: a training to take instead of one by the recipe below, ResNet-IN=runs/wave say;
    its style is its painting's."""
    steps: int = 1000
    """Steps of each network's training. The paper does not say how many it took."""
    batch: int = 4
    """Photographs a step; the paper's 4."""
    crop: int = 192
    """Side of the training crops, in pixels."""
    learning_rate: float = 1e-3
    """Adam's peak rate; the paper's 1e-3 (its Figure 6)."""
    style_size: int = 384
    """Long side at which the paintings are studied, by all methods."""
    teacher: str = "vgg19-lite"
    """What teaches, and what NAAS looks through: 'vgg19-lite' (bundled) or 'vgg19'."""
    teacher_weights: tuple[Path, ...] = ()
    """Files of weights instead of the teacher's own; of several the first that reaches a layer."""
    naas_steps: int = 200
    """Steps of the reference method on each picture."""
    photographs: int = 10
    """Photographs of each folder that the methods are judged on, in five tests."""
    side: int = 256
    """Side of the judged pictures, in pixels; photographs are cut to squares."""
    shown: tuple[Path, ...] = ()
    """Photographs to show as every method draws them; two of the test photographs if none are
    given."""
    known: tuple[Path, ...] = ()
    """Other paintings, or folders of them, among which the classifier of Figures 7, 8 and 10 has to
    find the right one; the paper's eight styles make eight."""
    judge: tuple[Path, ...] = ()
    """Files of weights to judge with; the bundled teacher if none are given."""
    seed: int = 0
    """Of the trainings."""

    @property
    def work_folder(self) -> Path:
        """Where unfinished things lie."""
        return self.out / "work" if self.work is None else self.work

    @property
    def styles(self) -> dict[str, Path]:
        """Style -> its painting."""
        return {path.stem: path for path in self.paintings}

    @property
    def given_runs(self) -> tuple[tuple[Method, Path], ...]:
        """`runs`, taken apart."""
        return tuple(_given(text) for text in self.runs)

    def __post_init__(self) -> None:
        """Refuse what cannot be made."""
        for name in ("steps", "naas_steps"):
            value = getattr(self, name)
            if value < STAGES or value % STAGES:
                raise ConfigError(
                    f"{name}: expected a multiple of {STAGES}, the points of Figure 8, got {value}"
                )
        if self.photographs < TESTS:
            raise ConfigError(
                f"photographs: expected at least {TESTS}, one a test, got {self.photographs}"
            )
        if self.side < 64 or self.side % 4:
            raise ConfigError(f"side: expected a multiple of 4 from 64 on, got {self.side}")
        if not self.sizes or any(size < 64 or size % 4 for size in self.sizes):
            raise ConfigError(f"sizes: expected multiples of 4 from 64 on, got {self.sizes}")
        if self.threads < 1:
            raise ConfigError(f"threads: expected 1 or more, got {self.threads}")
        if not 0 < self.learning_rate < math.inf:
            raise ConfigError(f"learning_rate: expected more than 0, got {self.learning_rate}")
        if not self.paintings:
            for name in ("photos", "test_photos", "runs", "shown", "known"):
                if getattr(self, name):
                    raise ConfigError(f"{name}: has no meaning without paintings")
            return
        if len(self.styles) < len(self.paintings):
            raise ConfigError("paintings: two have one name, which is to name a style; rename one")
        for name in ("photos", "test_photos"):
            if getattr(self, name) is None:
                raise ConfigError(f"{name}: a folder of photographs is needed to compare methods")
        assert self.photos is not None
        assert self.test_photos is not None
        if self.photos.resolve() == self.test_photos.resolve():
            raise ConfigError("test_photos: expected another folder than photos, got the same")
        for method, _ in self.given_runs:
            if method is Method.NAAS:
                raise ConfigError("runs: NAAS trains nothing; expected one of the networks")
        # What only a training can refuse is refused before anything is made.
        TrainConfig(
            paintings=self.paintings[:1],
            photos=self.photos,
            out=self.out,
            steps=self.steps,
            batch=self.batch,
            crop=self.crop,
            style_size=self.style_size,
            seed=self.seed,
        )


def _given(text: str) -> tuple[Method, Path]:
    name, equals, path = text.partition("=")
    names = {method.value.lower(): method for method in Method}
    if not equals or not path or name.lower() not in names:
        raise ConfigError(
            f"runs: expected METHOD=RUN with one of {', '.join(Method)}, got '{text}'"
        )
    return names[name.lower()], Path(path)
