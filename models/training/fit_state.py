"""Everything about a fit that changes from one pass to the next."""

import copy
import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

_NETWORK, _BEST, _ADAM = "network.", "best.", "adam."


class FitState:
    """Weights, the best of them, optimiser, random generator and what the passes reached.

    Attributes:
        epoch: passes done.
        best_epoch: the pass with the lowest held-out score; 0 before the first.
        best_score: that score.

    Args:
        network: is fitted.
        optimiser: Adam on the network's parameters.
        generator: of all that is drawn, on the CPU.
    """

    def __init__(
        self, network: nn.Module, optimiser: torch.optim.Adam, generator: torch.Generator
    ) -> None:
        self.optimiser = optimiser
        self.generator = generator
        self.epoch = 0
        self.best_epoch = 0
        self.best_score = math.inf
        self._network = network
        self._best = copy.deepcopy(network.state_dict())

    def finish_epoch(self, held_out: float) -> None:
        """Count a pass, and keep its weights if they are the best so far."""
        self.epoch += 1
        if held_out < self.best_score:
            self.best_epoch, self.best_score = self.epoch, held_out
            self._best = copy.deepcopy(self._network.state_dict())

    def restore_best(self) -> None:
        """Give the network its best weights."""
        self._network.load_state_dict(self._best)

    def tensors(self) -> dict[str, Tensor]:
        """All of it by name."""
        counts = {
            "epoch": torch.tensor(self.epoch),
            "best_epoch": torch.tensor(self.best_epoch),
            "best_score": torch.tensor(self.best_score, dtype=torch.float64),
            "generator": self.generator.get_state(),
        }
        moments = {
            f"{_ADAM}{index}.{name}": tensor
            for index, of_parameter in self.optimiser.state_dict()["state"].items()
            for name, tensor in of_parameter.items()
        }
        network, best = self._network.state_dict(), self._best
        return (
            counts
            | moments
            | {_NETWORK + name: tensor for name, tensor in network.items()}
            | {_BEST + name: tensor for name, tensor in best.items()}
        )

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Become what `tensors` told of a fit of the same network and sound."""
        self.epoch = int(tensors["epoch"])
        self.best_epoch = int(tensors["best_epoch"])
        self.best_score = float(tensors["best_score"])
        self.generator.set_state(tensors["generator"])
        self._network.load_state_dict(_below(_NETWORK, tensors))
        self._best = _below(_BEST, tensors)
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in _below(_ADAM, tensors).items():
            index, _, moment = name.partition(".")
            moments.setdefault(int(index), {})[moment] = tensor
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": moments, "param_groups": groups})


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
