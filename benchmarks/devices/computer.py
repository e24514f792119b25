"""A benchmark on another computer that has edgestyle: a Raspberry Pi, over ssh."""

from __future__ import annotations

import io
import shlex
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from benchmarks.config import BenchConfig
from benchmarks.devices.secure_shell import FAILED, SecureShell
from benchmarks.results import Results
from benchmarks.results_file import read_results
from edge_app.core.catalog import find_pack
from edge_app.core.errors import DeviceError
from edge_app.core.pack import open_pack

LAST_WAIT_S = 60.0
"""How long a benchmark that was interrupted may take to write what it has."""

NO_COMMAND = 127
"""The shell's exit status where a command is not found."""


def bench_on_computer(
    config: BenchConfig, shell: SecureShell, on_progress: Callable[[str, float], None] | None = None
) -> Results:
    """Send the packs, run `edgestyle bench` there, and fetch its results.

    The folder there is removed at the end. A KeyboardInterrupt is passed on to the benchmark there,
    which keeps what it measured.

    Args:
        config: what and how; its photograph and packs are of this machine.
        shell: the computer.
        on_progress: as in `benchmarks.latency.bench`.

    Raises:
        DeviceError: it cannot be reached, has no edgestyle or no room, or went away; the text says
            where its results lie then. Or the benchmark itself failed there.
        ResultsError: what it wrote cannot be read here.
        PackError: a pack is missing or damaged, here.
    """
    tell = on_progress or (lambda _text, _share: None)
    packs = [open_pack(find_pack(name)).path for name in config.packs]
    program = config.remote
    tell(f"looking for edgestyle on {shell.host}", 0.0)
    if shell.attempt(f"{program} --version").returncode != 0:
        raise DeviceError(
            f"{shell.host}: `{program} --version` fails there; install edgestyle "
            f"(docs/raspberry-pi.md) and say where: --remote '~/edgestyle/bin/edgestyle'"
        )
    folder = shell.run("mktemp -d").decode("utf-8", "replace").strip()
    if not folder.startswith("/") or "\n" in folder:
        raise DeviceError(
            f"{shell.host}: `mktemp -d` should write a path alone, got {folder[:200]!r}; does a "
            f"login file there (.bashrc) write something of its own?"
        )
    try:
        words = []
        for i, path in enumerate(packs):
            tell(f"sending {path.name} to {shell.host}", 0.1 * i / len(packs))
            name = f"{i}-{path.name.removesuffix('.stylepack')}.stylepack"
            shell.send(_as_file(path), f"{folder}/{name}")
            words.append(name)
        if config.photo is not None:
            shell.send(config.photo.read_bytes(), f"{folder}/{config.photo.name}")
        words += _options(config)
        tell(f"measuring on {shell.host}", 0.1)
        results = _run(shell, folder, f"{program} bench {shlex.join(words)}")
    except DeviceError as error:
        if _remove(shell, folder):
            raise
        raise DeviceError(
            f"{error}. What it had measured lies there: {folder}/results.json; fetch it and use "
            f"`edgestyle bench show`"
        ) from error
    except BaseException:
        _remove(shell, folder)
        raise
    _remove(shell, folder)
    tell("measured", 1.0)
    return results


def _run(shell: SecureShell, folder: str, command: str) -> Results:
    # `exec` makes the recorded process the benchmark itself, so that it can be interrupted.
    inside = f"cd {shlex.quote(folder)} && echo $$ > pid && exec {command}"
    started = shell.start(inside)
    try:
        _, stderr = started.communicate()
    except KeyboardInterrupt:
        shell.run(f"kill -INT $(cat {shlex.quote(folder)}/pid)")
        try:
            _, stderr = started.communicate(timeout=LAST_WAIT_S)
        except subprocess.TimeoutExpired:
            started.kill()
            raise
    if started.returncode == FAILED:
        raise shell.lost(stderr)
    if shell.attempt(f"test -s {shlex.quote(folder)}/results.json").returncode != 0:
        told = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        last = told[-1].strip() if told else f"status {started.returncode}"
        raise DeviceError(f"{shell.host}: the benchmark left no results: {last}")
    with tempfile.TemporaryDirectory(prefix="edgestyle-bench-") as here:
        path = Path(here) / f"results of {shell.host.replace('/', '_')}.json"
        path.write_bytes(shell.fetch(f"{folder}/results.json"))
        return read_results(path)


def _options(config: BenchConfig) -> list[str]:
    """The options that the other computer's `edgestyle bench` is given."""
    words = ["--json", "results.json", "--runs", str(config.runs), "--warmups", str(config.warmups)]
    for name, values in (("threads", config.threads), ("sizes", config.sizes)):
        if values:
            words += [f"--{name}", *map(str, values)]
    if config.recipes:
        words += ["--recipes", *config.recipes]
    words += ["--runtime", config.runtime, "--accelerators", *config.accelerators]
    words += ["--timeout-s", str(config.timeout_s)]
    if config.processes > 1:
        words += ["--processes", str(config.processes)]
    if config.interleave:
        words.append("--interleave")
    if not config.isolate:
        words.append("--no-isolate")
    words += [f"--{name}" for name in ("profile", "roofline") if getattr(config, name)]
    if config.photo is not None:
        words += ["--photo", config.photo.name]
    return words


def _as_file(path: Path) -> bytes:
    """A pack as one file, folders too."""
    if path.is_file():
        return path.read_bytes()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for inside in sorted(path.rglob("*")):
            if inside.is_file():
                archive.write(inside, inside.relative_to(path).as_posix())
    return content.getvalue()


def _remove(shell: SecureShell, folder: str) -> bool:
    """Whether the folder there could be removed."""
    with suppress(DeviceError):
        shell.run(f"rm -rf {shlex.quote(folder)}")
        return True
    return False
