"""Tensors on disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save
from torch import Tensor

from edge_app.core.files import replacing


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], *, metadata: dict[str, str] | None = None
) -> None:
    """Write a .safetensors file, beside and renamed.

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """
    plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    content = save(plain, metadata)  # save_file has an error of its own for a full disk
    with replacing(path) as beside:
        beside.write_bytes(content)
