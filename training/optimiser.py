"""What turns gradients into steps, and its state on disk.

SOAP (Vyas et al. 2024, *SOAP: Improving and Stabilizing Shampoo using Adam*) is Adam in the
eigenbases of the gradients' covariances, one for each side of a weight. A stylizer is small and its
teacher large, so the bases cost nothing beside a step; docs/training.md has what they bring.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from edge_app.core.errors import RunError
from training.config import Optimiser

_Part: TypeAlias = "Tensor | list[_Part] | dict[str, str | tuple[int, ...]] | float | None"
"""A piece of an optimiser's state; on disk a tensor is {"tensor": its name, "strides": its}."""

BASES_EVERY = 5
"""Steps between two turns of the bases."""

_PREFIX = "optimiser."
_FORM = "optimiser"
"""Metadata that holds all of the state but its tensors."""


def make_optimiser(kind: Optimiser, weights: Iterable[nn.Parameter], rate: float) -> Optimizer:
    """The optimiser of the weights, at a first learning rate."""
    if kind is Optimiser.ADAM:
        return torch.optim.Adam(weights, lr=rate)
    from pytorch_optimizer import SOAP  # a second, and hundreds of modules

    return SOAP(
        list(weights),
        lr=rate,
        betas=(0.9, 0.999),
        weight_decay=0.0,
        precondition_frequency=BASES_EVERY,
    )


def pack_state(
    optimizer: Optimizer, names: Mapping[Tensor, str]
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The optimiser's state as named tensors and metadata, for a .safetensors file."""
    tensors: dict[str, Tensor] = {}

    def packed(value: _Part, name: str) -> _Part:
        if isinstance(value, Tensor):
            tensors[name] = value
            return {"tensor": name, "strides": value.stride()}
        if isinstance(value, list):
            return [packed(item, f"{name}.{i}") for i, item in enumerate(value)]
        return value

    form = {
        names[parameter]: {
            key: packed(value, f"{_PREFIX}{names[parameter]}.{key}") for key, value in state.items()
        }
        for parameter, state in optimizer.state.items()
    }
    steps = [group.get("step") for group in optimizer.param_groups]
    return tensors, {
        _FORM: json.dumps({"kind": type(optimizer).__name__, "steps": steps, "state": form})
    }


def unpack_state(
    optimizer: Optimizer,
    names: Mapping[Tensor, str],
    tensors: Mapping[str, Tensor],
    metadata: Mapping[str, str],
) -> None:
    """Put the state back that `pack_state` gave.

    Raises:
        RunError: it is not there, of another optimiser, or damaged.
    """
    try:
        form = json.loads(metadata[_FORM])
        if form["kind"] != type(optimizer).__name__:
            raise ValueError(f"it is of {form['kind']}")
        for group, step in zip(optimizer.param_groups, form["steps"], strict=True):
            if step is not None:
                group["step"] = step
        for parameter, name in names.items():
            if name in form["state"]:  # not where no step has met it yet
                optimizer.state[parameter] = {
                    key: _unpacked(value, tensors, parameter.device)
                    for key, value in form["state"][name].items()
                }
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(
            f"the checkpoint's optimiser cannot be read ({error!r}); it may be of an older "
            "edgestyle: start a new run"
        ) from error


def _unpacked(value: _Part, tensors: Mapping[str, Tensor], device: torch.device) -> _Part:
    if isinstance(value, list):
        return [_unpacked(item, tensors, device) for item in value]
    if not isinstance(value, dict):
        return value
    tensor = tensors[str(value["tensor"])]
    if not tensor.dim():
        return tensor
    # As it lay in memory: how sums are rounded depends on that.
    place = torch.empty_strided(tensor.shape, value["strides"], device=device)  # type: ignore[arg-type]
    return place.copy_(tensor)
