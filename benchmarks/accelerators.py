"""What the accelerators of a device take of each TFLite file, as its pack tells.

It was found out when the pack was made (export/lint.py): XNNPACK's share by loading the file, the
others' from published lists of operators, which nobody has run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.quality.tables import NONE, Sheet
from edge_app.core.manifest import Delegate, Lint, Manifest

NAMES = {"xnnpack": "XNNPACK", "gpu": "GPU delegate", "nnapi": "NNAPI"}
"""Name in the manifest -> for people, in the order of the columns."""

CAVEAT = (
    "What an accelerator refuses is left to the plain interpreter, several times slower, and every "
    "change between them copies the picture. A list of operators is a promise at most: a device "
    "may refuse what is on it."
)


def accelerator_sheet(manifests: Sequence[Manifest]) -> Sheet | None:
    """A row a TFLite file; None where no pack tells, as those of older editions do not."""
    linted = [
        (manifest, model.path, model.lint)
        for manifest in manifests
        for model in manifest.models
        if model.lint is not None
    ]
    if not linted:
        return None
    delegates = [each for _, _, lint in linted for each in lint.delegates]
    known = [name for name in NAMES if name in {each.name for each in delegates}]
    known += sorted({each.name for each in delegates} - set(NAMES))
    several = len(manifests) > 1
    return Sheet(
        title="What the accelerators take",
        columns=("file", "operators", *(NAMES.get(name, name) for name in known)),
        rows=tuple(
            (
                f"{manifest.title}: {path}" if several else path,
                str(sum(lint.operators.values())),
                *(_taken(lint, name) for name in known),
            )
            for manifest, path, lint in linted
        ),
        note=f"{_bases(delegates, known)} {CAVEAT}",
    )


def _taken(lint: Lint, name: str) -> str:
    """'all, 1 piece'; '149 of 150: not 1 CUMSUM'."""
    found = next((each for each in lint.delegates if each.name == name), None)
    if found is None:
        return NONE
    pieces = "" if found.pieces is None else f", {found.pieces} piece{'s'[: found.pieces != 1]}"
    if not found.refused:
        return f"all{pieces}"
    count = sum(lint.operators.values())
    refused = ", ".join(f"{number} {operator}" for operator, number in found.refused.items())
    return f"{count - sum(found.refused.values())} of {count}: not {refused}{pieces}"


def _bases(delegates: Iterable[Delegate], known: Sequence[str]) -> str:
    """How it is known, of each accelerator: 'XNNPACK: measured ... GPU delegate: ...'."""
    told = dict.fromkeys((each.name, each.basis) for each in delegates)
    return " ".join(
        f"{NAMES.get(name, name)}: {'; '.join(b for n, b in told if n == name)}." for name in known
    )
