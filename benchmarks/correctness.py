"""Did the model draw the right picture? A fast wrong one is a failure, not a result."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from benchmarks.results import Check, Verdict
from edge_app.core.image import Bytes, Picture, to_float
from edge_app.core.manifest import ModelFile
from edge_app.core.metrics import psnr_db

MARGIN_DB = 3.0
"""How far a picture may fall below its pack's own gate: the gate was measured on other photographs
and another CPU, whose int8 kernels round differently (up to 0.025 a value between kinds)."""

PLAIN_THRESHOLD_DB = 25.0
"""For a model without a PSNR gate. Swapped channels, a wrong range, a mirrored or shifted picture
of the same style all stay below 20 dB; the coarsest int8 recipe measured reaches 25."""

FLAT = 1 / 255
"""A picture with no larger range than this is one colour."""

ROUNDING = 2 / 12 / 255**2
"""Mean squared error between two equal pictures that were each rounded to 8 bits on their own."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What a model made of the photograph."""

    model: ModelFile
    runtime: str
    """What ran it, for people: "LiteRT 2.3.0 with XNNPACK"."""
    picture: Picture
    """The model's own, float32 (height, width, 3) in [0, 1]."""
    stylized: Bytes
    """The picture at the end of the whole path: uint8, in the photograph's aspect ratio. A
    reference's is what should come of its own `picture`."""

    @property
    def name(self) -> str:
        """For people: "onnx/fp32.onnx (ONNX Runtime 1.31.1)"."""
        return f"{self.model.path} ({self.runtime})"


def threshold_db(model: ModelFile) -> float:
    """The PSNR that the model's picture must reach on the benchmark's photograph."""
    gates = [gate.threshold for gate in model.gates if gate.metric == "psnr"]
    return min(gates) - MARGIN_DB if gates else PLAIN_THRESHOLD_DB


def rounded_threshold_db(threshold_db: float) -> float:
    """The same of two pictures that were rounded to 8 bits."""
    return -10 * math.log10(10 ** (-threshold_db / 10) + ROUNDING)


def judge(given: Picture, drawn: Drawn, reference: Drawn | None) -> Check:
    """Compare what a model drew with the reference's picture of the same photograph.

    A model that is its own reference, run by the same kernels, proves nothing by drawing the same
    twice: it is unchecked. If it does not even draw the same, it is wrong.

    Args:
        given: what the model was given, float32 (height, width, 3) in [0, 1].
        drawn: what it made of it.
        reference: what the reference made of `given`; None if nothing could draw it.
    """
    if problem := _no_picture(given, drawn.picture):
        return _unfounded(Verdict.WRONG, problem)
    if reference is None:
        return _unfounded(
            Verdict.UNCHECKED,
            "The pack holds no other model that can be run here to compare with.",
        )
    floor_db = threshold_db(drawn.model)
    found_db = psnr_db(drawn.picture, reference.picture)
    whole_floor_db = rounded_threshold_db(floor_db)
    whole_db = _whole_db(drawn.stylized, reference.stylized)
    figures = f"{found_db:.1f} dB from {reference.name}; at least {floor_db:.1f} dB were expected."
    if found_db < floor_db:
        verdict, reason = Verdict.WRONG, f"Its picture is {figures}"
    elif whole_db is None:
        verdict = Verdict.WRONG
        reason = (
            f"The whole path gave a picture of shape {drawn.stylized.shape} where "
            f"{reference.stylized.shape} was expected."
        )
    elif whole_db < whole_floor_db:
        verdict = Verdict.WRONG
        reason = (
            f"The whole path's picture is {whole_db:.1f} dB from what should come of "
            f"{reference.name}; at least {whole_floor_db:.1f} dB were expected. The model's own is "
            f"right."
        )
    elif reference.name == drawn.name:
        verdict = Verdict.UNCHECKED
        reason = (
            f"It was only drawn twice by the same kernels ({drawn.runtime}), which says that it is "
            f"steady, not that it is right."
        )
    else:
        verdict, reason = Verdict.AGREES, f"Its picture is {figures}"
    return Check(
        verdict=verdict,
        reference=reference.name,
        psnr_db=found_db,
        threshold_db=floor_db,
        end_to_end_db=whole_db,
        reason=reason,
    )


def _unfounded(verdict: Verdict, reason: str) -> Check:
    """A verdict that no reference was needed for."""
    return Check(verdict=verdict, reference=None, psnr_db=None, threshold_db=None, reason=reason)


def _whole_db(drawn: Bytes, expected: Bytes) -> float | None:
    """None of pictures that differ in size."""
    return psnr_db(to_float(drawn), to_float(expected)) if drawn.shape == expected.shape else None


def _no_picture(given: Picture, drawn: Picture) -> str | None:
    """What keeps `drawn` from being a picture at all, in one sentence."""
    if drawn.shape != given.shape:
        return f"It drew shape {drawn.shape} where {given.shape} was expected."
    if not np.isfinite(drawn).all():
        return "Its picture has values that are not numbers."
    if np.ptp(drawn) < FLAT <= np.ptp(given):
        return "Its picture is one single colour."
    return None
