"""From a training run to a style pack: convert, compare with the trained network, pack."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from edge_app.core.errors import MissingExtraError, PhotoFolderError
from edge_app.core.files import check_place, storage_errors
from edge_app.core.image import Bytes, Size, fit_within, read_image, resize, to_uint8, write_image
from edge_app.core.manifest import MANIFEST, Format, ModelFile
from edge_app.core.pack import Source, StylePack, check_replaceable, write_pack
from export import coreml, mil, onnx, parity, tflite
from export.calibration import Photographs, at_size, representative
from export.card import Card, card_of, manifest_of
from export.config import ExportConfig
from export.graph import edge_graph, portable_graph
from export.recipes import COREML_RECIPE, ONNX_RECIPE, recipe
from training.config import TrainConfig
from training.network import SIZE_MULTIPLE, Stylizer, load_stylizer
from training.run import read_config, read_facts

ONNX_SIZES: tuple[Size, ...] = ((192, 256), (260, 196))
"""The ONNX model takes any size; it is compared at two, one of which 4 divides and 8 does not."""

PREVIEW = "preview.jpg"
PREVIEW_SIDE = 512
"""Long side of the preview, in pixels."""

Written = tuple[ModelFile, Source]
"""A model file that passed its gates, and its contents."""

OnProgress = Callable[[str, float], None]
"""What is being done, and how much of the whole is done, 0..1."""

OnSkipped = Callable[[Mapping[Path, str]], None]
"""The photographs that could not be used, with the reasons."""


def export(
    config: ExportConfig,
    on_progress: OnProgress | None = None,
    on_skipped: OnSkipped | None = None,
) -> StylePack:
    """Write the style pack of a training run; see ExportConfig.

    Every model file is compared with the trained network on photographs. The pack takes its place
    in one step when all of them passed; until then an older pack at `config.out` is untouched.

    Args:
        config: what of which run.
        on_progress: called with every step that begins.
        on_skipped: called once if photographs could not be used.

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
    stylizer = load_stylizer(config.run)
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
        files = list(_models(config, stylizer, card, photos, Path(temporary), steps))
        steps.next("packing", 1)
        manifest = manifest_of(
            card,
            config.run,
            training,
            facts,
            network=stylizer.config,
            models=tuple(model for model, _ in files),
            preview=PREVIEW,
        )
        contents = {model.path: source for model, source in files}
        pack = write_pack(config.out, manifest, {**contents, PREVIEW: preview})
    steps.finish(f"wrote {pack.path}")
    return pack


class _Steps:
    """Progress over steps of roughly known cost."""

    def __init__(self, config: ExportConfig, on_progress: OnProgress | None) -> None:
        tflite_cost = (5 + len(config.recipes)) * len(config.sizes) if config.recipes else 0
        self._total = 2 + tflite_cost + 4 * config.coreml + 4 * config.onnx
        self._done = 0
        self._current = 0
        self._on_progress = on_progress

    def next(self, text: str, cost: int) -> None:
        """The step before is done, one of this cost begins."""
        self._done += self._current
        self._current = cost
        self._tell(text, self._done / self._total)

    def finish(self, text: str) -> None:
        """All is done."""
        self._tell(text, 1.0)

    def _tell(self, text: str, share: float) -> None:
        if self._on_progress is not None:
            self._on_progress(text, share)


def _models(
    config: ExportConfig,
    stylizer: Stylizer,
    card: Card,
    photos: Photographs,
    temporary: Path,
    steps: _Steps,
) -> Iterator[Written]:
    if config.recipes:
        for side in config.sizes:
            yield from _tflite_files(config, stylizer, photos, (side, side), steps)
    if config.coreml:
        steps.next(f"Core ML {COREML_RECIPE.name}", 4)
        yield _coreml_file(config, stylizer, card, photos, temporary)
    if config.onnx:
        steps.next(f"ONNX {ONNX_RECIPE.name}", 4)
        yield _onnx_file(stylizer, card, photos)


def _tflite_files(
    config: ExportConfig, stylizer: Stylizer, photos: Photographs, size: Size, steps: _Steps
) -> Iterator[Written]:
    name = f"{size[0]}x{size[1]}"
    steps.next(f"TFLite {name}", 5)
    converted = tflite.convert(edge_graph(stylizer), size)
    cases = parity.cases(stylizer, photos.parity, [size])
    pictures = [at_size(photo, size) for photo in photos.calibration]
    for chosen in map(recipe, config.recipes):
        steps.next(f"TFLite {name} {chosen.name}", 1)
        content = tflite.finish(tflite.quantize(converted, chosen, pictures))
        model = ModelFile(
            path=f"tflite/{chosen.name}-{name}.tflite",
            format=Format.TFLITE,
            recipe=chosen.name,
            size=size,
            layout="NHWC",
            dtype="float32",
            value_range=(0.0, 1.0),
        )
        gates = parity.check_file(model, content, cases, chosen.thresholds)
        yield dataclasses.replace(model, gates=gates), content


def _coreml_file(
    config: ExportConfig, stylizer: Stylizer, card: Card, photos: Photographs, temporary: Path
) -> Written:
    sizes = [(side, side) for side in sorted(config.sizes)]
    package = temporary / f"{COREML_RECIPE.name}.mlpackage"
    coreml.write(portable_graph(stylizer), sizes, multiple=SIZE_MULTIPLE, card=card, to=package)
    cases = parity.cases(stylizer, photos.parity, sizes)
    # The manifest knows one size a file: the one that the package has unless asked otherwise.
    model = ModelFile(
        path=f"coreml/{package.name}",
        format=Format.COREML,
        recipe=COREML_RECIPE.name,
        size=sizes[-1],
        layout="image",
        dtype="uint8",
        value_range=(0.0, 255.0),
        not_run=None if coreml.can_predict() else coreml.NOT_RUN,
    )
    thresholds = COREML_RECIPE.thresholds
    if coreml.can_predict():
        gates = parity.check(model.path, coreml.Prediction(package).run, cases, thresholds)
    else:
        run = mil.MilProgram(package).run
        gates = parity.check(model.path, run, cases, thresholds, how=mil.HOW)
    return dataclasses.replace(model, gates=gates), package


def _onnx_file(stylizer: Stylizer, card: Card, photos: Photographs) -> Written:
    content = onnx.convert(portable_graph(stylizer), multiple=SIZE_MULTIPLE, card=card)
    model = ModelFile(
        path=f"onnx/{ONNX_RECIPE.name}.onnx",
        format=Format.ONNX,
        recipe=ONNX_RECIPE.name,
        size=None,
        size_multiple=SIZE_MULTIPLE,
        layout="NCHW",
        dtype="float32",
        value_range=(0.0, 1.0),
    )
    cases = parity.cases(stylizer, photos.parity, ONNX_SIZES)
    gates = parity.check_file(model, content, cases, ONNX_RECIPE.thresholds)
    return dataclasses.replace(model, gates=gates), content


def _preview(config: ExportConfig, stylizer: Stylizer, photos: Photographs) -> Bytes:
    """A photograph, stylized: uint8, its long side PREVIEW_SIDE."""
    photo = photos.parity[0][1] if config.preview is None else read_image(config.preview)
    photo = resize(photo, fit_within(photo.shape[:2], (PREVIEW_SIDE, PREVIEW_SIDE)))
    height, width = (max(side - side % SIZE_MULTIPLE, 32) for side in photo.shape[:2])
    return to_uint8(parity.by_torch(stylizer, at_size(photo, (height, width))))


def _check_packages(config: ExportConfig) -> None:
    needed = {
        "litert_torch": bool(config.recipes),
        "ai_edge_quantizer": any(name != "fp32" for name in config.recipes),
        "coremltools": config.coreml,
        "onnx": config.onnx,
        "onnxscript": config.onnx,
        "onnxruntime": config.onnx,
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
