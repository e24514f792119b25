"""Which recipe of a pack suits a device, where that is left to the device.

Eight bits are taken for speed only if the pictures are as good: the figures that a pack carries
decide. Half precision needs no such proof where a GPU computes in it whatever the file holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge_app.core.backends import System
from edge_app.core.manifest import AT_MOST, Format, Metric, ModelFile
from edge_app.core.processor import Processor

AUTO = "auto"
"""In place of a recipe's name: the fastest one for this device whose pictures are as good."""

GPU_RECIPE = "fp16"
"""GPUs and neural engines compute in half precision whatever the file holds, so the smaller one."""

INTEGER_RECIPE = "int8-conv"

GOOD_ENOUGH: dict[Metric, float] = {
    "psnr": 38.0,
    "ssim": 0.97,
    "content_change": 0.02,
    "style_change": 0.02,
}
"""What the worst photograph has to show for a file to be taken for its speed: as true as to be
taken for the original side by side, and no further from photograph and painting."""

_GPUS = ("gpu", "npu")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A recipe, and why."""

    recipe: str
    why: str
    """For people, without a capital and a full stop."""


def suited(
    models: Sequence[ModelFile],
    *,
    default: str,
    accelerator: str,
    processor: Processor,
    system: System,
) -> Choice:
    """The recipe of some models, at least one, for a device.

    Of a pack's gates only those of INTEGER_RECIPE are looked at.

    Args:
        models: that could be run, in the pack's order: where the default is not among them, the
            first one's recipe is taken.
        default: the recipe where nothing speaks for another.
        accelerator: as in `open_runtime`.
        processor: the CPU.
        system: that it runs on.
    """
    held = {model.recipe for model in models}
    # Android's runtime tries the GPU first.
    by_gpu = accelerator in _GPUS or (accelerator == "auto" and system is System.ANDROID)
    if by_gpu and GPU_RECIPE in held:
        return Choice(recipe=GPU_RECIPE, why="a GPU computes in half precision")
    if default not in held:
        return Choice(recipe=models[0].recipe, why=f"there is no {default} for these wishes")
    if against := _against_integers(models, processor):
        return Choice(recipe=default, why=against)
    return Choice(
        recipe=INTEGER_RECIPE,
        why=f"the CPU multiplies 8-bit integers ({processor.dot_products}), and the pictures are "
        "as good",
    )


def _against_integers(models: Sequence[ModelFile], processor: Processor) -> str:
    """Why the default is better than INTEGER_RECIPE; '' where it is not."""
    # ONNX files in 8 bits have not been found faster.
    files = [m for m in models if m.recipe == INTEGER_RECIPE and m.format is Format.TFLITE]
    if not files:
        return f"there is no {INTEGER_RECIPE} for these wishes"
    if processor.flags is None:
        return "the system does not tell whether the CPU multiplies 8-bit integers"
    if not processor.dot_products:
        return "the CPU has no instruction that multiplies 8-bit integers"
    if processor.matrix_products:
        # 10 dB from the right one on a CPU that qemu made up of all that ARM has, and right without
        # i8mm. Until somebody has seen a real one draw right, the doubt is not worth the speed.
        return (
            f"{INTEGER_RECIPE} has drawn a wrong picture on an emulated CPU with 8-bit matrix "
            "instructions (i8mm), which this one has"
        )
    for model in files:
        found = {gate.metric: gate.worst for gate in model.gates}
        if not {"psnr", "ssim"} <= found.keys():
            return f"nothing tells how good the pictures of {model.path} are"
        for metric, value in found.items():
            asked = GOOD_ENOUGH.get(metric)
            if asked is not None and (value > asked if metric in AT_MOST else value < asked):
                return (
                    f"{model.path} is not as good: {metric} {value:.3g} at worst, asked {asked:g}"
                )
    return ""
