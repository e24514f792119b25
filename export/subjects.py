"""What a pack's files are compared in: its one style, or a trunk's styles and mixes of them.

A file of a trunk is fed a style's vector, and so draws every style; the trained trunk, folded to a
plain network for each, says what each picture has to be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from statistics import median

from edge_app.core.errors import ParityError
from edge_app.core.image import Bytes, Picture
from edge_app.core.manifest import AT_MOST, Gate, ModelFile
from edge_app.core.size import Size
from edge_app.core.vector import NO_STYLE, Vector
from export import parity
from export.parity import Case, Judge
from export.recipes import Recipe, Threshold
from training.config import PHOTOGRAPH
from training.network import Stylizer
from training.trunk import Trunk

Run = Callable[[Picture, Vector], Picture]
"""As `Runtime.run`."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One style, or one mix, and the plain network that draws it."""

    stylizer: Stylizer
    vector: Vector = field(default_factory=lambda: NO_STYLE)
    """What a file is given for it."""
    name: str = ""
    """'the_scream', 'the_scream and photograph'; empty where there is but one."""
    judge: Judge | None = None
    """Measures content and style; a mix has no painting, and so no judge."""
    is_mix: bool = False

    @property
    def has_painting(self) -> bool:
        """Whether it could be judged."""
        return not (self.is_mix or self.name == PHOTOGRAPH)


def subjects_of(trunk: Trunk, judge_of: Callable[[str], Judge | None]) -> tuple[Subject, ...]:
    """Every style of a trunk, the photograph, and mixes: neighbours, all, each at half strength.

    Args:
        trunk: as it was trained.
        judge_of: a style's name -> its judge.
    """
    pure = tuple(
        Subject(
            stylizer=trunk.fold({name: 1.0}),
            vector=_mean(trunk, [name]),
            name=name,
            judge=None if name == PHOTOGRAPH else judge_of(name),
        )
        for name in (*styles_of(trunk), *_photograph(trunk))
    )
    mixes = tuple(
        Subject(
            stylizer=trunk.fold(dict.fromkeys(names, 1 / len(names))),
            vector=_mean(trunk, names),
            name=" and ".join(names),
            is_mix=True,
        )
        for names in _mixes(trunk)
    )
    return pure + mixes


def styles_of(trunk: Trunk) -> tuple[str, ...]:
    """The names of the styles that were painted, in order."""
    return tuple(sorted(name for name in trunk.styles if name != PHOTOGRAPH))


def _photograph(trunk: Trunk) -> tuple[str, ...]:
    return (PHOTOGRAPH,) if PHOTOGRAPH in trunk.styles else ()


def _mixes(trunk: Trunk) -> list[tuple[str, ...]]:
    """Equal parts of each."""
    styles = styles_of(trunk)
    faded = [(name, other) for name in styles for other in _photograph(trunk)]
    return [*pairwise(styles), *([styles] if len(styles) > 2 else []), *faded]


def _mean(trunk: Trunk, names: Sequence[str]) -> Vector:
    vectors = [trunk.styles[name].detach().cpu().numpy() for name in names]
    mean: Vector = (sum(vectors) / len(vectors)).astype(vectors[0].dtype)
    return mean


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A subject and the photographs that it is compared on."""

    subject: Subject
    cases: Sequence[Case]
    dark: Sequence[Case] = ()
    """What shows a wrong range (see `parity.DARK`)."""


def compared(
    subjects: Sequence[Subject],
    photos: Sequence[tuple[str, Bytes]],
    sizes: Sequence[Size],
    *,
    in_bytes: bool = False,
) -> list[Compared]:
    """Every style on every photograph, every mix on one of them, at every size.

    Args:
        subjects: styles and mixes.
        photos: names and pictures.
        sizes: that they are brought to.
        in_bytes: for a model that is given 8 bits a channel, which hold no dark photograph.
    """
    made = []
    for i, subject in enumerate(subjects):
        own = [photos[i % len(photos)]] if subject.is_mix else photos
        cases = parity.cases(subject.stylizer, own, sizes, subject.judge, in_bytes=in_bytes)
        dark = []
        if not (subject.is_mix or in_bytes):
            dark = [parity.dark_case(subject.stylizer, photos[0], sizes[0])]
        made.append(Compared(subject=subject, cases=cases, dark=dark))
    return made


def suited(what: Sequence[Compared], wanted: Recipe) -> list[Compared]:
    """The same for files by that recipe.

    Ranges that were found on photographs hold no dark one, and cut a wrong one off so that every
    photograph shows it.
    """
    return [replace(each, dark=()) if wanted.needs_calibration else each for each in what]


def check_file(
    model: ModelFile, content: bytes, what: Sequence[Compared], thresholds: Sequence[Threshold]
) -> tuple[Gate, ...]:
    """Run a model file through edge_app.core in every subject; errors as of `check`."""
    with parity.running(model, content) as runtime:
        return check(model.path, runtime.run, what, thresholds)


def check(
    path: str,
    run: Run,
    what: Sequence[Compared],
    thresholds: Sequence[Threshold],
    how: str = "",
) -> tuple[Gate, ...]:
    """`parity.check` in every subject; one gate a threshold, with the figures of all.

    What nothing judged in any of them has no gate, and the others' `on` ends with saying so.

    Raises:
        ParityError: names the style besides.
    """
    found: dict[str, list[tuple[Compared, Gate]]] = {}
    for each in what:
        subject = each.subject

        def draw(picture: Picture, style: Vector = subject.vector) -> Picture:
            return run(picture, style)

        try:
            cases = [*each.cases, *each.dark]
            gates = parity.check(path, draw, cases, thresholds, subject.judge, how)
        except ParityError as error:
            if not subject.name:
                raise
            raise ParityError(f"in the style {subject.name}: {error}") from error
        for gate in gates:
            found.setdefault(gate.metric, []).append((each, gate))
    unjudged = [each.metric for each in thresholds if each.metric not in found]
    note = f"; not judged: {', '.join(unjudged)}" if unjudged else ""
    return tuple(_together(each, note) for each in found.values())


def _together(measured: Sequence[tuple[Compared, Gate]], note: str) -> Gate:
    """One gate of several subjects' gates of one metric; the note ends what it tells."""
    gates = [gate for _, gate in measured]
    told = _told([each for each, _ in measured]) + note
    first = gates[0]
    samples = tuple(chain.from_iterable(gate.samples for gate in gates))
    worst = (max if first.metric in AT_MOST else min)(samples)
    return replace(first, worst=worst, median=median(samples), samples=samples, on=first.on + told)


def _told(what: Sequence[Compared]) -> str:
    """', in 3 styles and 5 mixes', ', in 1 style'; empty where there is but one to be drawn."""
    if not any(each.subject.name for each in what):
        return ""
    mixes = sum(each.subject.is_mix for each in what)
    styles = len(what) - mixes
    told = f", in {styles} style{'s' if styles > 1 else ''}"
    return told + (f" and {mixes} mix{'es' if mixes > 1 else ''}" if mixes else "")
