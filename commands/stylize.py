"""`edgestyle stylize`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tyro.conf import Positional

from commands.console import progress_bar, say, tell_skipped
from edge_app.core.backends import BackendName
from edge_app.core.errors import ConfigError, ImageError

if TYPE_CHECKING:
    from edge_app.core.pack import StylePack


def stylize(
    photos: Positional[tuple[Path, ...]],
    style: str,
    mix: tuple[str, ...] = (),
    out: Path = Path(),
    strength: float = 1.0,
    size: int | None = None,
    threads: int | None = None,
    recipe: str | None = None,
    keep_colours: bool = False,
    runtime: BackendName = "auto",
    accelerator: str = "auto",
) -> int:
    """Stylize photographs, or whole folders of them, with a style pack.

    Args:
        photos: Picture files or folders of them.
        style: A .stylepack file or folder, or the name of an installed style (edgestyle styles).
        mix: Of a pack with several styles those wanted, each with its share: `--mix the_scream`, or
            `--mix starry_night=0.6 the_scream=0.4`.
        out: For one photograph a .jpg, .png or .webp file; otherwise a folder.
        strength: 0 gives the photograph, 1 the style. Between them pixels are mixed; a pack with
            several styles mixes within the network.
        size: Longest side of the result in pixels; the largest size in the pack if not given.
        threads: CPU threads; all cores up to four if not given.
        recipe: Which of the pack's files to run: fp32, fp16, int8-conv, ...; auto, the fastest on
            this device whose pictures are as good. fp32 if not given.
        keep_colours: Take light and dark from the style, the colours from the photograph.
        runtime: The library that runs it; the best of those installed here if not given.
        accelerator: auto, none, or one that must be used: xnnpack, gpu, npu. Which there are
            depends on the runtime.
    """
    from edge_app.core.catalog import find_pack
    from edge_app.core.files import check_place
    from edge_app.core.image import WRITABLE, check_writable, read_image, write_image
    from edge_app.core.ladder import Ladder
    from edge_app.core.pack import open_pack
    from edge_app.core.styles import Palette
    from edge_app.core.stylizer import MIN_SIDE
    from edge_app.core.stylizer import stylize as run_stylizer

    if not photos:
        raise ConfigError("stylize: give at least one photograph or folder of photographs")
    one = len(photos) == 1 and not photos[0].is_dir()
    if one and out.suffix and not out.is_dir():
        check_writable(out)
    is_file = out.suffix.lower() in WRITABLE and not out.is_dir()
    if is_file and not one:
        raise ConfigError(f"out: several photographs need a folder, {out} would be one picture")
    targets = {photos[0]: out} if is_file else _targets(photos, out)
    for photo, target in targets.items():
        check_place(target)
        if target.exists() and photo.exists() and target.samefile(photo):
            raise ConfigError(f"out: {out} is the photograph itself, which would be lost")
    pack = open_pack(find_pack(style))
    drawn_in = Palette(pack).mix(_shares(pack, mix), strength)
    ladder = Ladder(
        pack,
        recipe=recipe,
        size=size,
        threads=threads,
        accelerator=accelerator,
        backend=runtime,
    )
    opened = ladder.runtime()
    failures: list[str] = []
    with progress_bar() as bar:
        task = bar.add_task(f"stylizing with {pack.manifest.title}", total=len(targets))
        for photo, target in targets.items():
            try:
                picture = read_image(photo, min_side=MIN_SIDE, reduce_to=ladder.reach)
                opened = ladder.runtime(picture.shape[:2])
                longest = size if opened.model.size is None else None
                result = run_stylizer(
                    opened,
                    picture,
                    style=drawn_in.style,
                    strength=drawn_in.strength,
                    longest_side=longest,
                    keep_colours=keep_colours,
                )
                write_image(target, result)
            except ImageError as error:
                failures.append(str(error))
            bar.update(task, advance=1)
    ladder.close()
    if len(targets) == 1 and failures:
        raise ImageError(failures[0])
    tell_skipped(failures)
    if len(failures) == len(targets):
        raise ImageError(f"none of the {len(targets)} photographs could be stylized")
    done = len(targets) - len(failures)
    where = next(iter(targets.values())) if len(targets) == 1 else out
    info = opened.info
    say(
        f"{done} of {len(targets)} stylized with {pack.manifest.title}: {where} "
        f"({opened.model.path}, {info.backend} {info.version}, {info.accelerator}, "
        f"{info.threads} threads)"
    )
    if ladder.why:
        say(f"{opened.model.recipe}: {ladder.why}")
    return 0


def _shares(pack: StylePack, words: Iterable[str]) -> dict[str, float]:
    """The style's id -> its share, of words like 'the_scream=0.4', or 'the_scream' for 1."""
    shares: dict[str, float] = {}
    for word in words:
        name, equals, number = word.partition("=")
        try:
            share = float(number) if equals else 1.0
        except ValueError:
            raise ConfigError(f"mix: expected STYLE=NUMBER, got '{word}'") from None
        if name in shares:
            raise ConfigError(f"mix: {name} is there twice")
        shares[name] = share
    if not shares and pack.manifest.styles:
        held = " ".join(style.id for style in pack.manifest.styles)
        raise ConfigError(f"{pack.path}: holds several styles; choose with --mix, of: {held}")
    return shares


def _targets(photos: Iterable[Path], folder: Path) -> dict[Path, Path]:
    """Photograph -> where its stylized picture goes; names that meet get a number."""
    from edge_app.core.image import image_paths

    targets: dict[Path, Path] = {}
    taken: set[Path] = set()
    for given in photos:
        for photo in image_paths(given) if given.is_dir() else [given]:
            if photo in targets:
                continue
            target, number = folder / f"{photo.stem}-styled.jpg", 2
            while target in taken:
                target, number = folder / f"{photo.stem}-styled-{number}.jpg", number + 1
            targets[photo] = target
            taken.add(target)
    return targets
