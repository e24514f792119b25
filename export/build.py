"""From a training run to a style pack: convert, compare with the trained network, pack."""

from __future__ import annotations

import dataclasses
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from math import prod
from pathlib import Path
from statistics import fmean, median

from edge_app.core.errors import ConfigError, MissingExtraError, PhotoFolderError
from edge_app.core.files import check_place, storage_errors
from edge_app.core.image import Bytes, fit_within, read_image, resize, to_uint8, write_image
from edge_app.core.manifest import MANIFEST, TrunkStyle
from edge_app.core.metrics import psnr_db
from edge_app.core.pack import Source, StylePack, check_replaceable, write_pack
from edge_app.core.vector import vector_file
from export import onnx2tf, parity
from export.calibration import Photographs, at_size, representative
from export.card import CONVERTERS, Card, exported_by, manifest_of
from export.config import ExportConfig
from export.files import Workshop, model_files, step_count
from export.subjects import Subject
from export.trained import JudgeOf, read_trained
from training.config import PHOTOGRAPH, TrainConfig
from training.network import SIZE_MULTIPLE
from training.run import read_facts, version_of

PREVIEW = "preview.jpg"
PHOTOGRAPH_MIN_DB = 20.0
"""How near to photographs, PSNR of the median one, a trunk's own style for them has to come before
strength is a blend with it. Softness costs little; a picture still painted is far below."""

STYLES = "styles"
"""Folder of a trunk's vectors and previews."""

PREVIEW_SIDE = 512
"""Long side of the preview, in pixels."""

PREVIEW_SIZE = (PREVIEW_SIDE, PREVIEW_SIDE)

STYLE_PREVIEW_BYTES = 8_000
"""At most, of a style's own preview in a trunk: with its vector and its share of every file's
figures a style of `small` is to add 20 kB to a pack and no more."""

STYLE_PREVIEW_SIDES = range(192, 64, -16)
"""Long sides of it; the first that is small enough, or the last."""

OnProgress = Callable[[str, float], None]
"""What is being done, and how much of the whole is done, 0..1."""

OnSkipped = Callable[[Mapping[Path, str]], None]
"""The photographs that could not be used, with the reasons."""


def export(
    config: ExportConfig,
    on_progress: OnProgress | None = None,
    on_skipped: OnSkipped | None = None,
    judge_of: JudgeOf = lambda _: None,
) -> StylePack:
    """Write the style pack of a training run; see ExportConfig.

    Every model file is compared with the trained network on photographs. The pack takes its place
    in one step when all of them passed; until then an older pack at `config.out` is untouched.

    Args:
        config: what of which run.
        on_progress: called with every step that begins.
        on_skipped: called once if photographs could not be used.
        judge_of: gives what measures content and style of pictures, by the run's own teacher and
            the style's painting. Without a judge these figures and gates are left out.

    Raises:
        RunError: the run folder holds no weights or facts, or they are damaged.
        ConfigError: as of `read_trained`; or files have to be good enough, and there is no judge.
        PhotoFolderError: there is no photograph to calibrate and compare on.
        ImageError: the photograph for the preview cannot be read.
        MissingExtraError: a converter is not installed.
        ExportError: a converter failed.
        ParityError: a file does not agree with the trained network.
        StorageError: the pack or a temporary file cannot be written.
    """
    _check_packages(config)
    _check_writable(config.out)
    steps = _Steps(config, on_progress)
    steps.next("reading the run", 1)
    trained = read_trained(config, judge_of)
    if config.good_enough:
        _check_judged(trained.subjects)
    training, facts = trained.training, read_facts(config.run)
    photos = _photos(config, training)
    if photos.skipped and on_skipped is not None:
        on_skipped(photos.skipped)

    with (
        storage_errors(Path(tempfile.gettempdir())),
        tempfile.TemporaryDirectory(prefix="edgestyle-") as temporary,
    ):
        shop = Workshop(
            config=config,
            stylizer=trained.stylizer,
            card=trained.card,
            photos=photos,
            subjects=trained.subjects,
            folder=Path(temporary),
        )
        # What may fail for an option comes before the long work.
        first = trained.subjects[0]
        others: dict[str, Source] = {PREVIEW: _preview(shop, first, PREVIEW)}
        styles = [_style(shop, name, card, others) for name, card in trained.cards.items()]
        photograph, likeness = _photograph(shop, others)
        quality = likeness if styles else _judged(shop, first)
        files = list(model_files(shop, steps.next))
        steps.next("packing", 1)
        manifest = manifest_of(
            trained.card,
            config.run,
            training,
            facts,
            network=trained.stylizer.config,
            models=tuple(model for model, _ in files),
            preview=PREVIEW,
            judged=quality,
            styles=tuple(styles),
            photograph=photograph,
            converters=_converters(config),
            exported=exported_by(config, photos),
        )
        contents = {model.path: source for model, source in files}
        pack = write_pack(config.out, manifest, {**contents, **others})
    steps.finish(f"wrote {pack.path}")
    return pack


class _Steps:
    """Progress over steps of roughly known cost."""

    def __init__(self, config: ExportConfig, on_progress: OnProgress | None) -> None:
        self._total = 2 + step_count(config)
        self._done = 0.0
        self._current = 0.0
        self._on_progress = on_progress

    def next(self, text: str, cost: float) -> None:
        """The step before is done, one of this cost begins."""
        self._done += self._current
        self._current = cost
        self._tell(text, min(self._done / self._total, 0.99))

    def finish(self, text: str) -> None:
        """All is done."""
        self._tell(text, 1.0)

    def _tell(self, text: str, share: float) -> None:
        if self._on_progress is not None:
            self._on_progress(text, share)


def _style(shop: Workshop, name: str, card: Card, files: dict[str, Source]) -> TrunkStyle:
    """A trunk's style for the manifest; its files join the others."""
    (subject,) = (each for each in shop.subjects if each.name == name)
    vector, preview = f"{STYLES}/{name}.npy", f"{STYLES}/{name}.jpg"
    files[vector] = vector_file(subject.vector)
    files[preview] = _style_preview(shop, subject, f"{name}.jpg")
    return TrunkStyle(
        **dataclasses.asdict(card),
        vector=vector,
        preview=preview,
        quality=_judged(shop, subject),
    )


def _photograph(shop: Workshop, files: dict[str, Source]) -> tuple[str | None, dict[str, float]]:
    """The name of a trunk's vector of the photograph, which joins the files, and its likeness.

    None where the trunk has none, or where it has not learnt to leave a photograph as it is: then
    strength is better a mix of pixels.
    """
    found = [subject for subject in shop.subjects if subject.name == PHOTOGRAPH]
    if not found:
        return None, {}
    (subject,) = found
    size = max(shop.config.sizes, key=prod, default=PREVIEW_SIZE)
    cases = parity.cases(subject.stylizer, shop.photos.parity, [size])
    likeness = median(psnr_db(case.expected, case.picture) for case in cases)
    figures = {"photograph_psnr": round(likeness, 2)}
    if likeness < PHOTOGRAPH_MIN_DB:
        warnings.warn(
            f"the trunk's photograph is {likeness:.1f} dB from the photographs, and from "
            f"{PHOTOGRAPH_MIN_DB:.0f} on it would do to blend with; strength will mix pixels. "
            "More --steps teach it better",
            RuntimeWarning,
            stacklevel=2,
        )
        return None, figures
    files[name := f"{STYLES}/{PHOTOGRAPH}.npy"] = vector_file(subject.vector)
    return name, figures


def _preview(shop: Workshop, subject: Subject, name: str) -> Path:
    """A file with a photograph in the style, its long side PREVIEW_SIDE."""
    path = shop.folder / name
    write_image(path, _drawn(shop, subject), quality=88)
    return path


def _style_preview(shop: Workshop, subject: Subject, name: str) -> Path:
    """The same, smaller: drawn as large, for strokes do not shrink with a picture."""
    path, drawn = shop.folder / name, _drawn(shop, subject)
    for side in STYLE_PREVIEW_SIDES:
        write_image(path, resize(drawn, fit_within(drawn.shape[:2], (side, side))), quality=75)
        if path.stat().st_size <= STYLE_PREVIEW_BYTES:
            break
    return path


def _drawn(shop: Workshop, subject: Subject) -> Bytes:
    """A photograph in the style, its long side PREVIEW_SIDE."""
    given = shop.config.preview
    photo = shop.photos.parity[0][1] if given is None else read_image(given)
    photo = resize(photo, fit_within(photo.shape[:2], (PREVIEW_SIDE, PREVIEW_SIDE)))
    height, width = (max(side - side % SIZE_MULTIPLE, 32) for side in photo.shape[:2])
    return to_uint8(parity.by_torch(subject.stylizer, at_size(photo, (height, width))))


def _judged(shop: Workshop, subject: Subject) -> dict[str, float]:
    """Content and style distance of the trained network's pictures, mean over the photographs."""
    if subject.judge is None:
        return {}
    size = max(shop.config.sizes, key=prod, default=PREVIEW_SIZE)
    cases = parity.cases(subject.stylizer, shop.photos.parity, [size], subject.judge)
    distances = [case.distances for case in cases if case.distances is not None]
    return {
        name: round(fmean(each), 4) for name, each in zip(("content", "style"), zip(*distances))
    }


def _converters(config: ExportConfig) -> dict[str, str]:
    """Library -> version."""
    versions = {name: version_of(name) for name in CONVERTERS}
    if config.by_onnx2tf:
        versions |= onnx2tf.versions(onnx2tf.find(config.onnx2tf_env))
    return versions


def _check_packages(config: ExportConfig) -> None:
    by_onnx2tf = config.by_onnx2tf
    if by_onnx2tf:
        onnx2tf.find(config.onnx2tf_env)
    needed = {
        "litert_torch": bool(config.recipes) and not by_onnx2tf,
        "ai_edge_litert": bool(config.recipes),
        "ai_edge_quantizer": any(name != "fp32" for name in config.recipes),
        "coremltools": bool(config.wanted_coreml),
        "sklearn": "palette-weights" in config.wanted_coreml,
        "onnx": bool(config.wanted_onnx) or by_onnx2tf,
        "onnxscript": bool(config.wanted_onnx) or by_onnx2tf,
        "onnxruntime": bool(config.wanted_onnx),
    }
    for package, is_needed in needed.items():
        if is_needed and find_spec(package) is None:
            raise MissingExtraError(package, extra="export", purpose="this export")


def _check_writable(out: Path) -> None:
    """What cannot be written or replaced is better known before the work than after it."""
    check_replaceable(out)
    check_place(out / MANIFEST if out.is_dir() else out)


def _check_judged(subjects: Sequence[Subject]) -> None:
    """What is to be good enough has a judge: without one half of what that asks is left out."""
    unjudged = [each for each in subjects if each.has_painting and each.judge is None]
    if unjudged:
        names = ", ".join(each.name for each in unjudged if each.name)
        raise ConfigError(
            f"good_enough: expected a judge of content and style{names and f' of {names}'}, got "
            "none: the painting or the teacher is missing; say where they are (--paintings, "
            "--teacher-weights), or leave --good-enough out"
        )


def _photos(config: ExportConfig, training: TrainConfig) -> Photographs:
    if config.photos is None and not training.photos.is_dir():
        raise PhotoFolderError(
            f"{training.photos}: the photographs of the training are not there (any more, or seen "
            "from this folder); name some with --photos"
        )
    return representative(training.photos if config.photos is None else config.photos)
