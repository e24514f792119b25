"""`edgestyle app`."""

from __future__ import annotations

from tyro.conf import OmitArgPrefixes

from edge_app.ui.config import AppConfig


def app(config: OmitArgPrefixes[AppConfig]) -> int:
    """Open the app: a gallery of styles, a studio for photographs, the camera live.

    Args:
        config: How it starts.
    """
    from edge_app.main import run

    run(config)
    return 0
