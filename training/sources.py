"""What a training learns from, by fingerprint: so that a resumed one notices what changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge_app.core.errors import RunError
from training.config import TrainConfig


def sources_of(config: TrainConfig, photos: Sequence[Path]) -> dict[str, str]:
    """Painting, file of teacher weights, or folder of photographs -> its SHA-256.

    Of the photographs names and sizes count: which of them a step takes depends on their number,
    and to read all of them would take as long as some steps.
    """
    files = {f"painting {path.name}": path for path in config.paintings}
    files |= {f"teacher {i} {path.name}": path for i, path in enumerate(config.teacher_weights, 1)}
    listed = hashlib.sha256()
    for path in photos:
        size = path.stat().st_size if path.is_file() else 0
        name = path.relative_to(config.photos).as_posix()
        listed.update(f"{name}\0{size}\n".encode(errors="replace"))
    return {name: _digest(path) for name, path in files.items()} | {
        f"photographs in {config.photos.name}": listed.hexdigest()
    }


def check_sources(folder: Path, before: Mapping[str, str], now: Mapping[str, str]) -> None:
    """RunError, which names them, where sources are not what they were; none is known: no error."""
    changed = [name for name, digest in now.items() if before.get(name, digest) != digest]
    if changed:
        raise RunError(
            f"{folder}: cannot resume, since this changed after the run began: "
            f"{', '.join(changed)}; put back what was there, or begin another --out"
        )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
