"""The run folder: all that a training leaves behind, and all that it needs to go on.

config.json              the TrainConfig
run.json                 steps done, photographs used and skipped, versions
stylizer.safetensors     the weights, and stylizer.json beside them their shape
checkpoint.safetensors   weights and optimiser state of the last checkpoint
losses.csv               step, total, content, style, tv, learning_rate, elapsed_s
previews/                step-000250.jpg, ...: the preview photograph as it is stylized
"""

from __future__ import annotations

import csv
import dataclasses
import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from edge_app.core.errors import ConfigError, RunError
from edge_app.core.files import replacing, storage_errors, write_text
from edge_app.core.strict_json import from_json, to_json
from training.config import TrainConfig
from training.network import Stylizer, save_stylizer
from training.storage import write_tensors

CONFIG = "config.json"
FACTS = "run.json"
CHECKPOINT = "checkpoint.safetensors"
LOSSES = "losses.csv"
_FREE_ON_RESUME = {"out", "preview", "preview_every", "checkpoint_every", "cache_mb"}
"""Settings that may change between two parts of a run: no weight depends on them."""

LOSS_COLUMNS = ("step", "total", "content", "style", "tv", "learning_rate", "elapsed_s")


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunFacts:
    """How far a run came, on what: the contents of run.json."""

    steps: int
    elapsed_s: float
    """Time spent training, in all parts of the run together."""
    photo_count: int
    """Photographs trained on, the skipped ones not counted."""
    skipped: dict[str, str]
    """File -> why it could not be read."""
    versions: dict[str, str]


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """Where a run stands: the state of the network and of Adam after `step` steps."""

    step: int
    elapsed_s: float
    tensors: Mapping[str, Tensor]

    def restore(self, stylizer: Stylizer, optimizer: torch.optim.Adam) -> None:
        """Put the state back into a network and an optimiser of the same shape."""
        network = {name: self.tensors[f"network.{name}"] for name in stylizer.state_dict()}
        stylizer.load_state_dict(network)
        for name, parameter in stylizer.named_parameters():
            # As Adam makes them: where the parameter is, and as it lies in memory.
            moments = {
                moment: torch.zeros_like(parameter).copy_(self.tensors[f"{moment}.{name}"])
                for moment in ("exp_avg", "exp_avg_sq")
            }
            optimizer.state[parameter] = {"step": torch.tensor(float(self.step)), **moments}


def start_run(config: TrainConfig, *, resume: bool) -> Checkpoint | None:
    """Make the run folder, or find where the run in it stopped (None: at the beginning).

    Raises:
        RunError: the folder holds a run and `resume` is not asked for; it holds none and it is;
            or its settings are not those of `config`.
    """
    path = config.out / CONFIG
    if not resume:
        if path.exists():
            raise RunError(
                f"{config.out}: there is a training run in this folder; go on with it by --resume, "
                "or choose another folder for --out"
            )
        write_text(path, to_json(config))
        return None
    if not path.exists():
        raise RunError(f"{config.out}: nothing to resume; there is no {CONFIG} in it")
    before = read_config(config.out)
    changed = list(_differences(before, config))
    if changed:
        raise RunError(
            f"{config.out}: cannot resume with changed settings ({'; '.join(changed)}); "
            "use the same ones, or another --out"
        )
    checkpoint = config.out / CHECKPOINT
    return read_checkpoint(checkpoint) if checkpoint.exists() else None


def _differences(before: object, now: object) -> Iterator[str]:
    """What decides about the weights and is not as it was; 'steps was 10, is 20'."""
    for field in dataclasses.fields(before):  # type: ignore[arg-type]
        old, new = getattr(before, field.name), getattr(now, field.name)
        if dataclasses.is_dataclass(old):
            yield from _differences(old, new)
        elif old != new and field.name not in _FREE_ON_RESUME:
            yield f"{field.name} was {old}, is {new}"


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint; RunError if it is damaged."""
    try:
        with safe_open(path, framework="pt") as file:
            facts = file.metadata()
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        return Checkpoint(int(facts["step"]), float(facts["elapsed_s"]), tensors)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise RunError(f"{path}: the checkpoint is damaged ({error}); start a new run") from error


def write_checkpoint(
    config: TrainConfig,
    stylizer: Stylizer,
    optimizer: torch.optim.Adam,
    *,
    step: int,
    elapsed_s: float,
    skipped: Mapping[Path, str],
    photo_count: int,
) -> None:
    """Write the weights as they are now, the run's facts, and the checkpoint.

    The checkpoint comes last: a run that is killed in between goes on from the one before and
    writes all three again.
    """
    save_stylizer(stylizer, config.out)
    facts = RunFacts(
        steps=step,
        elapsed_s=round(elapsed_s, 1),
        photo_count=photo_count - len(skipped),
        skipped={str(path): reason for path, reason in skipped.items()},
        versions=versions(),
    )
    write_text(config.out / FACTS, to_json(facts))
    tensors = {f"network.{name}": value for name, value in stylizer.state_dict().items()}
    for name, parameter in stylizer.named_parameters():
        for moment in ("exp_avg", "exp_avg_sq"):
            tensors[f"{moment}.{name}"] = optimizer.state[parameter][moment]
    metadata = {"step": str(step), "elapsed_s": repr(elapsed_s)}
    write_tensors(config.out / CHECKPOINT, tensors, metadata=metadata)


def read_facts(folder: Path) -> RunFacts:
    """What run.json says; RunError if it is not there or damaged."""
    path = folder / FACTS
    if not path.is_file():
        raise RunError(f"{folder}: not a training run; there is no {FACTS} in it")
    return from_json(RunFacts, path.read_bytes(), where=str(path), error=RunError)


def read_config(folder: Path) -> TrainConfig:
    """The config of the run in `folder`; RunError if there is none."""
    path = folder / CONFIG
    if not path.is_file():
        raise RunError(f"{folder}: not a training run; there is no {CONFIG} in it")
    return from_json(TrainConfig, path.read_bytes(), where=str(path), error=ConfigError)


class LossLog:
    """losses.csv: a row a step; on resume the rows after the checkpoint are dropped.

    Raises:
        RunError: the file of the run so far is damaged.
        StorageError: the file cannot be written.
    """

    def __init__(self, folder: Path, *, after: int) -> None:
        self._path = folder / LOSSES
        kept = self._rows(after) if after and self._path.exists() else []
        with (
            replacing(self._path) as beside,
            beside.open("w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.writer(file)
            writer.writerow(LOSS_COLUMNS)
            writer.writerows(kept)
        with storage_errors(self._path):
            self._file = self._path.open("a", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)

    def _rows(self, after: int) -> list[list[str]]:
        try:
            with self._path.open(newline="", encoding="utf-8") as file:
                header, *rows = csv.reader(file)
            if tuple(header) != LOSS_COLUMNS:
                raise ValueError("it has other columns")
            # Of a killed run the last row may be torn: its "25" was to be the step 2500.
            if rows and len(rows[-1]) < len(LOSS_COLUMNS):
                rows.pop()
            return [row for row in rows if int(row[0]) <= after]
        except (ValueError, IndexError, csv.Error) as error:
            raise RunError(
                f"{self._path}: damaged ({error}); delete it to go on without these losses"
            ) from error

    def add(self, step: int, *values: float) -> None:
        """One row, in the order of LOSS_COLUMNS."""
        with storage_errors(self._path):
            self._writer.writerow([step, *(f"{value:.6g}" for value in values)])

    def flush(self) -> None:
        """Bring the rows to disk; called with every checkpoint."""
        with storage_errors(self._path):
            self._file.flush()

    def close(self) -> None:
        """Flush and close."""
        with storage_errors(self._path):
            self._file.close()


def versions() -> dict[str, str]:
    """Versions of what decides about the numbers."""
    packages = ("edgestyle", "torch", "numpy", "pillow")
    return {"python": platform.python_version()} | {name: version_of(name) for name in packages}


def version_of(package: str) -> str:
    """The installed version, or 'not installed'."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
