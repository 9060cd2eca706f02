"""A percentile of the scores, as everybody else takes it."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.rule import Threshold, is_extrapolated, require_scores


class Percentile:
    """The interpolated percentile of numpy and scikit-learn.

    For comparison. It is exceeded a little too often on average, and where the budget is rarer
    than the sound can show it ends at the highest score without a word; here it says so.
    """

    kind: ClassVar[str] = "percentile"

    def fit(self, scores: NDArray[np.float64], *, exceedance: float) -> Threshold:
        """Take the percentile; see `asd_monitor.calibrate.rule.Rule.fit`."""
        require_scores(self.kind, len(scores))
        value = float(np.quantile(scores, 1 - exceedance))
        return Threshold(
            value=value,
            rule=self.kind,
            extrapolated=is_extrapolated(scores, value, exceedance=exceedance),
            detail={"n_scores": len(scores), "exceedance": exceedance},
        )

    def examine(
        self,
        scores: NDArray[np.float64],  # noqa: ARG002 - the contract of a rule
        *,
        exceedance: float,  # noqa: ARG002
    ) -> Mapping[str, float]:
        """Nothing: no distribution is taken for granted."""
        return {}

    def explain(self, detail: Mapping[str, float]) -> str:
        """Say how many scores it has above it."""
        expected = detail["n_scores"] * detail["exceedance"]
        return (
            f"The threshold is a percentile of {detail['n_scores']:,.0f} blocks, {expected:.2g} of"
            " which it expects above itself; that carries no guarantee."
        )
