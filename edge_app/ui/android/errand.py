"""What the app was started for, by the intent that started it."""

from __future__ import annotations

from edge_app.core.bench_report import EXTRA, RUN
from edge_app.ui.android.java import activity

FROM_HISTORY = 0x00100000
"""Intent.FLAG_ACTIVITY_LAUNCHED_FROM_HISTORY: the user came back to the app; the intent is the one
that once started it."""


def asked_to_measure() -> bool:
    """Whether a computer started the app to run its benchmark and save what it found."""
    intent = activity().getIntent()
    wish: str | None = intent.getStringExtra(EXTRA)
    return wish == RUN and not int(intent.getFlags()) & FROM_HISTORY
