"""`edgestyle bench scale`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tyro.conf import OmitArgPrefixes

from benchmarks.scaling.config import ScaleConfig
from commands.bench import measure, verdict
from commands.console import progress_bar, say, warn

SIDE = 1024
"""Of the drawn photograph: square, as the sizes are."""


def bench_scale(config: OmitArgPrefixes[ScaleConfig]) -> int:
    """Measure how latency and memory grow with size and threads, beside the machine's best.

    The machine's peak arithmetic and memory bandwidth are measured too, and for named phones and
    Raspberry Pis an estimate is made from their published peaks.
    """
    from benchmarks.outputs import check_outputs
    from benchmarks.plan import held
    from benchmarks.quality.tables import sheets_in_markdown
    from benchmarks.report import write_report
    from benchmarks.scaling.tables import scaling_sheets
    from benchmarks.scene import draw_scene
    from edge_app.core.files import write_text
    from edge_app.core.image import write_image
    from edge_app.core.pack import open_pack

    check_outputs(config)
    with tempfile.TemporaryDirectory(prefix="edgestyle-scale-") as temporary:
        packs = tuple(_packs(config, config.packs or Path(temporary)))
        photo = Path(temporary) / "square landscape.jpg"
        write_image(photo, draw_scene(SIDE, SIDE))
        benchmark = config.benchmark(packs, photo)
        targets, missing = held(benchmark)
        for text in missing:
            warn(text)
        results, pictures = measure(benchmark, targets)
        if config.report is not None:
            manifests = [open_pack(Path(path)).manifest for path in packs]
            write_report(config.report, results, pictures=pictures, manifests=manifests)
            say(f"report: {config.report}")
    if config.markdown is not None:
        text = "\n".join(["# How it grows", "", *sheets_in_markdown(scaling_sheets(results))])
        write_text(config.markdown, text)
        say(f"wrote {config.markdown}")
    return verdict(results)


def _packs(config: ScaleConfig, folder: Path) -> Iterator[str]:
    """The paths of the packs to measure; those of runs are made in `folder`."""
    from edge_app.core.catalog import find_pack
    from edge_app.core.pack import SUFFIX

    for subject in config.subjects:
        run = Path(subject)
        if not (run / "run.json").is_file():
            yield str(find_pack(subject))
            continue
        pack = folder / f"{run.resolve().name}{SUFFIX}"
        if not pack.is_file():
            _export(run, pack, config)
        yield str(pack)


def _export(run: Path, pack: Path, config: ScaleConfig) -> None:
    """Make a pack of every size; one whose files fail their gate is left to the ONNX model.

    Rounding adds up over millions of pixels, so it is the largest that fails, if any.
    """
    from edge_app.core.errors import ParityError
    from export.build import export
    from export.config import ExportConfig

    sizes = sorted(config.sizes)
    with progress_bar() as bar:
        task = bar.add_task(f"exporting {run}", total=1.0)

        def tell(text: str, share: float) -> None:
            bar.update(task, completed=share, description=text)

        while True:
            wanted = ExportConfig(
                run=run,
                out=pack,
                sizes=tuple((side, side) for side in sizes),
                recipes=config.recipes,
                photos=config.photos,
                coreml=False,
            )
            try:
                export(wanted, tell)
            except ParityError as error:
                if len(sizes) == 1:
                    raise
                warn(f"{sizes.pop()} pixels are left to the ONNX model: {error}")
            else:
                return
