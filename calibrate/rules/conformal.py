"""Split conformal prediction: an order statistic with a finite-sample guarantee."""

import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.rule import Threshold, scores_needed
from asd_monitor.models.errors import InsufficientSoundError


class Conformal:
    """The smallest order statistic k of n with ``k >= (n + 1) (1 - q)``.

    A fresh score that is exchangeable with the n held-out ones exceeds it with probability at
    most q, whatever the distribution (V. Vovk, A. Gammerman, G. Shafer, "Algorithmic Learning in
    a Random World", 2005; H. Papadopoulos et al., "Inductive confidence machines for regression",
    ECML 2002). The guarantee is on average over held-out sets, and neighbouring scores of one
    machine are exchangeable only roughly.
    """

    kind: ClassVar[str] = "conformal"

    def fit(self, scores: NDArray[np.float64], *, exceedance: float) -> Threshold:
        """Take the order statistic; see `asd_monitor.calibrate.rule.Rule.fit`."""
        n = len(scores)
        needed = scores_needed(exceedance)
        if n < needed:
            raise InsufficientSoundError(
                f"The conformal rule needs at least {needed:,} blocks of normal sound for this"
                f" budget and has {n:,}; record more, accept more alarms, or use the rule"
                " 'extreme', which extrapolates."
            )
        # Counted from above and with a tolerance, because (n + 1) q may be whole and not look it.
        k = n + 1 - math.floor((n + 1) * exceedance + 1e-9)
        value = float(np.partition(scores, k - 1)[k - 1])
        detail = {"n_scores": n, "order": k, "exceedance": exceedance}
        return Threshold(value=value, rule=self.kind, extrapolated=False, detail=detail)

    def examine(
        self,
        scores: NDArray[np.float64],  # noqa: ARG002 - the contract of a rule
        *,
        exceedance: float,  # noqa: ARG002
    ) -> Mapping[str, float]:
        """Nothing: no distribution is taken for granted."""
        return {}

    def explain(self, detail: Mapping[str, float]) -> str:
        """Name the order statistic and its guarantee."""
        return (
            f"The threshold is a score that was observed, not an extrapolation: rank"
            f" {detail['order']:,.0f} of {detail['n_scores']:,.0f}, which a fresh block exceeds"
            f" with a probability of at most {detail['exceedance']:.2g}, whatever the distribution,"
            " as long as it is exchangeable with these."
        )
