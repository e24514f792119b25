from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.core.errors import ConfigError, RunError
from edge_app.core.grain import SIDE, grained
from training.config import PRESETS, Padding, StylizerConfig, preset
from training.network import WEIGHTS, Stylizer, load_stylizer, save_stylizer


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_keeps_the_size_and_stays_in_range(name):
    torch.manual_seed(0)
    pictures = torch.rand(2, 3, 64, 96)
    stylized = Stylizer(preset(name))(pictures)
    assert stylized.shape == pictures.shape
    assert stylized.min() >= 0
    assert stylized.max() <= 1


@pytest.mark.parametrize("name", PRESETS)
def test_at_the_start_the_picture_already_depends_on_the_photograph(name):
    """Else nothing can be learnt: without a norm the signal fades from layer to layer."""
    torch.manual_seed(0)
    first, second = Stylizer(preset(name))(torch.rand(2, 3, 64, 64)).detach()
    assert (first - second).abs().mean() > 0.01


def test_the_papers_preset_has_the_papers_shape():
    network = Stylizer(preset("paper"))
    convolutions = [m for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
    assert [c.out_channels for c in convolutions] == [32, 64, 128, *[128] * 10, 64, 32, 3]
    assert [c.stride[0] for c in convolutions] == [1, 2, 2, *[1] * 13]
    assert convolutions[0].kernel_size == convolutions[-1].kernel_size == (9, 9)
    assert all(c.groups == 1 and c.padding_mode == "reflect" for c in convolutions)
    assert sum(isinstance(m, torch.nn.InstanceNorm2d) for m in network.modules()) == 15


def test_small_is_a_thirtieth_of_the_paper():
    count = {n: sum(p.numel() for p in Stylizer(c).parameters()) for n, c in PRESETS.items()}
    assert count["nano"] < count["small"] < count["base"] < count["paper"]
    assert count["small"] * 30 < count["paper"]


@settings(max_examples=15)
@given(
    height=st.integers(4, 20).map(lambda n: 4 * n),
    width=st.integers(4, 20).map(lambda n: 4 * n),
    padding=st.sampled_from(Padding),
    ends=st.booleans(),
)
def test_any_multiple_of_four_is_a_legal_size(height, width, padding, ends):
    config = StylizerConfig(width=8, blocks=1, padding=padding, full_size_ends=ends)
    assert Stylizer(config)(torch.rand(1, 3, height, width)).shape == (1, 3, height, width)


def test_contrast_of_the_photograph_hardly_matters():
    """Instance norm after the first convolution takes contrast away (the paper's argument)."""
    torch.manual_seed(0)
    network = Stylizer(StylizerConfig(padding=Padding.REFLECT)).eval()
    photo = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        difference = (network(photo) - network(0.4 * photo + 0.3)).abs().max()
    assert difference < 2e-3


@pytest.mark.parametrize("name", ["nano", "small", "paper"])
def test_the_gradient_of_a_batch_is_that_of_its_pictures(name):
    # PyTorch's instance norm alone fails this; see training.network.InstanceNorm.
    torch.manual_seed(0)
    network = Stylizer(preset(name)).to(memory_format=torch.channels_last)
    pictures = torch.rand(3, 3, 32, 32).contiguous(memory_format=torch.channels_last)
    weights = torch.rand(3, 3, 32, 32)
    gradients = []
    for parts in ([slice(0, 3)], [slice(i, i + 1) for i in range(3)]):
        network.zero_grad()
        for part in parts:
            (network(pictures[part]) * weights[part]).sum().backward()
        gradients.append(torch.cat([p.grad.flatten() for p in network.parameters()]))
    together, alone = gradients
    assert torch.dist(together, alone) < 1e-4 * alone.norm()


def as_tensor(picture):
    return torch.from_numpy(picture).permute(2, 0, 1)[None]


def test_grain_is_what_the_edge_adds(rng):
    """A network with grain is the one without on `edge_app.core.grain`'s picture."""
    torch.manual_seed(0)
    network = Stylizer(preset("nano")).eval()
    plain = Stylizer(replace(network.config, grain=0.0)).eval()
    plain.load_state_dict(network.state_dict())
    picture = rng.random((60, SIDE + 44, 3), np.float32)
    given = grained(picture, network.config.grain)
    with torch.no_grad():
        drawn, by_hand = network(as_tensor(picture)), plain(as_tensor(given))
        rolled, bare = network(as_tensor(picture), (3, 1000)), plain(as_tensor(picture))
    torch.testing.assert_close(drawn, by_hand)
    assert (drawn - bare).abs().max() > 1e-3
    assert (drawn - rolled).abs().max() > 1e-3


def test_saved_and_loaded_it_gives_the_same_picture(tmp_path):
    network = Stylizer(preset("nano")).eval()
    save_stylizer(network, tmp_path)
    loaded = load_stylizer(tmp_path)
    picture = torch.rand(1, 3, 32, 32)
    assert loaded.config == network.config
    assert torch.equal(loaded(picture), network(picture))


def test_weights_that_are_missing_damaged_or_of_another_shape(tmp_path):
    with pytest.raises(RunError, match="gone: not a finished training run; there is no such folde"):
        load_stylizer(tmp_path / "gone")
    with pytest.raises(RunError, match=r"run; there is no stylizer\.json in it\. .* --resume"):
        load_stylizer(tmp_path)
    save_stylizer(Stylizer(preset("nano")), tmp_path)
    whole = (tmp_path / WEIGHTS).read_bytes()
    (tmp_path / WEIGHTS).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RunError, match="damaged"):
        load_stylizer(tmp_path)
    (tmp_path / WEIGHTS).write_bytes(whole)
    wider = (tmp_path / "stylizer.json").read_text().replace("32", "36")
    (tmp_path / "stylizer.json").write_text(wider)
    with pytest.raises(RunError, match=r"stylizer\.json's shape"):
        load_stylizer(tmp_path)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"width": 0}, "multiple of 4"),
        ({"width": 30}, "multiple of 4"),
        ({"blocks": 0}, "at least 1, got 0"),
        ({"margin": 6}, "multiple of 4"),
        ({"end_kernel": 4}, "odd number"),
    ],
)
def test_shapes_that_cannot_be_built(wrong, message):
    with pytest.raises(ConfigError, match=message):
        StylizerConfig(**wrong)


def test_an_unknown_preset_lists_those_there_are():
    with pytest.raises(ConfigError, match="'huge'; there are: nano, small, base, paper"):
        preset("huge")
