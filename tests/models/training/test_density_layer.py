"""One array for each scored frame is the masked layer that the bundle holds."""

import numpy as np
import pytest
import torch

from asd_monitor.models.detectors.group_made import Architecture
from asd_monitor.models.masks import Mask, ordering_names
from asd_monitor.models.training.density_layer import DensityLayer

N_MELS, COMPONENTS, UNITS = 6, 4, 12


def first(name: str) -> tuple[DensityLayer, Mask]:
    """A layer that is not fitted yet, and its mask."""
    architecture = Architecture(ordering=name, components=COMPONENTS, hidden=(UNITS,))
    *_, mask = architecture.masks(n_frames=5, n_mels=N_MELS)
    rows = (3, COMPONENTS, len(mask) // (3 * COMPONENTS * N_MELS), N_MELS)
    return DensityLayer(mask, rows=rows, generator=torch.Generator().manual_seed(5)), mask


def moved(name: str) -> tuple[DensityLayer, Mask]:
    """A layer whose every value has been moved, and its mask."""
    layer, mask = first(name)
    generator = torch.Generator().manual_seed(6)
    with torch.no_grad():
        for frame in layer.frame_weights:
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
    assert sum(frame.numel() for frame in layer.frame_weights) == mask.sum() + len(mask)


@pytest.mark.parametrize("name", ordering_names())
def test_begins_with_small_weights_and_means_apart(name: str) -> None:
    layer, _ = first(name)
    _, bias = layer.folded()
    by_parameter = bias.reshape(3, COMPONENTS, -1)
    apart = np.linspace(-1.5, 1.5, COMPONENTS)
    np.testing.assert_allclose(by_parameter[0], np.tile(apart, (by_parameter.shape[2], 1)).T)
    assert not by_parameter[1:].any()
    for frame in layer.frame_weights:
        of_units = frame[..., 1:].detach()
        if n_seen := of_units.shape[-1]:
            assert float(of_units.std()) == pytest.approx(0.1 * np.sqrt(2 / n_seen), rel=0.2)


def test_units_that_a_frame_sees_must_be_the_first() -> None:
    _, mask = first("lr")
    with pytest.raises(ValueError, match="first"):
        DensityLayer(mask[:, ::-1], rows=(3, COMPONENTS, 5, N_MELS), generator=torch.Generator())
