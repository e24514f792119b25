"""A benchmark on an Android phone: with LiteRT's program, or with the app installed there."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from benchmarks.app_report import parse_app_report
from benchmarks.config import BenchConfig
from benchmarks.devices.bridge import Phone
from benchmarks.devices.native import BY, PROGRAM, measure_natively
from benchmarks.devices.phone import read_phone, read_phone_condition
from benchmarks.environment import edgestyle_version
from benchmarks.plan import Target, plan
from benchmarks.reported import Reported
from benchmarks.results import Results, Settings
from benchmarks.results_file import save_results, save_so_far
from edge_app.core.bench_report import EXTRA, RUN
from edge_app.core.errors import ConfigError, DeviceError, ResultsError
from edge_app.core.manifest import Format

FOLDER = "/data/local/tmp"
"""Where a shell may write and run programs."""

APP = "org.edgestyle.edgestyle"
ACTIVITY = f"{APP}/org.kivy.android.PythonActivity"
EXPORTS = "/sdcard/Download/edgestyle"
"""Where the app puts its benchmark's file."""

POLL_S = 1.0

SAVING_S = 10.0
"""How long the app may take to save what it has once it left the screen; it waits for no model."""

Tell = Callable[[str, float], None]


def bench_natively(config: BenchConfig, phone: Phone, on_progress: Tell | None = None) -> Results:
    """Measure the packs' TFLite models with the user's `benchmark_model`.

    What a phone measured before it went away, or before Ctrl-C, is kept.

    Args:
        config: what and how; `benchmark_model` is the program for the phone's processor.
        phone: where.
        on_progress: as in `benchmarks.latency.bench`.

    Raises:
        DeviceError: the phone went away before anything was measured, or has no room.
        ConfigError: no program; a pack holds nothing that was asked for.
        StorageError: `config.json` cannot be written.
    """
    tell = on_progress or (lambda _text, _share: None)
    if config.benchmark_model is None:
        raise ConfigError("benchmark_model: expected LiteRT's program for the phone")
    try:
        program = config.benchmark_model.read_bytes()
    except OSError as error:
        raise ConfigError(f"benchmark_model: {error}") from error
    targets = list(plan(replace(config, runtime="litert")))
    tell(f"looking at {phone.serial}", 0.0)
    results = _no_results(config, phone)
    folder = f"{FOLDER}/edgestyle-{time.time_ns():x}"
    phone.run(f"mkdir -p {folder}")
    try:
        phone.push(program, f"{folder}/{PROGRAM}", mode=0o755)
        for i, target in enumerate(targets):
            tell(f"{target.text} on {phone.serial}", i / len(targets))
            reported, ended = _measured(config, phone, folder, target)
            if reported is not None:
                results = replace(results, reported=(*results.reported, reported))
            if isinstance(ended, KeyboardInterrupt):
                raise ended
            if ended is not None:
                failure = target.failed(str(ended))
                results = replace(results, failures=(*results.failures, failure))
            try:
                results = replace(results, after=read_phone_condition(phone))
            except DeviceError:  # it is gone
                if not results.reported:
                    raise
                return _kept(config, replace(results, interrupted=True))
            save_so_far(config.json, results)
    except KeyboardInterrupt:
        if not results.reported:
            raise
        return _kept(config, replace(results, interrupted=True))
    finally:
        with suppress(DeviceError):
            phone.run(f"rm -rf {folder}")
    tell("measured", 1.0)
    return _kept(config, results)


def bench_with_app(config: BenchConfig, phone: Phone, on_progress: Tell | None = None) -> Results:
    """Have the app run its benchmark and save what it found, and fetch the file.

    The intent that starts it asks for that (EXTRA in edge_app/core/bench_report.py); an app that
    runs is ended first. It measures the styles that are installed in it, not the packs that were
    named. Only what is on the screen is measured: the phone must be unlocked. After Ctrl-C what
    the app had measured by then is kept.

    Raises:
        DeviceError: the app is not installed; nothing was saved in `config.timeout_s`; the phone
            went away.
        KeyboardInterrupt: Ctrl-C before anything was measured.
        ResultsError: the file cannot be read.
        StorageError: `config.json` cannot be written.
    """
    tell = on_progress or (lambda _text, _share: None)
    if phone.attempt(f"pm path {APP}")[0] != 0:
        raise DeviceError(
            f"{phone.serial}: the app ({APP}) is not installed; build it with `make apk`, or give "
            f"LiteRT's program: --benchmark-model"
        )
    environment, before = read_phone(phone), read_phone_condition(phone)
    old = _exports(phone)
    phone.attempt("input keyevent KEYCODE_WAKEUP")  # by itself only what is on the screen runs
    phone.run(f"am start -S -n {ACTIVITY} --es {EXTRA} {RUN}")
    with _saying_where_it_lies():
        results = _of_the_app(phone, old, tell, timeout_s=config.timeout_s)
    if results is None:
        raise DeviceError(
            f"{phone.serial}: no result was saved to {EXPORTS} in {config.timeout_s:g} "
            f"seconds; is the phone unlocked, and the app on its screen? An older app does not "
            f"begin by itself: open Benchmark, run it, and save the result"
        )
    after = results.after  # which the app does not tell
    with suppress(DeviceError):  # it is gone, but everything is here
        after = read_phone_condition(phone)
    tell("measured", 1.0)
    return _kept(
        config,
        replace(
            results,
            # The shell is told more than the app: the processor's name, its memory.
            environment=replace(environment, python=results.environment.python),
            before=before,
            after=after,
        ),
    )


def _measured(
    config: BenchConfig, phone: Phone, folder: str, target: Target
) -> tuple[Reported | None, DeviceError | KeyboardInterrupt | None]:
    """See `measure_natively`."""
    models = [
        model
        for model in target.pack.models(format=Format.TFLITE)
        if model.recipe == target.recipe and model.size == target.size
    ]
    if not models:
        return None, DeviceError(f"{BY} needs a TFLite model of this size, the pack has none")
    return measure_natively(
        phone,
        folder,
        target.pack,
        models[0],
        threads=target.threads,
        runs=config.runs,
        warmups=config.warmups,
        accelerator=target.accelerator,
        timeout_s=config.timeout_s,
    )


def _no_results(config: BenchConfig, phone: Phone) -> Results:
    now = read_phone_condition(phone)
    return Results(
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        version=edgestyle_version(),
        settings=Settings(
            runs=1,
            warmups=config.warmups,
            photo="random numbers",
            photo_size=(0, 0),
            isolated=True,
            processes=config.runs,
        ),
        environment=read_phone(phone),
        before=now,
        after=now,
        measurements=(),
    )


def _of_the_app(
    phone: Phone, old: set[tuple[str, int]], tell: Tell, *, timeout_s: float
) -> Results | None:
    """What the app saves that is not among the `old` files; None where it saves nothing in time."""
    try:
        told = "leave it unlocked, and the app on its screen"
        tell(f"the app measures on {phone.serial}; {told}", 0.0)
        return _fetched(phone, old, within_s=timeout_s)
    except KeyboardInterrupt:
        tell("the app saves what it has", 1.0)
        # Out of sight it ends its benchmark and saves what it has.
        phone.attempt("input keyevent KEYCODE_HOME")
        results = None
        with suppress(ResultsError):  # of an app that had measured nothing
            results = _fetched(phone, old, within_s=SAVING_S)
        if results is None:
            raise
        return replace(results, interrupted=True)


def _fetched(phone: Phone, old: set[tuple[str, int]], *, within_s: float) -> Results | None:
    """Wait for a file that is not among the `old` ones, and read it; None where there is none."""
    deadline = time.monotonic() + within_s
    while not (new := _exports(phone) - old):
        if time.monotonic() > deadline:
            return None
        time.sleep(POLL_S)
    name = max(new, key=lambda each: each[1])[0]
    return parse_app_report(phone.pull(f"{EXPORTS}/{name}"), where=f"{phone.serial}: {name}")


@contextmanager
def _saying_where_it_lies() -> Iterator[None]:
    """Append to a DeviceError that the app needs nobody, and where its file will be."""
    try:
        yield
    except DeviceError as error:
        raise DeviceError(
            f"{error}. The app goes on by itself; its file will lie in {EXPORTS} on the phone: "
            f"copy it, and `edgestyle bench import` reads it"
        ) from error


def _exports(phone: Phone) -> set[tuple[str, int]]:
    """Names and times of the app's files."""
    listing = phone.attempt(f"cd {EXPORTS} && stat -c '%Y %s %n' *.json")[1]
    found = set()
    for line in listing.splitlines():
        seconds, _, rest = line.partition(" ")
        size, _, name = rest.partition(" ")
        if seconds.isdecimal() and size.isdecimal() and int(size):  # 0: still being written
            found.add((name, int(seconds)))
    return found


def _kept(config: BenchConfig, results: Results) -> Results:
    save_results(config.json, results)
    return results
