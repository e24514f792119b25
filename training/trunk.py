"""A trunk: one stylizer with several styles that can be blended.

Conditional instance norm (Dumoulin et al. 2017, "A Learned Representation for Artistic Style"):
the convolutions are shared by all styles, and a style is the scales and shifts of the norms, one
vector of some kilobytes. A weighted mean of styles is a style. Folded, a style is a plain stylizer
with nothing conditional left.

One of the styles is the photograph itself (PHOTOGRAPH), so that strength is a blend within the
network; further ones may be added to a trained trunk.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.func import functional_call

from edge_app.core.errors import ConfigError, RunError
from training.config import StylizerConfig
from training.network import Stylizer, fill, read_stylizer_config, read_weights

_STYLES = "styles."
"""Begins the keys of the styles' vectors in a file of weights."""


class Trunk(nn.Module):
    """A stylizer whose norms are filled in from `styles`, name -> (N,).

    The vector holds scale and shift of each norm, in the order of the network's modules.
    """

    network: Stylizer
    styles: nn.ParameterDict

    def __init__(self, config: StylizerConfig, styles: Iterable[str]) -> None:
        super().__init__()
        self.network = Stylizer(config)
        self._slots = {
            f"{name}.{part}": module.num_features
            for name, module in self.network.named_modules()
            if isinstance(module, nn.InstanceNorm2d)
            for part in ("weight", "bias")
        }
        self.freeze_norms()
        self.styles = nn.ParameterDict()
        for style in styles:
            self.add(style, norms_of(self.network))

    def forward(
        self, pictures: Tensor, styles: Sequence[str], phase: tuple[int, int] = (0, 0)
    ) -> Tensor:
        """Stylize each picture in the style of its own.

        Args:
            pictures: (B, 3, H, W), RGB in [0, 1], H and W multiples of 4.
            styles: B names.
            phase: as `Stylizer.forward`.

        Returns:
            As `pictures`.
        """
        drawn: list[Tensor] = []
        for picture, style in zip(pictures, styles, strict=True):
            norms = self._filled(self.styles[style])
            drawn.append(functional_call(self.network, norms, (picture[None], phase)))
        return torch.cat(drawn)

    def add(self, style: str, vector: Tensor) -> None:
        """One style more, (N,)."""
        self.styles[style] = nn.Parameter(vector.detach().clone())

    def freeze_norms(self) -> None:
        """Take the network's own scales and shifts out of training: the styles stand for them."""
        for name in self._slots:
            self.network.get_parameter(name).requires_grad_(False)

    def fold(self, shares: Mapping[str, float]) -> Stylizer:
        """The plain stylizer of a blend, {style: its share}; in evaluation mode, of own weights.

        Shares are weights of a mean if they sum to 1; more than 1, or one below 0, exaggerates.

        Raises:
            ConfigError: a style that is not in the trunk; the message lists those that are.
        """
        unknown = [name for name in shares if name not in self.styles]
        if unknown:
            raise ConfigError(
                f"the trunk has no style {', '.join(unknown)}; there are: {', '.join(self.styles)}"
            )
        vector = torch.stack([share * self.styles[name] for name, share in shares.items()]).sum(0)
        plain = copy.deepcopy(self.network).eval().requires_grad_(False)
        for name, value in self._filled(vector).items():
            plain.get_parameter(name).copy_(value.detach())
        return plain

    def _filled(self, vector: Tensor) -> dict[str, Tensor]:
        return dict(zip(self._slots, torch.split(vector, list(self._slots.values()))))


def norms_of(stylizer: Stylizer) -> Tensor:
    """Scale and shift of each norm as one vector, (N,): the style of a plain stylizer."""
    return torch.cat(
        [
            torch.cat([module.weight.detach(), module.bias.detach()])
            for module in stylizer.modules()
            if isinstance(module, nn.InstanceNorm2d)
        ]
    )


def is_trunk(weights: Mapping[str, Tensor]) -> bool:
    """Whether a file of weights is a trunk's."""
    return any(name.startswith(_STYLES) for name in weights)


def load_trunk(folder: Path) -> Trunk:
    """Read the trunk that a run left; in evaluation mode, on the CPU.

    Raises:
        RunError: the folder holds no weights, a plain stylizer's, damaged ones, or ones of another
            shape.
    """
    config, weights = read_stylizer_config(folder), read_weights(folder)
    if not is_trunk(weights):
        raise RunError(f"{folder}: not a trunk; it was trained on one painting alone")
    return _trunk(config, weights, folder)


def load_style(folder: Path, style: str | None = None) -> Stylizer:
    """The plain stylizer of a run, or of one style of a trunk's.

    Raises:
        RunError: as `load_stylizer`; a style is missing where there are several, or named where
            there is one.
        ConfigError: a style that the trunk has not.
    """
    config, weights = read_stylizer_config(folder), read_weights(folder)
    if is_trunk(weights):
        trunk = _trunk(config, weights, folder)
        if style is None:
            raise RunError(
                f"{folder}: a trunk of several styles; choose one of: {', '.join(trunk.styles)}"
            )
        return trunk.fold({style: 1.0})
    if style is not None:
        raise RunError(f"{folder}: trained on one painting; there is no style to choose")
    stylizer = Stylizer(config)
    fill(stylizer, weights, folder)
    return stylizer.eval()


def _trunk(config: StylizerConfig, weights: Mapping[str, Tensor], folder: Path) -> Trunk:
    names = [key.removeprefix(_STYLES) for key in weights if key.startswith(_STYLES)]
    trunk = Trunk(config, names)
    fill(trunk, weights, folder)
    return trunk.eval()
