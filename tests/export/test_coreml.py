from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from coremltools.proto import FeatureTypes_pb2, Model_pb2
from threadpoolctl import threadpool_limits

from edge_app.core.errors import ExportError, ParityError
from edge_app.core.image import to_float, to_uint8
from edge_app.core.manifest import Format
from edge_app.core.pack import StylePack
from export import coreml, mil, parity
from export.graph import portable_graph
from export.quiet import quiet
from export.recipes import COREML, FP16, PALETTE_WEIGHTS
from training.config import PRESETS, Padding, StylizerConfig
from training.network import Stylizer

from .conftest import SIDE, make_stylizer


@pytest.fixture(scope="module")
def package(pack: StylePack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    (model,) = pack.models(format=Format.COREML)
    return pack.extract(model, tmp_path_factory.mktemp("coreml"))


def spec_of(package: Path):
    with quiet():
        import coremltools as ct

        return ct.models.MLModel(str(package), skip_model_load=True).get_spec()


def test_takes_and_gives_images_of_the_sizes_asked_for(package: Path):
    description = spec_of(package).description
    (given,), (result,) = description.input, description.output
    assert (given.name, result.name) == (coreml.INPUT, coreml.OUTPUT)
    assert given.type.WhichOneof("Type") == result.type.WhichOneof("Type") == "imageType"
    sizes = {(s.height, s.width) for s in given.type.imageType.enumeratedSizes.sizes}
    assert sizes == {(32, 48), (SIDE, SIDE)}
    assert (given.type.imageType.height, given.type.imageType.width) == (SIDE, SIDE)


def test_says_whose_it_is(package: Path):
    spec = spec_of(package)
    metadata = spec.description.metadata
    assert metadata.author == "Vincent van Gogh"
    assert metadata.license == "public domain"
    assert metadata.shortDescription.startswith("Starry night")
    assert metadata.versionString
    assert spec.specificationVersion == 7  # iOS 16, macOS 13


def test_holds_the_model_and_nothing_else(package: Path):
    assert {path.name for path in package.iterdir()} == {"Manifest.json", "Data"}
    manifest = json.loads((package / "Manifest.json").read_text())
    assert manifest["rootModelIdentifier"] in manifest["itemInfoEntries"]


@pytest.mark.parametrize("recipe", COREML)
def test_equal_networks_give_equal_bytes(tmp_path: Path, card, recipe: str):
    tiny = make_stylizer(StylizerConfig(width=8, blocks=1))
    contents = []
    for name in ("a", "b"):
        package = tmp_path / f"{name}.mlpackage"
        coreml.write(
            portable_graph(tiny), [(32, 32)], COREML[recipe], multiple=4, card=card, to=package
        )
        files = sorted(path for path in package.rglob("*") if path.is_file())
        contents.append([(p.relative_to(package), p.read_bytes()) for p in files])
    assert contents[0] == contents[1]


@pytest.mark.parametrize("size", [(32, 48), (SIDE, SIDE)])
def test_the_program_gives_what_the_network_gives(package, stylizer: Stylizer, rng, size):
    picture = rng.random((*size, 3), dtype=np.float32)
    result = mil.MilProgram(package).run(picture)
    assert parity.psnr_db(result, parity.by_torch(stylizer, picture)) > 60


def test_the_number_of_threads_is_not_in_the_bytes(stylizer: Stylizer, tmp_path: Path, card):
    """Palettes are found by k-means, which adds up in another order on another number of cores."""
    weights = []
    for threads in (1, 2):
        package = tmp_path / f"{threads}.mlpackage"
        graph = portable_graph(stylizer)
        with threadpool_limits(threads):
            coreml.write(graph, [(32, 32)], PALETTE_WEIGHTS, multiple=4, card=card, to=package)
        weights.append((package / "Data/com.apple.CoreML/weights/weight.bin").read_bytes())
    assert weights[0] == weights[1]


def test_reflection_padding_is_understood(tmp_path: Path, card, rng):
    stylizer = make_stylizer(
        StylizerConfig(
            width=8, blocks=1, full_size_ends=True, separable=False, padding=Padding.REFLECT
        )
    )
    package = tmp_path / "x.mlpackage"
    coreml.write(portable_graph(stylizer), [(48, 32)], FP16, multiple=4, card=card, to=package)
    picture = rng.random((48, 32, 3), dtype=np.float32)
    result = mil.MilProgram(package).run(picture)
    assert parity.psnr_db(result, parity.by_torch(stylizer, picture)) > 60


@pytest.mark.parametrize(("recipe", "least"), [("int8-weights", 45), ("palette-weights", 35)])
def test_weights_in_fewer_bits(pack, stylizer: Stylizer, tmp_path: Path, card, rng, recipe, least):
    """The file shrinks, and the program that is read again gives the network's picture."""
    package = tmp_path / "x.mlpackage"
    graph = portable_graph(stylizer)
    coreml.write(graph, [(SIDE, SIDE)], COREML[recipe], multiple=4, card=card, to=package)
    (plain,) = pack.models(format=Format.COREML)
    assert sum(p.stat().st_size for p in package.rglob("*") if p.is_file()) < plain.size_bytes
    picture = rng.random((SIDE, SIDE, 3), dtype=np.float32)
    result = mil.MilProgram(package).run(picture)
    assert parity.psnr_db(result, parity.by_torch(stylizer, picture)) > least


def test_batch_norm_and_transposed_convolutions_are_understood(tmp_path: Path, card, rng):
    shape = replace(PRESETS["fnst"], width=8, blocks=1)
    stylizer = make_stylizer(shape)
    package = tmp_path / "x.mlpackage"
    coreml.write(portable_graph(stylizer), [(48, 32)], FP16, multiple=4, card=card, to=package)
    picture = rng.random((48, 32, 3), dtype=np.float32)
    result = mil.MilProgram(package).run(picture)
    assert parity.psnr_db(result, parity.by_torch(stylizer, picture)) > 60


def test_a_damaged_weight_is_caught(package: Path, stylizer: Stylizer, rng):
    weights = package / "Data/com.apple.CoreML/weights/weight.bin"
    sound = weights.read_bytes()
    # Every tensor follows 64 bytes that describe it and begin with this mark; the largest one:
    places = [match.start() for match in re.finditer(re.escape(b"\xef\xbe\xad\xde"), sound)]
    start, end = max(pairwise([*places, len(sound)]), key=lambda pair: pair[1] - pair[0])
    middle = (start + 64 + end) // 2 & ~1
    values = np.frombuffer(sound[middle : middle + 200], np.float16)[::-1]
    try:
        weights.write_bytes(sound[:middle] + values.tobytes() + sound[middle + 200 :])
        photo = rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        cases = parity.cases(stylizer, [("noise", photo)], [(SIDE, SIDE)])
        with pytest.raises(ParityError, match="does not agree"):
            parity.check("x", mil.MilProgram(package).run, cases, FP16.thresholds, how=mil.HOW)
    finally:
        weights.write_bytes(sound)


@pytest.mark.parametrize("end", ["input", "output"])
def test_a_swapped_channel_order_is_caught(package: Path, stylizer: Stylizer, rng, end: str):
    """The package says which order its images have; the program is the same."""
    path = package / "Data/com.apple.CoreML/model.mlmodel"
    sound = path.read_bytes()
    spec = Model_pb2.Model()
    spec.ParseFromString(sound)
    (image,) = getattr(spec.description, end)
    image.type.imageType.colorSpace = FeatureTypes_pb2.ImageFeatureType.BGR
    try:
        path.write_bytes(spec.SerializeToString())
        with pytest.raises(ParityError, match="does not agree"):
            parity.check("x", mil.MilProgram(package).run, shown(stylizer, rng), FP16.thresholds)
    finally:
        path.write_bytes(sound)
    parity.check("x", mil.MilProgram(package).run, shown(stylizer, rng), FP16.thresholds)


def test_a_wrong_range_is_caught(stylizer: Stylizer, tmp_path: Path, card, rng):
    """As if the image input had not the scale 1/255."""

    class Brighter(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = portable_graph(stylizer)

        def forward(self, x):
            return self.network(x * 255)

    package = tmp_path / "x.mlpackage"
    coreml.write(Brighter(), [(SIDE, SIDE)], FP16, multiple=4, card=card, to=package)
    with pytest.raises(ParityError, match=r"does not agree .* of its light"):
        parity.check("x", mil.MilProgram(package).run, shown(stylizer, rng), FP16.thresholds)


def shown(stylizer: Stylizer, rng) -> list[parity.Case]:
    """Noise, light and dark."""
    photo = ("noise", rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8))
    cases = parity.cases(stylizer, [photo], [(SIDE, SIDE)])
    return [*cases, parity.dark_case(stylizer, photo, (SIDE, SIDE))]


def test_an_operator_that_is_not_known_is_named(package: Path, monkeypatch):
    monkeypatch.delitem(mil.OPERATORS, "instance_norm")
    with pytest.raises(ExportError, match="its program has instance_norm; known are add"):
        mil.MilProgram(package)


def test_a_package_that_cannot_be_read_is_an_export_error(tmp_path: Path):
    (tmp_path / "x.mlpackage").mkdir()
    with pytest.raises(ExportError, match=r"x\.mlpackage: cannot be read again"):
        mil.MilProgram(tmp_path / "x.mlpackage")


# coremltools forgets a temporary folder when it fails.
@pytest.mark.filterwarnings("ignore:Implicitly cleaning up:ResourceWarning")
def test_a_failing_converter_is_an_export_error(tmp_path: Path, card):
    class Broken(torch.nn.Module):
        def forward(self, x):
            return torch.linalg.svd(x)[0]

    with pytest.raises(ExportError, match="coremltools cannot convert the network"):
        coreml.write(Broken(), [(32, 32)], FP16, multiple=4, card=card, to=tmp_path / "x.mlpackage")
    assert not (tmp_path / "x.mlpackage").exists()


@pytest.mark.skipif(not coreml.can_predict(), reason=coreml.NOT_RUN)
def test_prediction_gives_what_the_network_gives(package, stylizer: Stylizer, rng):
    picture = rng.random((SIDE, SIDE, 3), dtype=np.float32)
    result = coreml.Prediction(package).run(picture)
    # Both ends have 8 bits.
    expected = parity.by_torch(stylizer, to_float(to_uint8(picture)))
    assert parity.psnr_db(result, expected) > 55
