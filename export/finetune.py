"""Quantization-aware fine-tuning: the graph learns to draw in 8 bits what the network draws.

It learns under the rounding of export/rounding.py, and the ranges with the weights: rounding of
activations costs far more than that of weights (docs/quantization.md).

What is learnt is the picture of the network itself, the mean squared difference, and not the
training's losses again: the network has learnt those, and its picture is what files are held to.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from edge_app.core.errors import ExportError
from edge_app.core.grain import grained
from edge_app.core.image import Bytes, Picture, resize, to_float
from edge_app.core.metrics import psnr_db
from export.graph import EdgeGraph
from export.parity import by_torch, without_grain
from export.rounding import ordinary, plain, rounded, roundings
from export.tflite import Ranges
from training.network import Stylizer

CROP = 384
"""Side of the square crops to learn on, in pixels: norms see on smaller ones what they never see on
whole photographs."""

WEIGHT_RATE, RANGE_RATE = 5e-5, 3e-3
"""Adam's, at the beginning; they fall to nothing. The ranges' are of shares of what they were."""

JUDGED_ON = 8
"""Photographs on which it is found out whether it has learnt anything."""

OnStep = Callable[[int], None]
"""Steps done."""


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """What was learnt."""

    graph: EdgeGraph
    ends: tuple[tuple[tuple[float, float], tuple[float, float]], ...]
    """Of each convolution but the last, in their order: the range of what goes in, and of what
    comes out."""
    before_db: float
    after_db: float
    """Mean PSNR of the rounded graph's pictures, from the network's."""

    @property
    def is_better(self) -> bool:
        """Whether it was worth it."""
        return self.after_db > self.before_db

    def __str__(self) -> str:
        """'40.4 -> 41.5 dB'."""
        return f"{self.before_db:.1f} -> {self.after_db:.1f} dB"


def finetune(
    graph: EdgeGraph,
    network: Stylizer,
    calibration: Sequence[Picture],
    lessons: Sequence[Bytes],
    *,
    steps: int,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Tuned:
    """Let a graph for integers learn; the one that is given stays as it is.

    Args:
        graph: of `network`, its channels brought to one scale.
        network: what the graph is to draw.
        calibration: pictures of one size, with the network's grain, which give the ranges to begin
            with and the verdict.
        lessons: photographs to learn on.
        steps: one crop each.
        seed: makes the crops.
        on_step: told after every step.
    """
    learner = copy.deepcopy(graph)
    places = rounded(learner, calibration)
    weights = [p for name, p in learner.named_parameters() if _is_learnt(name)]
    shares = [each.shares for each in roundings(places)]
    for parameter in (*weights, *shares):
        parameter.requires_grad_(True)
    optimizer = torch.optim.Adam(
        [{"params": weights, "base": WEIGHT_RATE}, {"params": shares, "base": RANGE_RATE}]
    )
    plain_network = without_grain(network)
    expected = [by_torch(plain_network, each) for each in calibration[:JUDGED_ON]]
    before_db = _verdict(learner, calibration, expected)
    rng = np.random.default_rng(seed)
    for step in range(steps):
        crop = _crop(lessons[int(rng.integers(len(lessons)))], rng)
        picture = torch.from_numpy(grained(crop, network.config.grain))[None]
        with torch.no_grad():
            wanted = plain_network(picture.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        loss = (learner(picture) - wanted).square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        for group in optimizer.param_groups:
            group["lr"] = group["base"] * (1 - step / steps)
        optimizer.step()
        if on_step is not None:
            on_step(step + 1)
    after_db = _verdict(learner, calibration, expected)
    ends = tuple((given.ends, made.ends) for given, made in places)
    return Tuned(graph=plain(learner), ends=ends, before_db=before_db, after_db=after_db)


def with_learnt(ranges: Ranges, content: bytes, tuned: Tuned) -> Ranges:
    """Ranges that `tflite.calibrate` found, those that were learnt in their places.

    Args:
        ranges: of all tensors.
        content: the float32 model of the tuned graph, by `tflite.convert`.
        tuned: what was learnt.

    Raises:
        ExportError: the model's convolutions are not the graph's, one by one.
    """
    result = dict(ranges)
    found = list(_operators(content))
    shapes = [tuple(c.weight.permute(0, 2, 3, 1).shape) for c in ordinary(tuned.graph)]
    if [shape for shape, _, _ in found] != shapes:
        raise ExportError(
            f"the convolutions of the model that litert-torch wrote are not the graph's: expected "
            f"{shapes}, got {[shape for shape, _, _ in found]}; export without --finetune"
        )
    for (_, given, made), (ends_in, ends_out) in zip(found, tuned.ends):  # the last has none
        for names, ends in ((given, ends_in), ([made], ends_out)):
            for name in names:
                result[name] = {
                    end: np.full_like(ranges[name][end], value)
                    for end, value in zip(("min", "max"), ends, strict=True)
                }
    return result


def _is_learnt(name: str) -> bool:
    return not name.endswith("eps")


def _verdict(
    learner: EdgeGraph, calibration: Sequence[Picture], expected: Sequence[Picture]
) -> float:
    pairs = zip(calibration, expected)  # as many as are judged on
    with torch.no_grad():
        found = [
            psnr_db(learner(torch.from_numpy(picture)[None])[0].numpy(), wanted)
            for picture, wanted in pairs
        ]
    return float(np.mean(found))


def _crop(photo: Bytes, rng: np.random.Generator) -> Picture:
    """A square of 60 to 100 % of the photograph's short side, mirrored half of the time."""
    height, width = photo.shape[:2]
    side = max(1, round(min(height, width) * rng.uniform(0.6, 1.0)))
    top, left = (rng.integers(length - side + 1) for length in (height, width))
    square = photo[top : top + side, left : left + side]
    if rng.random() < 0.5:
        square = np.ascontiguousarray(square[:, ::-1])
    return to_float(resize(square, (CROP, CROP)))


def _operators(content: bytes) -> Iterator[tuple[tuple[int, ...], list[str], str]]:
    """Of each ordinary convolution: the weights' shape, the names of what goes in, and what comes.

    Where padding comes before it, in and out of that have the one range.
    """
    from ai_edge_litert.schema_py_generated import BuiltinOperator
    from ai_edge_litert.tools import flatbuffer_utils

    model: Any = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    (graph,) = model.subgraphs

    def kind(operator: Any) -> int:  # noqa: ANN401 - the schema's
        code: int = model.operatorCodes[operator.opcodeIndex].builtinCode
        return code

    padded = {o.outputs[0]: o.inputs[0] for o in graph.operators if kind(o) == BuiltinOperator.PAD}
    for operator in graph.operators:
        if kind(operator) == BuiltinOperator.CONV_2D:
            tensor, weights = operator.inputs[:2]
            given = [tensor, padded[tensor]] if tensor in padded else [tensor]
            yield (
                tuple(int(side) for side in graph.tensors[weights].shape),
                [graph.tensors[each].name.decode() for each in given],
                graph.tensors[operator.outputs[0]].name.decode(),
            )
