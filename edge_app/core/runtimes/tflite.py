"""What a TFLite file must be, whichever library runs it."""

from __future__ import annotations

from collections.abc import Sequence

from edge_app.core.errors import PackError
from edge_app.core.manifest import ModelFile
from edge_app.core.size import Size
from edge_app.core.vector import style_shape

End = Sequence[tuple[str, Sequence[int]]]
"""The (type, shape) of each tensor at one end of a model: [('float32', [1, 256, 256, 3])]."""


def check_declared(model: ModelFile, library: str) -> None:
    """Raise PackError where the manifest describes a model that no TFLite runtime here can feed."""
    if (model.layout, model.dtype, model.value_range) != ("NHWC", "float32", (0.0, 1.0)):
        raise PackError(
            f"{model.path}: {library} runs float32 NHWC models with values in [0, 1]; the manifest "
            f"says {model.dtype} {model.layout} in {list(model.value_range)}"
        )


def check_ends(model: ModelFile, given: End, made: End, size: Size) -> None:
    """Raise PackError unless the file is what the manifest says.

    Pictures would come out wrong without an error. `given` are the inputs, `made` the output;
    `size` is the model's, or the one that a model of free size has been brought to.
    """
    picture = [1, *size, 3]
    inputs = [picture, list(style_shape(model))] if model.style_length else [picture]
    for end, tensors, shapes in (("input", given, inputs), ("output", made, [picture])):
        found = [(dtype, [int(side) for side in shape]) for dtype, shape in tensors]
        if found != [("float32", shape) for shape in shapes]:
            expected, listed = (
                "; ".join(f"{dtype} {shape}" for dtype, shape in each)
                for each in ([("float32", shape) for shape in shapes], found)
            )
            raise PackError(
                f"{model.path}: by the manifest its {end} is {expected}, the file has {listed}"
            )
