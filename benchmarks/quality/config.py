"""What can be chosen about an evaluation. Imports neither numpy nor torch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tyro.conf import Positional

from benchmarks.outputs import check_apart
from edge_app.core.errors import ConfigError


class Measure(StrEnum):
    """Groups of figures; docs/metrics.md defines each."""

    DISTANCES = "distances"
    """Content and style distance, in the judge's features."""
    STRUCTURE = "structure"
    """Total variation, SSIM, edges."""
    COLOUR = "colour"
    """How far the colours are from the painting's."""
    ARTEFACTS = "artefacts"
    """Grids, frames, dots."""
    REGIONS = "regions"
    """MIoU of the photograph's regions and the picture's."""
    RECOGNITION = "recognition"
    """Whether a classifier knows the pictures' style."""
    LEARNED = "learned"
    """LPIPS and FID, where their weights are on this machine."""


@dataclass(frozen=True, kw_only=True)
class EvaluateConfig:
    """What to judge, on what."""

    subjects: Positional[tuple[str, ...]] = ()
    """Style packs (paths or names of installed ones), run folders (of several styles RUN#STYLE), or
    folders of finished pictures named as their photographs; METHOD=... gives the method's name."""
    photos: Path | None = None
    """Folder of photographs to judge on."""
    count: int = 24
    """How many of them, evenly spread."""
    size: int = 256
    """Side of the judged pictures, in pixels; photographs are cut to squares."""
    paintings: Path | None = None
    """The painting, or a folder of them named as the styles; needed where a pack or run does not
    know where its painting lies on this machine."""
    known: tuple[Path, ...] = ()
    """Other paintings, or folders of them, that the recogniser knows too: the more there are, the
    more it means that it finds the right one."""
    recipe: str | None = None
    """Which of a pack's files draws: fp32, fp16, int8-conv, ..."""
    threads: int | None = None
    """CPU threads of the packs' models."""
    teacher: str = "vgg19-lite"
    """The judge: 'vgg19-lite' (bundled) or 'vgg19'."""
    judge: tuple[Path, ...] = ()
    """Files of weights to judge with instead; of several the first that reaches a layer answers."""
    reference_steps: int = 0
    """Paint the photographs by the reference method too, so many steps of L-BFGS on each style's
    own weights, and set every subject beside it. Minutes a picture at 300: mind --count."""
    reference_folder: Path | None = None
    """Where its pictures are kept, and found again after an interruption."""
    measures: tuple[Measure, ...] = tuple(Measure)
    """Which figures to take."""
    clips: tuple[Path, ...] = ()
    """Folders of a clip's frames, to measure flicker on."""
    json: Path | None = None
    """Write the results here."""
    markdown: Path | None = None
    """Write the tables here."""
    report: Path | None = None
    """Write an HTML report here."""
    survey: Path | None = None
    """Folder for a survey: a page on which people rate the pictures blindly, and its key."""
    survey_photos: int = 3
    """Photographs a subject that the survey shows."""
    answers: tuple[Path, ...] = ()
    """Results files of the survey in --survey: sum them up instead of judging."""

    def __post_init__(self) -> None:
        """Refuse what cannot be judged."""
        check_apart(json=self.json, markdown=self.markdown, report=self.report)
        for name, least in (
            ("count", 1),
            ("size", 64),
            ("survey_photos", 1),
            ("reference_steps", 0),
        ):
            if getattr(self, name) < least:
                raise ConfigError(f"{name}: expected {least} or more, got {getattr(self, name)}")
        if self.size % 4:
            raise ConfigError(f"size: expected a multiple of 4, got {self.size}")
        if not self.measures:
            raise ConfigError(f"measures: expected at least one of {', '.join(Measure)}, got none")
        if self.answers:
            if self.survey is None:
                raise ConfigError("answers: --survey must name the folder of the survey's key")
            for name in ("subjects", "photos", "report", "clips", "known", "reference_steps"):
                if getattr(self, name):
                    raise ConfigError(f"{name}: has no meaning where --answers are summed up")
            return
        if self.known and Measure.RECOGNITION not in self.measures:
            raise ConfigError("known: needs the measure 'recognition'")
        if self.reference_folder is not None and not self.reference_steps:
            raise ConfigError("reference_folder: say with --reference-steps how many steps")
        if self.reference_steps and Measure.DISTANCES not in self.measures:
            raise ConfigError("reference_steps: needs the measure 'distances'")
        if not self.subjects:
            raise ConfigError("subjects: expected at least one pack, run or folder of pictures")
        if self.photos is None:
            raise ConfigError("photos: a folder of photographs is needed to judge on")
