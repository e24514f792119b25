"""How far a picture is from a photograph's content and some paintings' style, and which way down.

What the papers call the total loss, with one addition: the loss is a function of sums over
positions (Gram matrices, squared errors), so it and its gradient can be had piece by piece. A
picture larger than a tile is shown to the teacher twice: once to add up the sums, once, now that
the loss's slope at the sums is known, for the gradient. Memory is that of one tile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from training.features import Teacher, check_layers
from training.losses import (
    botero_style,
    gatys_style,
    mogharrab_style,
    relative_style,
    total_variation,
)
from training.optimise.config import Formula, OptimiseConfig
from training.optimise.tiles import Tile, tiles

_PROBE = 128
"""Side of the picture on which the layers' strides are found, in pixels."""


class Losses(NamedTuple):
    """The terms, unweighted, and their weighted sum."""

    total: float
    content: float
    style: float
    tv: float


class Distance:
    """The loss of one picture at one size.

    Args:
        teacher: the network in whose features the distances are taken.
        photo: (1, 3, H, W), RGB in [0, 1]; where and of what type everything is computed.
        paintings: the same, of any sizes.
        config: formula, layers and weights.
        masks: (P, H, W) in [0, 1], one a painting: where it is to be seen. Without masks the
            paintings' Gram matrices are mixed.

    Raises:
        TeacherError: a layer that the teacher does not reach.
    """

    def __init__(
        self,
        teacher: Teacher,
        photo: Tensor,
        paintings: Sequence[Tensor],
        config: OptimiseConfig,
        masks: Tensor | None = None,
    ) -> None:
        self._teacher = teacher
        self._config = config
        self._weights = {x: w for x, w in config.weight_of_layer.items() if w}
        wanted = {*config.layers.content, *self._weights}
        check_layers(teacher.layers, sorted(wanted))
        self._layers = tuple(layer for layer in teacher.layers if layer in wanted)
        with torch.no_grad():
            probe = teacher(photo.new_zeros(1, 3, _PROBE, _PROBE), self._layers)
            self._strides = {layer: _PROBE // x.shape[2] for layer, x in probe.items()}
            self._tiles = list(tiles(photo.shape[-2:], config.tile))
            self._content = self._content_features(photo)
            grams = [self._painting_grams(painting) for painting in paintings]
        self._spreads = {layer: _spread(x) for layer, x in self._content.items()}
        targets = {layer: torch.cat([each[layer] for each in grams]) for layer in self._weights}
        shares = photo.new_tensor(config.painting_weights or (1.0,) * len(paintings))
        shares = shares / shares.sum()
        if masks is None:
            # The squared distance to several targets is that to their mean, and a constant.
            mean = {layer: torch.einsum("p,pij->ij", shares, g) for layer, g in targets.items()}
            self._targets = {layer: g[None] for layer, g in mean.items()}
            self._shares = [1.0]
            self._guides = None
        else:
            self._targets = targets
            areas = shares * masks.mean((1, 2))
            self._shares = (areas / areas.sum()).tolist()
            self._guides = {layer: _guide(masks, self._strides[layer]) for layer in self._weights}

    def __call__(self, picture: Tensor) -> tuple[Losses, Tensor]:
        """The loss of (1, 3, H, W), RGB mostly in [0, 1], and its gradient of the same shape."""
        picture = picture.detach().requires_grad_()
        tv = total_variation(picture)
        (gradient,) = torch.autograd.grad(self._config.tv_weight * tv, picture)
        if len(self._tiles) == 1:
            sums = self._sums(picture, self._tiles[0])
            total, content, style = self._terms(sums)
            gradient += torch.autograd.grad(total, picture)[0]
        else:
            with torch.no_grad():
                sums = [
                    torch.stack(parts).sum(0)
                    for parts in zip(*(self._sums(tile.of(picture), tile) for tile in self._tiles))
                ]
            for each in sums:
                each.requires_grad_()
            total, content, style = self._terms(sums)
            slopes = torch.autograd.grad(total, sums)
            for tile in self._tiles:
                piece = tile.of(picture).detach().requires_grad_()
                there = torch.autograd.grad(self._sums(piece, tile), piece, slopes)[0]
                tile.of(gradient).add_(there)
        whole = total.item() + self._config.tv_weight * tv.item()
        return Losses(whole, content.item(), style.item(), tv.item()), gradient

    def _sums(self, piece: Tensor, tile: Tile) -> list[Tensor]:
        """What a tile adds: the squared error of each content layer, each style layer's Gram."""
        features = self._teacher(piece, self._layers)
        inner = {x: tile.inner(f.float(), self._strides[x]) for x, f in features.items()}
        errors = [
            (inner[layer] - tile.part(target, self._strides[layer])).square().sum()
            for layer, target in self._content.items()
        ]
        return [*errors, *(self._gram(inner[layer], layer, tile) for layer in self._weights)]

    def _gram(self, features: Tensor, layer: str, tile: Tile) -> Tensor:
        """The tile's share of the (guided) Gram matrices per position: (R, C, C)."""
        flat = features.flatten(2)
        if self._guides is None:
            return flat @ flat.transpose(1, 2) / self._positions(layer)
        guide = tile.part(self._guides[layer], self._strides[layer]).flatten(1)
        return (flat * guide[:, None]) @ flat.transpose(1, 2)

    def _terms(self, sums: Sequence[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Total (without total variation), content and style from what `_sums` adds up to."""
        config, count = self._config, len(self._content)
        errors = dict(zip(self._content, sums[:count]))
        if config.formula is Formula.RELATIVE:
            content = torch.stack([e / self._spreads[x] for x, e in errors.items()]).mean()
        else:
            content = 0.5 * torch.stack(list(errors.values())).sum()
        style = torch.stack(
            [
                weight * self._layer_style(grams, layer)
                for (layer, weight), grams in zip(self._weights.items(), sums[count:])
            ]
        ).sum()
        if config.formula is Formula.RELATIVE:
            style = style / sum(self._weights.values())
        return config.content_weight * content + config.beta * style, content, style

    def _layer_style(self, grams: Tensor, layer: str) -> Tensor:
        targets, formula = self._targets[layer], self._config.formula
        return torch.stack(
            [
                share * self._style(formula, grams[i : i + 1], targets[i : i + 1], layer)
                for i, share in enumerate(self._shares)
            ]
        ).sum()

    def _style(self, formula: Formula, grams: Tensor, target: Tensor, layer: str) -> Tensor:
        if formula is Formula.RELATIVE:
            return relative_style(grams, target)
        if formula is Formula.GATYS:
            return gatys_style(grams, target)
        style = botero_style if formula is Formula.BOTERO else mogharrab_style
        return style(grams, target, self._positions(layer))

    def _positions(self, layer: str) -> int:
        height, width = (-(-side // self._strides[layer]) for side in self._tiles[-1].stop)
        return height * width

    def _painting_grams(self, painting: Tensor) -> dict[str, Tensor]:
        """Gram matrices per position, (1, C, C), of each style layer."""
        sums: dict[str, Tensor] = {}
        positions = dict.fromkeys(self._weights, 0)
        for tile in tiles(painting.shape[-2:], self._config.tile):
            for layer, x in self._teacher(tile.of(painting), tuple(self._weights)).items():
                flat = tile.inner(x.float(), self._strides[layer]).flatten(2)
                found = flat @ flat.transpose(1, 2)
                sums[layer] = sums[layer] + found if layer in sums else found
                positions[layer] += flat.shape[2]
        return {layer: total / positions[layer] for layer, total in sums.items()}

    def _content_features(self, photo: Tensor) -> dict[str, Tensor]:
        layers = self._config.layers.content
        whole: dict[str, Tensor] = {}
        for tile in self._tiles:
            for layer, x in self._teacher(tile.of(photo), layers).items():
                stride = self._strides[layer]
                if layer not in whole:
                    sides = (-(-side // stride) for side in photo.shape[-2:])
                    whole[layer] = x.new_empty(1, x.shape[1], *sides, dtype=torch.float32)
                tile.part(whole[layer], stride).copy_(tile.inner(x, stride))
        return whole


def _spread(x: Tensor) -> Tensor:
    return (x - x.mean((2, 3), keepdim=True)).square().sum().clamp_min(1e-12)


def _guide(masks: Tensor, stride: int) -> Tensor:
    """(P, H, W) -> (P, h, w) at a layer's size, summing to 1 (Gatys et al. 2017, section 4)."""
    height, width = (-(-side // stride) for side in masks.shape[1:])
    small = F.adaptive_avg_pool2d(masks[None], (height, width))[0]
    return small / small.sum((1, 2), keepdim=True).clamp_min(1e-12)
