"""`edgestyle export`, and `edgestyle ablate`, which compares its recipes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from tyro.conf import OmitArgPrefixes

from commands.console import progress_bar, say, show, tell_skipped, warn
from export.ablation_config import AblationConfig
from export.config import ExportConfig

if TYPE_CHECKING:
    from edge_app.core.image import Bytes


def export(config: OmitArgPrefixes[ExportConfig]) -> int:
    """Export a trained run as a style pack: TFLite, Core ML and ONNX, each file checked.

    Every file is compared with the trained network on photographs; a file that differs by more
    than its recipe allows is not shipped, and nothing is written.
    """
    from export.build import export as run_export

    with progress_bar() as bar:
        task = bar.add_task("exporting", total=1.0)
        pack = run_export(
            config,
            lambda stage, share: bar.update(task, completed=share, description=stage, refresh=True),
            lambda skipped: tell_skipped(skipped.values()),
            lambda style: judge_of(config.run, style, config.paintings, config.teacher_weights),
        )
    table = Table("file", "size", "gate", "worst", "allowed", box=None)
    for model in pack.manifest.models:
        for gate in model.gates:
            unit = gate.unit_text
            worst, allowed = f"{gate.worst:.4g}{unit}", f"{gate.threshold:g}{unit}"
            table.add_row(
                model.path, f"{model.size_bytes / 1e3:.0f} kB", gate.metric, worst, allowed
            )
        if model.not_run:
            table.add_row(model.path, f"{model.size_bytes / 1e3:.0f} kB", model.not_run, "", "")
    show(table)
    say(f"wrote {pack.path}")
    return 0


def ablate(config: OmitArgPrefixes[AblationConfig]) -> int:
    """Compare every quantization recipe on several styles: size, speed, picture quality.

    Writes the figures and pictures of docs/quantization.md again.
    """
    from export.ablation import ablate as run_ablation

    with progress_bar() as bar:
        task = bar.add_task("comparing recipes", total=1.0)
        rows = run_ablation(
            config,
            lambda run: judge_of(run, None, config.paintings, config.teacher_weights),
            lambda stage, share: bar.update(task, completed=share, description=stage, refresh=True),
            machine=_machine(),
        )
    say(f"wrote {config.page} ({len(rows)} rows) and the pictures in {config.pictures}")
    return 0


def _machine() -> str:
    """'AMD EPYC 7763, 2 cores (avx2, fma); ai-edge-litert 2.3.0, ...'."""
    from benchmarks.environment import read_environment
    from export.card import CONVERTERS
    from training.run import version_of

    found = read_environment()
    flags = ", ".join(found.cpu_flags) or "instructions not known"
    libraries = ", ".join(f"{name} {version_of(name)}" for name in CONVERTERS)
    return f"{found.cpu}, {found.cores} cores ({flags}); {libraries}."


def judge_of(
    run: Path,
    style: str | None,
    paintings: Path | None = None,
    teachers: Sequence[Path] = (),
) -> Callable[[Bytes, Bytes], tuple[float, float]] | None:
    """The judge of a run's pictures, its painting and teacher also looked for elsewhere.

    None, with a warning, where they are gone.
    """
    from benchmarks.quality.judge import judge_of_run

    try:
        return judge_of_run(run, style, paintings=paintings, teachers=teachers)
    except FileNotFoundError as error:
        warn(
            f"{error}: content and style distance are not measured; --paintings and "
            "--teacher-weights say where such files are"
        )
        return None
