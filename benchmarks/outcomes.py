"""How well each candidate told faulty clips from normal ones, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcome:
    """Of one machine, clean or in noise, with one seed.

    Attributes:
        condition: ``MACHINE:clean`` or ``MACHINE:SNR_DB``.
        machine: whose clips they are.
        wins: how often a faulty clip scored above a normal one, a tie counting half, mean over
            strengths and noises; ``(n_candidates, n_kinds, n_clips, n_clips)``, clips made
            faulty before normal ones. Its mean is the area under the ROC curve (Hanley and
            McNeil, Radiology 143, 1982).
    """

    condition: str
    machine: str
    wins: Floats


def wins(faulty: Floats, normal: Floats) -> Floats:
    """Compare every faulty clip with every normal one.

    Args:
        faulty: scores, ``(n_candidates, n_strengths, n_clips)``.
        normal: scores, ``(n_candidates, n_clips, n_copies)``.

    Returns:
        ``(n_candidates, n_clips, n_clips)``, mean over strengths and copies.
    """
    above, below = faulty[:, :, :, None, None], normal[:, None, None]
    compared = (above > below) + 0.5 * (above == below)
    return np.asarray(compared.mean(axis=(1, 4)))


def difference(
    outcomes: Sequence[Outcome], candidate: int, other: int
) -> tuple[float, float, float]:
    """How much greater one candidate's area is than another's, mean over the outcomes.

    Returns:
        The difference, and the ends of its 95 % interval: percentiles over resamples of a
        machine's clips, the same ones in all its outcomes.
    """
    mean = np.mean([_advantage(outcome, candidate, other).mean() for outcome in outcomes])
    draws = np.mean([_draws(outcome, candidate, other) for outcome in outcomes], axis=0)
    low, high = np.percentile(draws, (2.5, 97.5))
    return float(mean), float(low), float(high)


def _advantage(outcome: Outcome, candidate: int, other: int) -> Floats:
    """``(n_clips, n_clips)``, mean over the kinds."""
    advantage: Floats = (outcome.wins[candidate] - outcome.wins[other]).mean(axis=0)
    return advantage


def _draws(outcome: Outcome, candidate: int, other: int) -> Floats:
    """The difference in each resample, ``(RESAMPLES,)``."""
    advantage = _advantage(outcome, candidate, other)
    n_clips = len(advantage)
    generator = np.random.default_rng(list(outcome.machine.encode()))
    shares = generator.multinomial(n_clips, np.full(n_clips, 1 / n_clips), RESAMPLES) / n_clips
    return np.asarray(np.einsum("ri,ij,rj->r", shares, advantage, shares, optimize=True))
