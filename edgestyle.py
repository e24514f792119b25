"""The command line: parse, build a config, call the library, show the result.

Each command imports what it needs when it runs, so that help is quick, and a machine without torch
can stylize and measure. Exit status: 0 done, 1 a clear error, 2 wrong usage, 3 slower than before
(bench compare), 130 interrupted.
"""

from __future__ import annotations

import io
import os
import sys
import textwrap
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import tyro
from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text
from tyro.conf import OmitArgPrefixes, Positional
from tyro.constructors import ConstructorRegistry, PrimitiveConstructorSpec, PrimitiveTypeInfo

from benchmarks.config import BenchConfig
from benchmarks.quality.config import EvaluateConfig
from edge_app.core.backends import BackendName
from edge_app.core.errors import ConfigError, EdgestyleError, ImageError, MissingExtraError
from edge_app.ui.config import AppConfig
from export.ablation_config import AblationConfig
from export.config import ExportConfig
from training.config import PRESETS, StylizerConfig, TrainConfig, preset
from training.optimise.config import OptimiseJob

if TYPE_CHECKING:
    from benchmarks.pictures import Illustration
    from benchmarks.results import Results
    from edge_app.core.image import Bytes
    from edge_app.core.pack import StylePack

DESCRIPTION = """\
From one painting to a fast style-transfer model on phones and small computers.

  edgestyle train painting.jpg --photos my_photos/ --out runs/mine
  edgestyle export runs/mine --out mine.stylepack
  edgestyle stylize photo.jpg --style mine.stylepack --out styled.jpg
  edgestyle bench mine.stylepack

Add --debug to any command for the full traceback of an error."""

# What is shown holds names of files and titles of packs, which are nobody's markup.
# Of several processes that train together the first alone reports.
_first = os.environ.get("RANK", "0") == "0"
_screen = Console(markup=False, emoji=False, highlight=False, quiet=not _first)
_errors = Console(markup=False, emoji=False, highlight=False, stderr=True)


def train(config: OmitArgPrefixes[TrainConfig], resume: bool = False) -> int:
    """Train a style on one painting and a folder of photographs, or several styles in one network.

    Writes a run folder with the weights, losses and previews. Ctrl-C stops with a checkpoint.
    Then: edgestyle export RUN --out NAME.stylepack

    On several GPUs or hosts: torchrun --nproc-per-node 4 -m edgestyle train ...

    Args:
        config: What to learn, on what, for how long.
        resume: Go on with the run in --out where it stopped; give the same settings again.
    """
    from training.train import Progress as Step
    from training.train import train as run_training

    with _bar() as bar:
        task = bar.add_task("loading the teacher", total=1.0)

        def show(step: Step) -> None:
            figures = f"content {step.losses['content']:.2f}, style {step.losses['style']:.3f}"
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


def optimise(job: OmitArgPrefixes[OptimiseJob]) -> int:
    """Stylize one photograph by the reference method: slow, no training, the best there is.

    The picture itself is changed, step by step, until the teacher sees the photograph's content and
    the paintings' style in it (Gatys et al. 2016). Ctrl-C ends early and writes what there is.
    """
    from training.interruption import stop_signals
    from training.optimise.files import optimise_files
    from training.optimise.method import Progress as Step

    with _bar() as bar, stop_signals() as stop:
        task = bar.add_task("loading the teacher", total=1.0)

        def show(step: Step) -> None:
            figures = f"content {step.losses.content:.3g}, style {step.losses.style:.3g}"
            text = f"step {step.step}/{step.steps}: {figures}"
            bar.update(task, completed=step.share, description=text)

        result = optimise_files(job, show, stop=stop)
    if not result.finished:
        _complain(f"stopped at step {result.steps}; {job.out} is the picture so far")
        return 130
    height, width = result.size
    _say(f"wrote {job.out} ({width}x{height}, {result.steps} steps)")
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
            _judge_of(config.run, config.style),
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


def ablate(config: OmitArgPrefixes[AblationConfig]) -> int:
    """Compare every quantization recipe on several styles: size, speed, picture quality.

    Writes the figures and pictures of docs/quantization.md again.
    """
    from export.ablation import ablate as run_ablation

    with _bar() as bar:
        task = bar.add_task("comparing recipes", total=1.0)
        rows = run_ablation(
            config,
            lambda run: _judge_of(run, None),
            lambda stage, share: bar.update(task, completed=share, description=stage, refresh=True),
        )
    _say(f"wrote {config.page} ({len(rows)} rows) and the pictures in {config.pictures}")
    return 0


def pack(
    action: Positional[Literal["inspect", "verify", "diff"]],
    packs: Positional[tuple[str, ...]],
) -> int:
    """Look into style packs: what is in one, whether it is whole and runs here, how two differ.

    Args:
        action: inspect shows files, gates and what accelerators take; verify checks every hash
            and runs every model once; diff compares two packs (exit status 1 where they differ).
        packs: Style packs, or names of installed styles; two for diff.
    """
    from edge_app.core.catalog import find_pack
    from edge_app.core.inspection import differences, verify
    from edge_app.core.pack import open_pack

    wanted = 2 if action == "diff" else 1
    if len(packs) < wanted or (action == "diff" and len(packs) > 2):
        raise ConfigError(f"pack {action}: expected {wanted} packs, got {len(packs)}")
    opened = [open_pack(find_pack(name)) for name in packs]
    if action == "diff":
        lines = differences(*opened)
        _say("\n".join(lines) or "no difference")
        return 1 if lines else 0
    for each in opened:
        if action == "inspect":
            _inspect(each)
        else:
            for model, how in verify(each):
                _say(f"{model.path}: {how}")
            _say(f"{each.path}: every file is what the manifest says (sha256 {each.sha256})")
    return 0


def stylize(
    photos: Positional[tuple[Path, ...]],
    style: str,
    out: Path = Path(),
    strength: float = 1.0,
    size: int | None = None,
    threads: int | None = None,
    recipe: str | None = None,
    keep_colours: bool = False,
    runtime: BackendName = "auto",
    accelerator: str = "auto",
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
        keep_colours: Take light and dark from the style, the colours from the photograph.
        runtime: The library that runs it; the best of those installed here if not given.
        accelerator: auto, none, or one that must be used: xnnpack, gpu, npu. Which there are
            depends on the runtime.
    """
    from edge_app.core.catalog import find_pack
    from edge_app.core.files import check_place
    from edge_app.core.image import WRITABLE, check_writable, read_image, write_image
    from edge_app.core.ladder import Ladder
    from edge_app.core.pack import open_pack
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
    ladder = Ladder(
        pack,
        recipe=recipe,
        size=size,
        threads=threads,
        accelerator=accelerator,
        backend=runtime,
    )
    opened = ladder.runtime()
    failures: list[str] = []
    with _bar() as bar:
        task = bar.add_task(f"stylizing with {pack.manifest.title}", total=len(targets))
        for photo, target in targets.items():
            try:
                picture = read_image(photo, min_side=MIN_SIDE)
                opened = ladder.runtime(picture.shape[:2])
                longest = size if opened.model.size is None else None
                result = run_stylizer(
                    opened,
                    picture,
                    strength=strength,
                    longest_side=longest,
                    keep_colours=keep_colours,
                )
                write_image(target, result)
            except ImageError as error:
                failures.append(str(error))
            bar.advance(task)
    ladder.close()
    if len(targets) == 1 and failures:
        raise ImageError(failures[0])
    _tell_skipped(failures)
    if len(failures) == len(targets):
        raise ImageError(f"none of the {len(targets)} photographs could be stylized")
    done = len(targets) - len(failures)
    where = next(iter(targets.values())) if len(targets) == 1 else out
    info = opened.info
    _say(
        f"{done} of {len(targets)} stylized with {pack.manifest.title}: {where} "
        f"({opened.model.path}, {info.backend} {info.version}, {info.accelerator}, "
        f"{info.threads} threads)"
    )
    return 0


def bench_run(config: OmitArgPrefixes[BenchConfig]) -> int:
    """Measure style packs: latency, load time, memory and size, beside the paper's table.

    The picture of every measured model is compared with another library's: a fast wrong picture
    is shown as a failure, and makes the exit status 1. More commands for benchmarks:
    edgestyle bench --help
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


def bench_show(file: Positional[Path], details: bool = False, report: Path | None = None) -> int:
    """Show results: the machine, the times, and what casts doubt on them.

    Args:
        file: Results of `bench run` or `bench import`.
        details: Every series with mean, median, percentiles, least and most.
        report: Write an HTML report here; without pictures, which results do not hold.
    """
    from benchmarks.results_file import read_results
    from benchmarks.table import details_table, machine_table

    results = read_results(file)
    _show(machine_table(results))
    if details:
        _show(details_table(results))
    _show_results(results)
    if report is not None:
        from benchmarks.report import write_report

        write_report(report, results)
        _say(f"report: {report}")
    return 0


def bench_compare(
    first: Positional[Path], second: Positional[Path], tolerance: float = 0.05
) -> int:
    """Compare two results of one machine; exit status 3 where something became slower or broke.

    A model counts as slower where its 95% interval lies above 1 and its median is more than the
    tolerance above the first's.

    Args:
        first: The base.
        second: What may have become slower.
        tolerance: How much slower, as a share, is not yet a regression.
    """
    from benchmarks.compare import compare
    from benchmarks.compare_table import comparison_table
    from benchmarks.results_file import read_results

    comparison = compare(read_results(first), read_results(second), tolerance=tolerance)
    _show(comparison_table(comparison))
    if not comparison.has_regressed:
        return 0
    lost = f", {len(comparison.broken)} not measured any more" if comparison.broken else ""
    _complain(f"{len(comparison.regressions)} of {len(comparison.pairs)} became slower{lost}")
    return 3


def bench_merge(files: Positional[tuple[Path, ...]], out: Path) -> int:
    """Put results of one machine together; refuses different machines, software and packs.

    Args:
        files: Results of `bench run` or `bench import`.
        out: Where the merged results go.
    """
    from benchmarks.merge import merge
    from benchmarks.results_file import read_results, write_results

    merged = merge([read_results(file) for file in files])
    write_results(out, merged)
    _say(f"wrote {out} ({len(merged.measurements) + len(merged.reported)} models)")
    return 0


def bench_import(file: Positional[Path], out: Path) -> int:
    """Turn the file that the app exports into results that can be shown, compared and merged.

    Args:
        file: The app's edgestyle-benchmark.json.
        out: Where the results go.
    """
    from benchmarks.app_report import read_app_report
    from benchmarks.results_file import write_results
    from benchmarks.table import results_table

    results = read_app_report(file)
    write_results(out, results)
    _show(results_table(results))
    _say(f"wrote {out}")
    return 0


def bench_devices() -> int:
    """List the Android phones that are connected, and say how to measure on them."""
    from benchmarks.devices.bridge import list_phones

    for phone in (phones := list_phones()):
        _say(f"adb:{phone.text}")
    if not phones:
        _say("no phone is connected (or USB debugging is off); ssh:USER@HOST needs no list")
    return 0


def evaluate(config: OmitArgPrefixes[EvaluateConfig]) -> int:
    """Judge pictures: content, style, structure, colour, regions, recognisability, flicker.

    Packs, runs and folders of finished pictures are judged on the same photographs. docs/metrics.md
    defines every figure and says what it cannot tell; --survey lets people judge instead.
    """
    if config.answers:
        return _sum_up_survey(config)
    from benchmarks.quality.evaluate import evaluate as run_evaluation
    from benchmarks.quality.panel import Drawn
    from benchmarks.quality.report import Gallery, write_quality_report
    from benchmarks.quality.results import write_evaluation
    from benchmarks.quality.subjects import Subject
    from benchmarks.quality.survey import Survey
    from benchmarks.quality.tables import markdown, screen
    from edge_app.core.files import check_place, write_text

    for path in (config.json, config.markdown, config.report):
        if path is not None:
            check_place(path)
    gallery, survey = Gallery(), None
    if config.survey is not None:
        survey = Survey(config.survey, photos=config.survey_photos)

    def keep(subject: Subject, drawn: Sequence[Drawn]) -> None:
        gallery.add(subject, drawn)
        if survey is not None:
            survey.add(subject, drawn)

    with _bar() as bar:
        task = bar.add_task("judging", total=1.0)
        evaluation = run_evaluation(
            config,
            lambda stage, share: bar.update(task, completed=share, description=stage),
            keep,
        )
    _show(screen(evaluation))
    if config.json is not None:
        write_evaluation(config.json, evaluation)
    if config.markdown is not None:
        write_text(config.markdown, markdown(evaluation))
    if config.report is not None:
        write_quality_report(config.report, evaluation, gallery)
        _say(f"report: {config.report}")
    if survey is not None:
        _say(f"survey: {survey.write()}; keep its key.json to yourself")
    return 130 if evaluation.interrupted else 0


def app(config: OmitArgPrefixes[AppConfig]) -> int:
    """Open the app: a gallery of styles, a studio for photographs, the camera live.

    Args:
        config: How it starts.
    """
    from edge_app.main import run

    run(config)
    return 0


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
            files = sorted({f"{m.format} {m.recipe}" for m in card.models})
            table.add_row(name, card.title, card.artist, card.year, ", ".join(files))
    if table.rows and _screen.is_terminal:
        _screen.print(table)
    elif table.rows:
        _show(table)  # for a reader that is no terminal nothing is folded
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
        paintings=(painting,), photos=photos, out=run, preview=photo, steps=20_000, minutes=minutes
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
        pictures=[*(replace(each, painting=picture) for each in shown), *_shipped_pictures(photo)],
        manifests=[open_pack(pack).manifest],
        training=run,
    )
    _say(f"Done. Open {(out / 'report.html').resolve()}")
    return _verdict(results)


def _shipped_pictures(photo: Path) -> Iterator[Illustration]:
    """The photograph in every style that ships."""
    from benchmarks.pictures import Illustration
    from edge_app.core.catalog import list_packs
    from edge_app.core.image import read_image
    from edge_app.core.pack import StylePack
    from edge_app.core.runtime import open_runtime
    from edge_app.core.stylizer import stylize as run_stylizer

    picture = read_image(photo)
    for pack in list_packs():
        if isinstance(pack, StylePack):
            with closing(open_runtime(pack)) as opened:
                yield Illustration(
                    title=pack.manifest.title,
                    photo=picture,
                    stylized=run_stylizer(opened, picture),
                    caption=f"{pack.manifest.artist}, {pack.manifest.year}; ships with edgestyle.",
                )


COMMANDS: dict[str, Callable[..., int]] = {
    "train": train,
    "export": export,
    "ablate": ablate,
    "pack": pack,
    "stylize": stylize,
    "bench": bench_run,  # and more: see BENCH
    "evaluate": evaluate,
    "optimise": optimise,
    "app": app,
    "styles": styles,
    "demo": demo,
}

BENCH: dict[str, Callable[..., int]] = {
    "run": bench_run,
    "show": bench_show,
    "compare": bench_compare,
    "merge": bench_merge,
    "import": bench_import,
    "devices": bench_devices,
}

BENCH_DESCRIPTION = """\
Measure style packs, and work with what was measured.

  edgestyle bench run mine.stylepack --json today.json
  edgestyle bench compare yesterday.json today.json

`edgestyle bench PACK...` is short for `edgestyle bench run PACK...`."""

EXTRAS = {
    "train": "train",
    "optimise": "train",
    "export": "export",
    "ablate": "export",
    "bench": "bench",
    "app": "app",
    "evaluate": "evaluate",
    "demo": "demo",
}
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
        commands, prog, description, rest = COMMANDS, "edgestyle", DESCRIPTION, words
        if words[:1] == ["bench"]:
            commands, prog, description = BENCH, "edgestyle bench", BENCH_DESCRIPTION
            rest = words[1:]
            if rest and rest[0] not in {*BENCH, "-h", "--help"}:
                rest = ["run", *rest]
        with _registry:
            status = tyro.extras.subcommand_cli_from_dict(
                commands,
                prog=prog,
                description=description,
                args=rest or ["--help"],
                config=(tyro.conf.EnumChoicesFromValues,),
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


def _judge_of(run: Path, style: str | None) -> Callable[[Bytes, Bytes], tuple[float, float]] | None:
    """The judge of a run's pictures; None, with a warning, where its painting is gone."""
    from benchmarks.quality.judge import judge_of_run

    try:
        return judge_of_run(run, style)
    except FileNotFoundError as error:
        _warn(f"{error}: content and style distance are not measured")
        return None


def _inspect(opened: StylePack) -> None:
    from edge_app.core.inspection import delegate_text

    card, origin = opened.manifest, opened.manifest.provenance
    _say(f"{card.title} by {card.artist}, {card.year} ({card.licence}): {card.description}")
    _say(f"network {card.network}, {origin.steps} steps on {origin.photo_count} photographs")
    for name, value in card.quality.items():
        _say(f"{name} {value:g}")
    for model in card.models:
        _say(f"\n{model.path}: {model.recipe}, {model.size_text}, {model.size_bytes / 1e3:.0f} kB")
        for gate in model.gates:
            figures = f"worst {gate.worst:.4g}, median {gate.median:.4g}, asked {gate.threshold:g}"
            _say(f"  {gate.metric}: {figures} {gate.unit} on {gate.on}")
        for text in (model.not_run, model.why, model.not_reproducible):
            if text:
                _say(f"  {text}")
        if model.lint is not None:
            listed = ", ".join(f"{count} {name}" for name, count in model.lint.operators.items())
            _say(f"  operators: {listed}")
            for delegate in model.lint.delegates:
                _say(f"  {delegate_text(delegate)}")


def _measure(config: BenchConfig) -> tuple[Results, list[Illustration]]:
    from benchmarks.devices.place import Kind, parse_place
    from benchmarks.latency import bench as measure_here

    place = parse_place(config.on)
    pictures: list[Illustration] = []
    with _bar() as bar:
        task = bar.add_task("measuring", total=1.0)

        def tell(stage: str, share: float) -> None:
            bar.update(task, completed=share, description=stage)

        if place.kind is Kind.HERE:
            results = measure_here(config, tell, pictures.append)
        else:
            from benchmarks.devices.bench import bench_on

            results = bench_on(place, config, tell)
    _show_results(results)
    return results, pictures


def _show_results(results: Results) -> None:
    from benchmarks.compare import compare_packs
    from benchmarks.compare_table import comparison_table
    from benchmarks.table import results_table

    _show(results_table(results))
    if results.settings.interleaved and len(results.by_pack) == 2:
        _show(comparison_table(compare_packs(results), titles=True))


def _sum_up_survey(config: EvaluateConfig) -> int:
    from benchmarks.quality.answers import read_answers, sum_up, survey_sheets
    from benchmarks.quality.survey import read_key
    from benchmarks.quality.tables import sheets_in_markdown, sheets_on_screen
    from edge_app.core.files import write_text
    from edge_app.core.strict_json import to_json

    assert config.survey is not None, "EvaluateConfig has seen to it"
    key = read_key(config.survey)
    summary = sum_up(key, [read_answers(path, key) for path in config.answers])
    sheets = survey_sheets(summary)
    _show(sheets_on_screen(sheets))
    if config.json is not None:
        write_text(config.json, to_json(summary))
    if config.markdown is not None:
        write_text(config.markdown, "\n".join(["# Survey", "", *sheets_in_markdown(sheets)]))
    return 0


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
        disable=not _first,
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
