"""The gate: a model file must give what the trained network gives, on photographs.

Files are run as their users run them, through edge_app.core, and compared with torch. A file that
fails raises; it never reaches a pack.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from edge_app.core.errors import EdgestyleError, ParityError
from edge_app.core.image import Bytes, Picture, Size
from edge_app.core.manifest import Gate, ModelFile
from edge_app.core.metrics import max_abs_diff, psnr_db, ssim
from edge_app.core.runtime import load_runtime
from export.calibration import at_size
from export.recipes import Threshold
from training.network import Stylizer

Run = Callable[[Picture], Picture]
"""float32 RGB (height, width, 3) in [0, 1] -> the same, stylized."""

METRICS: dict[str, Callable[[Picture, Picture], float]] = {
    "psnr": psnr_db,
    "max_abs_diff": max_abs_diff,
    "ssim": ssim,
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A photograph as a model sees it, and what the trained network makes of it."""

    photo: str
    """The photograph's file name."""
    picture: Picture
    expected: Picture


def cases(
    stylizer: Stylizer, photos: Sequence[tuple[str, Bytes]], sizes: Sequence[Size]
) -> list[Case]:
    """Every photograph at every size, stylized by torch."""
    pairs = [(name, at_size(photo, size)) for size in sizes for name, photo in photos]
    return [
        Case(photo=name, picture=picture, expected=by_torch(stylizer, picture))
        for name, picture in pairs
    ]


def check_file(
    model: ModelFile, content: bytes, cases: Sequence[Case], thresholds: Sequence[Threshold]
) -> tuple[Gate, ...]:
    """Run a model file through edge_app.core and compare; arguments and errors as in `check`."""
    try:
        runtime = load_runtime(model, content, threads=1)
        try:
            return check(model.path, runtime.run, cases, thresholds)
        finally:
            runtime.close()
    except ParityError:
        raise
    except EdgestyleError as error:
        raise ParityError(f"the file just written cannot be run: {error}") from error


def check(
    path: str, run: Run, cases: Sequence[Case], thresholds: Sequence[Threshold], how: str = ""
) -> tuple[Gate, ...]:
    """Compare a model's pictures with the trained network's.

    Args:
        path: of the model file inside the pack, for the message.
        run: the model.
        cases: photographs and what is expected of them.
        thresholds: what must hold on every one of them.
        how: how the model was run, where it was not by its own library; ends the gates' `on`.

    Returns:
        One gate a threshold, with a figure for each case.

    Raises:
        ParityError: names the file, the metric, the threshold, the value and the photograph.
    """
    assert cases, "nothing to compare on"
    assert thresholds, "nothing to hold"
    results = [_checked(path, case, run(case.picture)) for case in cases]
    gates = []
    for threshold in thresholds:
        measure = METRICS[threshold.metric]
        samples = [measure(result, case.expected) for result, case in zip(results, cases)]
        worst = (max if threshold.metric == "max_abs_diff" else min)(samples)
        gate = Gate(
            metric=threshold.metric,
            unit=threshold.unit,
            threshold=threshold.value,
            worst=worst,
            median=statistics.median(samples),
            samples=tuple(samples),
            on=_described(cases) + how,
        )
        if not gate.holds:
            bound = "at most" if gate.metric == "max_abs_diff" else "at least"
            unit = "" if gate.unit == "1" else f" {gate.unit}"
            case = cases[samples.index(worst)]
            raise ParityError(
                f"{path}: does not agree with the trained network: {gate.metric} "
                f"{gate.worst:.4g}{unit} on {case.photo} at {_size(case)}, expected {bound} "
                f"{gate.threshold:g}{unit} (median {gate.median:.4g}{unit} of {gate.on}). "
                "Nothing was written; to export the other files, leave this one out "
                "(--recipes, --no-coreml, --no-onnx)"
            )
        gates.append(gate)
    return tuple(gates)


def _checked(path: str, case: Case, result: Picture) -> Picture:
    """The result, if it is a picture at all: a metric of nan or of another shape means nothing."""
    if result.shape != case.expected.shape:
        raise ParityError(
            f"{path}: gave a picture of shape {result.shape} on {case.photo}, expected "
            f"{case.expected.shape}"
        )
    if not np.isfinite(result).all():
        raise ParityError(
            f"{path}: gave values that are no numbers on {case.photo} at {_size(case)}"
        )
    return result


def by_torch(stylizer: Stylizer, picture: Picture) -> Picture:
    """What the trained network makes of a picture: float32 RGB (height, width, 3) in [0, 1]."""
    with torch.inference_mode():
        stylized = stylizer(torch.from_numpy(picture).permute(2, 0, 1)[None])
    result: Picture = stylized[0].permute(1, 2, 0).contiguous().numpy()
    return result


def _size(case: Case) -> str:
    height, width = case.picture.shape[:2]
    return f"{height}x{width}"


def _described(cases: Sequence[Case]) -> str:
    photos = len({case.photo for case in cases})
    sizes = " and ".join(dict.fromkeys(_size(case) for case in cases))
    return f"{photos} photograph{'s' if photos > 1 else ''} at {sizes}"
