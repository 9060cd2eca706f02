"""A normal distribution fitted to the scores."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from asd_monitor.calibrate.goodness import goodness_of_fit, say_fit
from asd_monitor.calibrate.rule import Threshold, is_extrapolated, require_scores


class Gaussian:
    """The quantile of the normal distribution with the scores' mean and standard deviation.

    For comparison. Its tail falls faster than that of nearly any machine, so that rare budgets
    are overspent.
    """

    kind: ClassVar[str] = "gaussian"

    def fit(self, scores: NDArray[np.float64], *, exceedance: float) -> Threshold:
        """Take the quantile; see `asd_monitor.calibrate.rule.Rule.fit`."""
        require_scores(self.kind, len(scores))
        # Sorted, because the sum depends on the order in its last digits.
        ranked = np.sort(scores)
        mean, std = float(ranked.mean()), float(ranked.std(ddof=1))
        value = mean - std * float(ndtri(exceedance))
        return Threshold(
            value=value,
            rule=self.kind,
            extrapolated=is_extrapolated(scores, value, exceedance=exceedance),
            detail={"n_scores": len(scores), "mean": mean, "std": std},
        )

    def examine(
        self,
        scores: NDArray[np.float64],
        *,
        exceedance: float,  # noqa: ARG002 - the contract of a rule
    ) -> Mapping[str, float]:
        """Test the fit; see `asd_monitor.calibrate.goodness`."""
        mean, std = scores.mean(), scores.std(ddof=1)
        if std == 0:
            return {"fit_p_value": 0.0}
        p_value = goodness_of_fit(
            scores,
            cumulative=lambda sample: ndtr((sample - sample.mean()) / sample.std(ddof=1)),
            draw=lambda generator, n: generator.normal(mean, std, n),
        )
        return {"fit_p_value": p_value}

    def explain(self, detail: Mapping[str, float]) -> str:
        """Name the distribution and say whether it fits."""
        return (
            f"The threshold is a quantile of a normal distribution (mean {detail['mean']:.4g},"
            f" standard deviation {detail['std']:.4g}). {say_fit(detail['fit_p_value'])}."
        )
