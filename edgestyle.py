"""The command line: parse, build a config, call the library, show the result.

Each command imports what it needs when it runs, so that help is quick, and a machine without torch
can stylize and measure. Exit status: 0 done, 1 a clear error, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import io
import os
import sys
import textwrap
import traceback
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import tyro
from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text
from tyro.conf import OmitArgPrefixes, Positional
from tyro.constructors import ConstructorRegistry, PrimitiveConstructorSpec, PrimitiveTypeInfo

from benchmarks.config import BenchConfig
from edge_app.core.errors import ConfigError, EdgestyleError, ImageError, MissingExtraError
from export.config import ExportConfig
from training.config import PRESETS, StylizerConfig, TrainConfig, preset

if TYPE_CHECKING:
    from benchmarks.pictures import Illustration
    from benchmarks.results import Results

DESCRIPTION = """\
From one painting to a fast style-transfer model on phones and small computers.

  edgestyle train painting.jpg --photos my_photos/ --out runs/mine
  edgestyle export runs/mine --out mine.stylepack
  edgestyle stylize photo.jpg --style mine.stylepack --out styled.jpg
  edgestyle bench mine.stylepack

Add --debug to any command for the full traceback of an error."""

# What is shown holds names of files and titles of packs, which are nobody's markup.
_screen = Console(markup=False, emoji=False, highlight=False)
_errors = Console(markup=False, emoji=False, highlight=False, stderr=True)


def train(config: OmitArgPrefixes[TrainConfig], resume: bool = False) -> int:
    """Train a style on one painting and a folder of photographs.

    Writes a run folder with the weights, losses and previews. Ctrl-C stops with a checkpoint.
    Then: edgestyle export RUN --out NAME.stylepack

    Args:
        config: What to learn, on what, for how long.
        resume: Go on with the run in --out where it stopped; give the same settings again.
    """
    from training.train import Progress as Step
    from training.train import train as run_training

    with _bar() as bar:
        task = bar.add_task("loading the teacher", total=1.0)

        def show(step: Step) -> None:
            figures = f"content {step.content:.2f}, style {step.style:.3f}"
            pace = f"{step.images_per_second:.1f} img/s"
            text = f"step {step.step}/{step.steps}: {figures}, {pace}"
            bar.update(task, completed=step.share, description=text)
            if step.preview is not None:
                bar.console.print(f"preview {step.preview}", soft_wrap=True)

        result = run_training(config, show, resume=resume)
    _tell_skipped(result.skipped.values())
    if not result.finished:
        _complain(f"stopped at step {result.steps}; the same command with --resume goes on")
        return 130
    _say(f"trained {result.folder} ({result.steps} steps)")
    return 0


def export(config: OmitArgPrefixes[ExportConfig]) -> int:
    """Export a trained run as a style pack: TFLite, Core ML and ONNX, each file checked.

    Every file is compared with the trained network on photographs; a file that differs by more
    than its recipe allows is not shipped, and nothing is written.
    """
    from export.build import export as run_export

    with _bar() as bar:
        task = bar.add_task("exporting", total=1.0)
        pack = run_export(
            config,
            lambda stage, share: bar.update(task, completed=share, description=stage, refresh=True),
            lambda skipped: _tell_skipped(skipped.values()),
        )
    table = Table("file", "size", "gate", "worst", "allowed", box=None)
    for model in pack.manifest.models:
        for gate in model.gates:
            worst, allowed = f"{gate.worst:.4g} {gate.unit}", f"{gate.threshold:g} {gate.unit}"
            table.add_row(
                model.path, f"{model.size_bytes / 1e3:.0f} kB", gate.metric, worst, allowed
            )
        if model.not_run:
            table.add_row(model.path, f"{model.size_bytes / 1e3:.0f} kB", model.not_run, "", "")
    _show(table)
    _say(f"wrote {pack.path}")
    return 0


def stylize(
    photos: Positional[tuple[Path, ...]],
    style: str,
    out: Path = Path(),
    strength: float = 1.0,
    size: int | None = None,
    threads: int | None = None,
    recipe: str | None = None,
) -> int:
    """Stylize photographs, or whole folders of them, with a style pack.

    Args:
        photos: Picture files or folders of them.
        style: A .stylepack file or folder, or the name of an installed style (edgestyle styles).
        out: For one photograph a .jpg, .png or .webp file; otherwise a folder.
        strength: 0 gives the photograph, 1 the style.
        size: Longest side of the result in pixels; the largest size in the pack if not given.
        threads: CPU threads; all cores up to four if not given.
        recipe: Which of the pack's files to run: fp32, fp16, int8-conv, ...
    """
    from edge_app.core.catalog import find_pack
    from edge_app.core.files import check_place
    from edge_app.core.image import WRITABLE, check_writable, read_image, write_image
    from edge_app.core.pack import open_pack
    from edge_app.core.runtime import open_runtime
    from edge_app.core.stylizer import MIN_SIDE
    from edge_app.core.stylizer import stylize as run_stylizer

    if not photos:
        raise ConfigError("stylize: give at least one photograph or folder of photographs")
    one = len(photos) == 1 and not photos[0].is_dir()
    if one and out.suffix and not out.is_dir():
        check_writable(out)
    is_file = out.suffix.lower() in WRITABLE and not out.is_dir()
    if is_file and not one:
        raise ConfigError(f"out: several photographs need a folder, {out} would be one picture")
    targets = {photos[0]: out} if is_file else _targets(photos, out)
    for photo, target in targets.items():
        check_place(target)
        if target.exists() and photo.exists() and target.samefile(photo):
            raise ConfigError(f"out: {out} is the photograph itself, which would be lost")
    pack = open_pack(find_pack(style))
    runtime = open_runtime(pack, recipe=recipe, size=size, threads=threads)
    failures: list[str] = []
    with _bar() as bar:
        task = bar.add_task(f"stylizing with {pack.manifest.title}", total=len(targets))
        for photo, target in targets.items():
            try:
                picture = read_image(photo, min_side=MIN_SIDE)
                longest = size if runtime.model.size is None else None
                result = run_stylizer(runtime, picture, strength=strength, longest_side=longest)
                write_image(target, result)
            except ImageError as error:
                failures.append(str(error))
            bar.advance(task)
    runtime.close()
    if len(targets) == 1 and failures:
        raise ImageError(failures[0])
    _tell_skipped(failures)
    if len(failures) == len(targets):
        raise ImageError(f"none of the {len(targets)} photographs could be stylized")
    done = len(targets) - len(failures)
    where = next(iter(targets.values())) if len(targets) == 1 else out
    info = runtime.info
    _say(
        f"{done} of {len(targets)} stylized with {pack.manifest.title}: {where} "
        f"({runtime.model.path}, {info.backend} {info.version}, {info.accelerator}, "
        f"{info.threads} threads)"
    )
    return 0


def bench(config: OmitArgPrefixes[BenchConfig]) -> int:
    """Measure style packs: latency, load time, memory and size, beside the paper's table.

    The picture of every measured model is compared with another library's: a fast wrong picture
    is shown as a failure, and makes the exit status 1.
    """
    from edge_app.core.catalog import find_pack
    from edge_app.core.pack import open_pack

    results, pictures = _measure(config)
    if config.report is not None:
        from benchmarks.report import write_report

        manifests = [open_pack(find_pack(name)).manifest for name in config.packs]
        write_report(config.report, results, pictures=pictures, manifests=manifests)
        _say(f"report: {config.report}")
    return _verdict(results)


def styles() -> int:
    """List the styles that are installed here."""
    from edge_app.core.catalog import BrokenPack, list_packs
    from edge_app.core.pack import SUFFIX, StylePack

    packs = list_packs()
    if not packs:
        _say("no style is installed here; make one with `edgestyle train` and `edgestyle export`")
    columns = ("style", "title", "artist", "year", "files")
    table = Table(*(Column(name, overflow="fold") for name in columns), box=None)
    for pack in packs:
        if isinstance(pack, StylePack):
            card, name = pack.manifest, pack.path.name.removesuffix(SUFFIX)
            files = sorted({f"{m.format} {m.recipe} {m.size_text}" for m in card.models})
            table.add_row(name, card.title, card.artist, card.year, ", ".join(files))
    if table.rows:
        _screen.print(table)
    for pack in packs:
        if isinstance(pack, BrokenPack):
            _screen.print(Text.assemble(("broken ", "red"), pack.reason), soft_wrap=True)
    return 0


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
        painting=painting, photos=photos, out=run, preview=photo, steps=20_000, minutes=minutes
    )
    _say(f"1/4 training a style on {painting} for {minutes:g} minutes")
    if status := train(training, resume=(run / "config.json").exists()):
        return status
    _say("2/4 exporting to TFLite, Core ML and ONNX, and checking each file")
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
    _say(f"3/4 stylizing {photo}, which it was not trained on")
    stylize((photo,), style=str(pack), out=out / "styled.jpg")
    _say("4/4 measuring")
    results, shown = _measure(BenchConfig(packs=(str(pack),), photo=photo, json=out / "bench.json"))
    write_report(
        out / "report.html",
        results,
        pictures=[replace(each, painting=picture) for each in shown],
        manifests=[open_pack(pack).manifest],
        training=run,
    )
    _say(f"Done. Open {(out / 'report.html').resolve()}")
    return _verdict(results)


COMMANDS: dict[str, Callable[..., int]] = {
    "train": train,
    "export": export,
    "stylize": stylize,
    "bench": bench,
    "styles": styles,
    "demo": demo,
}

EXTRAS = {"train": "train", "export": "export", "bench": "bench", "demo": "demo"}
"""Command -> the extra with its libraries; the others need none."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and end the process with its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    if words == ["--version"]:
        _say(version("edgestyle"))
        sys.exit(0)
    # A file name may hold bytes that are no text, and a terminal know fewer letters than a title.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    if not debug:
        warnings.filterwarnings("ignore", module=r"(?!training|export|edge_app|benchmarks)")
        warnings.showwarning = lambda message, *_rest, **_more: _warn(str(message))
    try:
        with _registry:
            status = tyro.extras.subcommand_cli_from_dict(
                COMMANDS, prog="edgestyle", description=DESCRIPTION, args=words or ["--help"]
            )
        sys.exit(status)
    except KeyboardInterrupt:
        _complain("interrupted")
        sys.exit(130)
    except BrokenPipeError:  # `edgestyle ... | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as error:
        if debug:
            traceback.print_exc()
        _complain(_explained(error, words[0] if words else ""))
        sys.exit(1)


_registry = ConstructorRegistry()


@_registry.primitive_rule
def _network_by_preset(info: PrimitiveTypeInfo) -> PrimitiveConstructorSpec[StylizerConfig] | None:
    """`--network NAME` instead of an option for each field of the shape."""
    if info.type is not StylizerConfig:
        return None
    names = {config: name for name, config in PRESETS.items()}
    return PrimitiveConstructorSpec(
        nargs=1,
        metavar="{" + ",".join(PRESETS) + "}",
        instance_from_str=lambda words: preset(words[0]),
        is_instance=lambda value: isinstance(value, StylizerConfig),
        str_from_instance=lambda config: [names.get(config, "custom")],
        choices=tuple(PRESETS),
    )


def _measure(config: BenchConfig) -> tuple[Results, list[Illustration]]:
    from benchmarks.latency import bench as run_bench
    from benchmarks.table import results_table

    pictures: list[Illustration] = []
    with _bar() as bar:
        task = bar.add_task("measuring", total=1.0)
        results = run_bench(
            config,
            lambda stage, share: bar.update(task, completed=share, description=stage),
            pictures.append,
        )
    _show(results_table(results))
    return results, pictures


def _verdict(results: Results) -> int:
    """130 where the measuring was interrupted, 1 where a picture was wrong or a model failed."""
    from benchmarks.results import Verdict

    if results.interrupted:
        _complain("interrupted; not everything was measured")
        return 130
    wrong = sum(m.check.verdict is Verdict.WRONG for m in results.measurements)
    if wrong or results.failures:
        _complain(
            f"of {len(results.measurements) + len(results.failures)} models {wrong} drew a wrong "
            f"picture and {len(results.failures)} could not be measured"
        )
        return 1
    return 0


def _targets(photos: Iterable[Path], folder: Path) -> dict[Path, Path]:
    """Photograph -> where its stylized picture goes; names that meet get a number."""
    from edge_app.core.image import image_paths

    targets: dict[Path, Path] = {}
    taken: set[Path] = set()
    for given in photos:
        for photo in image_paths(given) if given.is_dir() else [given]:
            if photo in targets:
                continue
            target, number = folder / f"{photo.stem}-styled.jpg", 2
            while target in taken:
                target, number = folder / f"{photo.stem}-styled-{number}.jpg", number + 1
            targets[photo] = target
            taken.add(target)
    return targets


def _explained(error: Exception, command: str) -> str:
    if isinstance(error, ModuleNotFoundError):
        extra = EXTRAS.get(command, "dev")
        purpose = f"edgestyle {command}"
        return str(MissingExtraError(error.name or "?", extra=extra, purpose=purpose))
    if isinstance(error, MemoryError):
        return "not enough memory; try a smaller --size or --batch"
    if isinstance(error, (EdgestyleError, OSError)):
        return str(error)
    reason = textwrap.shorten(f"{type(error).__name__}: {error}", 200)
    return f"a defect of edgestyle, please report it with the output of --debug: {reason}"


def _bar() -> Progress:
    return Progress(
        # Where it is narrow the text is broken, not the time left cut off.
        TextColumn("{task.description}", markup=False, table_column=Column()),
        BarColumn(max(10, min(40, _errors.width - 70)), table_column=Column(no_wrap=True)),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=_errors,
    )


def _show(shown: RenderableType) -> None:
    """Print tables and texts; of a table that is wider than the screen nothing is left out."""
    for part in shown.renderables if isinstance(shown, Group) else [shown]:
        if isinstance(part, Table):
            unbounded = _screen.options.update(max_width=10_000)
            part.width = Measurement.get(_screen, unbounded, part).maximum
        _screen.print(part, crop=False)


def _say(text: str) -> None:
    _screen.print(Text(text), soft_wrap=True)


def _complain(text: str) -> None:
    _errors.print(Text.assemble(("edgestyle: ", "bold red"), text), soft_wrap=True)


def _warn(text: str) -> None:
    _errors.print(Text.assemble(("warning: ", "yellow"), text), soft_wrap=True)


def _tell_skipped(reasons: Iterable[str]) -> None:
    reasons = list(reasons)
    for reason in reasons:
        _errors.print(Text.assemble(("skipped ", "yellow"), reason), soft_wrap=True)
    if reasons:
        _errors.print(Text(f"{len(reasons)} skipped"))


if __name__ == "__main__":
    main()
