"""What may see what; that networks obey it is shown by gradients in `training/test_network`."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.masks import (
    Mask,
    Ordering,
    adjacency,
    hidden_degrees,
    layer_masks,
    ordering,
    ordering_names,
)

orderings = st.builds(
    lambda name, n_frames: ordering(name, n_frames=n_frames),
    st.sampled_from(ordering_names()),
    st.integers(2, 7),
)


def visible(name: str) -> list[set[int]]:
    rows = adjacency(ordering(name, n_frames=5))
    return [set(np.flatnonzero(row).tolist()) for row in rows]


def test_orderings_see_what_their_names_say() -> None:
    assert visible("idnn")[2] == {0, 1, 3, 4}
    assert visible("idnn-joint") == [set(), {0}, {0, 1, 3, 4}, {0, 1}, {0, 1, 3}]
    assert visible("lr") == [set(), {0}, {0, 1}, {0, 1, 2}, {0, 1, 2, 3}]
    assert visible("rl") == [{1, 2, 3, 4}, {2, 3, 4}, {3, 4}, {4}, set()]


def test_scored_and_input_frames() -> None:
    by_name = {name: ordering(name, n_frames=5) for name in ordering_names()}
    assert {name: o.scored for name, o in by_name.items()} == {
        "idnn": (2,),
        "idnn-joint": (0, 1, 2, 3, 4),
        "lr": (0, 1, 2, 3, 4),
        "rl": (0, 1, 2, 3, 4),
    }
    assert {name: o.inputs for name, o in by_name.items()} == {
        "idnn": (0, 1, 3, 4),
        "idnn-joint": (0, 1, 3, 4),
        "lr": (0, 1, 2, 3),
        "rl": (1, 2, 3, 4),
    }


@pytest.mark.parametrize("name", ordering_names())
@pytest.mark.parametrize("n_frames", [2, 3, 5, 6])
def test_no_frame_sees_itself_and_sight_has_no_circle(name: str, n_frames: int) -> None:
    sees = adjacency(ordering(name, n_frames=n_frames))
    paths = np.linalg.matrix_power(sees.astype(int), n_frames)
    assert not paths.any()


def test_idnn_is_a_dense_network() -> None:
    masks = layer_masks(
        ordering("idnn", n_frames=5),
        n_mels=128,
        hidden=(128, 128, 128, 128, 32, 128, 128, 128, 128),
        outputs_per_bin=30,
    )
    assert masks[0].shape == (128, 512)
    assert masks[-1].shape == (3840, 128)
    assert all(mask.all() for mask in masks)


@st.composite
def networks(draw: st.DrawFn) -> tuple[tuple[Mask, ...], Mask]:
    """Masks of a random network with one value per frame, and what its outputs may see."""
    chosen = draw(orderings)
    hidden = draw(st.lists(st.integers(6, 20), min_size=1, max_size=4))
    masks = layer_masks(chosen, n_mels=1, hidden=hidden, outputs_per_bin=1)
    return masks, adjacency(chosen)[np.ix_(chosen.scored, chosen.inputs)]


@given(networks())
def test_paths_through_the_masks_are_exactly_the_adjacency(
    network: tuple[tuple[Mask, ...], Mask],
) -> None:
    masks, expected = network
    paths = masks[0].astype(int)
    for mask in masks[1:]:
        paths = mask.astype(int) @ paths
    np.testing.assert_array_equal(paths > 0, expected)


@given(networks())
def test_layers_fit_together_and_no_hidden_unit_is_dead(
    network: tuple[tuple[Mask, ...], Mask],
) -> None:
    masks, _ = network
    for below, above in pairwise(masks):
        assert below.shape[0] == above.shape[1]
        assert below.any(axis=1).all()
        assert above.any(axis=0).all()


@given(orderings, st.integers(6, 300))
def test_hidden_degrees_are_spread_evenly(chosen: Ordering, width: int) -> None:
    counts = np.unique(hidden_degrees(chosen, width=width), return_counts=True)[1]
    assert counts.sum() == width
    assert counts.max() - counts.min() <= 1


def test_rows_are_laid_out_parameter_by_parameter() -> None:
    last = layer_masks(ordering("lr", n_frames=3), n_mels=2, hidden=(4,), outputs_per_bin=3)[-1]
    blocks = last.reshape(3, 3, 2, 4)
    np.testing.assert_array_equal(blocks, np.broadcast_to(blocks[:1, :, :1], blocks.shape))
    assert not blocks[:, 0].any()
    assert blocks[:, 2].all()


def test_refusals_say_what_there_is() -> None:
    with pytest.raises(ConfigurationError, match="idnn, idnn-joint, lr, rl"):
        ordering("sideways", n_frames=5)
    with pytest.raises(ConfigurationError, match="at least 2"):
        ordering("lr", n_frames=1)
    with pytest.raises(ConfigurationError, match="at least 4"):
        hidden_degrees(ordering("lr", n_frames=5), width=3)
    with pytest.raises(ConfigurationError, match="at least one hidden layer"):
        layer_masks(ordering("lr", n_frames=5), n_mels=1, hidden=(), outputs_per_bin=1)
