"""Training pictures: random crops of a photo folder, the same for the same seed and step."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from edge_app.core.errors import ImageError, PhotoFolderError
from edge_app.core.image import Bytes, fit_within, read_image, resize, shrink

Part = tuple[int, int]
"""(rank, processes) of several processes that share the work."""

_AHEAD = 2
"""Batches that are prepared before they are asked for."""


class PhotoCrops:
    """Endless batches of random crops of the photographs of a folder.

    A crop depends on the seed, the step and its place in the batch alone: a resumed run sees
    exactly what an uninterrupted one would have seen, and several processes together what one would
    have seen. A decoded photograph, brought to a short side of 1.5
    crops at most, is kept if the memory cap has room for it. Broken files are skipped; `skipped`
    has their reasons, and may be filled from other threads while `batches` is being read.

    Args:
        paths: the photographs.
        crop: side of the square crops, in pixels.
        seed: makes the sequence of batches.
        scale: range of the share of a photograph's short side that a crop covers.
        cache_mb: memory for decoded photographs, in MiB.
    """

    def __init__(
        self,
        paths: list[Path],
        *,
        crop: int,
        seed: int,
        scale: tuple[float, float] = (0.65, 1.0),
        cache_mb: int = 1024,
    ) -> None:
        if not paths:
            raise PhotoFolderError("no photographs were given to train on")
        self.crop = crop
        self.skipped: dict[Path, str] = {}
        self.waited_s = 0.0
        """Seconds that `batches` was waited for because no batch was ready."""
        self._paths = list(paths)
        self._seed = seed
        self._scale = scale
        self._cache: dict[Path, Bytes] = {}
        self._cache_left = cache_mb * 2**20
        self._lock = threading.Lock()

    @property
    def photo_count(self) -> int:
        """Number of photographs given, broken ones included."""
        return len(self._paths)

    def batch(self, step: int, size: int, *, part: Part = (0, 1)) -> Tensor:
        """The crops of a step: (size, 3, crop, crop), float32 RGB in [0, 1].

        Args:
            step: which step.
            size: crops of a step, over all processes.
            part: (rank, processes): only every such crop, (size / processes, ...).

        Raises:
            PhotoFolderError: not one photograph can be read.
        """
        rank, processes = part
        return _stacked([self._crop(step, index) for index in range(rank, size, processes)])

    def batches(
        self, first: int, last: int, size: int, *, part: Part = (0, 1)
    ) -> Generator[Tensor]:
        """The batches of steps first, ..., last - 1; the next ones are prepared while one is used.

        Takes as many threads as there are processor cores to spare.
        """
        rank, processes = part
        crops = range(rank, size, processes)
        workers = max(1, min(8, (os.cpu_count() or 1) // 2))
        with ThreadPoolExecutor(workers, thread_name_prefix="crops") as pool:
            upcoming: deque[list[Future[Bytes]]] = deque()
            steps = iter(range(first, last))

            def prepare(count: int) -> None:
                for step in islice(steps, count):
                    upcoming.append([pool.submit(self._crop, step, index) for index in crops])

            try:
                prepare(1 + _AHEAD)
                while upcoming:
                    began = time.monotonic()
                    done = [crop.result() for crop in upcoming.popleft()]
                    self.waited_s += time.monotonic() - began
                    ready = _stacked(done)
                    prepare(1)
                    yield ready
            finally:
                pool.shutdown(cancel_futures=True)

    def _crop(self, step: int, index: int) -> Bytes:
        return self._random_crop(np.random.default_rng((self._seed, step, index)))

    def _random_crop(self, rng: np.random.Generator) -> Bytes:
        photo = self._random_photo(rng)
        height, width = photo.shape[:2]
        side = max(1, round(min(height, width) * rng.uniform(*self._scale)))
        top = int(rng.integers(height - side + 1))
        left = int(rng.integers(width - side + 1))
        mirrored = bool(rng.integers(2))
        piece = resize(photo[top : top + side, left : left + side], (self.crop, self.crop))
        return piece[:, ::-1] if mirrored else piece

    def _random_photo(self, rng: np.random.Generator) -> Bytes:
        # The number of draws must not depend on which files turn out broken, or a resumed run,
        # which has not met them yet, would see other crops.
        start = int(rng.integers(len(self._paths)))
        for offset in range(len(self._paths)):
            path = self._paths[(start + offset) % len(self._paths)]
            if path in self.skipped:
                continue
            try:
                return self._read(path)
            except ImageError as error:
                self.skipped[path] = str(error)
        raise PhotoFolderError(
            f"none of the {len(self._paths)} photographs can be read; the first: "
            f"{next(iter(self.skipped.values()))}"
        )

    def _read(self, path: Path) -> Bytes:
        cached = self._cache.get(path)
        if cached is not None:
            return cached
        short_side = self.crop * 3 // 2
        photo = shrink(read_image(path, min_side=16, reduce_to=short_side), short_side)
        with self._lock:
            if path not in self._cache and photo.nbytes <= self._cache_left:
                self._cache[path] = photo
                self._cache_left -= photo.nbytes
        return photo


def read_tensor(path: Path, *, long_side: int | None = None, min_side: int = 1) -> Tensor:
    """A picture file as (1, 3, H, W) float32 RGB in [0, 1], shrunk to `long_side` if larger."""
    picture = read_image(path, min_side=min_side)
    if long_side is not None and max(picture.shape[:2]) > long_side:
        picture = resize(picture, fit_within(picture.shape[:2], (long_side, long_side)))
    return to_tensor(picture)


def resized(pictures: Tensor, size: Sequence[int]) -> Tensor:
    """(B, C, H, W) in [0, 1] resampled to (height, width); bicubic with antialiasing."""
    if pictures.shape[-2:] == tuple(size):
        return pictures
    result = F.interpolate(
        pictures, list(size), mode="bicubic", antialias=True, align_corners=False
    )
    return result.clamp(0, 1)


def to_tensor(picture: Bytes) -> Tensor:
    """uint8 (H, W, 3) -> float32 (1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float().div_(255)


def to_picture(tensor: Tensor) -> Bytes:
    """float32 (1, 3, H, W) or (3, H, W) in [0, 1] -> uint8 (H, W, 3), rounded and clipped."""
    pixels = tensor.detach().reshape(tensor.shape[-3:]).permute(1, 2, 0).clamp(0, 1)
    return pixels.mul(255).round().to(torch.uint8).cpu().numpy()


def _stacked(crops: list[Bytes]) -> Tensor:
    return torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float().div_(255)
