"""The papers' tables again: `reproduce(config, tell) -> findings and pictures`."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.config import BenchConfig
from benchmarks.environment import edgestyle_version
from benchmarks.latency import bench
from benchmarks.papers.config import TIMED_SIDE, PapersConfig, Tell
from benchmarks.papers.exhibits import Exhibit
from benchmarks.papers.findings import RESULTS, Comparison, Findings
from benchmarks.papers.keeping import kept, place_of_times
from benchmarks.quality.paintings import LEAST_PAINTING, listed
from benchmarks.results import Results
from benchmarks.results_file import read_results, write_results
from benchmarks.scene import draw_scene
from benchmarks.timing import TESTS
from edge_app.core.catalog import find_pack, list_packs
from edge_app.core.errors import MissingExtraError, PackError
from edge_app.core.files import check_place
from edge_app.core.image import image_paths, read_image, write_image
from edge_app.core.pack import StylePack, open_pack
from edge_app.core.runtime import DEFAULT_RECIPE

PHOTO = "drawn square landscape.jpg"

SHIPPED = "small"
"""Of the installed packs those of this network are Table II's styles."""


def reproduce(
    config: PapersConfig, tell: Tell = lambda _text, _share: None
) -> tuple[Findings, list[Exhibit]]:
    """Make what is not there yet, and gather all of it.

    Table II needs packs alone; everything else paintings, photographs and torch.

    Raises:
        KeyboardInterrupt: Ctrl-C; what is done is kept, the same call goes on.
        PackError: there is no pack to measure.
        EdgestyleError: as the parts raise it; what a painting, a folder or a place to write is
            lacking before anything is done.
    """
    for folder in (config.out, config.work_folder):
        check_place(folder / RESULTS)
    for painting in (*config.paintings, *config.shown):
        read_image(painting)
    for photos in (config.photos, config.test_photos):
        if photos is not None:
            image_paths(photos)
    for painting in listed(config.known):
        read_image(painting, min_side=LEAST_PAINTING)
    packs = _packs(config)
    latency = _latency(config, packs, tell)
    comparison: Comparison | None = None
    exhibits: list[Exhibit] = []
    if config.paintings:
        try:
            from benchmarks.papers.contest import compare
        except ModuleNotFoundError as error:
            name, purpose = error.name or "?", "the comparison of methods"
            raise MissingExtraError(name, extra="evaluate", purpose=purpose) from error

        comparison, exhibits = compare(config, packs, tell)
    findings = Findings(
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        version=edgestyle_version(),
        latency=latency,
        comparison=comparison,
    )
    return findings, exhibits


def _packs(config: PapersConfig) -> list[StylePack]:
    if config.packs:
        return [open_pack(find_pack(name)) for name in config.packs]
    there = [pack for pack in list_packs() if isinstance(pack, StylePack)]
    if not there:
        raise PackError("no style is installed here; name the packs of Table II by --packs")
    shipped = [pack for pack in there if pack.manifest.network == SHIPPED]
    return shipped or there


def _latency(config: PapersConfig, packs: Sequence[StylePack], tell: Tell) -> Results:
    asked = BenchConfig(
        packs=tuple(str(pack.path) for pack in packs),
        runs=TESTS,
        threads=(config.threads,),
        sizes=config.sizes,
        recipes=(DEFAULT_RECIPE,),
    )

    def measure() -> Results:
        with tempfile.TemporaryDirectory(prefix="edgestyle-papers-") as folder:
            photo = Path(folder) / PHOTO
            write_image(photo, draw_scene(TIMED_SIDE, TIMED_SIDE))
            results = bench(
                replace(asked, photo=photo),
                lambda text, share: tell(f"Table II: {text}", share),
            )
        if results.interrupted:
            raise KeyboardInterrupt
        return results

    hashes = [pack.sha256 for pack in packs]
    place = place_of_times(config.work_folder, "latency", asked, TIMED_SIDE, hashes)
    return kept(place, read_results, write_results, measure, again=config.retime)
