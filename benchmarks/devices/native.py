"""LiteRT's own `benchmark_model` on an Android phone, for who has the program.

It tells only averages of its runs, so every sample here is one process that runs the model once
after its warm-ups: raw figures, and differences between processes are in them. It feeds the model
random numbers; nobody sees the picture.

https://ai.google.dev/edge/litert/models/measurement describes the program and where to get it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.battery import Battery
from benchmarks.devices.bridge import Phone
from benchmarks.devices.phone import read_battery
from benchmarks.reported import Reported, Scope
from benchmarks.timing import Series
from edge_app.core.errors import DeviceError
from edge_app.core.manifest import ModelFile
from edge_app.core.pack import StylePack
from edge_app.core.size import Size

BY = "benchmark_model"
PROGRAM = "benchmark_model"

DELEGATES = {"xnnpack": "XNNPackDelegate", "gpu": "GpuDelegate", "npu": "NnApiDelegate"}
"""Accelerator -> the delegate's name in what the program writes."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one process of the program wrote."""

    sample_ms: float
    load_ms: float
    first_run_ms: float
    runs: int
    """How often it ran the model, warm-ups included."""
    accelerator: str
    """'xnnpack', 'gpu', or 'none' where no delegate took an operator."""
    share: float
    """How much of the model's operators it took, 0 to 1."""
    peak_bytes: int | None


def measure_natively(
    phone: Phone,
    folder: str,
    pack: StylePack,
    model: ModelFile,
    *,
    threads: int,
    runs: int,
    warmups: int,
    accelerator: str = "auto",
    timeout_s: float = 600.0,
) -> tuple[Reported | None, DeviceError | KeyboardInterrupt | None]:
    """Run one TFLite model of a pack `runs` times, each in a process of its own.

    What was told before the program failed, the phone went away, or Ctrl-C, is kept.

    Args:
        phone: where.
        folder: a folder there that holds PROGRAM already.
        pack: whose model.
        model: of a fixed size.
        threads: CPU threads.
        runs: samples.
        warmups: runs before each sample.
        accelerator: 'auto' (XNNPACK), 'none', 'xnnpack', 'gpu' or 'npu'.
        timeout_s: for each process.

    Returns:
        The times of the processes that came to their end, None if none did; and what ended the
        measuring early, if anything: the program failed, wrote what cannot be understood, the
        phone went away, or Ctrl-C.
    """
    told: list[Told] = []
    battery: list[Battery | None] = []
    try:
        phone.push(pack.read(model.path), f"{folder}/model.tflite")
        command = _command(folder, threads=threads, warmups=warmups, accelerator=accelerator)
        battery.append(read_battery(phone))
        for _ in range(runs):
            status, output = phone.attempt(command, timeout_s=timeout_s)
            if status != 0:
                raise phone.failed(output, status)
            told.append(parse(output))
        battery.append(read_battery(phone))
    except (DeviceError, KeyboardInterrupt) as error:
        if not told:
            return None, error
        return _reported(pack, model, told, accelerator, threads, warmups), error
    reported = _reported(pack, model, told, accelerator, threads, warmups)
    return replace(reported, battery_before=battery[0], battery_after=battery[1]), None


def _reported(
    pack: StylePack,
    model: ModelFile,
    told: Sequence[Told],
    accelerator: str,
    threads: int,
    warmups: int,
) -> Reported:
    assert model.size is not None
    size: Size = model.size
    used = told[-1]
    wanted = {"auto": "xnnpack"}.get(accelerator, accelerator)
    note = ""
    if used.accelerator != wanted:
        note = f"{wanted} was asked for, {used.accelerator} ran it"
    elif used.share < 1 and wanted != "none":
        note = f"{wanted} took {used.share:.0%} of the operators"
    peaks = [each.peak_bytes for each in told if each.peak_bytes is not None]
    return Reported(
        by=BY,
        scope=Scope.MODEL,
        pack=pack.manifest.id,
        title=pack.manifest.title,
        pack_sha256=pack.sha256,
        model_path=model.path,
        recipe=model.recipe,
        size=size,
        backend="litert",
        backend_version="unknown",
        threads=threads,
        accelerator=used.accelerator,
        asked=accelerator,
        note=note,
        load_ms=told[0].load_ms,
        first_run_ms=told[0].first_run_ms,
        times=Series(
            warmups_ms=tuple(each.first_run_ms for each in told) if warmups else (),
            samples_ms=tuple(each.sample_ms for each in told),
        ),
        processes=len(told),
        peak_bytes=max(peaks, default=None),
        runs=sum(each.runs for each in told),
    )


def parse(output: str) -> Told:
    """Read what one process wrote.

    Raises:
        DeviceError: a line is missing, or it ran the model more often than once.
    """
    # One run is written as "count=1 curr=9876", several with first=, min= and so on.
    series = re.findall(r"count=(\d+)(?: first=\d+)? curr=(\d+)", output)
    summary = re.search(r"Init: ([\d.e+]+), First inference: ([\d.e+]+)", output)
    if not series or summary is None:
        raise DeviceError(f"{PROGRAM} wrote no timings; its last line: {_last(output)}")
    count, sample_us = series[-1]
    if count != "1":
        raise DeviceError(f"{PROGRAM}: expected one timed run, got {count}; is it an old version?")
    accelerator, share = _accelerator(output)
    peak = re.search(r"peak memory footprint \(MB\)[^:]*: ([\d.]+)", output)
    return Told(
        sample_ms=int(sample_us) / 1000,
        load_ms=float(summary[1]) / 1000,
        first_run_ms=float(summary[2]) / 1000,
        runs=sum(int(count) for count, _ in series),
        accelerator=accelerator,
        share=share,
        peak_bytes=round(float(peak[1]) * 2**20) if peak else None,
    )


def _command(folder: str, *, threads: int, warmups: int, accelerator: str) -> str:
    flags = {
        "graph": "model.tflite",
        "num_threads": threads,
        "num_runs": 1,
        "min_secs": 0,  # otherwise it runs the model for a second at least, however often
        "warmup_runs": warmups,
        "warmup_min_secs": 0,
        "use_xnnpack": _flag(accelerator in {"auto", "xnnpack"}),
        "use_gpu": _flag(accelerator == "gpu"),
        "use_nnapi": _flag(accelerator == "npu"),
        "report_peak_memory_footprint": _flag(True),
    }
    words = " ".join(f"--{name}={value}" for name, value in flags.items())
    return f"cd {shlex.quote(folder)} && ./{PROGRAM} {words}"


def _accelerator(output: str) -> tuple[str, float]:
    pattern = r"Replacing (\d+) out of (\d+) node\(s\) with delegate \((\w+)\)"
    for taken, of, delegate in reversed(re.findall(pattern, output)):
        for name, sign in DELEGATES.items():
            if sign.lower() in delegate.lower() and int(taken) and int(of):
                return name, int(taken) / int(of)
    return "none", 0.0


def _flag(value: bool) -> str:
    return str(value).lower()


def _last(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "none"
