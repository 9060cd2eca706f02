"""One array for each scored frame is the masked layer that the bundle holds."""

import numpy as np
import pytest
import torch

from asd_monitor.models.detectors.group_made import Architecture
from asd_monitor.models.masks import Mask, ordering_names
from asd_monitor.models.training.density_layer import DensityLayer

N_MELS, COMPONENTS, UNITS = 6, 4, 12


def moved(name: str) -> tuple[DensityLayer, Mask]:
    """A layer whose every value has been moved, and its mask."""
    architecture = Architecture(ordering=name, components=COMPONENTS, hidden=(UNITS,))
    *_, mask = architecture.masks(n_frames=5, n_mels=N_MELS)
    n_scored = len(mask) // (3 * COMPONENTS * N_MELS)
    generator = torch.Generator().manual_seed(5)
    layer = DensityLayer(mask, rows=(3, COMPONENTS, n_scored, N_MELS), generator=generator)
    with torch.no_grad():
        for frame in layer.frames:
            frame.add_(torch.randn(frame.shape, generator=generator))
    return layer, mask


@pytest.mark.parametrize("name", ordering_names())
def test_computes_what_it_folds_to(name: str) -> None:
    layer, mask = moved(name)
    units = torch.randn(9, UNITS, generator=torch.Generator().manual_seed(6))
    weight, bias = layer.folded()
    affine = units.numpy() @ weight.T + bias
    with torch.no_grad():
        densities = layer(units)
    assert densities.shape == (9, 3, COMPONENTS, len(mask) // (3 * COMPONENTS))
    np.testing.assert_allclose(densities.flatten(1).numpy(), affine, atol=1e-5)


@pytest.mark.parametrize("name", ordering_names())
def test_folds_to_the_connections_that_the_mask_allows(name: str) -> None:
    layer, mask = moved(name)
    weight, bias = layer.folded()
    np.testing.assert_array_equal(weight != 0, mask)
    assert bias.all()
    assert sum(frame.numel() for frame in layer.frames) == mask.sum() + len(mask)
