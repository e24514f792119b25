"""What a training writes while it runs: losses, previews, events and checkpoints."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from edge_app.core.errors import ImageError, PhotoFolderError, RunError
from edge_app.core.files import replacing, storage_errors
from edge_app.core.image import Bytes, contact_sheet, write_image
from training.config import TrainConfig
from training.data import PhotoCrops, read_tensor, to_picture
from training.events import Events
from training.loop import LOSS_NAMES
from training.network import SIZE_MULTIPLE
from training.run import LOSSES, Learner, write_checkpoint
from training.trunk import Trunk

LOSS_COLUMNS = ("step", *LOSS_NAMES, "learning_rate", "elapsed_s")

PREVIEW_SIDE = 384
"""Long side of previews, in pixels."""

MIN_PREVIEW_SIDE = 32
"""Short side at which the deepest layers still have a few positions to reflect."""


class Journal:
    """Keeps the run folder of a training up to date.

    Args:
        config: of the training.
        learner: what is trained.
        crops: the photographs, for what was skipped of them.
        preview: photograph to stylize now and then, (1, 3, H, W), on the network's device.
        sources: what is learnt from, by fingerprint.
        after: the step from which the run goes on.

    Raises:
        RunError: the losses of the run so far are damaged.
        StorageError: the run folder cannot be written.
        MissingExtraError: TensorBoard events are asked for, and it is not installed.
    """

    def __init__(
        self,
        config: TrainConfig,
        learner: Learner,
        crops: PhotoCrops,
        preview: Tensor,
        sources: Mapping[str, str],
        *,
        after: int,
    ) -> None:
        self.config, self.learner, self.crops, self.preview = config, learner, crops, preview
        self.sources = sources
        self.saved = after
        """The step of the last checkpoint."""
        self._log = LossLog(config.out, after=after)
        self._events = Events(config.out) if config.tensorboard else None

    def add(
        self,
        step: int,
        losses: Mapping[str, float],
        rate: float,
        elapsed_s: float,
        *,
        last: bool,
        suspected: bool,
    ) -> Path | None:
        """A step was done; gives the preview that was written for it, if one was.

        Args:
            step: its number.
            losses: its LOSS_NAMES.
            rate: at which it was learnt.
            elapsed_s: what the training has taken.
            last: it is the last one, which has a preview.
            suspected: its weights should not take the place of better ones.
        """
        self._log.add(step, *(losses[name] for name in LOSS_NAMES), rate, elapsed_s)
        if self._events is not None:
            self._events.add(step, losses)
        if step % self.config.checkpoint_every == 0:
            self.save(step, elapsed_s, suspected=suspected)
        if step % self.config.preview_every and not last:
            return None
        path = self.config.out / "previews" / f"step-{step:06d}.jpg"
        picture = stylized_row(self.learner.result, self.config.styles, self.preview)
        write_image(path, picture)
        if self._events is not None:
            self._events.show(step, picture)
        return path

    def save(self, step: int, elapsed_s: float, *, suspected: bool) -> None:
        """Write a checkpoint, unless this step has one, or a better one may be there."""
        if step == self.saved or (suspected and self.saved):
            return
        self._log.flush()
        write_checkpoint(
            self.config,
            self.learner,
            step=step,
            elapsed_s=elapsed_s,
            skipped=dict(self.crops.skipped),  # at once: a thread that reads ahead may add to it
            photo_count=self.crops.photo_count,
            sources=self.sources,
        )
        self.saved = step

    def close(self) -> None:
        """Bring all to disk but the weights."""
        self._log.close()
        if self._events is not None:
            self._events.close()


def preview_photo(config: TrainConfig, photos: Sequence[Path]) -> Tensor:
    """The preview photograph, (1, 3, H, W), both sides cut to multiples of 4.

    The one that the config names, or the first of `photos`, those of its folder, that can be used.

    Raises:
        ImageError: the one that the config names cannot be used.
        PhotoFolderError: not one of the folder's can be used.
    """
    candidates = [config.preview] if config.preview else photos
    for path in candidates:
        try:
            photo = read_tensor(path, long_side=PREVIEW_SIDE)
        except ImageError:
            if config.preview:
                raise
            continue
        height, width = (side - side % SIZE_MULTIPLE for side in photo.shape[-2:])
        if min(height, width) >= MIN_PREVIEW_SIDE:
            return photo[..., :height, :width]
        if config.preview:
            raise ImageError(f"{path}: too narrow for a preview")
    raise PhotoFolderError(f"{config.photos}: none of the pictures in it can be read")


@torch.no_grad()
def stylized_row(network: nn.Module, styles: Sequence[str], photo: Tensor) -> Bytes:
    """The photograph, (1, 3, H, W), in every style of a trunk, side by side, or in the one."""
    training = network.training
    network.eval()
    if isinstance(network, Trunk):
        row = [to_picture(network(photo, [style])) for style in styles]
    else:
        row = [to_picture(network(photo))]
    network.train(training)
    return contact_sheet([row])


class LossLog:
    """losses.csv: a row a step; on resume the rows after the checkpoint are dropped.

    Raises:
        RunError: the file of the run so far is damaged.
        StorageError: the file cannot be written.
    """

    def __init__(self, folder: Path, *, after: int) -> None:
        self._path = folder / LOSSES
        kept = self._rows(after) if after and self._path.exists() else []
        with (
            replacing(self._path) as beside,
            beside.open("w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.writer(file)
            writer.writerow(LOSS_COLUMNS)
            writer.writerows(kept)
        with storage_errors(self._path):
            self._file = self._path.open("a", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)

    def _rows(self, after: int) -> list[list[str]]:
        try:
            with self._path.open(newline="", encoding="utf-8") as file:
                header, *rows = csv.reader(file)
            if tuple(header) != LOSS_COLUMNS:
                raise ValueError("it has other columns")
            # Of a killed run the last row may be torn: its "25" was to be the step 2500.
            if rows and len(rows[-1]) < len(LOSS_COLUMNS):
                rows.pop()
            return [row for row in rows if int(row[0]) <= after]
        except (ValueError, IndexError, csv.Error) as error:
            raise RunError(
                f"{self._path}: damaged ({error}); delete it to go on without these losses"
            ) from error

    def add(self, step: int, *values: float) -> None:
        """One row, in the order of LOSS_COLUMNS."""
        assert 1 + len(values) == len(LOSS_COLUMNS)
        with storage_errors(self._path):
            self._writer.writerow([step, *(f"{value:.6g}" for value in values)])

    def flush(self) -> None:
        """Bring the rows to disk; called with every checkpoint."""
        with storage_errors(self._path):
            self._file.flush()

    def close(self) -> None:
        """Flush and close."""
        with storage_errors(self._path):
            self._file.close()
