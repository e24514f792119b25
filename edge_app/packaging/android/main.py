"""What an APK starts; stage.py puts it beside edge_app."""

from __future__ import annotations

from edge_app.main import run
from edge_app.ui.config import AppConfig

run(AppConfig())
