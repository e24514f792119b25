from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from edge_app.core.errors import TeacherError
from training.data import read_tensor
from training.pooling import Pooling
from training.resnet import ResNet
from training.teacher import Layered, load_teacher, load_vgg
from training.vgg import CONVOLUTIONS, Vgg

RELU = tuple(f"relu{block}_1" for block in range(1, 6))


@pytest.fixture
def torchvision_file(tmp_path: Path) -> Path:
    """VGG-19 as torchvision saves it, with random weights, classifier left out."""
    from torchvision.models import vgg19

    torch.manual_seed(0)
    weights = {k: v for k, v in vgg19(weights=None).state_dict().items() if "features" in k}
    path = tmp_path / "vgg19.pth"
    torch.save(weights, path)
    return path


def test_torchvision_weights_give_torchvisions_features(torchvision_file):
    from torchvision.models import VGG19_Weights, vgg19

    network = vgg19(weights=None).features.eval()
    saved = torch.load(torchvision_file, weights_only=True)
    network.load_state_dict({k.removeprefix("features."): v for k, v in saved.items()})
    pictures = torch.rand(1, 3, 64, 64)
    normalise = VGG19_Weights.IMAGENET1K_V1.transforms()
    x = (pictures - torch.tensor(normalise.mean).view(1, 3, 1, 1)) / torch.tensor(
        normalise.std
    ).view(1, 3, 1, 1)
    ours = load_teacher("vgg19", weights=[torchvision_file])(pictures, ["conv1_1", *RELU])
    for index, layer in ((1, "conv1_1"), (2, "relu1_1"), (12, "relu3_1"), (30, "relu5_1")):
        # The ReLUs after the one compared work in place: stop before them.
        torch.testing.assert_close(ours[layer], network[:index](x), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", ["vgg19", "resnet34"])
def test_without_a_network_the_download_error_says_what_to_do(monkeypatch, name):
    from urllib.error import URLError

    from torchvision.models import ResNet34_Weights, VGG19_Weights

    def refuse(*args: object, **kwargs: object) -> None:
        raise URLError("no route to host")

    for weights in (VGG19_Weights, ResNet34_Weights):
        monkeypatch.setattr(weights, "get_state_dict", refuse)
    with pytest.raises(TeacherError, match=r"--teacher-weights FILE.*--teacher vgg19-lite"):
        load_teacher(name)


def test_the_bundled_teacher_reaches_all_five_style_layers(photos):
    teacher = load_teacher("vgg19-lite")
    picture = read_tensor(photos / "coffee.jpg", long_side=160)
    features = teacher(picture, RELU)
    assert list(features) == list(RELU)
    for layer, x in features.items():
        assert torch.isfinite(x).all(), layer
        assert x.std() > 0.05, layer
    assert not any(p.requires_grad for p in teacher.parameters())


def test_a_layer_beyond_the_weights_is_an_error_that_lists_those_there_are():
    teacher = truncated()
    assert teacher.layers == ("conv1_1", "relu1_1", "conv1_2", "relu1_2")
    with pytest.raises(TeacherError, match=r"no layer relu2_1; its weights reach: conv1_1, relu1"):
        teacher(torch.rand(1, 3, 16, 16), ["relu1_1", "relu2_1"])


def test_of_several_teachers_the_first_that_reaches_a_layer_answers():
    shallow, deep = truncated(2, seed=0), truncated(4, seed=1)
    pictures = torch.rand(1, 3, 32, 32)
    both = Layered([shallow, deep])
    features = both(pictures, ["relu1_2", "relu2_2"])
    assert torch.equal(features["relu1_2"], shallow(pictures, ["relu1_2"])["relu1_2"])
    assert torch.equal(features["relu2_2"], deep(pictures, ["relu2_2"])["relu2_2"])
    assert both.layers == deep.layers
    with pytest.raises(TeacherError, match="relu9_9"):
        both(pictures, ["relu9_9"])


def test_heads_are_read_in_place_of_the_layer(tmp_path):
    weights = vgg_weights(2) | {
        "embed1_1.weight": torch.randn(7, 4, 1, 1),
        "embed1_1.bias": torch.randn(7),
    }
    save_file(weights, tmp_path / "slim.safetensors")
    pictures = torch.rand(1, 3, 16, 16)
    features = load_vgg(tmp_path / "slim.safetensors")(pictures, ["relu1_1"])["relu1_1"]
    bare = Vgg(vgg_weights(2))(pictures, ["relu1_1"])["relu1_1"]
    expected = torch.relu(
        torch.nn.functional.conv2d(bare, weights["embed1_1.weight"], weights["embed1_1.bias"])
    )
    torch.testing.assert_close(features, expected)


def test_weights_with_heads_answer_where_they_have_one():
    """The layers between are the slim network's own; none of them is VGG-19's conv4_2."""
    head = {"head1_2.weight": torch.randn(7, 4, 1, 1), "head1_2.bias": torch.randn(7)}
    slim = Vgg(vgg_weights(4) | head)
    assert slim.layers == ("relu1_2",)
    with pytest.raises(TeacherError, match=r"no layer conv2_1; its weights reach: relu1_2"):
        slim(torch.rand(1, 3, 16, 16), ["conv2_1"])
    assert load_teacher("vgg19-lite").layers == RELU
    assert Layered([slim, truncated(3)]).layers == (
        *("conv1_1", "relu1_1", "conv1_2", "relu1_2", "conv2_1", "relu2_1"),
    )


def test_pooling_takes_the_largest_or_the_mean():
    pictures = torch.rand(1, 3, 16, 16)
    relu1_2 = truncated(3)(pictures, ["relu1_2"])["relu1_2"]
    after = torch.nn.functional.conv2d
    weights = vgg_weights(3)
    for pooling, step in (
        (Pooling.MAX, torch.nn.functional.max_pool2d),
        (Pooling.AVERAGE, torch.nn.functional.avg_pool2d),
    ):
        padded = torch.nn.functional.pad(step(relu1_2, 2), (1, 1, 1, 1), mode="reflect")
        expected = after(padded, weights["conv2_1.weight"], weights["conv2_1.bias"])
        found = Vgg(weights, pooling=pooling)(pictures, ["conv2_1"])["conv2_1"]
        torch.testing.assert_close(found, expected)


@pytest.fixture(scope="module")
def resnet_weights() -> dict[str, torch.Tensor]:
    """ResNet-34 of torchvision with random weights and, as if trained, statistics in its norms."""
    from torchvision.models import resnet34

    torch.manual_seed(0)
    network = resnet34(weights=None)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
    return network.state_dict()


def test_resnet_weights_give_torchvisions_features(resnet_weights, tmp_path):
    from torchvision.models import ResNet34_Weights, resnet34
    from torchvision.models.feature_extraction import create_feature_extractor

    torch.save(resnet_weights, tmp_path / "resnet34.pth")
    bare = {key: value for key, value in resnet_weights.items() if not key.startswith("fc.")}
    save_file(bare, tmp_path / "resnet34.safetensors")
    network = resnet34(weights=None).eval()
    network.load_state_dict(resnet_weights)
    names = {"conv1": "conv1_1", "relu": "relu1_1", "layer3.5.conv2": "layer3.5.conv2"}
    names |= {f"layer{stage}": f"relu{stage + 1}_1" for stage in range(1, 5)}
    normalise = ResNet34_Weights.IMAGENET1K_V1.transforms()
    mean, std = (torch.tensor(x).view(1, 3, 1, 1) for x in (normalise.mean, normalise.std))
    pictures = torch.rand(2, 3, 50, 70)
    expected = create_feature_extractor(network, names)((pictures - mean) / std)
    for file in ("resnet34.pth", "resnet34.safetensors"):
        teacher = load_teacher("resnet34", weights=[tmp_path / file]).train()
        for layer, x in teacher(pictures, list(names.values())).items():
            scale = expected[layer].abs().max().item()
            torch.testing.assert_close(x, expected[layer], rtol=0, atol=1e-4 * scale)
    assert not any(p.requires_grad for p in teacher.parameters())


def test_average_pooling_in_resnet(resnet_weights):
    pictures = torch.rand(1, 3, 32, 32)
    sharp, soft = (ResNet(resnet_weights, pooling) for pooling in Pooling)
    assert torch.equal(*(x(pictures, ["relu1_1"])["relu1_1"] for x in (sharp, soft)))
    before = sharp(pictures, ["relu1_1"])["relu1_1"]
    pooled = torch.nn.functional.avg_pool2d(before, 3, 2, padding=1, count_include_pad=False)
    expected = soft.network.layer1[0].conv1(pooled)
    torch.testing.assert_close(
        soft(pictures, ["layer1.0.conv1"])["layer1.0.conv1"], expected, rtol=1e-4, atol=1e-4
    )


def test_files_that_are_no_resnet(resnet_weights, tmp_path):
    save_file(vgg_weights(2), tmp_path / "vgg.safetensors")
    with pytest.raises(TeacherError, match=r"vgg\.safetensors: not the weights of .*ResNet-34"):
        load_teacher("resnet34", weights=[tmp_path / "vgg.safetensors"])
    cut = {key: value for key, value in resnet_weights.items() if "layer4" not in key}
    torch.save(cut, tmp_path / "cut.pth")
    with pytest.raises(TeacherError, match=r"cut\.pth: not the weights of .*ResNet-34"):
        load_teacher("resnet34", weights=[tmp_path / "cut.pth"])
    torch.save(resnet_weights, tmp_path / "resnet34.pth")
    with pytest.raises(TeacherError, match=r"resnet34\.pth: not a teacher"):
        load_teacher("vgg19", weights=[tmp_path / "resnet34.pth"])
    with pytest.raises(TeacherError, match="expected one file of weights, got 2"):
        load_teacher("resnet34", weights=[tmp_path / "a.pth", tmp_path / "b.pth"])
    with pytest.raises(TeacherError, match=r"no layer relu3_3; .*layer3\.5\.conv2"):
        ResNet(resnet_weights)(torch.rand(1, 3, 32, 32), ["relu3_3"])


def test_unknown_names_and_files_that_are_no_teachers(tmp_path):
    with pytest.raises(TeacherError, match="'vgg99'; there are: vgg19-lite, vgg19, resnet34"):
        load_teacher("vgg99")
    with pytest.raises(TeacherError, match="no such file"):
        load_vgg(tmp_path / "missing.safetensors")
    (tmp_path / "text.safetensors").write_text("not weights at all")
    with pytest.raises(TeacherError, match="damaged"):
        load_vgg(tmp_path / "text.safetensors")
    (tmp_path / "text.pth").write_text("not weights at all")
    with pytest.raises(TeacherError, match=r"text\.pth"):
        load_vgg(tmp_path / "text.pth")
    save_file({"something": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(
        TeacherError, match=r"not a teacher; expected tensors named conv1_1\.weight"
    ):
        load_vgg(tmp_path / "other.safetensors")
    save_file(
        {"conv1_1.weight": torch.zeros(3, 3, 3, 3), "conv1_1.bias": torch.zeros(9)},
        tmp_path / "misfit.safetensors",
    )
    with pytest.raises(TeacherError, match="conv1_1 do not fit"):
        load_vgg(tmp_path / "misfit.safetensors")


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        ("conv1_1", (4, 1, 3, 3), "conv1_1 do not fit: expected 3 channels, .* got 1"),
        ("conv1_2", (4, 7, 3, 3), "conv1_2 do not fit: expected 4 channels, .* got 7"),
        ("conv1_2", (4, 4), "conv1_2 do not fit"),
    ],
)
def test_weights_that_fit_no_network_are_refused_by_layer_and_file(tmp_path, layer, shape, message):
    shapes = {"conv1_1": (4, 3, 3, 3), "conv1_2": (4, 4, 3, 3), layer: shape}
    weights = {f"{name}.weight": torch.zeros(*size) for name, size in shapes.items()}
    weights |= {f"{name}.bias": torch.zeros(4) for name in shapes}
    save_file(weights, tmp_path / "odd.safetensors")
    with pytest.raises(TeacherError, match=rf"odd\.safetensors: .*{message}"):
        load_vgg(tmp_path / "odd.safetensors")


def test_weights_that_are_no_numbers_folders_and_nested_files(tmp_path):
    weights = {
        "conv1_1.weight": torch.full((4, 3, 3, 3), torch.nan),
        "conv1_1.bias": torch.zeros(4),
    }
    save_file(weights, tmp_path / "nan.safetensors")
    with pytest.raises(TeacherError, match=r"nan\.safetensors: .*infinite or no numbers"):
        load_vgg(tmp_path / "nan.safetensors")
    with pytest.raises(TeacherError, match="this is a folder"):
        load_vgg(tmp_path)
    torch.save({"state": {"conv1_1.weight": torch.zeros(1)}}, tmp_path / "nested.pth")
    with pytest.raises(TeacherError, match="under 'state' it holds dict"):
        load_vgg(tmp_path / "nested.pth")


def test_a_pickle_that_would_run_code_is_refused(tmp_path):
    import pickle

    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return (os.system, (f"touch {tmp_path / 'exploded'}",))

    (tmp_path / "bomb.pth").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(TeacherError, match=r"bomb\.pth"):
        load_vgg(tmp_path / "bomb.pth")
    assert not (tmp_path / "exploded").exists()


def vgg_weights(depth: int, *, seed: int = 0) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    weights: dict[str, torch.Tensor] = {}
    channels = 3
    for name in CONVOLUTIONS[:depth]:
        weights[f"conv{name}.weight"] = torch.randn(4, channels, 3, 3, generator=generator)
        weights[f"conv{name}.bias"] = torch.randn(4, generator=generator)
        channels = 4
    return weights


def truncated(depth: int = 2, *, seed: int = 0) -> Vgg:
    return Vgg(vgg_weights(depth, seed=seed))


REAL = os.environ.get("EDGESTYLE_REAL_VGG19")
"""A .safetensors of VGG-19's first layers with activations of mean 1, where one is at hand."""


@pytest.mark.skipif(REAL is None, reason="set EDGESTYLE_REAL_VGG19 to a file of VGG-19 weights")
class TestRealWeights:
    def test_a_truncated_file_serves_the_layers_that_it_has(self, photos):
        teacher = load_teacher("vgg19", weights=[Path(str(REAL))])
        assert teacher.layers[-1] == "relu3_1"
        picture = read_tensor(photos / "astronaut.jpg")
        for layer, x in teacher(picture, RELU[:3]).items():
            # Gatys et al. scaled every channel to a mean activation of 1 over many photographs.
            assert 0.5 < x.mean() < 2, layer
        with pytest.raises(TeacherError, match="no layer relu4_1"):
            teacher(picture, ["relu4_1"])

    def test_the_bundled_teacher_explains_its_features(self, photos):
        from safetensors.torch import load_file

        from training.teacher import bundled_weights

        real, lite = load_vgg(Path(str(REAL))), load_teacher("vgg19-lite")
        with bundled_weights() as path:
            bases = load_file(path)
        picture = read_tensor(photos / "chelsea.jpg")
        wanted, coordinates = real(picture, RELU[:3]), lite(picture, RELU[:3])
        for layer, least in zip(RELU, (0.9, 0.75, 0.6)):
            truth = wanted[layer][0].flatten(1)
            guess = bases[layer.replace("relu", "basis")].float() @ coordinates[layer][0].flatten(1)
            spread = (truth - truth.mean(1, keepdim=True)).square().sum()
            assert 1 - (truth - guess).square().sum() / spread > least, layer
