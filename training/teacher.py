"""Perceptual teachers by name: frozen networks in whose features content and style are measured.

Every teacher takes RGB in [0, 1], normalises for itself, and answers by layer names of VGG-19
(Simonyan & Zisserman 2015): `conv3_1` before and `relu3_1` after the activation of the first
convolution of block 3. training/vgg.py has VGG-19 and the networks of its shape; ResNet-34
(training/resnet.py) answers by the same names for the layers that come closest.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, redirect_stdout
from importlib.resources import as_file, files
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, cast

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from edge_app.core.allocator import MB, keep_freed_memory
from edge_app.core.errors import TeacherError
from training.config import Padding
from training.features import IMAGENET_MEAN, IMAGENET_STD, check_layers
from training.pooling import Pooling
from training.vgg import CONVOLUTIONS, Vgg

if TYPE_CHECKING:
    from torchvision.models import WeightsEnum

    from training.resnet import ResNet

_TORCHVISION_INDICES = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)

KEPT_BYTES = 1000 * MB
"""More than a step of the usual trainings leaves behind."""

BUNDLED = "vgg19_lite.safetensors"
NAMES = ("vgg19-lite", "vgg19", "resnet34")


class Layered(nn.Module):
    """Several teachers as one: each layer is answered by the first that reaches it."""

    teachers: nn.ModuleList

    layers: tuple[str, ...]
    """Names of the layers that can be asked for, shallow to deep."""

    def __init__(self, teachers: Iterable[Vgg] | Iterable[ResNet]) -> None:
        super().__init__()
        self.teachers = nn.ModuleList(teachers)
        every = dict.fromkeys(layer for teacher in self._each for layer in teacher.layers)
        vgg = (f"{kind}{name}" for name in CONVOLUTIONS for kind in ("conv", "relu"))
        self.layers = (
            tuple(layer for layer in vgg if layer in every)
            if len(self.teachers) > 1
            else tuple(every)
        )

    def forward(self, pictures: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """See `training.features.Teacher`."""
        check_layers(self.layers, layers)
        features: dict[str, Tensor] = {}
        for teacher in self._each:
            wanted = [x for x in layers if x not in features and x in teacher.layers]
            if wanted:
                features |= teacher(pictures, wanted)
        return {layer: features[layer] for layer in layers}

    @property
    def _each(self) -> list[Vgg | ResNet]:
        return [cast("Vgg | ResNet", teacher) for teacher in self.teachers]


def load_teacher(
    name: str, *, weights: Sequence[Path] = (), pooling: Pooling = Pooling.MAX
) -> Layered:
    """The teacher of that name, ready to use.

    From now on this process keeps freed memory (edge_app/core/allocator.py): what a teacher makes
    of pictures are large blocks, which are gone after every step.

    Args:
        name: 'vgg19-lite' (bundled, no download), 'vgg19' or 'resnet34' (torchvision's ImageNet
            weights, 548 and 83 MB, downloaded by torchvision on first use).
        weights: files to use instead (see `load_vgg` and `load_resnet`); of several for a VGG, the
            first that reaches a layer answers for it.
        pooling: between the blocks of a VGG, after the first convolution of a ResNet.

    Raises:
        TeacherError: an unknown name; weights that cannot be had, read or understood.
    """
    if name not in NAMES:
        raise TeacherError(f"unknown teacher '{name}'; there are: {', '.join(NAMES)}")
    keep_freed_memory(at_most=KEPT_BYTES, of_any_size=True)
    if name == "resnet34":
        if len(weights) > 1:
            raise TeacherError(
                f"resnet34: expected one file of weights, got {len(weights)}: "
                f"{', '.join(map(str, weights))}"
            )
        resnet = load_resnet(weights[0], pooling) if weights else _torchvision_resnet34(pooling)
        return Layered([resnet])
    if weights:
        return Layered([load_vgg(path, pooling) for path in weights])
    if name == "vgg19":
        return Layered([_torchvision_vgg19(pooling)])
    with bundled_weights() as path:
        return Layered([load_vgg(path, pooling)])


def bundled_weights() -> AbstractContextManager[Path]:
    """The file of `vgg19-lite`: its weights and, as `basisB_I`, what its coordinates mean."""
    return as_file(files("training") / "weights" / BUNDLED)


def load_vgg(path: Path, pooling: Pooling = Pooling.MAX) -> Vgg:
    """A teacher from a weights file: .safetensors with `convB_I` keys, or torchvision's VGG-19.

    A file with `convB_I` keys has the preprocessing folded into conv1_1 and is padded by
    reflection; `embedB_I` heads (Collaborative Distillation) are rectified, `headB_I` are not. A
    file with torchvision's `features.N` keys gets ImageNet's mean and deviation and zero padding.

    Raises:
        TeacherError: missing, damaged, or without VGG-shaped weights.
    """
    weights = _read_weights(path)
    try:
        return _vgg(weights, pooling)
    except TeacherError as error:
        raise TeacherError(f"{path}: {error}") from error


def _vgg(weights: Mapping[str, Tensor], pooling: Pooling) -> Vgg:
    if "features.0.weight" in weights:
        return _from_torchvision(weights, pooling)
    if "conv1_1.weight" not in weights:
        raise TeacherError(
            "not a teacher; expected tensors named conv1_1.weight, conv1_1.bias, ... or "
            f"torchvision's features.0.weight, ..., got {', '.join(sorted(weights)[:4])}, ..."
        )
    embedded = {re.sub(r"^embed", "head", key): value for key, value in weights.items()}
    rectified = any(key.startswith("embed") for key in weights)
    return Vgg(embedded, rectified_heads=rectified, pooling=pooling)


def load_resnet(path: Path, pooling: Pooling = Pooling.MAX) -> ResNet:
    """A teacher from torchvision's ResNet-34 weights (.pth or .safetensors; `fc` is not needed).

    Raises:
        TeacherError: missing, damaged, or not of ResNet-34's shape.
    """
    from training.resnet import ResNet

    try:
        return ResNet(_read_weights(path), pooling)
    except (RuntimeError, ValueError) as error:
        raise TeacherError(
            f"{path}: not the weights of torchvision's ResNet-34 "
            f"({shorten(str(error), 160, placeholder=' ...')})"
        ) from error


def _read_weights(path: Path) -> dict[str, Tensor]:
    if path.is_dir():
        raise TeacherError(f"{path}: a file of teacher weights was expected, this is a folder")
    if not path.is_file():
        raise TeacherError(f"{path}: no such file of teacher weights")
    try:
        if path.suffix == ".safetensors":
            with safe_open(path, framework="pt") as file:
                return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, OSError, RuntimeError, EOFError, ValueError) as error:
        raise TeacherError(f"{path}: damaged, or not a file of weights ({error})") from error
    except Exception as error:  # torch.load raises UnpicklingError for anything it distrusts
        raise TeacherError(f"{path}: not a file of weights that is safe to load") from error
    if not isinstance(loaded, dict):
        raise TeacherError(f"{path}: expected a dictionary of tensors, got {type(loaded).__name__}")
    for name, value in loaded.items():
        if not isinstance(value, Tensor):
            raise TeacherError(
                f"{path}: expected a dictionary of tensors, under '{name}' it holds "
                f"{type(value).__name__}"
            )
    return loaded


def _from_torchvision(weights: Mapping[str, Tensor], pooling: Pooling) -> Vgg:
    renamed = {
        f"conv{name}.{part}": weights[f"features.{index}.{part}"]
        for name, index in zip(CONVOLUTIONS, _TORCHVISION_INDICES)
        for part in ("weight", "bias")
        if f"features.{index}.{part}" in weights
    }
    return Vgg(
        renamed, padding=Padding.ZEROS, mean=IMAGENET_MEAN, std=IMAGENET_STD, pooling=pooling
    )


def _torchvision_vgg19(pooling: Pooling) -> Vgg:
    from torchvision.models import VGG19_Weights

    weights = _downloaded(VGG19_Weights.IMAGENET1K_V1, "VGG-19's ImageNet weights (548 MB)")
    return _from_torchvision(weights, pooling)


def _torchvision_resnet34(pooling: Pooling) -> ResNet:
    from torchvision.models import ResNet34_Weights

    from training.resnet import ResNet

    source = ResNet34_Weights.IMAGENET1K_V1
    return ResNet(_downloaded(source, "ResNet-34's ImageNet weights (83 MB)"), pooling)


def _downloaded(source: WeightsEnum, title: str) -> Mapping[str, Tensor]:
    from urllib.error import URLError

    try:
        with redirect_stdout(sys.stderr):  # torch announces the download on stdout
            weights: Mapping[str, Tensor] = source.get_state_dict(progress=True, check_hash=True)
    except (URLError, OSError, RuntimeError) as error:
        raise TeacherError(
            f"{title} could not be downloaded ({error}). Download {source.url} elsewhere and pass "
            "it with --teacher-weights FILE, or use the bundled teacher: --teacher vgg19-lite"
        ) from error
    return weights
