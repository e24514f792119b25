"""The engine under the training loop: device, precision, and any number of processes.

Lightning Fabric, not an own launcher: it wraps a plain loop instead of replacing it, reads what
`torchrun` (or SLURM, or MPI) tells each process, and shares gradients over GPUs and hosts. Chosen
before Accelerate because it brings neither a model hub's client nor a configuration file of its
own.
"""

from __future__ import annotations

import logging
import os
from typing import Literal

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy
from lightning_fabric.strategies.strategy import Strategy

from training.config import Precision


def engine(precision: Precision, *, trunk: bool = False) -> Fabric:
    """An engine on the best device there is: CUDA, then Apple's MPS, then the CPU.

    One process, unless `torchrun` has started several.

    Args:
        precision: what convolutions are computed in.
        trunk: the network has several styles, of which a process meets only some in a step.
    """
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    local = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    nodes = int(os.environ.get("GROUP_WORLD_SIZE", "1"))
    strategy: str | Strategy = "auto"
    if local * nodes > 1:
        strategy = DDPStrategy(find_unused_parameters=trunk)
    fabric = Fabric(
        devices=local,
        num_nodes=nodes,
        strategy=strategy,
        precision=_PRECISIONS[_resolved(precision)],
    )
    fabric.launch()
    return fabric


def best_device() -> torch.device:
    """CUDA, then Apple's MPS, then the CPU; for work in one process."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def _resolved(precision: Precision) -> Precision:
    if precision is not Precision.AUTO:
        return precision
    if torch.cuda.is_available():
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    elif torch.backends.mps.is_available():
        fast = False  # slower there than float32, by what its users report; not measured here
    else:
        cpu = torch.cpu.get_capabilities()
        # Without such instructions bfloat16 is computed in float32, and turning costs time.
        fast = any(cpu.get(feature) for feature in ("avx512_bf16", "amx_bf16", "bf16"))
    return Precision.BFLOAT16 if fast else Precision.FLOAT32


_PRECISIONS: dict[Precision, Literal["32-true", "bf16-mixed"]] = {
    Precision.FLOAT32: "32-true",
    Precision.BFLOAT16: "bf16-mixed",
}
