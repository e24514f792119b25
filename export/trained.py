"""What a run has to export: a network, and the styles that it draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from export.card import Card, card_of, cards_of, trunk_card
from export.config import ExportConfig
from export.parity import Judge
from export.subjects import Subject, styles_of, subjects_of
from training.config import TrainConfig
from training.network import Stylizer
from training.run import read_config
from training.trunk import load_style, load_trunk

JudgeOf = Callable[[str | None], Judge | None]
"""A trunk's style, or None for the only one -> what measures its pictures; None: nothing does."""


@dataclass(frozen=True, kw_only=True)
class Trained:
    """One style, or several that share a network."""

    training: TrainConfig
    stylizer: Stylizer
    """The network; of a trunk the one that its styles share, whose own norms mean nothing."""
    card: Card
    """Of the whole pack."""
    cards: Mapping[str, Card]
    """Of each style of a trunk, by name; empty where there is but one."""
    subjects: tuple[Subject, ...]
    """What is compared: the only style, or all of a trunk, the photograph and mixes."""


def read_trained(config: ExportConfig, judge_of: JudgeOf) -> Trained:
    """Read a run as the options want it.

    Raises:
        RunError, ConfigError: as of `load_style`, `load_trunk`, `read_config` and `cards_of`.
    """
    if config.trunk:
        trunk = load_trunk(config.run)
        training = read_config(config.run)
        cards = cards_of(config, training, styles_of(trunk))
        return Trained(
            training=training,
            stylizer=trunk.network,
            card=trunk_card(config, training, list(cards.values())),
            cards=cards,
            subjects=subjects_of(trunk, judge_of),
        )
    stylizer = load_style(config.run, config.style)
    training = read_config(config.run)
    return Trained(
        training=training,
        stylizer=stylizer,
        card=card_of(config, training),
        cards={},
        subjects=(Subject(stylizer=stylizer, judge=judge_of(config.style)),),
    )
