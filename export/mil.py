"""Core ML programs, computed by torch: a numeric check where Core ML itself cannot run.

The package that was written is read again, and its program (MIL) is evaluated operator by operator
with the weights it holds, each result rounded to the type that the program gives it. That proves
graph, weights, ranges and that nothing overflows float16; it says nothing about Apple's kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from edge_app.core.errors import ExportError
from edge_app.core.image import Picture
from edge_app.core.vector import NO_STYLE, Vector
from export.quiet import quiet

_TYPES = {"fp16": torch.float16, "fp32": torch.float32}

HOW = ", the program evaluated in torch"
"""Ends a gate's `on` where the figures come from here."""


class MilProgram:
    """The program of an .mlpackage that takes one image, perhaps a style, and gives one image.

    Raises:
        ExportError: the package cannot be read, or its program has an operator that is not known
            here.
    """

    def __init__(self, package: Path) -> None:
        with quiet(prints=True):
            import coremltools as ct
            from coremltools.converters.mil.frontend.milproto.load import load

            try:
                model = ct.models.MLModel(str(package), skip_model_load=True)
                spec = model.get_spec()
                program = load(spec, spec.specificationVersion, model.weights_dir)
            except Exception as error:  # coremltools' own classes derive from nothing narrower
                raise ExportError(f"{package.name}: cannot be read again: {error}") from error
        (given, *_), (made,) = spec.description.input, spec.description.output
        self._is_turned = [_is_bgr(each.type.imageType) for each in (given, made)]
        self._function: Any = program.functions["main"]
        self._inputs = list(self._function.inputs)
        (self._output,) = self._function.outputs
        # Weights in 8 bits or from a table; what is unpacked from them never changes.
        self._unpacked = {
            op.outputs[0].name: _tensor(op.materialized_val_inference())
            for op in self._function.operations
            if op.op_type.startswith("constexpr_")
        }
        unknown = {op.op_type for op in self._operators()} - OPERATORS.keys()
        if unknown:
            raise ExportError(
                f"{package.name}: cannot be checked: its program has {', '.join(sorted(unknown))}; "
                f"known are {', '.join(OPERATORS)}"
            )

    def run(self, picture: Picture, style: Vector = NO_STYLE) -> Picture:
        """float32 RGB (height, width, 3) in [0, 1] -> the same, stylized; not rounded to 8 bits."""
        # An image input brings 0..255; the scale that it declares is the program's first operator.
        pixels = torch.from_numpy(picture).permute(2, 0, 1)[None] * 255
        if self._is_turned[0]:
            pixels = pixels.flip(1)
        given = (pixels, torch.tensor(style).view(1, -1, 1, 1))
        values: dict[str, Tensor] = {**dict(zip(self._inputs, given)), **self._unpacked}
        with torch.inference_mode():
            for op in self._operators():
                arguments = {name: _value(var, values) for name, var in op.inputs.items()}
                (output,) = op.outputs
                result = OPERATORS[op.op_type](arguments)
                values[output.name] = result.to(_TYPES[_type(output)]).float()
        stylized = values[self._output.name][0].permute(1, 2, 0) / 255
        if self._is_turned[1]:
            stylized = stylized.flip(2)
        result_picture: Picture = stylized.contiguous().numpy()
        return result_picture

    def _operators(self) -> list[Any]:
        return [op for op in self._function.operations if not op.op_type.startswith("const")]


def _is_bgr(image: Any) -> bool:  # noqa: ANN401 - coremltools' ImageFeatureType
    """The order of an image's channels is the package's to say; its program knows nothing of it."""
    name: str = image.ColorSpace.Name(image.colorSpace)
    if name not in ("RGB", "BGR"):
        raise ExportError(f"the package has images of {name}, expected RGB or BGR")
    return name == "BGR"


Arguments = Mapping[str, Any]


def _conv(a: Arguments) -> Tensor:
    pad = [int(side) for side in a["pad"]] if a["pad_type"] == "custom" else None
    stride = [int(step) for step in a["strides"]]
    if a["pad_type"] == "same":
        assert stride == [1, 1], "'same' padding of a strided convolution is not evaluated"
        height, width = a["weight"].shape[-2:]
        pad = [height // 2, (height - 1) // 2, width // 2, (width - 1) // 2]
    x = a["x"]
    if pad is not None:
        top, bottom, left, right = pad
        x = F.pad(x, (left, right, top, bottom))
    dilation = [int(step) for step in a["dilations"]]
    return F.conv2d(x, a["weight"], a.get("bias"), stride, 0, dilation, int(a["groups"]))


def _conv_transpose(a: Arguments) -> Tensor:
    assert a["pad_type"] == "custom", a["pad_type"]
    stride, groups = [int(step) for step in a["strides"]], int(a["groups"])
    top, bottom, left, right = (int(side) for side in a["pad"])
    x = F.conv_transpose2d(a["x"], a["weight"], a.get("bias"), stride, groups=groups)
    if a.get("output_shape") is not None:
        height, width = (int(side) for side in a["output_shape"][-2:])
        return x[:, :, top : top + height, left : left + width]
    return x[:, :, top : x.shape[2] - bottom, left : x.shape[3] - right]


def _batch_norm(a: Arguments) -> Tensor:
    return F.batch_norm(
        a["x"], a["mean"], a["variance"], a["gamma"], a["beta"], eps=float(a["epsilon"])
    )


def _instance_norm(a: Arguments) -> Tensor:
    scale, shift = a.get("gamma"), a.get("beta")
    return F.instance_norm(a["x"], weight=scale, bias=shift, eps=float(a["epsilon"]))


def _pad(a: Arguments) -> Tensor:
    sides = [int(side) for side in a["pad"]][-4:]
    top, bottom, left, right = sides
    value = float(a.get("constant_val", 0.0)) if a["mode"] == "constant" else None
    return F.pad(a["x"], (left, right, top, bottom), mode=a["mode"], value=value)


def _slice(a: Arguments) -> Tensor:
    steps = a.get("stride")
    index = []
    for axis in range(a["x"].ndim):
        begin = None if _masked(a, "begin_mask", axis) else int(a["begin"][axis])
        end = None if _masked(a, "end_mask", axis) else int(a["end"][axis])
        index.append(slice(begin, end, 1 if steps is None else int(steps[axis])))
    assert not any(_masked(a, "squeeze_mask", axis) for axis in range(a["x"].ndim))
    result: Tensor = a["x"][tuple(index)]
    return result


def _crop(a: Arguments) -> Tensor:
    (top, bottom), (left, right) = (map(int, a[f"crop_{side}"]) for side in ("height", "width"))
    result: Tensor = a["x"][..., top : a["x"].shape[-2] - bottom, left : a["x"].shape[-1] - right]
    return result


def _masked(a: Arguments, mask: str, axis: int) -> bool:
    return a.get(mask) is not None and bool(a[mask][axis])


def _upsample(a: Arguments) -> Tensor:
    scale = (float(a["scale_factor_height"]), float(a["scale_factor_width"]))
    return F.interpolate(a["x"], scale_factor=scale, mode="nearest")


OPERATORS: dict[str, Callable[[Arguments], Tensor]] = {
    "add": lambda a: a["x"] + a["y"],
    "batch_norm": _batch_norm,
    "cast": lambda a: a["x"],  # every result is rounded to its own type anyway
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "crop": _crop,
    "instance_norm": _instance_norm,
    "mul": lambda a: a["x"] * a["y"],
    "pad": _pad,
    "pixel_shuffle": lambda a: F.pixel_shuffle(a["x"], int(a["upscale_factor"])),
    "relu": lambda a: F.relu(a["x"]),
    "sigmoid": lambda a: a["x"].sigmoid(),
    "slice_by_index": _slice,
    "upsample_nearest_neighbor": _upsample,
}
"""MIL operator -> the same in torch, of its arguments by name."""


def _value(var: Any, values: Mapping[str, Tensor]) -> Any:  # noqa: ANN401 - coremltools' Var
    """What an argument stands for: an earlier result, or a constant (a tensor, number or word)."""
    if var.name in values:
        return values[var.name]
    constant = var.val
    if isinstance(constant, np.ndarray) and constant.dtype.kind == "f":
        return _tensor(constant)
    return constant


def _tensor(constant: NDArray[Any]) -> Tensor:
    return torch.from_numpy(constant.astype(np.float32))


def _type(var: Any) -> str:  # noqa: ANN401 - coremltools' Var
    from coremltools.converters.mil.mil import types

    name: str = types.builtin_to_string(var.dtype)
    return name
