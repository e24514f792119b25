"""The network that a training begins with: new, warm from a trained style, or a trunk to add to."""

from __future__ import annotations

from pathlib import Path

import torch

from edge_app.core.errors import ConfigError
from training.config import PHOTOGRAPH, StylizerConfig, TrainConfig, preset_name, run_and_style
from training.network import Stylizer
from training.run import differences
from training.trunk import Trunk, load_style, load_trunk, norms_of


def new_network(config: TrainConfig) -> Stylizer | Trunk:
    """A stylizer for one painting, a trunk for several; only what is to be trained has gradients.

    Raises:
        ConfigError: `start` or `add_to` is of another shape, or the trunk has a style of that name.
        RunError: `start` or `add_to` cannot be read; `start` is a trunk and does not say which
            style of it, or `add_to` is none.
    """
    if config.add_to is not None:
        return _grown(config)
    several = len(config.styles) > 1
    start = None
    if config.start is not None:
        start = load_style(*run_and_style(config.start))
        _check_shape(config, "from", config.start, start.config)
    if not several:
        stylizer = Stylizer(config.network)
        if start is not None:
            stylizer.load_state_dict(start.state_dict())
        return stylizer
    trunk = Trunk(config.network, (PHOTOGRAPH, *config.styles))
    if start is not None:
        trunk.network.load_state_dict(start.state_dict())
        for style in (PHOTOGRAPH, *config.styles):
            trunk.add(style, norms_of(start))
    return trunk


def _grown(config: TrainConfig) -> Trunk:
    assert config.add_to is not None
    trunk = load_trunk(config.add_to).train()
    _check_shape(config, "add_to", config.add_to, trunk.network.config)
    known = [style for style in trunk.styles if style != PHOTOGRAPH]
    for style in config.styles:
        if style in trunk.styles:
            raise ConfigError(
                f"add_to: {config.add_to} has a style '{style}' already; it has: {', '.join(known)}"
            )
    middle = torch.stack([trunk.styles[style].detach() for style in known]).mean(0)
    trunk.requires_grad_(config.all_parameters)
    for style in config.styles:
        trunk.add(style, middle)
    if config.all_parameters:
        trunk.freeze_norms()
    return trunk


def _check_shape(config: TrainConfig, option: str, run: Path, found: StylizerConfig) -> None:
    """Warm weights fit a network of one shape alone."""
    if found == config.network:
        return
    held, asked = preset_name(found), preset_name(config.network)
    if held != asked and "custom" not in {held, asked}:
        raise ConfigError(
            f"{option}: {run} holds a '{held}' network, the training is to have '{asked}'; add "
            f"--network {held}, or choose another run"
        )
    raise ConfigError(
        f"{option}: {run} holds a network of another shape than the training is to have "
        f"({'; '.join(differences(found, config.network))})"
    )
