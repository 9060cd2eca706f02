"""Dense layers as torch fits them and as numpy computes with them."""

import numpy as np
import pytest
import torch

from asd_monitor.models.dense import dense_shapes
from asd_monitor.models.training.dense import DenseNetwork

WIDTHS = (40, 16, 8, 40)


def network(*, batch_norm: bool, seed: int = 0) -> DenseNetwork:
    """With statistics and scales of normalisation that are nothing special."""
    generator = torch.Generator().manual_seed(seed)
    made = DenseNetwork(WIDTHS, batch_norm=batch_norm, generator=generator)
    for name, tensor in made.state_dict().items():
        if name.startswith("norms") and tensor.is_floating_point():
            tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)
    return made.eval()


@pytest.mark.parametrize("batch_norm", [True, False])
def test_numpy_computes_what_torch_does(batch_norm: bool) -> None:
    made = network(batch_norm=batch_norm)
    values = np.random.default_rng(1).normal(size=(30, 40)).astype(np.float32)
    with torch.no_grad():
        expected = made(torch.from_numpy(values)).numpy()
    np.testing.assert_allclose(made.folded()(values), expected, atol=1e-5)


def test_folded_layers_are_plain() -> None:
    tensors = network(batch_norm=True).folded().tensors()
    assert {name: tensor.shape for name, tensor in tensors.items()} == dense_shapes(WIDTHS)
    assert {tensor.dtype for tensor in tensors.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("batch_norm", [True, False])
def test_folded_layers_do_not_follow_the_network(batch_norm: bool) -> None:
    made = network(batch_norm=batch_norm)
    values = np.ones((1, 40), np.float32)
    folded = made.folded()
    before = folded(values)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.fill_(9)
    np.testing.assert_array_equal(folded(values), before)


def test_first_weights_depend_on_the_generator_alone() -> None:
    state = torch.get_rng_state()
    first, again, other = (network(batch_norm=True, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state)
    values = torch.ones(1, 40)
    assert torch.equal(first(values), again(values))
    assert not torch.equal(first(values), other(values))
