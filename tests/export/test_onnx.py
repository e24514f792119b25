from __future__ import annotations

import numpy as np
import onnx as library
import pytest
import torch

import tiny_models
from edge_app.core.errors import ExportError, ImageError, ParityError
from edge_app.core.manifest import Format
from edge_app.core.pack import StylePack
from edge_app.core.runtime import open_runtime
from export import onnx, parity
from export.calibration import representative
from export.files import FREE_SIZES
from export.recipes import FP32, Threshold
from training.network import Stylizer


@pytest.fixture(scope="module")
def content(pack: StylePack) -> bytes:
    return pack.read("onnx/fp32.onnx")


@pytest.fixture(scope="module")
def runtime(pack: StylePack):
    return open_runtime(pack, format=Format.ONNX, recipe="fp32")


@pytest.mark.parametrize("size", [(32, 32), (36, 100), (128, 64)])
def test_takes_any_multiple_of_four(runtime, stylizer: Stylizer, rng, size):
    picture = rng.random((*size, 3), dtype=np.float32)
    assert np.allclose(runtime.run(picture), parity.by_torch(stylizer, picture), atol=1e-4)


def test_takes_no_other_size(runtime, rng):
    with pytest.raises(ImageError, match="any multiple of 4"):
        runtime.run(rng.random((34, 32, 3), dtype=np.float32))


def test_is_a_valid_model_with_free_sides(content: bytes):
    model = library.load_from_string(content)
    library.checker.check_model(model, full_check=True)
    (opset,) = model.opset_import
    assert opset.version >= 18
    for end in (*model.graph.input, *model.graph.output):
        names = [dim.dim_param or dim.dim_value for dim in end.type.tensor_type.shape.dim]
        assert names == [1, 3, "height", "width"]


def test_says_whose_it_is_and_nothing_of_the_machine(content: bytes):
    model = library.load_from_string(content)
    card = {entry.key: entry.value for entry in model.metadata_props}
    assert (card["title"], card["artist"]) == ("Starry night", "Vincent van Gogh")
    for trace in (b"site-packages", b"/home", b".py", b"stack_trace"):
        assert trace not in content


def test_a_damaged_weight_is_caught(pack: StylePack, stylizer: Stylizer, rng):
    model = library.load_from_string(pack.read("onnx/fp32.onnx"))
    weight = max(model.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    values = np.frombuffer(weight.raw_data, np.float32).copy()
    values[0] += 0.1
    weight.raw_data = values.tobytes()
    (description,) = pack.models(format=Format.ONNX, recipe="fp32")
    photo = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    cases = parity.cases(stylizer, [("noise", photo)], [(64, 64)])
    with pytest.raises(ParityError, match=r"onnx/fp32.onnx: does not agree .* on noise at 64x64"):
        parity.check_file(description, model.SerializeToString(), cases, FP32.thresholds)


def test_eight_bits_are_smaller_and_say_whose_they_are(pack: StylePack, content: bytes):
    small = pack.read("onnx/int8-conv.onnx")
    assert len(small) < 0.75 * len(content)
    model = library.load_from_string(small)
    assert {entry.value for entry in model.metadata_props} >= {"Starry night", "Vincent van Gogh"}
    kinds = {node.op_type for node in model.graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= kinds


def test_no_sum_of_two_products_leaves_sixteen_bits(pack: StylePack):
    """Processors without VNNI cut off what does: ONNX Runtime draws another picture there."""
    model = library.load_from_string(pack.read("onnx/int8-conv.onnx"))
    weights = [library.numpy_helper.to_array(each) for each in model.graph.initializer]
    kernels = [each for each in weights if each.dtype == np.int8 and each.ndim == 4]
    assert kernels
    assert max(np.abs(each.astype(int)).max() for each in kernels) * 2 * 255 < 2**15


@pytest.mark.parametrize("level", ["ORT_DISABLE_ALL", "ORT_ENABLE_ALL"])
def test_eight_bits_draw_the_same_however_they_are_run(
    pack: StylePack, stylizer: Stylizer, photos, level: str
):
    """Without optimizations in float32, with them in integers."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    session = onnxruntime.InferenceSession(
        pack.read("onnx/int8-conv.onnx"), options, providers=["CPUExecutionProvider"]
    )

    def run(picture):
        (drawn,) = session.run(None, {onnx.INPUT: picture.transpose(2, 0, 1)[np.newaxis]})
        return drawn[0].transpose(1, 2, 0)

    cases = parity.cases(stylizer, representative(photos).parity, FREE_SIZES)
    (gate,) = parity.check("x.onnx", run, cases, [Threshold(metric="psnr", value=30.0)])
    assert gate.holds


def test_the_same_pictures_give_the_same_eight_bits(content: bytes, rng):
    pictures = [rng.random((32, 32, 3), dtype=np.float32)]
    assert onnx.quantize(content, pictures) == onnx.quantize(content, pictures)


def test_a_failing_quantizer_is_an_export_error():
    with pytest.raises(ExportError, match="onnxruntime cannot quantize"):
        onnx.quantize(tiny_models.build_onnx(), [])


def test_a_failing_exporter_is_an_export_error(card):
    class Broken(torch.nn.Module):
        def forward(self, x):
            raise RuntimeError("no such thing")

    with pytest.raises(ExportError, match="cannot export the network to ONNX"):
        onnx.convert(Broken(), multiple=4, card=card)
