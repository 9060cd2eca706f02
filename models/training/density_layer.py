"""The last layer of a Group MADE as training keeps it: one array for each scored frame."""

import math

import torch
from torch import Tensor, nn

from asd_monitor.models.masks import Mask
from asd_monitor.models.training.mean_score import Floats

MEAN_SPREAD = 1.5
"""Component means start evenly between plus and minus this, in standardised units."""

OUTPUT_GAIN = 0.1
"""Output weights start this much smaller than hidden ones, so that all densities start alike."""


class DensityLayer(nn.Module):
    """Maps the last hidden units to the mixture of every scored value.

    A frame's weights are ``(n_mels, n_parameters, n_components, 1 + n_seen)``: what belongs to some
    mel bands is one stretch of memory. Of the last axis the first are the biases; the others belong
    to the units that the frame may see. Units are in the order of how many frames they see
    (`asd_monitor.models.masks`), so that these are the first units, and connections that are
    forbidden are not there.

    Attributes:
        frame_weights: of every scored frame, in the order of the frames.

    Args:
        mask: of the layer, ``(n_parameters * n_components * n_scored * n_mels, n_units)``.
        rows: how its rows are laid out, ``(n_parameters, n_components, n_scored, n_mels)``.
        generator: of the first weights. Biases start at zero, but those of means apart.

    Raises:
        ValueError: a frame may see a unit, but not one before it.
    """

    def __init__(
        self, mask: Mask, *, rows: tuple[int, int, int, int], generator: torch.Generator
    ) -> None:
        super().__init__()
        self._rows, self._n_units = rows, mask.shape[1]
        weights = torch.randn(mask.shape, generator=generator).reshape(*rows, -1)
        seen = mask.reshape(*rows, -1)[0, 0, :, 0]
        if (seen[:, 1:] > seen[:, :-1]).any():
            raise ValueError("the units that a frame may see are not the first ones")
        self.frame_weights = nn.ParameterList(
            _initial(weights[:, :, place, :, :n]) for place, n in enumerate(seen.sum(1).tolist())
        )

    def forward(self, units: Tensor) -> Tensor:
        """Map ``(n, n_units)`` to ``(n, n_parameters, n_components, n_scored * n_mels)``."""
        densities = [
            nn.functional.linear(
                units[:, : frame.shape[-1] - 1],
                frame[..., 1:].flatten(0, 2),
                frame[..., 0].flatten(),
            ).reshape(-1, *frame.shape[:-1])
            for frame in self.frame_weights
        ]
        return torch.cat(densities, dim=1).permute(0, 2, 3, 1)

    @torch.no_grad()
    def folded(self) -> tuple[Floats, Floats]:
        """Weights ``(n_out, n_units)`` and biases ``(n_out,)``, rows as those of the mask."""
        folded = torch.zeros(*self._rows, 1 + self._n_units)
        for place, frame in enumerate(self.frame_weights):
            folded[:, :, place, :, : frame.shape[-1]] = frame.permute(1, 2, 0, 3)
        matrix = folded.flatten(0, 3).numpy()
        return matrix[:, 1:].copy(), matrix[:, 0].copy()


def _initial(weights: Tensor) -> nn.Parameter:
    """A frame's first values, from weights ``(n_parameters, n_components, n_mels, n_seen)``."""
    n_seen = weights.shape[-1]
    initial = torch.zeros(*weights.permute(2, 0, 1, 3).shape[:-1], 1 + n_seen)
    if n_seen:
        initial[..., 1:] = OUTPUT_GAIN * math.sqrt(2 / n_seen) * weights.permute(2, 0, 1, 3)
    if (n_components := initial.shape[2]) > 1:
        initial[:, 0, :, 0] = torch.linspace(-MEAN_SPREAD, MEAN_SPREAD, n_components)
    return nn.Parameter(initial)
