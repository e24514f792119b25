"""From a training run to a style pack: convert, compare with the trained network, pack."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from math import prod
from pathlib import Path
from statistics import fmean

from edge_app.core.errors import MissingExtraError, PhotoFolderError
from edge_app.core.files import check_place, storage_errors
from edge_app.core.image import Bytes, fit_within, read_image, resize, to_uint8, write_image
from edge_app.core.manifest import MANIFEST
from edge_app.core.pack import StylePack, check_replaceable, write_pack
from export import parity
from export.calibration import Photographs, at_size, representative
from export.card import card_of, manifest_of
from export.config import ExportConfig
from export.files import Workshop, model_files, step_count
from export.parity import Judge
from training.config import TrainConfig
from training.network import SIZE_MULTIPLE, Stylizer
from training.run import read_config, read_facts
from training.trunk import load_style

PREVIEW = "preview.jpg"
PREVIEW_SIDE = 512
"""Long side of the preview, in pixels."""

PREVIEW_SIZE = (PREVIEW_SIDE, PREVIEW_SIDE)

OnProgress = Callable[[str, float], None]
"""What is being done, and how much of the whole is done, 0..1."""

OnSkipped = Callable[[Mapping[Path, str]], None]
"""The photographs that could not be used, with the reasons."""


def export(
    config: ExportConfig,
    on_progress: OnProgress | None = None,
    on_skipped: OnSkipped | None = None,
    judge: Judge | None = None,
) -> StylePack:
    """Write the style pack of a training run; see ExportConfig.

    Every model file is compared with the trained network on photographs. The pack takes its place
    in one step when all of them passed; until then an older pack at `config.out` is untouched.

    Args:
        config: what of which run.
        on_progress: called with every step that begins.
        on_skipped: called once if photographs could not be used.
        judge: measures content and style of pictures, by the run's own teacher and painting.
            Without one these figures and gates are left out.

    Raises:
        RunError: the run folder holds no weights or facts, or they are damaged.
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
    stylizer = load_style(config.run, config.style)
    training, facts = read_config(config.run), read_facts(config.run)
    card = card_of(config, training)
    photos = _photos(config, training)
    if photos.skipped and on_skipped is not None:
        on_skipped(photos.skipped)

    with (
        storage_errors(Path(tempfile.gettempdir())),
        tempfile.TemporaryDirectory(prefix="edgestyle-") as temporary,
    ):
        preview = Path(temporary) / PREVIEW
        write_image(preview, _preview(config, stylizer, photos), quality=88)
        shop = Workshop(
            config=config,
            stylizer=stylizer,
            card=card,
            photos=photos,
            judge=judge,
            folder=Path(temporary),
        )
        files = list(model_files(shop, steps.next))
        steps.next("packing", 1)
        manifest = manifest_of(
            card,
            config.run,
            training,
            facts,
            network=stylizer.config,
            models=tuple(model for model, _ in files),
            preview=PREVIEW,
            judged=_judged(shop),
        )
        contents = {model.path: source for model, source in files}
        pack = write_pack(config.out, manifest, {**contents, PREVIEW: preview})
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


def _preview(config: ExportConfig, stylizer: Stylizer, photos: Photographs) -> Bytes:
    """A photograph, stylized: uint8, its long side PREVIEW_SIDE."""
    photo = photos.parity[0][1] if config.preview is None else read_image(config.preview)
    photo = resize(photo, fit_within(photo.shape[:2], (PREVIEW_SIDE, PREVIEW_SIDE)))
    height, width = (max(side - side % SIZE_MULTIPLE, 32) for side in photo.shape[:2])
    return to_uint8(parity.by_torch(stylizer, at_size(photo, (height, width))))


def _judged(shop: Workshop) -> dict[str, float]:
    """Content and style distance of the trained network's pictures, mean over the photographs."""
    if shop.judge is None:
        return {}
    cases = shop.cases([max(shop.config.sizes, key=prod, default=PREVIEW_SIZE)])
    distances = [case.distances for case in cases if case.distances is not None]
    return {
        name: round(fmean(each), 4) for name, each in zip(("content", "style"), zip(*distances))
    }


def _check_packages(config: ExportConfig) -> None:
    needed = {
        "litert_torch": bool(config.recipes),
        "ai_edge_quantizer": any(name != "fp32" for name in config.recipes),
        "coremltools": bool(config.wanted_coreml),
        "sklearn": "palette-weights" in config.wanted_coreml,
        "onnx": bool(config.wanted_onnx),
        "onnxscript": bool(config.wanted_onnx),
        "onnxruntime": bool(config.wanted_onnx),
    }
    for package, is_needed in needed.items():
        if is_needed and find_spec(package) is None:
            raise MissingExtraError(package, extra="export", purpose="this export")


def _check_writable(out: Path) -> None:
    """What cannot be written or replaced is better known before the work than after it."""
    check_replaceable(out)
    check_place(out / MANIFEST if out.is_dir() else out)


def _photos(config: ExportConfig, training: TrainConfig) -> Photographs:
    if config.photos is None and not training.photos.is_dir():
        raise PhotoFolderError(
            f"{training.photos}: the photographs of the training are not there (any more, or seen "
            "from this folder); name some with --photos"
        )
    return representative(training.photos if config.photos is None else config.photos)
