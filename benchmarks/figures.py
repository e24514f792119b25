"""Figures and dates for people: with as many digits as a reader needs, and their units."""

from __future__ import annotations

import datetime

from benchmarks.timing import Series


def ms(value: float) -> str:
    """Milliseconds to three figures: 4.07, 57.1, 226, 2,330."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(series: Series) -> str:
    """Median and 90th percentile in milliseconds, ~ where it is unsteady: '226 / 231 ~'."""
    mark = "" if series.is_steady else " ~"
    return f"{ms(series.median_ms)} / {ms(series.p90_ms)}{mark}"


def mj(value: float) -> str:
    """Millijoules to three figures, as `ms`."""
    return ms(value)


def seconds(value: float) -> str:
    """Seconds as the paper prints them, with as many decimals as short times need."""
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def byte_size(value: float) -> str:
    """Bytes in kB or MB (powers of ten, as files are counted)."""
    if value >= 1e9:
        return f"{value / 1e9:.1f} GB"
    if value >= 1e6:
        return f"{value / 1e6:.1f} MB" if value < 1e8 else f"{value / 1e6:.0f} MB"
    return f"{value / 1e3:.0f} kB"


def times(value: float) -> str:
    """A ratio: 0.87, 3.4, 44."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def figure(value: float) -> str:
    """A plain number to three figures: 99.3, 0.0045, 6.5e-5."""
    if value == 0 or abs(value) >= 0.001:
        return f"{value:.3g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def date_text(created: str) -> str:
    """A results file's date: "20 November 2026, 11:30 UTC"; what is none as it stands."""
    try:
        moment = datetime.datetime.fromisoformat(created)
    except ValueError:
        return created
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"
