"""Losses and previews as TensorBoard events."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from edge_app.core.errors import MissingExtraError
from edge_app.core.image import Bytes


class Events:
    """Writes a training's progress where `tensorboard --logdir RUN` finds it.

    Raises:
        MissingExtraError: tensorboard is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise MissingExtraError(
                "tensorboard", extra="tensorboard", purpose="train --tensorboard"
            ) from error
        self._writer = SummaryWriter(str(folder / "events"))

    def add(self, step: int, losses: Mapping[str, float]) -> None:
        """The losses of a step."""
        for name, value in losses.items():
            self._writer.add_scalar(f"loss/{name}", value, step)

    def show(self, step: int, preview: Bytes) -> None:
        """The preview of a step."""
        self._writer.add_image("preview", preview, step, dataformats="HWC")

    def close(self) -> None:
        """Bring all to disk."""
        self._writer.close()
