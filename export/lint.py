"""What the accelerators of a device make of a TFLite file, found out before anybody ships it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from edge_app.core.manifest import Delegate, Lint
from edge_app.core.runtimes.litert import delegated
from edge_app.core.size import Size
from export.quiet import quiet

GPU_OPERATORS = frozenset(
    {
        *("ABS", "ADD", "AVERAGE_POOL_2D", "CAST", "CEIL", "CONCATENATION", "CONV_2D", "COS"),
        *("DEPTHWISE_CONV_2D", "DEPTH_TO_SPACE", "DEQUANTIZE", "DIV", "ELU", "EXP", "FLOOR"),
        *("FULLY_CONNECTED", "GATHER", "GELU", "HARD_SWISH", "LEAKY_RELU", "LOG", "LOGISTIC"),
        *("MAXIMUM", "MAX_POOL_2D", "MEAN", "MINIMUM", "MIRROR_PAD", "MUL", "NEG", "PACK", "PAD"),
        *("PADV2", "POW", "PRELU", "QUANTIZE", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD", "RELU"),
        *("RELU6", "RELU_N1_TO_1", "RESHAPE", "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"),
        *("RSQRT", "SELECT", "SELECT_V2", "SIGN", "SIN", "SLICE", "SOFTMAX", "SPACE_TO_DEPTH"),
        *("SPLIT", "SPLIT_V", "SQRT", "SQUARE", "SQUARED_DIFFERENCE", "STRIDED_SLICE", "SUB"),
        *("SUM", "TANH", "TILE", "TRANSPOSE", "TRANSPOSE_CONV"),
    }
)
"""TFLite's names of what the GPU delegate takes; from TensorFlow's
lite/tools/versioning/gpu_compatibility.cc, leaving out what no image network has. The test there is
not in LiteRT's Python package (its analyzer finds every model compatible), and knows more
conditions than names."""

OPENGL_OPERATORS = GPU_OPERATORS - {
    *("CAST", "CEIL", "GATHER", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD", "SELECT", "SELECT_V2"),
    *("SIGN", "SPLIT", "SPLIT_V", "SUM", "TRANSPOSE"),
}
"""What of that it computes where it has OpenGL only, as on phones without OpenCL; from LiteRT's
tflite/delegates/gpu/gl/kernels/registry.cc."""

OPENGL_MEAN = {1, 2}
"""The axes over which its MEAN goes, both at once or not at all; from mean.cc beside it. Large maps
are averaged by rows first (export/norms.py)."""

NNAPI_OPERATORS = frozenset(
    {
        *("ADD", "AVERAGE_POOL_2D", "BATCH_TO_SPACE_ND", "CAST", "CONCATENATION", "CONV_2D"),
        *("DEPTH_TO_SPACE", "DEPTHWISE_CONV_2D", "DEQUANTIZE", "DIV", "FULLY_CONNECTED"),
        *("LOGISTIC", "MAXIMUM", "MAX_POOL_2D", "MEAN", "MINIMUM", "MUL", "PAD", "PADV2"),
        *("PRELU", "QUANTIZE", "RELU", "RELU6", "RESHAPE", "RESIZE_BILINEAR"),
        *("RESIZE_NEAREST_NEIGHBOR", "RSQRT", "SLICE", "SPACE_TO_BATCH_ND", "SPACE_TO_DEPTH"),
        *("SPLIT", "SQRT", "STRIDED_SLICE", "SUB", "SUM", "TANH", "TRANSPOSE", "TRANSPOSE_CONV"),
    }
)
"""TFLite's names of the operations of NNAPI up to feature level 4 (Android 11) that an image
network might use; from tools/api/types.spec of Android's packages/modules/NeuralNetworks. Android
15 deprecates NNAPI."""

_HYBRID = {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"}
"""Where float32 goes in and the weights are int8, the operator rounds its input by itself. NNAPI's
operators want one type for both."""


def lint(content: bytes, at: Size | None = None) -> Lint:
    """The operators of a finished TFLite file and who takes them.

    Args:
        content: the file.
        at: (height, width) to which one of free size is brought.

    Raises:
        ValueError: no model that LiteRT can load; the gates have run it before.
    """
    with quiet(prints=True):
        from ai_edge_litert.interpreter import Interpreter

        interpreter: Any = Interpreter(model_content=content, num_threads=1)
        if at is not None:
            interpreter.resize_tensor_input(
                interpreter.get_input_details()[0]["index"], [1, *at, 3], strict=True
            )
        interpreter.allocate_tensors()
    listed: Sequence[Mapping[str, Any]] = interpreter._get_ops_details()
    kinds = {t["index"]: np.dtype(t["dtype"]).name for t in interpreter.get_tensor_details()}
    own = [operator for operator in listed if operator["op_name"] != "DELEGATE"]
    names = [str(operator["op_name"]) for operator in own]
    taken = delegated(listed)
    known_to_nnapi = [
        name in NNAPI_OPERATORS and not (name in _HYBRID and _is_hybrid(operator, kinds))
        for name, operator in zip(names, own)
    ]
    known_to_opengl = [
        name in OPENGL_OPERATORS and (name != "MEAN" or _axes(interpreter, operator) == OPENGL_MEAN)
        for name, operator in zip(names, own)
    ]
    return Lint(
        operators=_counted(names),
        delegates=(
            Delegate(
                name="xnnpack",
                basis="measured: what the interpreter handed over",
                refused=_counted(name for i, name in enumerate(names) if i not in taken),
                pieces=len(listed) - len(own),
            ),
            Delegate(
                name="gpu",
                basis="from the published list of operators, not run",
                refused=_counted(name for name in names if name not in GPU_OPERATORS),
            ),
            Delegate(
                name="gpu-opengl",
                basis="from the sources of its kernels, not run",
                refused=_counted(n for n, known in zip(names, known_to_opengl) if not known),
            ),
            Delegate(
                name="nnapi",
                basis="from the published list of operators, not run",
                refused=_counted(n for n, known in zip(names, known_to_nnapi) if not known),
            ),
        ),
    )


def _axes(interpreter: Any, operator: Mapping[str, Any]) -> set[int]:  # noqa: ANN401 - LiteRT's
    """Those that a MEAN goes over."""
    axes = interpreter.get_tensor(int(operator["inputs"][1]))
    return {int(axis) % 4 for axis in np.ravel(axes)}  # all tensors here are (N, H, W, C)


def _is_hybrid(operator: Mapping[str, Any], kinds: Mapping[int, str]) -> bool:
    given, weights = (kinds.get(int(tensor)) for tensor in operator["inputs"][:2])
    return given == "float32" and weights == "int8"


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))
