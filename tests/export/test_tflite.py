from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch

from edge_app.core.errors import ExportError
from edge_app.core.pack import StylePack
from edge_app.core.runtime import load_runtime, open_runtime
from export import tflite
from export.card import file_metadata
from export.graph import edge_graph
from export.metadata import metadata_of
from training.config import StylizerConfig

from .conftest import PACKED, SIDE, make_stylizer

TINY = StylizerConfig(width=8, blocks=1)


@pytest.fixture
def fp32(pack: StylePack) -> bytes:
    return pack.read(f"tflite/fp32-{SIDE}x{SIDE}.tflite")


def tensors(content: bytes):
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    return [tensor for graph in model.subgraphs for tensor in graph.tensors]


def test_every_recipe_keeps_the_graph_in_one_piece(pack: StylePack):
    from ai_edge_litert.interpreter import Interpreter

    for recipe in PACKED:
        interpreter = Interpreter(model_content=pack.read(f"tflite/{recipe}-{SIDE}x{SIDE}.tflite"))
        interpreter.allocate_tensors()
        counts = Counter(op["op_name"] for op in interpreter._get_ops_details())
        assert counts["DELEGATE"] == 1, (recipe, counts)
        assert not counts.keys() & {"TRANSPOSE", "MIRROR_PAD", "RESIZE_NEAREST_NEIGHBOR"}
        runtime = open_runtime(pack, recipe=recipe, size=SIDE)
        assert runtime.info.accelerator == "xnnpack"
        assert runtime.info.accelerated_share == 1.0


def test_tensors_are_nameless_and_the_signature_stays(fp32: bytes):
    from ai_edge_litert.interpreter import Interpreter

    assert not any(tensor.name for tensor in tensors(fp32))
    interpreter = Interpreter(model_content=fp32)
    (signature,) = interpreter.get_signature_list().values()
    assert (len(signature["inputs"]), len(signature["outputs"])) == (1, 1)


def test_the_file_says_whose_it_is_and_how_it_is_fed(fp32: bytes):
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(fp32))
    for part in ("Starry night by Vincent van Gogh", "public domain", "RGB (1, 64, 64, 3) in [0,"):
        assert part in model.description.decode()


def test_other_programs_learn_how_to_feed_the_file(pack: StylePack):
    for model in pack.models(format="tflite"):
        metadata = metadata_of(pack.read(model.path))
        assert metadata is not None
        assert (metadata.name, metadata.author) == ("Starry night", "Vincent van Gogh")
        assert metadata.licence == "public domain"
        (given,), (made,) = metadata.inputs, metadata.outputs
        assert given.size == made.size == model.size
        assert given.value_range == made.value_range == (0.0, 1.0)
        # White, 255, goes in as 1 and comes out as 255.
        for tensor, x, expected in ((given, 255, 1), (made, 1, 255)):
            mean, std = tensor.normalization
            assert (x - mean) / std == pytest.approx(expected)


def test_finishing_changes_no_number(rng, card):
    content = tflite.convert(edge_graph(make_stylizer(TINY)), (32, 32))
    finished = tflite.finish(content, file_metadata(card, (32, 32)))
    assert len(finished) < 0.9 * len(content)
    picture = rng.random((32, 32, 3), dtype=np.float32)
    results = [load(model).run(picture) for model in (content, finished)]
    assert np.array_equal(*results)


def load(content: bytes):
    from edge_app.core.runtimes.fake import fake_model

    return load_runtime(fake_model((32, 32)), content, threads=1)


def test_constants_are_not_confused(rng):
    """As a network comes from a training on the CPU: its weights are in channels-last order."""
    stylizer = make_stylizer(TINY).to(memory_format=torch.channels_last)
    runtime = load(tflite.convert(edge_graph(stylizer), (32, 32)))
    picture = rng.random((32, 32, 3), dtype=np.float32)
    with torch.inference_mode():
        expected = stylizer(torch.from_numpy(picture).permute(2, 0, 1)[None])[0].permute(1, 2, 0)
    assert np.allclose(runtime.run(picture), expected, atol=1e-4)


def test_recipes_store_what_they_say(pack: StylePack):
    from ai_edge_litert.schema_py_generated import TensorType

    types = {
        recipe: Counter(t.type for t in tensors(pack.read(f"tflite/{recipe}-{SIDE}x{SIDE}.tflite")))
        for recipe in PACKED
    }
    assert TensorType.FLOAT16 not in types["fp32"]
    assert types["fp16"][TensorType.FLOAT16] > 10
    assert TensorType.INT8 not in types["fp32"] + types["fp16"]
    counts = [types[name][TensorType.INT8] for name in ("int8-weights", "int8-dynamic")]
    assert min(counts) > 10
    # Activations too, where ranges were found beforehand.
    assert types["int8-conv"][TensorType.INT8] > 2 * max(counts)


def test_smaller_recipes_give_smaller_files(pack: StylePack):
    sizes = {
        name: pack.models(recipe=name, size=(SIDE, SIDE), format="tflite")[0].size_bytes
        for name in PACKED
    }
    assert sizes["fp32"] > sizes["fp16"] > max(s for n, s in sizes.items() if "int8" in n)


def test_a_failing_converter_is_an_export_error():
    class Broken(torch.nn.Module):
        def forward(self, x):
            return torch.linalg.svd(x)

    with pytest.raises(ExportError, match="litert-torch cannot convert the network"):
        tflite.convert(Broken(), (32, 32))


def test_a_failing_quantizer_is_an_export_error():
    from export.recipes import INT8_CONV

    with pytest.raises(ExportError, match="ai-edge-quantizer cannot apply int8-conv"):
        tflite.quantize(b"no model", INT8_CONV, [])
