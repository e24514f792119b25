"""Perceptual teachers: frozen networks in whose feature space content and style are measured.

Every teacher takes RGB in [0, 1], normalises for itself, and answers by layer names of VGG-19
(Simonyan & Zisserman 2015): `conv3_1` before and `relu3_1` after the activation of the first
convolution of block 3. One class serves all: full VGG-19, a truncated one, a slimmed one with
1x1 heads, and `vgg19-lite`, which this project distils (training/distil.py).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, redirect_stdout
from importlib.resources import as_file, files
from pathlib import Path
from typing import Protocol, cast

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from edge_app.core.errors import TeacherError
from training.config import Padding

CONVOLUTIONS: tuple[str, ...] = tuple(
    f"{block}_{i}" for block, depth in enumerate((2, 2, 4, 4, 4), 1) for i in range(1, depth + 1)
)
"""VGG-19's convolutions, shallow to deep: '1_1' ... '5_4'. A pooling step precedes each block."""

_TORCHVISION_INDICES = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)

BUNDLED = "vgg19_lite.safetensors"
NAMES = ("vgg19-lite", "vgg19")


class Teacher(Protocol):
    """What the losses need of a perceptual network."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that can be asked for, shallow to deep."""

    def __call__(self, pictures: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Features of `pictures` (B, 3, H, W; RGB in [0, 1]) -> {layer: (B, C, h, w)}.

        Raises:
            TeacherError: a layer that is not in `layers`.
        """


class Vgg(nn.Module):
    """VGG-19 or a network of its shape, of any width and depth, as its weights say.

    Args:
        weights: `convB_I.weight`, `convB_I.bias` for as many convolutions as there are, without a
            gap; optionally `headB_I.weight`, `headB_I.bias`: a 1x1 convolution through which the
            layer `reluB_I` is read.
        padding: zeros, as VGG-19 was trained, or reflection, which leaves no border in the losses.
        rectified_heads: whether a head's output passes a ReLU.
        mean, std: per channel, subtracted and divided first; leave them out where the weights have
            the preprocessing folded in.
    """

    convolutions: nn.ModuleDict
    heads: nn.ModuleDict
    mean: Tensor
    std: Tensor

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        *,
        padding: Padding = Padding.REFLECT,
        rectified_heads: bool = False,
        mean: Sequence[float] = (0.0, 0.0, 0.0),
        std: Sequence[float] = (1.0, 1.0, 1.0),
    ) -> None:
        super().__init__()
        self.rectified_heads = rectified_heads
        self.convolutions = nn.ModuleDict()
        self.heads = nn.ModuleDict()
        for name in CONVOLUTIONS:
            if f"conv{name}.weight" not in weights:
                break
            self.convolutions[name] = _convolution(weights, f"conv{name}", padding)
            if f"head{name}.weight" in weights:
                self.heads[name] = _convolution(weights, f"head{name}", padding)
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)
        # oneDNN's channels-last kernels are about twice as fast here as the channels-first ones.
        self.to(memory_format=torch.channels_last)
        self.requires_grad_(False)

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that can be asked for, shallow to deep."""
        return tuple(f"{kind}{name}" for name in self.convolutions for kind in ("conv", "relu"))

    def forward(self, pictures: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """See `Teacher`; computes no deeper than the deepest layer asked for."""
        check_layers(self.layers, layers)
        missing = set(layers)
        features: dict[str, Tensor] = {}
        x = (pictures - self.mean) / self.std
        x = x.contiguous(memory_format=torch.channels_last)
        for name, convolution in self.convolutions.items():
            if not missing:
                break
            if name.endswith("_1") and name != "1_1":
                # An odd last row counts too, as in the normalised VGG-19; torchvision drops it.
                x = F.max_pool2d(x, 2, ceil_mode=True)
            x = convolution(x)
            if f"conv{name}" in missing:
                features[f"conv{name}"] = x
            x = F.relu(x)
            if f"relu{name}" in missing:
                features[f"relu{name}"] = self._read(name, x)
            missing -= {f"conv{name}", f"relu{name}"}
        return {layer: features[layer] for layer in layers}

    def _read(self, name: str, x: Tensor) -> Tensor:
        if name not in self.heads:
            return x
        read: Tensor = self.heads[name](x)
        return F.relu(read) if self.rectified_heads else read


class Layered(nn.Module):
    """Several teachers as one: each layer is answered by the first that reaches it."""

    teachers: nn.ModuleList

    def __init__(self, teachers: Iterable[Vgg]) -> None:
        super().__init__()
        self.teachers = nn.ModuleList(teachers)

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that can be asked for, shallow to deep."""
        every = {layer for teacher in self._vggs for layer in teacher.layers}
        return tuple(
            f"{k}{name}" for name in CONVOLUTIONS for k in ("conv", "relu") if f"{k}{name}" in every
        )

    def forward(self, pictures: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """See `Teacher`."""
        check_layers(self.layers, layers)
        features: dict[str, Tensor] = {}
        for teacher in self._vggs:
            wanted = [x for x in layers if x not in features and x in teacher.layers]
            if wanted:
                features |= teacher(pictures, wanted)
        return {layer: features[layer] for layer in layers}

    @property
    def _vggs(self) -> list[Vgg]:
        return [cast("Vgg", teacher) for teacher in self.teachers]


def load_teacher(name: str, *, weights: Sequence[Path] = ()) -> Layered:
    """The teacher of that name, ready to use.

    Args:
        name: 'vgg19-lite' (bundled, no download) or 'vgg19' (torchvision's ImageNet weights,
            548 MB, downloaded by torchvision on first use).
        weights: files to use instead (see `load_vgg`); of several, the first that reaches a layer
            answers for it.

    Raises:
        TeacherError: an unknown name; weights that cannot be had, read or understood.
    """
    if name not in NAMES:
        raise TeacherError(f"unknown teacher '{name}'; there are: {', '.join(NAMES)}")
    if weights:
        return Layered(load_vgg(path) for path in weights)
    if name == "vgg19":
        return Layered([_torchvision_vgg19()])
    with bundled_weights() as path:
        return Layered([load_vgg(path)])


def bundled_weights() -> AbstractContextManager[Path]:
    """The file of `vgg19-lite`: its weights and, as `basisB_I`, what its coordinates mean."""
    return as_file(files("training") / "weights" / BUNDLED)


def load_vgg(path: Path) -> Vgg:
    """A teacher from a weights file: .safetensors with `convB_I` keys, or torchvision's VGG-19.

    A file with `convB_I` keys has the preprocessing folded into conv1_1 and is padded by
    reflection; `embedB_I` heads (Collaborative Distillation) are rectified, `headB_I` are not. A
    file with torchvision's `features.N` keys gets ImageNet's mean and deviation and zero padding.

    Raises:
        TeacherError: missing, damaged, or without VGG-shaped weights.
    """
    weights = _read_weights(path)
    if "features.0.weight" in weights:
        return _from_torchvision(weights)
    if "conv1_1.weight" not in weights:
        raise TeacherError(
            f"{path}: not a teacher; expected tensors named conv1_1.weight, conv1_1.bias, ... or "
            f"torchvision's features.0.weight, ..., got {', '.join(sorted(weights)[:4])}, ..."
        )
    embedded = {re.sub(r"^embed", "head", key): value for key, value in weights.items()}
    return Vgg(embedded, rectified_heads=any(key.startswith("embed") for key in weights))


def check_layers(reachable: Sequence[str], wanted: Sequence[str]) -> None:
    """Raise TeacherError, which lists the reachable layers, unless all wanted ones are."""
    unknown = [layer for layer in wanted if layer not in reachable]
    if unknown:
        raise TeacherError(
            f"this teacher has no layer {', '.join(unknown)}; its weights reach: "
            f"{', '.join(reachable)}"
        )


def _convolution(weights: Mapping[str, Tensor], name: str, padding: Padding) -> nn.Conv2d:
    try:
        weight, bias = weights[f"{name}.weight"].float(), weights[f"{name}.bias"].float()
        out_channels, in_channels, kernel, _ = weight.shape
        layer = nn.Conv2d(
            in_channels, out_channels, kernel, padding=kernel // 2, padding_mode=padding.value
        )
        layer.load_state_dict({"weight": weight, "bias": bias})
    except (KeyError, ValueError, RuntimeError) as error:
        raise TeacherError(f"teacher weights of {name} do not fit: {error}") from error
    return layer


def _read_weights(path: Path) -> dict[str, Tensor]:
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
    if not isinstance(loaded, dict) or not all(isinstance(v, Tensor) for v in loaded.values()):
        raise TeacherError(f"{path}: expected a dictionary of tensors, got {type(loaded).__name__}")
    return loaded


def _from_torchvision(weights: Mapping[str, Tensor]) -> Vgg:
    renamed = {
        f"conv{name}.{part}": weights[f"features.{index}.{part}"]
        for name, index in zip(CONVOLUTIONS, _TORCHVISION_INDICES)
        for part in ("weight", "bias")
        if f"features.{index}.{part}" in weights
    }
    return Vgg(renamed, padding=Padding.ZEROS, mean=_IMAGENET_MEAN, std=_IMAGENET_STD)


def _torchvision_vgg19() -> Vgg:
    from urllib.error import URLError

    from torchvision.models import VGG19_Weights

    source = VGG19_Weights.IMAGENET1K_V1
    try:
        with redirect_stdout(sys.stderr):  # torch announces the download on stdout
            weights = source.get_state_dict(progress=True, check_hash=True)
    except (URLError, OSError, RuntimeError) as error:
        raise TeacherError(
            f"VGG-19's ImageNet weights (548 MB) could not be downloaded ({error}). Download "
            f"{source.url} elsewhere and pass it with --teacher-weights FILE, or use the bundled "
            "teacher: --teacher vgg19-lite"
        ) from error
    return _from_torchvision(weights)
