"""Did the model draw the right picture? A fast wrong one is a failure, not a result."""

from __future__ import annotations

import numpy as np

from benchmarks.results import Check, Verdict
from edge_app.core.image import Picture
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


def threshold_db(model: ModelFile) -> float:
    """The PSNR that the model's picture must reach on the benchmark's photograph."""
    gates = [gate.threshold for gate in model.gates if gate.metric == "psnr"]
    return min(gates) - MARGIN_DB if gates else PLAIN_THRESHOLD_DB


def judge(
    model: ModelFile,
    *,
    given: Picture,
    drawn: Picture,
    reference: Picture | None,
    reference_model: ModelFile | None = None,
    reference_backend: str = "",
) -> Check:
    """Compare what a model drew with the reference's picture of the same photograph.

    Args:
        model: the measured one.
        given: what the model was given, float32 (height, width, 3) in [0, 1].
        drawn: what it made of it, the same shape and range.
        reference: what the reference made of `given`; None if nothing could draw it.
        reference_model: the model that drew it; `model` itself if there was no other.
        reference_backend: the library that ran it, with its version.
    """
    if problem := _no_picture(given, drawn):
        return Check(
            verdict=Verdict.WRONG,
            reference=None,
            psnr_db=None,
            threshold_db=None,
            reason=problem,
        )
    if reference is None or reference_model is None:
        return Check(
            verdict=Verdict.UNCHECKED,
            reference=None,
            psnr_db=None,
            threshold_db=None,
            reason="The pack holds no other model that can be run here to compare with.",
        )
    name = f"{reference_model.path} ({reference_backend})"
    floor = threshold_db(model)
    found = psnr_db(drawn, reference)
    figures = f"{found:.1f} dB from {name}; at least {floor:.1f} dB were expected."
    if found < floor:
        verdict, reason = Verdict.WRONG, f"Its picture is {figures}"
    elif reference_model.path == model.path:
        verdict, reason = Verdict.REFERENCE, f"It is the reference itself, drawn twice: {figures}"
    else:
        verdict, reason = Verdict.AGREES, f"Its picture is {figures}"
    return Check(verdict=verdict, reference=name, psnr_db=found, threshold_db=floor, reason=reason)


def _no_picture(given: Picture, drawn: Picture) -> str | None:
    """What keeps `drawn` from being a picture at all, in one sentence."""
    if drawn.shape != given.shape:
        return f"It drew shape {drawn.shape} where {given.shape} was expected."
    if not np.isfinite(drawn).all():
        return "Its picture has values that are not numbers."
    if np.ptp(drawn) < FLAT <= np.ptp(given):
        return "Its picture is one single colour."
    return None
