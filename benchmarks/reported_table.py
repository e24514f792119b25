"""What other programs told of their models, as a table for the reports."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.figures import byte_size, mj, ms, spread
from benchmarks.lines import pack_names
from benchmarks.quality.tables import NONE, Sheet
from benchmarks.results import Results, setting_text


def reported_sheet(results: Results) -> Sheet | None:
    """A row a model; memory and energy where any row tells them; None where nothing was told."""
    told = results.reported
    if not told:
        return None
    names = pack_names(results)
    memory = any(r.peak_bytes is not None for r in told)
    energy = any(r.energy_mj is not None for r in told)
    return Sheet(
        title="What the device told",
        columns=(
            *("model", "run by", "what", "time", "first run", "load"),
            *(("peak memory",) if memory else ()),
            *(("energy, mJ",) if energy else ()),
            "told by",
        ),
        rows=tuple(
            (
                f"{names[r.pack_sha256]}, {setting_text(r)}",
                r.runtime,
                r.scope,
                spread(r.times),
                _or_none(r.first_run_ms, ms),
                _or_none(r.load_ms, ms),
                *((_or_none(r.peak_bytes, byte_size),) if memory else ()),
                *((_or_none(r.energy_mj, mj),) if energy else ()),
                r.by,
            )
            for r in told
        ),
        note=(
            "Times in milliseconds, median / 90th percentile, ~ unsteady; picture: from pixels to "
            "stylized pixels, without decoding a file; model: the network alone."
            + (" Peak memory is all that the program had." if memory else "")
            + " Nobody has compared these pictures with a reference."
        ),
    )


def _or_none(value: float | None, text: Callable[[float], str]) -> str:
    return NONE if value is None else text(value)
