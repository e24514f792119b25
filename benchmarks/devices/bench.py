"""The same benchmark on another device: `--on`."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.config import BenchConfig
from benchmarks.devices.android import bench_natively, bench_with_app
from benchmarks.devices.bridge import find_phone
from benchmarks.devices.computer import bench_on_computer
from benchmarks.devices.place import Kind, Place
from benchmarks.devices.secure_shell import SecureShell
from benchmarks.outputs import check_outputs
from benchmarks.results import Results
from benchmarks.results_file import save_results
from edge_app.core.errors import ConfigError


def bench_on(
    place: Place,
    config: BenchConfig,
    on_progress: Callable[[str, float], None] | None = None,
) -> Results:
    """Measure on another device; `benchmarks.latency.bench` does on this one.

    Raises:
        DeviceError: the device cannot be reached, went away, or lacks what is needed.
        EdgestyleError: as `benchmarks.latency.bench`.
    """
    check_outputs(config)
    if place.kind is Kind.SSH:
        if config.ssh_config is not None and not config.ssh_config.is_file():
            raise ConfigError(f"ssh_config: {config.ssh_config} is no file")
        options = () if config.ssh_config is None else ("-F", str(config.ssh_config))
        shell = SecureShell(host=place.name, options=options)
        results = bench_on_computer(config, shell, on_progress)
        save_results(config.json, results)
        return results
    if config.interleave or config.processes > 1:
        raise ConfigError(
            "interleave, processes: not on a phone; every run is a process of its own there"
        )
    phone = find_phone(place.name)
    measure = bench_with_app if config.benchmark_model is None else bench_natively
    return measure(config, phone, on_progress)
