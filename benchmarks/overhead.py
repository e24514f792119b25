"""What this harness adds to a model's time, beside LiteRT's own benchmark script.

    python -m benchmarks.overhead mine.stylepack --size 256

runs a pack's TFLite file in turns, each time in fresh processes: as `edgestyle bench` does, where
`model` spans a picture's way into and out of the library too, and as `litert-benchmark` of the
ai-edge-litert package does, which times the bare run. Prints both medians and their ratio.

Exit status 0: the 95% interval of the ratio lies within the limit; 3: it lies beyond; 4: it does
neither, so this machine, or so few rounds, cannot tell; 1: it could not be measured, and why.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from enum import StrEnum
from pathlib import Path

import tyro

from benchmarks.child import work_in_child
from benchmarks.ratio import Ratio, ratio
from benchmarks.scene import draw_scene
from benchmarks.worker import Job, Task
from edge_app.core.catalog import find_pack
from edge_app.core.errors import ConfigError, EdgestyleError, ResultsError
from edge_app.core.image import write_image
from edge_app.core.manifest import Format
from edge_app.core.pack import StylePack, open_pack
from edge_app.core.runtime import DEFAULT_RECIPE, choose_models

SCRIPT = ("-m", "ai_edge_litert.tools.benchmark_litert_model")

TIMEOUT_S = 600.0

LIMIT = 0.03
"""How much the harness may differ from LiteRT's script, as a share: the target that was set (see
docs/benchmarks.md)."""


class Verdict(StrEnum):
    """Whether the harness measures what LiteRT's script measures."""

    WITHIN = "within the limit"
    BEYOND = "beyond the limit"
    UNKNOWN = "cannot tell; take more rounds, on a quiet machine"


STATUS = {Verdict.WITHIN: 0, Verdict.BEYOND: 3, Verdict.UNKNOWN: 4}
"""The exit status of each."""


def overhead(
    pack: StylePack,
    *,
    size: int,
    recipe: str = DEFAULT_RECIPE,
    threads: int = 1,
    runs: int = 30,
    warmups: int = 5,
    rounds: int = 5,
) -> tuple[list[float], list[float], Ratio]:
    """The medians in ms of every round, LiteRT's and ours, and ours over LiteRT's.

    Raises:
        ConfigError: the pack has no such TFLite model.
        ResultsError: a process failed.
    """
    model = choose_models(pack, recipe=recipe, size=size, format=Format.TFLITE)[0]
    assert model.size is not None
    theirs: list[float] = []
    ours: list[float] = []
    with tempfile.TemporaryDirectory(prefix="edgestyle-overhead-") as temporary:
        folder = Path(temporary)
        file = folder / "model.tflite"
        file.write_bytes(pack.read(model.path))
        write_image(folder / "photo.png", draw_scene(*model.size))
        job = Job(
            task=Task.MEASURE,
            pack=pack.path.absolute(),
            recipe=recipe,
            size=model.size,
            format=Format.TFLITE,
            threads=threads,
            photo=folder / "photo.png",
            runs=runs,
            warmups=warmups,
        )

        def by_us() -> None:
            timings = work_in_child(job, folder, timeout_s=TIMEOUT_S).timings
            assert timings is not None
            ours.append(timings.times.model.median_ms)

        def by_litert() -> None:
            theirs.append(_by_script(file, folder, threads=threads, runs=runs, warmups=warmups))

        for number in range(rounds):
            turns = (by_us, by_litert)
            for turn in turns if number % 2 else turns[::-1]:
                turn()
    return theirs, ours, ratio(theirs, ours)


def verdict(times: Ratio, limit: float = LIMIT) -> Verdict:
    """What the interval of a ratio says; a median alone, however near to 1, says nothing.

    Raises:
        ConfigError: a limit that is no share above 0.
    """
    if not 0 < limit < 1:
        raise ConfigError(f"limit: expected a share like {LIMIT}, got {limit}")
    if times.low is None or times.high is None:
        return Verdict.UNKNOWN
    if times.low > 1 + limit or times.high < 1 / (1 + limit):
        return Verdict.BEYOND
    if 1 / (1 + limit) <= times.low and times.high <= 1 + limit:
        return Verdict.WITHIN
    return Verdict.UNKNOWN


def main(
    pack: tyro.conf.Positional[str],
    size: int = 256,
    recipe: str = DEFAULT_RECIPE,
    threads: int = 1,
    runs: int = 30,
    warmups: int = 5,
    rounds: int = 5,
    limit: float = LIMIT,
) -> int:
    """Compare this harness with LiteRT's own benchmark script on the same file.

    Exit status 0: within the limit; 3: beyond; 4: cannot tell; 1: not measured.

    Args:
        pack: Style pack, or the name of an installed one.
        size: Longest side of its TFLite model.
        recipe: Quantization recipe.
        threads: Number of threads.
        runs: Timed runs in each process.
        warmups: Runs before them.
        rounds: Processes of each; four are the fewest that can tell.
        limit: How much this harness may differ, as a share.
    """
    try:
        theirs, ours, times = overhead(
            open_pack(find_pack(pack)),
            size=size,
            recipe=recipe,
            threads=threads,
            runs=runs,
            warmups=warmups,
            rounds=rounds,
        )
        found = verdict(times, limit)
    except EdgestyleError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    lines = (
        f"LiteRT's script: {statistics.median(theirs):.3f} ms, median of {rounds} processes",
        f"edgestyle bench: {statistics.median(ours):.3f} ms",
        f"ratio: {times.text}, {limit:.1%} allowed: {found}",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    return STATUS[found]


def _by_script(file: Path, folder: Path, *, threads: int, runs: int, warmups: int) -> float:
    told = folder / "litert.json"
    told.unlink(missing_ok=True)
    words = {
        "--model": file,
        "--num_threads": threads,
        "--num_runs": runs,
        "--warmup_runs": warmups,
        "--result_json": told,
    }
    options = [str(word) for pair in words.items() for word in pair]
    done = subprocess.run(  # noqa: S603 - this interpreter and LiteRT's module
        [sys.executable, *SCRIPT, *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0 or not told.is_file():
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ResultsError(
            f"LiteRT's benchmark script failed: {last[-1] if last else done.returncode}; it comes "
            f"with ai-edge-litert 2.3 and later"
        )
    return float(json.loads(told.read_text(encoding="utf-8"))["latency"]["median_ms"])


if __name__ == "__main__":
    sys.exit(tyro.cli(main))
