"""The five methods in the same styles: trained, painted, judged and timed."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.papers.config import Method, PapersConfig, Tell
from benchmarks.papers.exhibits import Exhibit
from benchmarks.papers.findings import (
    Comparison,
    Recipe,
    read_execution,
    staged,
    write_execution,
)
from benchmarks.papers.keeping import kept, place_of, place_of_times
from benchmarks.papers.practice import (
    BEFORE_THE_END,
    NETWORKS,
    painted,
    recipe,
    reference,
    stage_folder,
    trained,
)
from benchmarks.papers.stopwatch import time_methods
from benchmarks.quality.config import EvaluateConfig, Measure
from benchmarks.quality.evaluate import evaluate
from benchmarks.quality.judge import fitted
from benchmarks.quality.photographs import read_photograph, read_photographs
from benchmarks.quality.results import Evaluation, read_evaluation, write_evaluation
from benchmarks.quality.subjects import open_subject
from edge_app.core.files import replacing
from edge_app.core.image import image_paths, read_image
from edge_app.core.pack import StylePack
from training.network import WEIGHTS

SHOWN = 2
"""Photographs of the test set that are shown in every style."""

SHOWN_PAINTING = 480
"""Side within which a painting is shown, in pixels."""

Runs = Mapping[tuple[Method, str], Path]
"""(method, style) -> run folder."""


def compare(
    config: PapersConfig, packs: Sequence[StylePack], tell: Tell
) -> tuple[Comparison, list[Exhibit]]:
    """Do all of it; what is there is not done again.

    Args:
        config: the settings, with paintings.
        packs: of which those of the same styles are judged beside the methods.
        tell: told what is being done.

    Raises:
        KeyboardInterrupt: Ctrl-C; the same call goes on.
        EdgestyleError: as the parts raise it.
    """
    assert config.photos is not None, "PapersConfig has seen to it"
    assert config.test_photos is not None
    runs = {
        (method, style): trained(config, method, style, tell)
        for style in config.styles
        for method in NETWORKS
    }
    beside = [pack for pack in packs if pack.manifest.id in config.styles]
    seen = _judged(config, "seen", config.photos, runs, beside, tell)
    unseen = _judged(config, "unseen", config.test_photos, runs, beside, tell)
    first = next(iter(config.styles))
    firsts = {method: runs[method, first] for method in NETWORKS}
    timing = (
        config.sizes,
        config.threads,
        config.style_size,
        reference(config),
        _hashes(firsts.values()),
    )
    execution = kept(
        place_of_times(config.work_folder, "times", *timing),
        read_execution,
        write_execution,
        lambda: time_methods(config, firsts, tell),
        again=config.retime,
    )
    comparison = Comparison(
        recipe=_recipe(config, runs), seen=seen, unseen=unseen, execution=execution
    )
    return comparison, list(_exhibits(config, runs, beside, tell))


def _judged(
    config: PapersConfig,
    name: str,
    folder: Path,
    runs: Runs,
    packs: Sequence[StylePack],
    tell: Tell,
) -> Evaluation:
    """One set of photographs; of the unseen ones the stages too."""
    on_the_way = name == "unseen"
    photographs = read_photographs(folder, count=config.photographs, side=config.side).judged
    subjects = []
    for style in config.styles:
        pictures = painted(config, style, photographs, name, tell, staged=on_the_way)
        subjects += _subjects(style, runs, pictures, packs)
    if on_the_way:
        subjects += [
            f"{staged(method, share)}={stage}"
            for method in Method
            for share in BEFORE_THE_END
            for style in config.styles
            if (stage := stage_folder(config, method, share, style)).is_dir()
        ]
    asked = EvaluateConfig(
        subjects=tuple(subjects),
        photos=folder,
        count=config.photographs,
        size=config.side,
        paintings=_gathered(config),
        known=config.known,
        threads=config.threads,
        judge=config.judge,
        measures=(Measure.DISTANCES, Measure.REGIONS, Measure.RECOGNITION),
    )
    facts = (asked, reference(config), _hashes(runs.values()), [pack.sha256 for pack in packs])
    place = place_of(config.work_folder, name, *facts)

    def judge() -> Evaluation:
        found = evaluate(asked, tell)
        if found.interrupted:
            raise KeyboardInterrupt
        return found

    return kept(place, read_evaluation, write_evaluation, judge)


def _exhibits(
    config: PapersConfig, runs: Runs, packs: Sequence[StylePack], tell: Tell
) -> Iterator[Exhibit]:
    """The photographs to show, as the finished methods draw them."""
    assert config.test_photos is not None
    if config.shown:
        name = "shown"
        photographs = tuple(
            read_photograph(path, f"{number}-{path.stem}", config.side)
            for number, path in enumerate(config.shown)
        )
    else:
        name, test = "unseen", config.test_photos
        judged = read_photographs(test, count=config.photographs, side=config.side).judged
        photographs = judged[:SHOWN]
    for style, painting in config.styles.items():
        pictures = painted(config, style, photographs, name, tell)
        tell(f"drawing what is shown, {style}", 0.0)
        subjects = [
            open_subject(text, size=config.side) for text in _subjects(style, runs, pictures, packs)
        ]
        for photo in photographs:
            yield Exhibit(
                style=style,
                photo=photo.picture,
                painting=fitted(read_image(painting), SHOWN_PAINTING),
                drawn={subject.method: subject.draw(photo) for subject in subjects},
            )


def _subjects(style: str, runs: Runs, pictures: Path, packs: Sequence[StylePack]) -> list[str]:
    """The finished methods in a style, as `open_subject` reads them."""
    networks = [f"{method}={run}" for (method, of), run in runs.items() if of == style]
    shipped = [f"{p.manifest.network}={p.path}" for p in packs if p.manifest.id == style]
    return [*networks, f"{Method.NAAS}={pictures}", *shipped]


def _gathered(config: PapersConfig) -> Path:
    """A folder with every painting in it, where an evaluation looks for them by name."""
    folder = config.work_folder / "paintings"
    for path in config.styles.values():
        with replacing(folder / path.name) as beside:
            shutil.copyfile(path, beside)
    return folder


def _hashes(runs: Iterable[Path]) -> list[str]:
    return [hashlib.sha256((run / WEIGHTS).read_bytes()).hexdigest() for run in runs]


def _recipe(config: PapersConfig, runs: Runs) -> Recipe:
    assert config.photos is not None
    assert config.test_photos is not None
    made = {key: recipe(config, *key).out for key in runs}
    given = [method for (method, style), run in runs.items() if run != made[method, style]]
    return Recipe(
        photos=config.photos.resolve().name,
        photo_count=len(image_paths(config.photos)),
        test_photos=config.test_photos.resolve().name,
        steps=config.steps,
        batch=config.batch,
        crop=config.crop,
        learning_rate=config.learning_rate,
        cnn_learning_rate=recipe(config, Method.CNN, next(iter(config.styles))).learning_rate,
        style_size=config.style_size,
        teacher=" + ".join(path.name for path in config.teacher_weights) or config.teacher,
        naas_steps=config.naas_steps,
        given=tuple(dict.fromkeys(given)),
    )
