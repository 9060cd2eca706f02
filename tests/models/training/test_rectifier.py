"""Bias and ReLU in one walk are bias and ReLU."""

import numpy as np
import torch

from asd_monitor.models.training.rectifier import rectify, rectify_gradient


def test_equals_torch() -> None:
    generator = torch.Generator().manual_seed(1)
    values = torch.randn(30, 7, generator=generator, requires_grad=True)
    bias, by_result = torch.randn(7, generator=generator), torch.randn(30, 7, generator=generator)
    wanted = (values + bias).relu()
    wanted.backward(by_result)  # type: ignore[no-untyped-call]
    ours, gradient = values.detach().numpy().copy(), by_result.numpy().copy()
    rectify(ours, bias.numpy())
    rectify_gradient(gradient, ours)
    np.testing.assert_array_equal(ours, wanted.detach().numpy())
    assert values.grad is not None
    np.testing.assert_array_equal(gradient, values.grad.numpy())


def test_what_is_no_number_stays_none() -> None:
    values = np.array([[np.nan, -np.inf, np.inf]], np.float32)
    rectify(values, np.zeros(3, np.float32))
    np.testing.assert_array_equal(values, [[np.nan, 0, np.inf]])
