"""What of some sound was scored by siblings of a bundle, and what that guarantees."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossFit:
    """How much of some sound was scored by siblings of the bundle.

    Attributes:
        siblings: how many of them there are, each trained without one block of time.
        seconds: of sound that the bundle has seen and the sibling that scored it has not.
    """

    siblings: int
    seconds: float


def guaranteed_exceedance(exceedance: float, *, n_scores: int, siblings: int) -> float:
    """With what probability a fresh score can exceed a cross-conformal threshold at most.

    This is for fresh sound scored by the siblings, as CV+ does it: twice the exceedance and a
    little more, where split conformal prediction has the exceedance itself (R. F. Barber,
    E. J. Candes, A. Ramdas, R. J. Tibshirani, "Predictive inference with the jackknife+", Annals
    of Statistics 49, 2021, theorem 4). On data that do not conspire against it, it is about the
    exceedance.

    Args:
        exceedance: asked of the rule, 0 to 1.
        n_scores: among which the threshold was chosen, at least one for each sibling.
        siblings: how many.
    """
    per_block = n_scores / siblings
    by_blocks = 2 * (1 - 1 / siblings) / (per_block + 1)
    by_siblings = (1 - siblings / n_scores) / (siblings + 1)
    return min(1.0, 2 * exceedance + min(by_blocks, by_siblings))
