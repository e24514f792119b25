from __future__ import annotations

import copy

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from edge_app.core.errors import RunError
from training.config import Optimiser
from training.optimiser import make_optimiser, pack_state, unpack_state
from training.storage import write_tensors

BOTH = pytest.mark.parametrize("kind", list(Optimiser))


def losses(kind: Optimiser, turn: torch.Tensor) -> torch.Tensor:
    """Of 40 steps of least squares whose inputs, steep in some directions, are turned first."""
    torch.manual_seed(0)
    straight = torch.randn(256, 12, dtype=torch.float64) * torch.logspace(0, -2, 12)
    outputs = straight @ torch.randn(12, 8, dtype=torch.float64)
    inputs = straight @ turn
    weight = nn.Parameter(torch.zeros(12, 8, dtype=torch.float64))
    optimizer = make_optimiser(kind, [weight], 5e-2)
    found = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = (inputs @ weight - outputs).square().mean()
        loss.backward()
        optimizer.step()
        found.append(loss.detach())
    return torch.stack(found)


def test_soap_does_not_mind_how_the_inputs_are_turned():
    straight = torch.eye(12, dtype=torch.float64)
    torch.manual_seed(3)
    turned = torch.linalg.qr(torch.randn(12, 12, dtype=torch.float64))[0]
    torch.testing.assert_close(
        losses(Optimiser.SOAP, turned), losses(Optimiser.SOAP, straight), rtol=1e-3, atol=0
    )
    adams = losses(Optimiser.ADAM, turned), losses(Optimiser.ADAM, straight)
    assert not torch.allclose(*adams, rtol=1e-2, atol=0)


def grown(kind: Optimiser) -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(1)
    network = nn.Sequential(
        nn.Conv2d(3, 6, 3), nn.InstanceNorm2d(6, affine=True), nn.Conv2d(6, 2, 1)
    )
    network.to(memory_format=torch.channels_last)
    return network, make_optimiser(kind, network.parameters(), 1e-2)


def train(network: nn.Module, optimizer: torch.optim.Optimizer, seeds: range) -> None:
    for seed in seeds:
        torch.manual_seed(seed)
        optimizer.zero_grad()
        network(torch.randn(2, 3, 8, 8)).square().mean().backward()
        optimizer.step()


def names_of(network: nn.Module) -> dict[torch.Tensor, str]:
    return {parameter: name for name, parameter in network.named_parameters()}


@BOTH
def test_what_was_written_goes_on_as_if_nothing_had_been(kind, tmp_path):
    network, optimizer = grown(kind)
    train(network, optimizer, range(7))
    weights = copy.deepcopy(network.state_dict())
    tensors, metadata = pack_state(optimizer, names_of(network))
    write_tensors(tmp_path / "state.safetensors", tensors, metadata=metadata)
    train(network, optimizer, range(7, 20))

    again, fresh = grown(kind)
    again.load_state_dict(weights)
    unpack_state(fresh, names_of(again), load_file(tmp_path / "state.safetensors"), metadata)
    train(again, fresh, range(7, 20))
    for name, value in network.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name


@BOTH
def test_weights_that_no_step_has_met_have_no_state(kind):
    network, optimizer = grown(kind)
    network[2].requires_grad_(requires_grad=False)
    train(network, optimizer, range(3))
    tensors, metadata = pack_state(optimizer, names_of(network))
    assert not any(name.startswith("optimiser.2.") for name in tensors)
    again, fresh = grown(kind)
    unpack_state(fresh, names_of(again), tensors, metadata)
    train(again, fresh, range(3))


def test_the_state_of_another_optimiser_or_version_is_told():
    network, optimizer = grown(Optimiser.ADAM)
    train(network, optimizer, range(2))
    tensors, _ = pack_state(optimizer, names_of(network))
    with pytest.raises(RunError, match="older edgestyle"):
        unpack_state(optimizer, names_of(network), tensors, {"step": "2"})
    _, metadata = pack_state(optimizer, names_of(network))
    with pytest.raises(RunError, match="cannot be read"):
        unpack_state(optimizer, names_of(network), {}, metadata)
