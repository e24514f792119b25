"""A step of the training: forward, the losses, backward, the optimiser."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from edge_app.core.grain import SIDE
from training.config import PHOTOGRAPH, Optimiser, TrainConfig
from training.data import Part
from training.frame import LEAST_CROP, draw_part, frame
from training.losses import relative_content
from training.network import Stylizer
from training.objective import Losses, Objective
from training.optimiser import make_optimiser
from training.run import Learner
from training.steadiness import disturbed, unsteadiness
from training.trunk import Trunk

LOSS_NAMES = (*Losses._fields, "steadiness", "frame", "imitation")
"""What a step tells, by name: the weighted total, and the unweighted terms."""


class Step(NamedTuple):
    """What became of a step."""

    losses: dict[str, float]
    """LOSS_NAMES; the total is NaN where the step was not taken."""
    contrast: float
    """Standard deviation of the pictures over their pixels, on a scale of 0 to 1, their mean."""


@dataclass(frozen=True)
class Loop:
    """One step after the other."""

    config: TrainConfig
    fabric: Fabric
    model: nn.Module
    """The network as the engine calls it: with its precision, over all processes."""
    learner: Learner
    objective: Objective
    model_to_imitate: Stylizer | None

    def step(self, step: int, photos: Tensor, rate: float) -> Step:
        """One step on this process's share of a batch; tells of all of it.

        Where loss or gradient is infinite or no number, the total is NaN and the weights stay.
        """
        config, optimizer = self.config, self.learner.optimizer
        for group in optimizer.param_groups:
            group["lr"] = rate
        photos = photos.contiguous(memory_format=torch.channels_last)
        styles = self._styles(step)
        # Another part of the grain at each step: what is learnt is no one pattern.
        down, right = np.random.default_rng((config.seed, step, 1)).integers(SIDE, size=2).tolist()
        phase = (down, right)
        stylized = self._stylized(photos, phase, styles)
        with self.fabric.autocast():
            terms = self.objective(stylized, photos, styles)
        total = terms.total
        steadiness = torch.zeros_like(total)
        if config.loss.steadiness_weight:
            pictures, shift = disturbed(photos, seed=config.seed, step=step, part=self._part)
            steadiness = unsteadiness(stylized, self._stylized(pictures, phase, styles), shift)
            total = total + config.loss.steadiness_weight * steadiness
        framed = torch.zeros_like(total)
        if config.loss.frame_weight and config.crop >= LEAST_CROP:
            part = draw_part((config.crop, config.crop), seed=config.seed, step=step)
            there = (down - part.top, right - part.left)  # the grain lies as in the whole
            framed = frame(stylized, self._stylized(part.of(photos), there, styles), part)
            total = total + config.loss.frame_weight * framed
        imitation = torch.zeros_like(total)
        if self.model_to_imitate is not None:
            with torch.no_grad():
                example = self.model_to_imitate(photos, phase)
            imitation = relative_content(stylized, example)
            total = total + config.loss.imitation_weight * imitation
        optimizer.zero_grad(set_to_none=True)
        self.fabric.backward(total)
        contrast = stylized.detach().float().std((2, 3)).mean()
        told = torch.stack([total, *terms[1:], steadiness, framed, imitation, contrast]).detach()
        *values, contrast_of_all = cast("Tensor", self.fabric.all_reduce(told)).tolist()
        losses = dict(zip(LOSS_NAMES, values, strict=True))
        norm = torch.nn.utils.clip_grad_norm_(
            [x for group in optimizer.param_groups for x in group["params"]], config.clip_norm
        )
        if not (math.isfinite(losses["total"]) and math.isfinite(norm.item())):
            return Step(losses | {"total": math.nan}, contrast_of_all)
        optimizer.step()
        if self.learner.average is not None:
            self.learner.average.update_parameters(self.learner.network)
        return Step(losses, contrast_of_all)

    @property
    def _part(self) -> Part:
        return (self.fabric.global_rank, self.fabric.world_size)

    def _stylized(
        self, photos: Tensor, phase: tuple[int, int], styles: Sequence[str] | None
    ) -> Tensor:
        given = () if styles is None else (styles,)
        stylized: Tensor = self.model(photos, *given, phase=phase)
        return stylized

    def _styles(self, step: int) -> list[str] | None:
        """The style of each photograph of a step; None where there is one painting alone."""
        if not isinstance(self.learner.network, Trunk):
            return None
        names = self.config.styles
        if self.config.add_to is None:
            names = (PHOTOGRAPH, *names)
        rank, processes = self._part
        rng = np.random.default_rng((self.config.seed, step))
        drawn = rng.integers(len(names), size=self.config.batch)
        return [names[index] for index in drawn[rank::processes]]


def new_learner(
    config: TrainConfig, network: nn.Module, fabric: Fabric
) -> tuple[nn.Module, Learner]:
    """The network as the engine calls it, and what a step changes."""
    network.to(fabric.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    # A style of a trunk is a vector, which has no sides for SOAP's bases, and SOAP takes every
    # weight for as old as the training, while a style is met now and then.
    kind = Optimiser.ADAM if isinstance(network, Trunk) else config.optimiser
    optimizer = make_optimiser(kind, trained, config.learning_rate)
    average = None
    if config.ema:
        average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(config.ema))  # type: ignore[no-untyped-call]
    model = fabric.setup_module(network)
    return model, Learner(network, optimizer, average)
