"""What a style pack holds, whether it runs here, and how two packs differ; as plain values."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import numpy as np

from edge_app.core.errors import PackError, RuntimeUnavailableError
from edge_app.core.manifest import Delegate, ModelFile
from edge_app.core.pack import StylePack
from edge_app.core.runtime import load_runtime
from edge_app.core.styles import styles_of

PROBE_SIDE = 64
"""Of the picture on which models of any size are run."""


def verify(pack: StylePack) -> Iterator[tuple[ModelFile, str]]:
    """Run every model of an opened pack once, which opening it alone does not do.

    Yields:
        Each model, and what ran it, or why nothing here can.

    A model of several styles draws each of them.

    Raises:
        PackError: a model is not what the manifest says of it, or gives no picture; a style's
            vector is damaged.
    """
    vectors = [style.mix().style for style in styles_of(pack)]
    for model in pack.manifest.models:
        if model.path not in pack.files:
            yield model, "not run: a folder, which only its own library can run"
            continue
        try:
            runtime = load_runtime(model, pack.read(model.path), threads=1)
        except RuntimeUnavailableError as error:
            yield model, f"not run: {error}"
            continue
        except PackError as error:
            raise PackError(f"{pack.path}: {error}") from error
        height, width = model.size or (PROBE_SIDE * model.size_multiple,) * 2
        try:
            ramp = np.linspace(0, 1, height * width * 3, dtype=np.float32)
            picture = ramp.reshape(height, width, 3)
            result = np.stack([runtime.run(picture, vector) for vector in vectors])
        finally:
            runtime.close()
        if not np.isfinite(result).all() or result.min() < -1e-3 or result.max() > 1.001:
            raise PackError(
                f"{pack.path}: {model.path}: gave values outside [0, 1], which are no picture"
            )
        yield model, f"{runtime.info.backend} {runtime.info.version}, {runtime.info.accelerator}"


def delegate_text(delegate: Delegate) -> str:
    """'xnnpack: all, 1 piece'; 'gpu: all but 2 CUMSUM (from the published list ...)'."""
    refused = ", ".join(f"{count} {name}" for name, count in delegate.refused.items())
    text = f"all but {refused}" if refused else "all"
    if delegate.pieces is not None:
        text += f", {delegate.pieces} piece{'' if delegate.pieces == 1 else 's'}"
    return f"{delegate.name}: {text} ({delegate.basis})"


def differences(a: StylePack, b: StylePack) -> list[str]:
    """What is not the same in two packs: 'tflite/fp32-256x256.tflite: sha256: 1a... -> 2b...'.

    Models are compared by their paths, so their order does not matter.
    """
    old, new = _flat(a), _flat(b)
    return [
        f"{key}: {_change(_text(old, key), _text(new, key))}"
        for key in dict.fromkeys([*old, *new])
        if old.get(key, _ABSENT) != new.get(key, _ABSENT)
    ]


_ABSENT = object()

_WIDTH = 60
"""Of a value that is shown, in characters; most paths, names and figures are shorter."""


def _flat(pack: StylePack) -> dict[str, Any]:
    values = dataclasses.asdict(pack.manifest)
    models = {model["path"]: model for model in values.pop("models")}
    return dict(_leaves("", {**values, **models}))


def _leaves(trail: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any setting
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(f"{trail}: {key}" if trail else str(key), inner)
    elif isinstance(value, (list, tuple)) and any(isinstance(each, dict) for each in value):
        for i, each in enumerate(value):
            name = each.get("metric") or each.get("name") or each.get("id") or str(i)
            yield from _leaves(f"{trail}: {name}", each)
    else:
        yield trail, value


def _text(values: dict[str, Any], key: str) -> str:
    return str(values[key]) if key in values else "absent"


def _change(old: str, new: str) -> str:
    """'1a -> 2b'; of long texts what is around the first difference."""
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new)))
    begin = common - _WIDTH // 4 if common > _WIDTH // 2 else 0
    return f"{_cut(old, begin)} -> {_cut(new, begin)}"


def _cut(text: str, begin: int) -> str:
    shown = f"...{text[begin:]}" if begin else text
    return shown if len(shown) <= _WIDTH else f"{shown[: _WIDTH - 3]}..."
