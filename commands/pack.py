"""`edgestyle pack`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from tyro.conf import Positional

from commands.console import say
from edge_app.core.errors import ConfigError, PackError

if TYPE_CHECKING:
    from edge_app.core.manifest import ModelFile
    from edge_app.core.pack import StylePack


def pack(
    action: Positional[Literal["inspect", "verify", "diff"]],
    packs: Positional[tuple[str, ...]],
) -> int:
    """Look into style packs: what is in one, whether it is whole and runs here, how two differ.

    Args:
        action: inspect shows files, gates and what accelerators take; verify checks every hash
            and runs every model once; diff compares two packs (exit status 1 where they differ).
        packs: Style packs, or names of installed styles; two for diff.
    """
    from edge_app.core.catalog import find_pack
    from edge_app.core.inspection import differences, verify
    from edge_app.core.pack import open_pack

    wanted = 2 if action == "diff" else 1
    if len(packs) < wanted or (action == "diff" and len(packs) > 2):
        raise ConfigError(
            f"pack {action}: expected {'2 packs' if wanted == 2 else 'a pack'}, got {len(packs)}"
        )
    opened = [open_pack(find_pack(name)) for name in packs]
    if action == "diff":
        lines = differences(*opened)
        say("\n".join(lines) or "no difference")
        return 1 if lines else 0
    for each in opened:
        if action == "inspect":
            _inspect(each)
        else:
            for model, how in verify(each):
                say(f"{model.path}: {how}")
            say(f"{each.path}: every file is what the manifest says (sha256 {each.sha256})")
    return 0


def _metadata(opened: StylePack, model: ModelFile) -> Iterator[str]:
    """What a TFLite file itself says to other programs, as far as it can be read here."""
    from edge_app.core.manifest import Format
    from export.metadata import metadata_of

    if model.format is not Format.TFLITE:
        return
    if find_spec("ai_edge_litert") is None:
        yield "metadata: not read, for ai-edge-litert is not installed"
        return
    content = opened.read(model.path)
    try:
        metadata = metadata_of(content)
    except PackError as error:
        yield str(error).removeprefix("TFLite ")
        return
    if metadata is None:
        yield "metadata: none in the file"
        return
    yield f"metadata: {metadata.name} by {metadata.author} ({metadata.licence})"
    for end, tensors in (("in", metadata.inputs), ("out", metadata.outputs)):
        yield from (f"  {end}: {tensor}" for tensor in tensors)


def _inspect(opened: StylePack) -> None:
    from edge_app.core.inspection import delegate_text

    card, origin = opened.manifest, opened.manifest.provenance
    say(f"{card.title} by {card.artist}, {card.year} ({card.licence}): {card.description}")
    say(f"network {card.network}, {origin.steps} steps on {origin.photo_count} photographs")
    if (made := origin.export) is not None:
        say(f"ranges found on {made.calibrated_on} photographs, compared on {made.compared_on}")
    for name, value in card.quality.items():
        say(f"{name} {value:g}")
    for style in card.styles:
        figures = "".join(f", {name} {value:g}" for name, value in style.quality.items())
        say(f"style {style.id}: {style.title} by {style.artist}, {style.year}{figures}")
    if card.photograph is not None:
        say("strength is a blend with the photograph within the network")
    for model in card.models:
        size = f"{model.size_bytes / 1e3:.0f} kB"
        if model.style_length:
            size += f", takes a style of {model.style_length} numbers"
        say(f"\n{model.path}: {model.recipe}, {model.size_text}, {size}")
        for gate in model.gates:
            figures = f"worst {gate.worst:.4g}, median {gate.median:.4g}, asked {gate.threshold:g}"
            say(f"  {gate.metric}: {figures}{gate.unit_text} on {gate.on}")
        for text in (model.not_run, model.why, model.not_reproducible, *_metadata(opened, model)):
            if text:
                say(f"  {text}")
        if model.lint is not None:
            listed = ", ".join(f"{count} {name}" for name, count in model.lint.operators.items())
            say(f"  operators: {listed}")
            for delegate in model.lint.delegates:
                say(f"  {delegate_text(delegate)}")
