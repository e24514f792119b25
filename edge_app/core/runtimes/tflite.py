"""What a TFLite file must be, whichever library runs it."""

from __future__ import annotations

from collections.abc import Sequence

from edge_app.core.errors import PackError
from edge_app.core.manifest import ModelFile

End = Sequence[tuple[str, Sequence[int]]]
"""The (type, shape) of each tensor at one end of a model: [('float32', [1, 256, 256, 3])]."""


def check_declared(model: ModelFile, library: str) -> None:
    """Raise PackError where the manifest describes a model that no TFLite runtime here can feed."""
    if model.size is None:
        # Resizing a fixed model keeps its output's size without a word, so it is never done.
        raise PackError(f"{model.path}: a TFLite model has one size, the manifest names none")
    if (model.layout, model.dtype, model.value_range) != ("NHWC", "float32", (0.0, 1.0)):
        raise PackError(
            f"{model.path}: {library} runs float32 NHWC models with values in [0, 1]; the manifest "
            f"says {model.dtype} {model.layout} in {list(model.value_range)}"
        )


def check_ends(model: ModelFile, given: End, made: End) -> None:
    """Raise PackError unless the file is what the manifest says.

    Pictures would come out wrong without an error. `given` is the input, `made` the output.
    """
    assert model.size is not None, "check_declared comes first"
    expected = [1, *model.size, 3]
    for end, tensors in (("input", given), ("output", made)):
        found = [(dtype, [int(side) for side in shape]) for dtype, shape in tensors]
        if found != [("float32", expected)]:
            listed = "; ".join(f"{dtype} {shape}" for dtype, shape in found)
            raise PackError(
                f"{model.path}: by the manifest its {end} is float32 {expected}, the file has "
                f"{listed}"
            )
