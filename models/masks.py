"""Which frame of a context window may see which: the masks of a Group Masked Autoencoder.

The frames of a window are put into an ordered list of groups, and each group is conditioned on
all groups before it. Degrees express that, as in MADE (Germain et al., "MADE: Masked Autoencoder
for Distribution Estimation", ICML 2015), for groups of inputs instead of single ones (Giri et
al., "Group Masked Autoencoder Based Density Estimator for Audio Anomaly Detection", DCASE 2020):

* the inputs of group g (counted from 1) have degree g;
* a hidden unit of degree d may depend on the first d groups;
* the outputs of group g have degree g - 1, for they may depend on the groups before them.

One rule then gives every mask: a unit sees those of the layer below whose degree is not above
its own (`may_see`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.errors import ConfigurationError

Degrees = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """Which frames are conditioned on which, and which of them are scored.

    Attributes:
        name: as options and bundles call it.
        groups: frame indices, each frame in one group; a group is conditioned on all before it.
        scored: frames whose density makes up the score, ascending.
    """

    name: str
    groups: tuple[tuple[int, ...], ...]
    scored: tuple[int, ...]

    @property
    def inputs(self) -> tuple[int, ...]:
        """Frames that some scored frame may see, ascending; the network reads no other."""
        return tuple(int(j) for j in np.flatnonzero(adjacency(self)[list(self.scored)].any(0)))


def _idnn(n_frames: int) -> Ordering:
    middle, others = _middle_and_others(n_frames)
    return Ordering(name="idnn", groups=(others, (middle,)), scored=(middle,))


def _idnn_joint(n_frames: int) -> Ordering:
    middle, others = _middle_and_others(n_frames)
    groups = (*((frame,) for frame in others), (middle,))
    return Ordering(name="idnn-joint", groups=groups, scored=tuple(range(n_frames)))


def _left_to_right(n_frames: int) -> Ordering:
    frames = tuple(range(n_frames))
    return Ordering(name="lr", groups=tuple((frame,) for frame in frames), scored=frames)


def _right_to_left(n_frames: int) -> Ordering:
    frames = tuple(range(n_frames))
    return Ordering(name="rl", groups=tuple((frame,) for frame in frames[::-1]), scored=frames)


def _middle_and_others(n_frames: int) -> tuple[int, tuple[int, ...]]:
    middle = n_frames // 2
    return middle, tuple(frame for frame in range(n_frames) if frame != middle)


_ORDERINGS: dict[str, Callable[[int], Ordering]] = {
    "idnn": _idnn,
    "idnn-joint": _idnn_joint,
    "lr": _left_to_right,
    "rl": _right_to_left,
}


def ordering_names() -> tuple[str, ...]:
    """The orderings there are, the default first."""
    return tuple(_ORDERINGS)


def ordering(name: str, *, n_frames: int) -> Ordering:
    """The ordering of that name for windows of ``n_frames`` frames.

    ``idnn`` scores the middle frame given all others at once, which no order of single frames
    precedes, so its network is dense; ``idnn-joint`` scores every frame, the middle one last;
    ``lr`` and ``rl`` score every frame, left to right and right to left.

    The paper does not say which terms ``idnn`` sums. The middle frame alone is the cheapest
    reading, for one frame's densities are computed instead of five. Measured beside it after five
    passes (``docs/detectors.md``): all frames in order, ``idnn-joint``, -0.031 of area under the
    ROC curve; the four others by their marginal densities, too, -0.040.

    Raises:
        ConfigurationError: there is no such ordering, or a window has fewer than 2 frames.
    """
    if name not in _ORDERINGS:
        raise ConfigurationError(
            f"there is no ordering {name!r}; choose one of {', '.join(_ORDERINGS)}"
        )
    if n_frames < 2:  # noqa: PLR2004 - one frame has no other to be conditioned on
        raise ConfigurationError(
            f"a context window of {n_frames} frame has nothing to be conditioned on; use at least 2"
        )
    return _ORDERINGS[name](n_frames)


def may_see(unit_degrees: Degrees, degrees_below: Degrees) -> Mask:
    """Mask ``(n_units, n_units_below)`` of the connections between two layers."""
    return np.greater_equal.outer(unit_degrees, degrees_below)


def adjacency(ordering: Ordering) -> Mask:
    """Whether output frame i may see input frame j, bool ``(n_frames, n_frames)``."""
    group = _group_of_frames(ordering)
    return may_see(group - 1, group)


def hidden_degrees(ordering: Ordering, *, width: int) -> Degrees:
    """Degrees of a hidden layer ``(width,)``: those that outputs can use, spread evenly, ascending.

    Degree 0 (sees nothing) and degrees that no scored output sees would be dead weight. The paper
    does not say how degrees share the bottleneck of 32: of ``lr`` each of four has eight units.
    Drawing them at random, as MADE does, was not told from that (+0.002 of area under the ROC
    curve); with degree 0 as well it was worse by 0.018, and with as many units as a degree sees
    frames by 0.006 (``docs/detectors.md``).

    Raises:
        ConfigurationError: the layer is too narrow to hold every degree.
    """
    of_outputs = _output_degrees(ordering)
    usable = np.unique(of_outputs[of_outputs > 0])
    if width < usable.size:
        raise ConfigurationError(
            f"a hidden layer of {width} units is too narrow for the ordering {ordering.name}; "
            f"use at least {usable.size}"
        )
    return usable[np.arange(width) * usable.size // width]


def layer_masks(
    ordering: Ordering, *, n_mels: int, hidden: Sequence[int], outputs_per_bin: int
) -> tuple[Mask, ...]:
    """The mask of every layer, first to last, each bool ``(n_out, n_in)``.

    Args:
        ordering: which frames may see which.
        n_mels: values per frame.
        hidden: width of each hidden layer.
        outputs_per_bin: density parameters per scored value. The last layer's rows are laid out
            ``(outputs_per_bin, n_scored, n_mels)``, the first layer's columns
            ``(n_inputs, n_mels)``.

    Raises:
        ConfigurationError: there is no hidden layer, or one too narrow for the ordering.
    """
    if not hidden:
        raise ConfigurationError("a network needs at least one hidden layer")
    inputs = _group_of_frames(ordering)[list(ordering.inputs)].repeat(n_mels)
    outputs = np.tile(_output_degrees(ordering).repeat(n_mels), outputs_per_bin)
    inner = (hidden_degrees(ordering, width=width) for width in hidden)
    return tuple(may_see(above, below) for below, above in pairwise((inputs, *inner, outputs)))


def _group_of_frames(ordering: Ordering) -> Degrees:
    """Number of each frame's group, counted from 1, ``(n_frames,)``."""
    number = {f: g for g, frames in enumerate(ordering.groups, start=1) for f in frames}
    return np.array([number[frame] for frame in range(len(number))], dtype=np.intp)


def _output_degrees(ordering: Ordering) -> Degrees:
    """Degree of each scored frame's outputs ``(n_scored,)``."""
    return _group_of_frames(ordering)[list(ordering.scored)] - 1
