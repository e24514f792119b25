"""`edgestyle demo`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.config import BenchConfig
from commands.bench import measure, verdict
from commands.console import say
from commands.export import export
from commands.stylize import stylize
from commands.train import train
from export.config import ExportConfig
from training.config import TrainConfig

if TYPE_CHECKING:
    from benchmarks.pictures import Illustration


def demo(out: Path = Path("demo"), minutes: float = 5.0) -> int:
    """Do the whole job once, on bundled pictures: train, export, check, stylize, measure, report.

    Run again after an interruption, it goes on; a finished training is not repeated.

    Args:
        out: Folder for everything that is made.
        minutes: How long to train; longer is prettier.
    """
    from benchmarks.report import write_report
    from edge_app.core.image import write_image
    from edge_app.core.pack import open_pack
    from styles import samples, whirl

    run, pack, painting = out / "run", out / "whirl.stylepack", out / "painting.png"
    picture = whirl.draw()
    write_image(painting, picture)
    photos, photo = samples.write_samples(out)
    training = TrainConfig(
        paintings=(painting,), photos=photos, out=run, preview=photo, steps=20_000, minutes=minutes
    )
    say(f"1/4 training a style on {painting} for {minutes:g} minutes")
    if status := train(training, resume=(run / "config.json").exists()):
        return status
    say("2/4 exporting to TFLite, Core ML and ONNX, and checking each file")
    export(
        ExportConfig(
            run=run,
            out=pack,
            preview=photo,
            title=whirl.TITLE,
            artist=whirl.ARTIST,
            year=whirl.YEAR,
            licence=whirl.LICENCE,
        )
    )
    say(f"3/4 stylizing {photo}, which it was not trained on")
    stylize((photo,), style=str(pack), out=out / "styled.jpg")
    say("4/4 measuring")
    results, shown = measure(
        BenchConfig(packs=(str(pack),), photo=photo, json=out / "bench.json", overwrite=True)
    )
    write_report(
        out / "report.html",
        results,
        pictures=[*(replace(each, painting=picture) for each in shown), *_shipped_pictures(photo)],
        manifests=[open_pack(pack).manifest],
        training=run,
    )
    say(f"Done. Open {(out / 'report.html').resolve()}")
    return verdict(results)


def _shipped_pictures(photo: Path) -> Iterator[Illustration]:
    """The photograph in every style that ships."""
    from benchmarks.pictures import Illustration
    from edge_app.core.catalog import list_packs
    from edge_app.core.image import read_image
    from edge_app.core.pack import StylePack
    from edge_app.core.runtime import open_runtime
    from edge_app.core.styles import Palette
    from edge_app.core.stylizer import stylize as run_stylizer

    picture = read_image(photo)
    for pack in list_packs():
        if isinstance(pack, StylePack):
            with closing(open_runtime(pack)) as opened:
                yield Illustration(
                    title=pack.manifest.title,
                    photo=picture,
                    stylized=run_stylizer(opened, picture, style=Palette(pack).mix().style),
                    caption=f"{pack.manifest.artist}, {pack.manifest.year}; ships with edgestyle.",
                )
