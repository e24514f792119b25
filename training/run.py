"""The run folder: all that a training leaves behind, and all that it needs to go on.

config.json              the TrainConfig
run.json                 steps done, photographs used and skipped, versions
stylizer.safetensors     the weights, and stylizer.json beside them their shape
checkpoint.safetensors   weights and optimiser state of the last checkpoint
losses.csv               the losses, a row a step (see training/journal.py)
previews/                step-000250.jpg, ...: the preview photograph as it is stylized
events/                  the same for TensorBoard, where it was asked for
"""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.swa_utils import AveragedModel

from edge_app.core.errors import ConfigError, RunError
from edge_app.core.files import write_text
from edge_app.core.strict_json import build, from_json, load, to_json
from training.config import Optimiser, TrainConfig
from training.network import save_weights
from training.optimiser import pack_state, unpack_state
from training.storage import write_tensors

CONFIG = "config.json"
FACTS = "run.json"
CHECKPOINT = "checkpoint.safetensors"
LOSSES = "losses.csv"
_FREE_ON_RESUME = {"out", "preview", "preview_every", "checkpoint_every", "cache_mb", "tensorboard"}
"""Settings that may change between two parts of a run: no weight depends on them."""


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
    sources: dict[str, str] = dataclasses.field(default_factory=dict)
    """What was learnt from -> its SHA-256, see training/sources.py; empty in older runs."""


@dataclasses.dataclass(frozen=True)
class Learner:
    """What a step changes."""

    network: nn.Module
    optimizer: Optimizer
    average: AveragedModel | None
    """The running average of the network's weights, where one is kept."""

    @property
    def networks(self) -> dict[str, nn.Module]:
        """What a checkpoint holds the weights of, by the names it has there."""
        average = {} if self.average is None else {"average": self.average}
        return {"network": self.network, **average}

    @property
    def names(self) -> dict[Tensor, str]:
        """Weight -> its name in the network."""
        return {parameter: name for name, parameter in self.network.named_parameters()}

    @property
    def result(self) -> nn.Module:
        """The network that the training is for."""
        if self.average is None:
            return self.network
        result: nn.Module = self.average.module
        return result


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """Where a run stands: the state of the network and of the optimiser after `step` steps."""

    step: int
    elapsed_s: float
    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str]

    def restore(self, learner: Learner) -> None:
        """Put the state back into a learner of the same shape."""
        for prefix, network in learner.networks.items():
            state = {name: self.tensors[f"{prefix}.{name}"] for name in network.state_dict()}
            network.load_state_dict(state)
        unpack_state(learner.optimizer, learner.names, self.tensors, self.metadata)


def find_checkpoint(config: TrainConfig, *, resume: bool) -> Checkpoint | None:
    """Where the run in `config.out` stopped; None: at the beginning. Writes nothing.

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
        return None
    if not path.exists():
        raise RunError(f"{config.out}: nothing to resume; there is no {CONFIG} in it")
    check_same(config.out, read_config(config.out), config)
    checkpoint = config.out / CHECKPOINT
    return read_checkpoint(checkpoint) if checkpoint.exists() else None


def write_config(config: TrainConfig) -> None:
    """Make the run folder, with the config in it."""
    write_text(config.out / CONFIG, to_json(config))


def check_same(folder: Path, before: object, now: object) -> None:
    """Two configs of one kind decide the same; RunError, with what does not, where they differ."""
    if changed := list(differences(before, now)):
        raise RunError(
            f"{folder}: cannot resume with changed settings ({'; '.join(changed)}); "
            "use the same ones, or another --out"
        )


def differences(before: object, now: object) -> Iterator[str]:
    """What decides about the weights and is not as it was; 'steps was 10, is 20'."""
    for field in dataclasses.fields(before):  # type: ignore[arg-type]
        old, new = getattr(before, field.name), getattr(now, field.name)
        if dataclasses.is_dataclass(old):
            yield from differences(old, new)
        elif old != new and field.name not in _FREE_ON_RESUME:
            yield f"{field.name} was {_text(old)}, is {_text(new)}"


def _text(value: object) -> str:
    """A setting for people, as it would be given."""
    if isinstance(value, tuple):
        return " ".join(map(_text, value)) or "not given"
    return "not given" if value is None else str(value)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint; RunError if it is damaged."""
    try:
        with safe_open(path, framework="pt") as file:
            facts = file.metadata()
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        return Checkpoint(int(facts["step"]), float(facts["elapsed_s"]), tensors, facts)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise RunError(f"{path}: the checkpoint is damaged ({error}); start a new run") from error


def write_checkpoint(
    config: TrainConfig,
    learner: Learner,
    *,
    step: int,
    elapsed_s: float,
    skipped: Mapping[Path, str],
    photo_count: int,
    sources: Mapping[str, str],
) -> None:
    """Write the weights as they are now, the run's facts, and the checkpoint.

    The checkpoint comes last: a run that is killed in between goes on from the one before and
    writes all three again.
    """
    save_weights(learner.result, config.network, config.out)
    facts = RunFacts(
        steps=step,
        elapsed_s=round(elapsed_s, 1),
        photo_count=photo_count - len(skipped),
        skipped={str(path): reason for path, reason in skipped.items()},
        versions=versions(),
        sources=dict(sources),
    )
    write_text(config.out / FACTS, to_json(facts))
    tensors = {
        f"{prefix}.{name}": value
        for prefix, network in learner.networks.items()
        for name, value in network.state_dict().items()
    }
    state, form = pack_state(learner.optimizer, learner.names)
    metadata = {"step": str(step), "elapsed_s": repr(elapsed_s), **form}
    write_tensors(config.out / CHECKPOINT, tensors | state, metadata=metadata)


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
    raw = load(path.read_bytes(), where=str(path), error=ConfigError)
    if isinstance(raw, dict):
        # What a run did that was written before there was a choice.
        raw.setdefault("optimiser", Optimiser.ADAM)
        if isinstance(loss := raw.setdefault("loss", {}), dict):
            loss.setdefault("frame_weight", 0.0)
    return build(TrainConfig, raw, where=str(path), error=ConfigError)


def versions() -> dict[str, str]:
    """Versions of what decides about the numbers."""
    packages = (
        "edgestyle",
        "torch",
        "pytorch-optimizer",
        "lightning-fabric",
        "numpy",
        "pillow",
    )
    return {"python": platform.python_version()} | {name: version_of(name) for name in packages}


def version_of(package: str) -> str:
    """The installed version, or 'not installed'."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
