"""Dense layers: affine maps with ReLU between them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from asd_monitor.models.dense import Dense, dense_shapes, require_widths
from asd_monitor.models.errors import ConfigurationError

Floats = NDArray[np.float32]


def random_dense(*widths: int) -> tuple[Dense, dict[str, Floats]]:
    rng = np.random.default_rng(0)
    shapes = dense_shapes(widths)
    tensors = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    return Dense.from_tensors(tensors, n_layers=len(widths) - 1), tensors


def test_one_layer_is_affine() -> None:
    dense, tensors = random_dense(3, 2)
    values = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)
    expected = values @ tensors["weight.0"].T + tensors["bias.0"]
    np.testing.assert_allclose(dense(values), expected, rtol=1e-6)


def test_every_layer_but_the_last_is_rectified() -> None:
    dense, tensors = random_dense(3, 4, 2)
    values = np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    hidden = values @ tensors["weight.0"].T + tensors["bias.0"]
    expected = np.where(hidden > 0, hidden, 0) @ tensors["weight.1"].T + tensors["bias.1"]
    assert (hidden < 0).any()
    assert (expected < 0).any()
    np.testing.assert_allclose(dense(values), expected, rtol=1e-5, atol=1e-6)


def test_the_argument_is_left_alone() -> None:
    values = np.ones((4, 3), np.float32)
    random_dense(3, 4, 3)[0](values)
    assert (values == 1).all()


def test_tensors_come_back_as_they_were_given() -> None:
    dense, tensors = random_dense(3, 4, 2)
    assert dense.tensors().keys() == tensors.keys()
    for name, tensor in dense.tensors().items():
        np.testing.assert_array_equal(tensor, tensors[name])


@pytest.mark.parametrize("hidden", [(), (8, 0), (-1,)])
def test_layers_that_cannot_exist_are_refused(hidden: tuple[int, ...]) -> None:
    with pytest.raises(ConfigurationError, match="hidden layer"):
        require_widths(hidden)
