"""One vector and one gradient stand for all parameters of a network."""

import pytest
import torch
from torch import nn

from asd_monitor.models.training.flat_parameters import FlatParameters


def network() -> nn.Module:
    made = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return made


def loss_of(made: nn.Module) -> torch.Tensor:
    loss: torch.Tensor = made(torch.linspace(-1, 1, 20).reshape(5, 4)).square().sum()
    return loss


def test_a_network_computes_what_it_did() -> None:
    made = network()
    before = loss_of(made)
    FlatParameters(made)
    assert torch.equal(loss_of(made), before)


def test_vector_and_parameters_are_the_same_memory() -> None:
    made = network()
    flat = FlatParameters(made)
    with torch.no_grad():
        flat.vector.fill_(2)
    assert all((parameter == 2).all() for parameter in made.parameters())
    made.load_state_dict({name: torch.ones_like(of) for name, of in made.state_dict().items()})
    assert (flat.vector == 1).all()


@pytest.mark.parametrize("norm_max", [1e-3, 1e3])
def test_an_optimiser_steps_as_it_does_with_many_parameters(norm_max: float) -> None:
    one, other = network(), network()
    flat = FlatParameters(one)
    by_vector = torch.optim.Adam([flat.vector], fused=True)
    by_parameter = torch.optim.Adam(other.parameters(), fused=True)
    for _ in range(3):
        one.zero_grad(set_to_none=False)
        other.zero_grad()
        for made in (one, other):
            loss_of(made).backward()  # type: ignore[no-untyped-call]
        flat.limit_gradient(norm_max)
        nn.utils.clip_grad_norm_(other.parameters(), norm_max)
        by_vector.step()
        by_parameter.step()
    for fitted, wanted in zip(one.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(fitted, wanted, rtol=0, atol=1e-6)


def test_a_longer_gradient_is_scaled_and_a_shorter_one_is_not() -> None:
    made = network()
    flat = FlatParameters(made)
    loss_of(made).backward()  # type: ignore[no-untyped-call]
    gradient = flat.vector.grad
    assert gradient is not None
    whole = gradient.clone()
    flat.limit_gradient(2 * float(whole.norm()))
    assert torch.equal(gradient, whole)
    flat.limit_gradient(0.5)
    torch.testing.assert_close(gradient, whole * 0.5 / whole.norm())
