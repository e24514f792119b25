"""What this machine reaches at best: multiply-adds and bytes a second, for a roofline.

    python -m benchmarks.ceiling THREADS

measures and writes JSON to its output. Peak arithmetic is what BLAS reaches in multiplying two
large float32 matrices (numpy's own: OpenBLAS, or Accelerate on a Mac); bandwidth is a copy between
two arrays far larger than the caches, counted as STREAM's Copy is: what is read plus what is
written (McCalpin, "Memory Bandwidth and Machine Balance in Current High Performance Computers",
1995). Both are the best of several tries, as a ceiling should be. BLAS takes its number of threads
from the environment when it is loaded, so each number needs a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.timing import Series, measure
from edge_app.core import strict_json
from edge_app.core.errors import ResultsError

SIDE = 1024
"""Of the matrices: 12 MB in all, and a second of work on a slow core."""
COPY_BYTES = 128 * 2**20
"""Of each array: four times the largest cache of what this is for, as STREAM asks."""
RUNS, WARMUPS = 10, 2

ROOT = Path(__file__).parents[1]
THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


@dataclass(frozen=True, kw_only=True)
class Ceiling:
    """The best that so many threads of this machine reached."""

    threads: int
    blas: str
    """What multiplied: "scipy-openblas 0.3.31"."""
    side: int
    """Of the float32 matrices."""
    product: Series
    """Multiplying two of them."""
    copy_bytes: int
    copy: Series
    """Copying so many bytes."""

    @property
    def multiply_adds_per_s(self) -> float:
        """Peak arithmetic, float32."""
        return float(self.side**3 / (self.product.min_ms / 1000))

    @property
    def bytes_per_s(self) -> float:
        """Peak bandwidth, reading and writing together."""
        return 2 * self.copy_bytes / (self.copy.min_ms / 1000)


def measure_ceiling(threads: int, *, timeout_s: float = 300.0) -> Ceiling:
    """Measure in a process of its own.

    Raises:
        ResultsError: the process failed or took too long.
    """
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        **dict.fromkeys(THREAD_VARIABLES, str(threads)),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter and this module
            [sys.executable, "-m", "benchmarks.ceiling", str(threads)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ResultsError(
            f"measuring this machine's peak took more than {timeout_s:g} seconds"
        ) from error
    if done.returncode != 0:
        told = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ResultsError(
            f"this machine's peak could not be measured: {told[-1] if told else done.returncode}"
        )
    return strict_json.from_json(Ceiling, done.stdout, where="the peak", error=ResultsError)


def reach(threads: int) -> Ceiling:
    """Measure in this process, whose BLAS was told its number of threads before it was loaded."""
    rng = np.random.default_rng(0)
    first, second = (rng.random((SIDE, SIDE), np.float32) for _ in range(2))
    result = np.empty_like(first)
    product = measure(lambda: np.matmul(first, second, out=result), runs=RUNS, warmups=WARMUPS)
    source, target = np.ones(COPY_BYTES, np.uint8), np.empty(COPY_BYTES, np.uint8)
    parts = list(zip(np.array_split(target, threads), np.array_split(source, threads)))
    with ThreadPoolExecutor(threads) as pool:  # numpy copies without holding Python's lock
        copy = measure(
            lambda: list(pool.map(lambda pair: np.copyto(*pair), parts)),
            runs=RUNS,
            warmups=WARMUPS,
        )
    return Ceiling(
        threads=threads,
        blas=_blas(),
        side=SIDE,
        product=product,
        copy_bytes=COPY_BYTES,
        copy=copy,
    )


def _blas() -> str:
    told = np.show_config(mode="dicts")
    blas = told.get("Build Dependencies", {}).get("blas", {}) if isinstance(told, dict) else {}
    return " ".join(filter(None, (blas.get("name"), blas.get("version")))) or "unknown"


if __name__ == "__main__":
    sys.stdout.write(strict_json.to_json(reach(int(sys.argv[1]))))
