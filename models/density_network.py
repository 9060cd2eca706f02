"""The network of a Group MADE and its density, computed with numpy, 32 windows at a time.

A window is a column here and a unit a row, so that everything said about a unit, and about a
component of a mixture, is one stretch of memory. All products have 32 columns: one of 31, which is
what a second of sound holds, takes longer. Biases are the weights of a unit that is always 1.
"""

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.mixture import negative_log_likelihood

Floats = NDArray[np.float32]

COLUMNS = 32
"""Windows at a time: a frame's density parameters, 480 KiB at ten components, then stay in the
second-level cache of a processor core while they are turned into likelihoods."""


class DensityNetwork:
    """Maps the frames that condition to the negative log-likelihood of the frames that are scored.

    Args:
        weights: float32 ``(n_out, n_in)`` per layer, masks folded in. The last layer's rows are
            laid out ``(n_parameters, n_components, n_scored, n_mels)``.
        biases: float32 ``(n_out,)`` per layer.
        n_parameters: of a component, see `asd_monitor.models.mixture`.
        n_components: of a mixture.
        inputs: frames of a window that condition.
        scored: frames that are scored.
    """

    def __init__(
        self,
        *,
        weights: Sequence[Floats],
        biases: Sequence[Floats],
        n_parameters: int,
        n_components: int,
        inputs: Sequence[int],
        scored: Sequence[int],
    ) -> None:
        self._inputs, self._scored = tuple(inputs), tuple(scored)
        self._layers = [
            _with_bias(weight, bias) for weight, bias in zip(weights[:-1], biases[:-1], strict=True)
        ]
        last_weights = weights[-1].reshape(
            n_parameters * n_components, len(scored), -1, _width(weights)
        )
        self._shape = (n_parameters, n_components, last_weights.shape[2], COLUMNS)
        last_biases = biases[-1].reshape(n_parameters * n_components, len(scored), -1)
        self._frames = [_frame(last_weights[:, i], last_biases[:, i]) for i in range(len(scored))]

        self._widths = [layer.shape[1] for layer in self._layers] + [_width(weights) + 1]
        self._idle: deque[Workspace] = deque()

    def nll(self, windows: Floats) -> NDArray[np.float64]:
        """Negative log-likelihood of up to `COLUMNS` windows; may be called by several threads.

        Args:
            windows: ``(n_windows, n_frames, n_mels)``.

        Returns:
            nats, the mean over the scored frames, ``(n_mels, n_windows)``.
        """
        try:
            workspace = self._idle.pop()
        except IndexError:
            workspace = self.workspace()
        units = self.hidden(windows, workspace)
        targets = workspace.targets
        total = np.zeros(targets.shape)
        for place, frame in enumerate(self._scored):
            _fill(targets, windows[:, frame])
            densities = self.densities(units, workspace, place=place)
            total += negative_log_likelihood(densities, targets, scratch=workspace.scratch)
        self._idle.append(workspace)
        total /= len(self._scored)
        return total[:, : len(windows)]

    def workspace(self) -> "Workspace":
        """Memory for one thread."""
        return Workspace(widths=self._widths, densities=self._shape)

    def hidden(self, windows: Floats, workspace: "Workspace") -> Floats:
        """The last hidden layer ``(1 + n_units, COLUMNS)``, the unit that is always 1 first."""
        units, *others = workspace.units
        n_mels = windows.shape[2]
        for place, frame in enumerate(self._inputs):
            _fill(units[1 + place * n_mels : 1 + (place + 1) * n_mels], windows[:, frame])
        for layer, above in zip(self._layers, others, strict=True):
            np.matmul(layer, units, out=above[1:])
            np.maximum(above, workspace.zeros[: len(above)], out=above)
            units = above
        return units

    def densities(self, units: Floats, workspace: "Workspace", *, place: int) -> Floats:
        """Parameters of a scored frame ``(n_parameters, n_components, n_mels, COLUMNS)``.

        Args:
            units: from `hidden`.
            workspace: holds what is returned.
            place: of the frame among the scored ones.
        """
        weights, densities = self._frames[place], workspace.densities
        products = densities.reshape(*weights.shape[:2], COLUMNS)
        np.matmul(weights, units[: weights.shape[2]], out=products)
        return densities


class Workspace:
    """Memory that is used again for every 32 windows.

    Given back to the system and asked for again, each page of it would be cleared every time.
    Zeros are an array: numpy has no vectorised maximum of an array and a number.

    Args:
        widths: rows of the layers' units, input included.
        densities: shape of a scored frame's parameters.
    """

    def __init__(self, *, widths: Sequence[int], densities: tuple[int, ...]) -> None:
        self.units = [np.ones((width, COLUMNS), dtype=np.float32) for width in widths]
        self.zeros = np.zeros((max(widths), COLUMNS), dtype=np.float32)
        self.densities = np.empty(densities, dtype=np.float32)
        self.scratch = np.empty(densities[1:], dtype=np.float32)
        self.targets = np.empty(densities[2:], dtype=np.float32)


def _width(weights: Sequence[Floats]) -> int:
    """Units of the last hidden layer."""
    return int(weights[-1].shape[1])


def _with_bias(weight: Floats, bias: Floats) -> Floats:
    """The weights with the bias as their first column."""
    return np.concatenate([bias[..., np.newaxis], weight], axis=-1)


def _frame(weight: Floats, bias: Floats) -> Floats:
    """One scored frame's part of the last layer, without units that it sees nothing of.

    Hidden units are in the order of how many frames they see (`asd_monitor.models.masks`), so
    those that a frame may see come first: of ``lr`` half of the work falls away. A parameter of a
    component is a product by itself: OpenBLAS first copies the operands of larger ones.

    Args:
        weight: ``(n_parameters * n_components, n_mels, n_units)``.
        bias: ``(n_parameters * n_components, n_mels)``.
    """
    seen = np.flatnonzero(weight.any(axis=(0, 1)))
    n_seen = int(seen[-1]) + 1 if len(seen) else 0
    return _with_bias(weight[..., :n_seen], bias)


def _fill(columns: Floats, frames: Floats) -> None:
    """Write frames ``(n, n_mels)`` as ``(n_mels, COLUMNS)``, then zeros."""
    columns[:, : len(frames)] = frames.T
    columns[:, len(frames) :] = 0
