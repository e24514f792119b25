"""TFLite of any size, made of the ONNX model by onnx2tf and TensorFlow.

litert-torch writes one file for every size; this route writes one for all of them. Its packages
exclude those of the rest of the project (numpy below 2, an older onnx and protobuf), and TensorFlow
crashes beside coremltools: so they live in an environment of their own, which `make env-onnx2tf`
makes, and are run there as a program.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from edge_app.core.errors import ExportError
from export.quiet import quiet

ENVIRONMENT = Path(__file__).parents[1] / ".venv-onnx2tf"
"""Where `make env-onnx2tf` makes it."""

LIBRARIES = ("onnx2tf", "tensorflow")

TIMEOUT_S = 1800
"""The conversion takes half a minute of computing."""

TOLD = 15
"""Last lines of the program's output that an error shows."""


def find(environment: Path | None) -> Path:
    """The environment, its folder: the one that is given, or the checkout's.

    Raises:
        ExportError: it is not there, or onnx2tf is not in it; the text says how to make it.
    """
    folder = ENVIRONMENT if environment is None else environment
    if not versions(folder):
        raise ExportError(
            f"the route onnx2tf needs an environment of its own with onnx2tf and TensorFlow, and "
            f"{folder} is none; make one in the checkout by `make env-onnx2tf` (2.6 GB), or name "
            "one with --onnx2tf-env"
        )
    return folder


def versions(environment: Path) -> dict[str, str]:
    """Of LIBRARIES in an environment, empty where one is missing; nothing of it is imported."""
    places = [str(path) for path in environment.glob("lib/python3*/site-packages")]
    found = {each.name: each.version for each in distributions(path=places)}
    if not set(LIBRARIES) <= set(found):
        return {}
    return {name: found[name] for name in LIBRARIES}


def convert(content: bytes, environment: Path) -> bytes:
    """A float32 model on (1, height, width, 3) in [0, 1] with free sides, at both ends.

    Args:
        content: by `export.onnx.convert`, of a graph with plain edges: padding that repeats them
            becomes an operator for every pixel of the margin.
        environment: by `find`.

    Raises:
        ExportError: the program fails or writes no model; the text ends with what it said.
    """
    with tempfile.TemporaryDirectory(prefix="edgestyle-") as temporary:
        folder = Path(temporary)
        (folder / "model.onnx").write_bytes(content)
        replaced = {"format_version": 1, "operations": list(_slices(content))}
        (folder / "slices.json").write_text(json.dumps(replaced))
        command = [
            str((environment / "bin" / "python").absolute()),
            *("-I", "-m", "onnx2tf", "--input_onnx_file_path", "model.onnx"),
            *("--output_folder_path", "out", "--non_verbose", "--not_use_opname_auto_generate"),
            *("--param_replacement_file", "slices.json"),
        ]
        try:
            done = subprocess.run(  # noqa: S603 - our own command, no shell
                command,
                cwd=folder,
                env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=TIMEOUT_S,
                text=True,
                errors="replace",
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ExportError(f"onnx2tf did not end within {TIMEOUT_S / 60:.0f} minutes") from error
        written = folder / "out" / "model_float32.tflite"
        if done.returncode != 0 or not written.is_file():
            said = "\n".join(done.stdout.strip().splitlines()[-TOLD:])
            raise ExportError(
                f"onnx2tf cannot convert the network (exit status {done.returncode}):\n{said}"
            )
        return written.read_bytes()


def _slices(content: bytes) -> Iterator[dict[str, object]]:
    """How onnx2tf is to write each Slice, in its own words.

    Left to itself, 1.29 leaves out a bound that is counted from the end of a free side, without a
    word, and the picture keeps that part.
    """
    with quiet():
        import onnx

        model = onnx.load_from_string(content)
        values = {each.name: onnx.numpy_helper.to_array(each) for each in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type != "Slice":
            continue
        begin, end, begin_mask, end_mask = [0] * 4, [0] * 4, 0b1111, 0b1111
        starts, ends, axes = (values[name].tolist() for name in node.input[1:4])
        for start, stop, axis in zip(starts, ends, axes, strict=True):
            place = _NHWC[axis]
            begin[place], begin_mask = start, begin_mask & ~(1 << place)
            if stop < _TO_THE_END:
                end[place], end_mask = stop, end_mask & ~(1 << place)
        yield {
            "op_name": node.name,
            "param_target": "op",
            "begin": begin,
            "end": end,
            "strides": [1] * 4,
            "begin_mask": begin_mask,
            "end_mask": end_mask,
        }


_NHWC = (0, 3, 1, 2)
"""Where the axes of (N, C, H, W) are in TFLite."""

_TO_THE_END = 2**31 - 1
