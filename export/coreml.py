"""Core ML: a float16 ML program with image input and output, by coremltools."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from edge_app.core.errors import ExportError
from edge_app.core.image import Picture, to_float, to_uint8
from edge_app.core.size import Size
from edge_app.core.vector import NO_STYLE, Vector
from export.card import Card
from export.graph import PortableGraph
from export.quiet import quiet
from export.recipes import FP16, INT8_WEIGHTS, PALETTE_WEIGHTS, Recipe
from export.styled import StyledGraph
from training.run import version_of

INPUT, STYLE, OUTPUT = "image", "style", "stylized"

NOT_RUN = "prediction needs macOS"
"""Why a package is not run here; its program is evaluated instead (export/mil.py)."""

_CONTENTS = {"Manifest.json", "Data"}
_PROGRAM = Path("Data/com.apple.CoreML/model.mlmodel")
_DATE = "com.github.apple.coremltools.conversion_date"
_NAMESPACE = uuid.UUID("6f0b3c52-4f8e-5a53-9a53-6a2b1f0f9f6e")


class ImageEnds(nn.Module):
    """Gives 0..255 instead of 0..1, as image outputs need it; image inputs bring their scale."""

    def __init__(self, graph: PortableGraph | StyledGraph) -> None:
        super().__init__()
        self.network = graph  # "graph" is taken in what torch.export makes of it

    def forward(self, pictures: Tensor, style: Tensor | None = None) -> Tensor:
        """(1, 3, H, W) in [0, 1], and a style where the graph takes one -> the same in [0, 255]."""
        given = (pictures,) if style is None else (pictures, style)
        stylized: Tensor = self.network(*given) * 255
        return stylized


def can_predict() -> bool:
    """Whether packages can be run on this machine."""
    return sys.platform == "darwin"


PALETTE_BITS = 6


def write(
    graph: PortableGraph | StyledGraph,
    sizes: Sequence[Size],
    recipe: Recipe,
    *,
    multiple: int,
    card: Card,
    to: Path,
) -> None:
    """Write an .mlpackage for iOS 16, macOS 13 and later.

    Args:
        graph: the network; a StyledGraph takes a style besides, an array (1, style_length, 1, 1).
        sizes: the (height, width) it takes; the last is the one it has unless asked otherwise.
        recipe: one of COREML; everything is computed in float16, it says how the weights are
            stored.
        multiple: of which every side is one.
        card: put into the package, where Xcode shows it.
        to: folder to make, NAME.mlpackage.

    Raises:
        ExportError: coremltools cannot convert the network.
    """
    with quiet(prints=True):
        import coremltools as ct

        rows, columns = torch.export.Dim("rows", min=2), torch.export.Dim("columns", min=2)
        shapes = [(1, 3, *size) for size in sizes]
        if len(shapes) > 1:
            shape = ct.EnumeratedShapes(shapes, default=shapes[-1])
            free: list[Any] = [{2: multiple * rows, 3: multiple * columns}]
            examples = [torch.zeros(1, 3, 8 * multiple, 12 * multiple)]
        else:
            shape, free, examples = ct.Shape(shapes[0]), [None], [torch.zeros(shapes[0])]
        rgb = ct.colorlayout.RGB
        inputs = [ct.ImageType(name=INPUT, shape=shape, scale=1 / 255, color_layout=rgb)]
        if isinstance(graph, StyledGraph):
            free.append(None)
            examples.append(torch.zeros(1, graph.style_length, 1, 1))
            inputs.append(ct.TensorType(name=STYLE, shape=examples[-1].shape, dtype=np.float32))
        try:
            program = torch.export.export(
                ImageEnds(graph).eval(), tuple(examples), dynamic_shapes=tuple(free)
            )
            model = ct.convert(
                # Without a table: the full decomposition takes instance norm apart.
                program.run_decompositions({}),
                inputs=inputs,
                outputs=[ct.ImageType(name=OUTPUT, color_layout=rgb)],
                minimum_deployment_target=ct.target.iOS16,
                compute_precision=ct.precision.FLOAT16,
                convert_to="mlprogram",
                skip_model_load=True,
            )
            model = _compressed(model, recipe)
            model.author, model.license = card.artist, card.licence
            model.short_description = f"{card.title}: {card.description}"
            model.version = version_of("edgestyle")
            model.save(str(to))
            _make_reproducible(to)
        except OSError:
            raise
        except Exception as error:  # coremltools' own classes derive from nothing narrower
            raise ExportError(f"coremltools cannot convert the network: {error}") from error


def _compressed(model: Any, recipe: Recipe) -> Any:  # noqa: ANN401 - coremltools' MLModel
    """The model with its weights stored as the recipe says."""
    import coremltools.optimize.coreml as cto
    from threadpoolctl import threadpool_limits

    if recipe is FP16:
        return model
    if recipe is INT8_WEIGHTS:
        linear = cto.OpLinearQuantizerConfig(mode="linear_symmetric", weight_threshold=0)
        return cto.linear_quantize_weights(model, cto.OptimizationConfig(global_config=linear))
    assert recipe is PALETTE_WEIGHTS, recipe.name
    # A table as long as the weights would be no gain: coremltools leaves small tensors alone.
    palette = cto.OpPalettizerConfig(mode="kmeans", nbits=PALETTE_BITS)
    # By one thread: several share a layer's clusters out, and their number would be in the bytes.
    with threadpool_limits(1):
        return cto.palettize_weights(model, cto.OptimizationConfig(global_config=palette))


class Prediction:
    """A package run by Core ML itself, 8-bit pictures at both ends; macOS only."""

    def __init__(self, package: Path) -> None:
        with quiet(prints=True):
            import coremltools as ct

            self._model: Any = ct.models.MLModel(str(package))

    def run(self, picture: Picture, style: Vector = NO_STYLE) -> Picture:
        """float32 RGB (height, width, 3) in [0, 1] -> the same, stylized, in steps of 1/255."""
        given: dict[str, Any] = {INPUT: Image.fromarray(to_uint8(picture))}
        if style.size:
            given[STYLE] = style.reshape(1, -1, 1, 1)
        stylized: Image.Image = self._model.predict(given)[OUTPUT]
        return to_float(np.asarray(stylized.convert("RGB")))


def _make_reproducible(package: Path) -> None:
    """Leave nothing but the model, without date and random names: equal ones get equal bytes."""
    from coremltools.proto import Model_pb2

    for entry in package.iterdir():
        if entry.name not in _CONTENTS:  # coremltools leaves a table for ExecuTorch's debugger
            entry.unlink()

    path = package / _PROGRAM
    spec = Model_pb2.Model()
    spec.ParseFromString(path.read_bytes())
    spec.description.metadata.userDefined.pop(_DATE, None)
    path.write_bytes(spec.SerializeToString(deterministic=True))
    path.chmod(0o644)

    contents = package / "Manifest.json"
    manifest = json.loads(contents.read_text(encoding="utf-8"))
    entries = manifest["itemInfoEntries"]
    named = {
        key: str(uuid.uuid5(_NAMESPACE, item["path"])).upper() for key, item in entries.items()
    }
    manifest["rootModelIdentifier"] = named[manifest["rootModelIdentifier"]]
    manifest["itemInfoEntries"] = {named[key]: item for key, item in entries.items()}
    contents.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
