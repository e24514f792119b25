"""The gate: a model file must give what the trained network gives, on photographs.

Files are run as their users run them, through edge_app.core, and compared with torch. A file that
fails raises; it never reaches a pack.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch

from edge_app.core.errors import EdgestyleError, ParityError
from edge_app.core.grain import grained
from edge_app.core.image import Bytes, Picture, to_float, to_uint8
from edge_app.core.manifest import AT_MOST, Gate, ModelFile
from edge_app.core.metrics import max_abs_diff, psnr_db, ssim
from edge_app.core.runtime import Runtime, load_runtime
from edge_app.core.size import Size
from export.calibration import at_size
from export.recipes import Threshold
from training.network import Stylizer

Run = Callable[[Picture], Picture]
"""float32 RGB (height, width, 3) in [0, 1] -> the same, stylized."""

Judge = Callable[[Bytes, Bytes], tuple[float, float]]
"""(stylized picture, its photograph), uint8 -> distance from the photograph's content and from the
painting's style. Whoever calls the export brings it: a perceptual teacher belongs to the training.
"""

METRICS: dict[str, Callable[[Picture, Picture], float]] = {
    "psnr": psnr_db,
    "max_abs_diff": max_abs_diff,
    "ssim": ssim,
}

NUMERIC = frozenset({"psnr", "max_abs_diff"})
"""The metrics that mean something of a picture that nobody would look at."""

DARK = 255
"""By how much a dark photograph is darker than the photograph.

Instance norm takes out the scale of what it is given, all but its epsilon's part: a model that
makes 0..255 of 0..1 draws photographs within 83 to 104 dB of the right pictures. Of a dark one it
makes what it makes of a light one, and that is 28 to 32 dB from the right picture, to which sound
files come as near as on any photograph (measured on four styles).
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A photograph, what a model is given of it, and what the trained network makes of it."""

    photo: str
    """The photograph's file name."""
    picture: Picture
    given: Picture
    """`picture` with the network's grain."""
    expected: Picture
    distances: tuple[float, float] | None = None
    """Content and style distance of `expected`, where there is a judge."""
    is_dark: bool = False
    """Whether it is there for its numbers (see DARK), which only NUMERIC metrics look at."""


def cases(
    stylizer: Stylizer,
    photos: Sequence[tuple[str, Bytes]],
    sizes: Sequence[Size],
    judge: Judge | None = None,
    *,
    in_bytes: bool = False,
) -> list[Case]:
    """Every photograph at every size, stylized by torch and judged.

    Args:
        stylizer: the trained network.
        photos: names and pictures.
        sizes: that they are brought to.
        judge: of the network's pictures.
        in_bytes: for a model that is given 8 bits a channel: so is the network.
    """
    made = []
    plain = without_grain(stylizer) if in_bytes else None
    for size in sizes:
        for name, photo in photos:
            picture = at_size(photo, size)
            given = grained(picture, stylizer.config.grain)
            if plain is None:
                expected = by_torch(stylizer, picture)
            else:
                given = to_float(to_uint8(given))
                expected = by_torch(plain, given)
            distances = judge and judge(to_uint8(expected), to_uint8(picture))
            made.append(
                Case(
                    photo=name,
                    picture=picture,
                    given=given,
                    expected=expected,
                    distances=distances,
                )
            )
    return made


def dark_case(stylizer: Stylizer, photo: tuple[str, Bytes], size: Size) -> Case:
    """A photograph with its grain, DARK times darker, and what the network makes of that."""
    name, pixels = photo
    given = grained(at_size(pixels, size), stylizer.config.grain) / np.float32(DARK)
    return Case(
        photo=f"{name} at 1/{DARK} of its light",
        picture=given,
        given=given,
        expected=by_torch(without_grain(stylizer), given),
        is_dark=True,
    )


def without_grain(stylizer: Stylizer) -> Stylizer:
    """The same network for pictures that have their grain."""
    plain = Stylizer(replace(stylizer.config, grain=0.0))
    plain.load_state_dict(stylizer.state_dict())
    return plain.eval()


def check_file(
    model: ModelFile,
    content: bytes,
    cases: Sequence[Case],
    thresholds: Sequence[Threshold],
    judge: Judge | None = None,
) -> tuple[Gate, ...]:
    """Run a model file through edge_app.core and compare; arguments and errors as in `check`."""
    with running(model, content) as runtime:
        return check(model.path, runtime.run, cases, thresholds, judge)


@contextmanager
def running(model: ModelFile, content: bytes) -> Iterator[Runtime]:
    """A model file as its users run it; a ParityError where it cannot be."""
    try:
        with closing(load_runtime(model, content, threads=1)) as runtime:
            yield runtime
    except ParityError:
        raise
    except EdgestyleError as error:
        raise ParityError(f"the file just written cannot be run: {error}") from error


def check(
    path: str,
    run: Run,
    cases: Sequence[Case],
    thresholds: Sequence[Threshold],
    judge: Judge | None = None,
    how: str = "",
) -> tuple[Gate, ...]:
    """Compare a model's pictures with the trained network's.

    Args:
        path: of the model file inside the pack, for the message.
        run: the model.
        cases: photographs and what is expected of them.
        thresholds: what must hold on every one of them.
        judge: the one that judged the cases. Without one, what needs a judge is left out.
        how: how the model was run, where it was not by its own library; ends the gates' `on`.

    Returns:
        One gate a threshold that was measured, with a figure for each case.

    Raises:
        ParityError: names the file, the metric, the threshold, the value and the photograph.
    """
    gates = measure(path, run, cases, thresholds, judge, how)
    for gate in gates:
        if not gate.holds:
            bound = "at most" if gate.metric in AT_MOST else "at least"
            unit = gate.unit_text
            case = _held(gate.metric, cases)[gate.samples.index(gate.worst)]
            raise ParityError(
                f"{path}: does not agree with the trained network: {gate.metric} "
                f"{gate.worst:.4g}{unit} on {case.photo} at {_size(case)}, expected {bound} "
                f"{gate.threshold:g}{unit} (median {gate.median:.4g}{unit} of {gate.on}). "
                "Nothing was written; to export the other files, leave this one out "
                "(--recipes, --no-coreml, --no-onnx)"
            )
    return gates


def measure(
    path: str,
    run: Run,
    cases: Sequence[Case],
    thresholds: Sequence[Threshold],
    judge: Judge | None = None,
    how: str = "",
) -> tuple[Gate, ...]:
    """The gates as `check` has them, whether they hold or not.

    Raises:
        ParityError: the model gave something that is no picture.
    """
    assert cases, "nothing to compare on"
    results = [_checked(path, case, run(case.given)) for case in cases]
    figures = {id(case): _figures(result, case, judge) for result, case in zip(results, cases)}
    known = set().union(*figures.values())
    gates = []
    for threshold in thresholds:
        if threshold.metric not in known:
            continue
        held = _held(threshold.metric, cases)
        samples = [figures[id(case)][threshold.metric] for case in held]
        gates.append(
            Gate(
                metric=threshold.metric,
                unit=threshold.unit,
                threshold=threshold.value,
                worst=(max if threshold.metric in AT_MOST else min)(samples),
                median=statistics.median(samples),
                samples=tuple(samples),
                on=_described(held) + how,
            )
        )
    assert gates, "nothing to hold"
    return tuple(gates)


def _held(metric: str, cases: Sequence[Case]) -> list[Case]:
    """The cases that a metric is measured on."""
    return [case for case in cases if metric in NUMERIC or not case.is_dark]


def _figures(result: Picture, case: Case, judge: Judge | None) -> dict[str, float]:
    """Every metric of one picture."""
    figures = {name: metric(result, case.expected) for name, metric in METRICS.items()}
    if judge is not None and not case.is_dark:
        assert case.distances is not None, "the cases were not judged"
        found = judge(to_uint8(result), to_uint8(case.picture))
        names = ("content_change", "style_change")
        for name, value, expected in zip(names, found, case.distances):
            figures[name] = abs(value / expected - 1) if expected else float(value > 0)
    # A trunk keeps some hundred figures a style: more digits than mean anything are its largest
    # part.
    return {name: float(f"{value:.6g}") for name, value in figures.items()}


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
    light = [case for case in cases if not case.is_dark]
    photos = len({case.photo for case in light})
    sizes = " and ".join(dict.fromkeys(_size(case) for case in light))
    dark = (
        f", {len(cases) - len(light)} at 1/{DARK} of its light" if len(light) < len(cases) else ""
    )
    return f"{photos} photograph{'s' if photos > 1 else ''} at {sizes}{dark}"
