"""How long each method takes from a photograph's file to its picture, by size and image type."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.environment import read_condition, read_environment
from benchmarks.papers.config import TIMED_SIDE, Method, PapersConfig, Tell
from benchmarks.papers.findings import IMAGE_TYPES, Decoding, Drawing, Execution
from benchmarks.papers.practice import reference
from benchmarks.quality.photographs import square
from benchmarks.scene import draw_scene
from benchmarks.timing import TESTS, Series, measure
from edge_app.core.image import Bytes, read_image, write_image
from training.data import read_tensor, to_picture, to_tensor
from training.network import Stylizer
from training.optimise.method import Progress, optimise
from training.teacher import load_teacher
from training.trunk import load_style

WARMUPS = 2


def time_methods(config: PapersConfig, runs: Mapping[Method, Path], tell: Tell) -> Execution:
    """Time every method at every size; TESTS samples each after WARMUPS.

    Of NAAS single steps are timed: a whole picture would take minutes a sample, and a step costs
    what the one before cost.

    Args:
        config: sizes and threads.
        runs: a training of each network.
        tell: told what is timed.
    """
    before = read_condition()
    decodings: list[Decoding] = []
    drawings: list[Drawing] = []
    with tempfile.TemporaryDirectory(prefix="edgestyle-papers-") as folder, _threads(config):
        scene = draw_scene(TIMED_SIDE, TIMED_SIDE)
        files = {name: Path(folder) / f"scene{ending}" for name, ending in IMAGE_TYPES.items()}
        for path in files.values():
            write_image(path, scene)
        for number, size in enumerate(config.sizes):
            tell(f"timing the methods at {size}x{size}", number / len(config.sizes))
            for name, path in files.items():
                times = measure(partial(_decoded, path, size), runs=TESTS, warmups=WARMUPS)
                decodings.append(Decoding(image_type=name, size=size, times=times))
            photo = to_tensor(_decoded(files["JPEG"], size))
            for method, run in runs.items():
                draw = partial(_drawn, load_style(run), photo)
                times = measure(draw, runs=TESTS, warmups=WARMUPS)
                drawings.append(Drawing(method=method, size=size, times=times, steps=1))
            steps = _naas(config, photo)
            drawings.append(
                Drawing(method=Method.NAAS, size=size, times=steps, steps=config.naas_steps)
            )
    return Execution(
        threads=config.threads,
        runtime=f"PyTorch {torch.__version__.partition('+')[0]} on the CPU",
        environment=read_environment(),
        before=before,
        after=read_condition(),
        decodings=tuple(decodings),
        drawings=tuple(drawings),
    )


def _decoded(path: Path, size: int) -> Bytes:
    return square(read_image(path, reduce_to=size), size)


@torch.inference_mode()
def _drawn(stylizer: Stylizer, photo: Tensor) -> Bytes:
    return to_picture(stylizer(photo))


def _naas(config: PapersConfig, photo: Tensor) -> Series:
    """The first steps on a picture, one sample each."""
    method = replace(reference(config), steps=1 + WARMUPS + TESTS)
    painting = read_tensor(config.paintings[0], long_side=config.style_size)
    teacher = load_teacher(method.teacher, weights=method.teacher_weights, pooling=method.pooling)
    moments: list[int] = []

    def watch(_progress: Progress) -> None:
        moments.append(time.perf_counter_ns())

    optimise(photo, [painting], method, watch, teacher=teacher)
    steps = [(late - early) / 1e6 for early, late in pairwise(moments)]
    return Series(warmups_ms=tuple(steps[:WARMUPS]), samples_ms=tuple(steps[WARMUPS:]))


@contextmanager
def _threads(config: PapersConfig) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(config.threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
