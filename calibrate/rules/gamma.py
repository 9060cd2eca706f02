"""A gamma distribution fitted to the scores, as the DCASE baseline does."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, gammainccinv, ndtr, ndtri

from asd_monitor.calibrate.goodness import goodness_of_fit, say_fit
from asd_monitor.calibrate.rule import Threshold, is_extrapolated, require_scores

# From here on a gamma distribution cannot be told from a normal one.
_LEAST_SKEWNESS = 1e-3


class Gamma:
    """The quantile of the gamma distribution with the scores' mean, deviation and skewness.

    For comparison. The baseline of DCASE 2020 task 2 and its successors fits shape, location and
    scale by maximum likelihood, whose likelihood has no bound where the location meets the lowest
    score, so that fits collapse; the three moments are matched here instead. Scores that are not
    skewed to the right are taken as normal, which is the limit.
    """

    kind: ClassVar[str] = "gamma"

    def fit(self, scores: NDArray[np.float64], *, exceedance: float) -> Threshold:
        """Take the quantile; see `asd_monitor.calibrate.rule.Rule.fit`."""
        require_scores(self.kind, len(scores))
        mean, std, skewness = _moments(scores)
        value = mean + std * _standard_quantile(exceedance, skewness)
        return Threshold(
            value=value,
            rule=self.kind,
            extrapolated=is_extrapolated(scores, value, exceedance=exceedance),
            detail={"n_scores": len(scores), "mean": mean, "std": std, "skewness": skewness},
        )

    def examine(
        self,
        scores: NDArray[np.float64],
        *,
        exceedance: float,  # noqa: ARG002 - the contract of a rule
    ) -> Mapping[str, float]:
        """Test the fit; see `asd_monitor.calibrate.goodness`."""
        mean, std, skewness = _moments(scores)
        if std == 0:
            return {"fit_p_value": 0.0}
        p_value = goodness_of_fit(
            scores,
            cumulative=_cumulative,
            draw=lambda generator, n: mean + std * _standard_sample(generator, n, skewness),
        )
        return {"fit_p_value": p_value}

    def explain(self, detail: Mapping[str, float]) -> str:
        """Name the distribution and say whether it fits."""
        return (
            f"The threshold is a quantile of a gamma distribution (mean {detail['mean']:.4g},"
            f" standard deviation {detail['std']:.4g}, skewness {detail['skewness']:.2f})."
            f" {say_fit(detail['fit_p_value'])}."
        )


def _moments(scores: NDArray[np.float64]) -> tuple[float, float, float]:
    """Mean, standard deviation and skewness, the last one 0 where it is less."""
    # Sorted, because the sums depend on the order in their last digits.
    ranked = np.sort(scores)
    mean, std = float(ranked.mean()), float(ranked.std())
    if std == 0:
        return mean, 0.0, 0.0
    return mean, std, max(0.0, float((((ranked - mean) / std) ** 3).mean()))


def _standard_quantile(exceedance: float, skewness: float) -> float:
    """Of mean 0 and standard deviation 1."""
    if skewness < _LEAST_SKEWNESS:
        return -float(ndtri(exceedance))
    shape = 4 / skewness**2
    return float((gammainccinv(shape, exceedance) - shape) / shape**0.5)


def _standard_sample(
    generator: np.random.Generator, n: int, skewness: float
) -> NDArray[np.float64]:
    if skewness < _LEAST_SKEWNESS:
        return generator.standard_normal(n)
    shape = 4 / skewness**2
    return np.asarray((generator.standard_gamma(shape, n) - shape) / shape**0.5)


def _cumulative(sample: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cumulative probabilities of a sample under what is fitted to it, ``(n,)``."""
    mean, std, skewness = _moments(sample)
    standard = (sample - mean) / std
    if skewness < _LEAST_SKEWNESS:
        return np.asarray(ndtr(standard))
    shape = 4 / skewness**2
    return np.asarray(gammainc(shape, (shape + shape**0.5 * standard).clip(0)))
