"""A network's parameters as one stretch of memory, and their gradient as another."""

import torch
from torch import nn


class FlatParameters:
    """All parameters of a network, which become views of one vector.

    Length of the gradient and optimiser then walk over one array. Between two steps a processor
    forgets what calls torch for twenty small ones, which took longer than the arithmetic.

    Attributes:
        vector: the parameters one behind the other. Its gradient is always there, and theirs are
            views of it: who computes them overwrites or adds to what is there.

    Args:
        network: on the device where it will stay.
    """

    def __init__(self, network: nn.Module) -> None:
        parameters = list(network.parameters())
        values = nn.utils.parameters_to_vector(parameters).detach()
        nn.utils.vector_to_parameters(values, parameters)
        self.vector = nn.Parameter(values)
        self._gradient = torch.zeros_like(values)
        self.vector.grad = self._gradient
        parts = torch.split(self._gradient, [parameter.numel() for parameter in parameters])
        for parameter, part in zip(parameters, parts, strict=True):
            parameter.grad = part.view_as(parameter)

    def limit_gradient(self, norm_max: float) -> None:
        """Scale the gradient where it is longer than that, which is seldom."""
        norm = self._gradient.dot(self._gradient).sqrt()
        if norm > norm_max:
            nn.utils.clip_grads_with_norm_([self.vector], norm_max, norm)
