"""What is judged: a style pack, a training run, or a folder of finished pictures, all alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.quality.photographs import Photograph, name_below, square
from benchmarks.quality.results import Kind
from edge_app.core.catalog import find_pack
from edge_app.core.errors import ConfigError, ImageError, PhotoFolderError, RunError
from edge_app.core.image import Bytes, image_paths, read_image
from edge_app.core.manifest import MANIFEST
from edge_app.core.pack import open_pack
from edge_app.core.runtime import open_runtime
from edge_app.core.strict_json import build, load
from edge_app.core.styles import Style, styles_of
from edge_app.core.stylizer import stylize
from training.config import LossConfig, TrainConfig, run_and_style

RUN_WEIGHTS = "stylizer.safetensors"
RUN_CONFIG = "config.json"
"""What makes a folder a training run, and its settings."""

STYLED = "-styled"
"""What `edgestyle stylize` adds to a photograph's name."""

ASPECT_SLACK = 0.03
"""How far a finished picture's aspect ratio may be from its photograph's: two or three pixels of
padding or rounding, no crop."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One method in one style."""

    method: str
    """'small', 'NAAS': what is compared."""
    style: str
    """'starry_night': pictures of one style are compared with one painting."""
    title: str
    kind: Kind
    source: str
    """Name of the pack, run or folder."""
    sha256: str | None
    """Of a pack."""
    model: str | None
    """The file that draws, and what runs it."""
    painting: Path | None
    """None where it is not on this machine: style cannot be judged then."""
    loss: LossConfig
    """The weights and layers that it was trained with, or the defaults."""
    style_size: int
    """Long side at which the painting was studied, in pixels."""
    draw: Callable[[Photograph], Bytes] = field(repr=False)
    """Photograph -> its picture in the style, uint8 RGB of the same size. Raises ImageError where
    a folder has none."""


def open_subject(
    text: str,
    *,
    size: int,
    paintings: Path | None = None,
    recipe: str | None = None,
    threads: int | None = None,
) -> Subject:
    """Find out what `text` names and make it ready to draw.

    Args:
        text: '[METHOD=]PATH', or the name of an installed style; of a run or a pack with several
            styles PATH#STYLE.
        size: side of the pictures, in pixels.
        paintings: the painting, or a folder in which it has the style's name.
        recipe: of a pack.
        threads: of a pack's model.

    Raises:
        ConfigError: the pack has no model of this size and recipe.
        PackError, RunError, PhotoFolderError: nothing that could be judged.
    """
    method, equals, rest = text.partition("=")
    if not equals:
        method, rest = "", text
    path = Path(rest)
    folder, _, style = rest.rpartition("#")
    if (path / RUN_WEIGHTS).is_file():
        return _run(path, None, method, paintings)
    if folder and (Path(folder) / RUN_WEIGHTS).is_file():
        return _run(Path(folder), style, method, paintings)
    if path.is_dir() and not (path / MANIFEST).is_file():
        return _pictures(path, method, paintings)
    return _pack(_chosen(rest), method, paintings, size, recipe, threads)


def each_style(text: str) -> list[str]:
    """'[METHOD=]PACK' of several styles as one text for each; what is anything else stays."""
    _, equals, rest = text.partition("=")
    rest = rest if equals else text
    path = Path(rest)
    if "#" in rest or (path.is_dir() and not (path / MANIFEST).is_file()):
        return [text]
    styles = open_pack(find_pack(rest)).manifest.styles
    return [f"{text}#{style.id}" for style in styles] or [text]


def _chosen(text: str) -> Style:
    """The style that PACK or PACK#STYLE names; of several the first, where none is named."""
    place, wanted = run_and_style(Path(text))
    styles = styles_of(pack := open_pack(find_pack(str(place))))
    found = [style for style in styles if wanted in (None, "", style.card.id)]
    if not found:
        held = ", ".join(style.card.id for style in styles)
        raise ConfigError(f"{pack.path}: there is no style {wanted!r} in it; there are: {held}")
    return found[0]


def _pack(
    style: Style,
    method: str,
    paintings: Path | None,
    size: int,
    recipe: str | None,
    threads: int | None,
) -> Subject:
    pack, card = style.pack, style.card
    runtime = open_runtime(pack, recipe=recipe, size=size, threads=threads)
    info, vector = runtime.info, style.mix().style
    trained = _trained(pack.manifest.provenance.config, f"{pack.path}: {MANIFEST}: config")
    longest = size if runtime.model.size is None else None
    return Subject(
        method=method or pack.manifest.network,
        style=card.id,
        title=card.title,
        kind="pack",
        source=pack.path.name,
        sha256=pack.sha256,
        model=f"{runtime.model.path} ({info.backend} {info.version}, {info.accelerator})",
        painting=_painting(paintings, card.id, trained.painting_of(card.id)),
        loss=trained.loss,
        style_size=trained.style_size,
        draw=lambda photo: stylize(runtime, photo.picture, style=vector, longest_side=longest),
    )


def _run(folder: Path, style: str | None, method: str, paintings: Path | None) -> Subject:
    import torch

    from training.config import preset_name
    from training.data import to_picture, to_tensor
    from training.trunk import load_style

    path = folder / RUN_CONFIG
    try:
        raw = load(path.read_bytes(), where=str(path), error=RunError)
    except OSError as error:
        raise RunError(f"{folder}: not a training run: {path.name}: {error.strerror}") from error
    trained = _trained(raw, str(path))
    stylizer = load_style(folder, style)

    def draw(photo: Photograph) -> Bytes:
        with torch.inference_mode():
            return to_picture(stylizer(to_tensor(photo.picture)))

    network = preset_name(stylizer.config)
    recorded = trained.painting_of(style)
    style = style or (folder.name if recorded is None else recorded.stem)
    return Subject(
        method=method or network,
        style=style,
        title=style.replace("_", " "),
        kind="run",
        source=folder.name,
        sha256=None,
        model=f"{RUN_WEIGHTS} (torch {torch.__version__})",
        painting=_painting(paintings, style, recorded),
        loss=trained.loss,
        style_size=trained.style_size,
        draw=draw,
    )


def _pictures(folder: Path, method: str, paintings: Path | None) -> Subject:
    files = {name_below(folder, path): path for path in image_paths(folder)}

    def draw(photo: Photograph) -> Bytes:
        # Where both are there, the other one is the photograph beside which it was written.
        path = files.get(photo.name + STYLED, files.get(photo.name))
        if path is None:
            raise ImageError(
                f"{folder}: there is no picture {photo.name}.* or {photo.name}{STYLED}.* in it"
            )
        picture = read_image(path)
        aspect = picture.shape[0] / picture.shape[1]
        # A square one was made of the photograph as it is judged: cut already.
        if all(abs(aspect / fit - 1) > ASPECT_SLACK for fit in (photo.aspect, 1)):
            raise ImageError(
                f"{path}: its height is {aspect:.2f} of its width, the photograph's "
                f"{photo.aspect:.2f}: it shows another part, and cannot be compared"
            )
        return square(picture, photo.picture.shape[0])

    return Subject(
        method=method or "pictures",
        style=folder.name,
        title=folder.name.replace("_", " "),
        kind="pictures",
        source=folder.name,
        sha256=None,
        model=None,
        painting=_painting(paintings, folder.name, None),
        loss=LossConfig(),
        style_size=TrainConfig.style_size,
        draw=draw,
    )


@dataclass(frozen=True, kw_only=True)
class _Trained:
    loss: LossConfig
    style_size: int
    paintings: tuple[Path, ...]

    def painting_of(self, style: str | None) -> Path | None:
        """Where the training saw a style's painting; its only one if it had no other."""
        if len(self.paintings) < 2:
            return self.paintings[0] if self.paintings else None
        config = TrainConfig(paintings=self.paintings, photos=Path(), out=Path())
        return dict(zip(config.styles, self.paintings)).get(style or "")


def _trained(raw: object, where: str) -> _Trained:
    """What matters here of a training's settings as JSON.

    The rest is not looked at: it may be of an older edgestyle, and no figure depends on it.
    """
    if not isinstance(raw, dict):
        raise RunError(f"{where}: expected an object, got {type(raw).__name__}")
    loss = build(LossConfig, raw.get("loss", {}), where=f"{where}: loss", error=RunError)
    style_size = raw.get("style_size", TrainConfig.style_size)
    if not isinstance(style_size, int) or style_size < 1:
        raise RunError(f"{where}: style_size: expected a whole number from 1, got {style_size!r}")
    # Before a training could have several paintings it had `painting`.
    paintings = raw.get("paintings", [raw["painting"]] if "painting" in raw else [])
    if not isinstance(paintings, list) or not all(isinstance(x, str) for x in paintings):
        raise RunError(f"{where}: paintings: expected a list of paths, got {paintings!r}")
    return _Trained(loss=loss, style_size=style_size, paintings=tuple(map(Path, paintings)))


def _painting(given: Path | None, style: str, recorded: Path | None) -> Path | None:
    """Where the painting lies; None if it is not on this machine.

    The file given, the one so named in the folder given, or the one that the training saw.
    """
    if given is not None and not given.is_dir():
        if not given.is_file():
            raise ConfigError(f"paintings: {given}: there is no such file or folder")
        return given
    if given is not None:
        names = {style, style if recorded is None else recorded.stem}
        try:
            found = [path for path in image_paths(given) if path.stem in names]
        except PhotoFolderError as error:
            raise ConfigError(f"paintings: {error}") from error
        if found:
            return found[0]
    return recorded if recorded is not None and recorded.is_file() else None
