"""Peaks over threshold: a generalised Pareto tail, where the budget is rarer than the sound."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.rule import Threshold, require_scores, scores_needed
from asd_monitor.calibrate.tail import fit_tails, tail_quantile

PEAK_SHARE = 0.2
MIN_PEAKS = 10
MAX_PEAKS = 250
RESAMPLES = 199
SEED = 0


class Extreme:
    """Extrapolates the highest fifth of the scores (at least 10, at most 250 of them).

    The excesses over the highest score that is not among them follow, in the limit, a generalised
    Pareto distribution (J. Pickands, "Statistical inference using extreme order statistics",
    Annals of Statistics 3, 1975), fitted here by maximum likelihood with the shape held between
    0 and 0.5. Not below 0, because a negative shape claims that no normal sound can ever score
    worse than some value, which minutes of sound cannot know; so the tail is at least
    exponential. Not above 0.5, where its variance is infinite and a dozen peaks would put the
    threshold out of any fault's reach.

    A budget that expects no exceedance among n scores puts the threshold nowhere below the
    highest of them, whatever the fit.
    """

    kind: ClassVar[str] = "extreme"

    def fit(self, scores: NDArray[np.float64], *, exceedance: float) -> Threshold:
        """Fit the tail and extrapolate it; see `asd_monitor.calibrate.rule.Rule.fit`."""
        require_scores(self.kind, len(scores))
        peaks = _peaks(scores)
        shape, scale = fit_tails(peaks.excesses[None])
        detail = {
            "n_scores": len(scores),
            "n_peaks": len(peaks.excesses),
            "shape": float(shape[0]),
            "scale": float(scale[0]),
            "level": peaks.level,
            "highest": peaks.highest,
        }
        value = float(peaks.quantiles(exceedance, shape, scale)[0])
        return Threshold(value=value, rule=self.kind, extrapolated=True, detail=detail)

    def examine(self, scores: NDArray[np.float64], *, exceedance: float) -> Mapping[str, float]:
        """Give the threshold's 95 % interval by parametric bootstrap.

        The tail is fitted anew to samples of as many excesses drawn from the fitted one (B. Efron
        and R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 6 and 13). The
        interval says how far chance alone moves the threshold, and nothing of whether the tail
        goes on as it was fitted.
        """
        peaks = _peaks(scores)
        shape, scale = fit_tails(peaks.excesses[None])
        chances = np.random.default_rng(SEED).uniform(size=(RESAMPLES, len(peaks.excesses)))
        resampled = tail_quantile(1 - chances, shape[:, None], scale[:, None])
        values = peaks.quantiles(exceedance, *fit_tails(resampled))
        low, high = np.quantile(values, [0.025, 0.975])
        return {"low": float(low), "high": float(high)}

    def explain(self, detail: Mapping[str, float]) -> str:
        """Say that it is an extrapolation, of what, and how wide its interval is."""
        return (
            "The threshold is therefore an extrapolation: a generalised Pareto tail (shape"
            f" {detail['shape']:.2f}) fitted to the {detail['n_peaks']:.0f} highest blocks; its"
            f" 95 % interval is {detail['low']:.4g} to {detail['high']:.4g}, should the tail go on"
            " as fitted."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Peaks:
    """The highest scores: ``excesses`` above ``level``, ``(n_peaks,)``, of ``n_scores``."""

    excesses: NDArray[np.float64]
    level: float
    highest: float
    n_scores: int

    def quantiles(
        self, exceedance: float, shape: NDArray[np.float64], scale: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Thresholds by tails of the given shapes and scales, ``(n_tails,)``."""
        # An exceedance commoner than the peaks lies in the body, where the tail says nothing.
        survival = min(1.0, exceedance * self.n_scores / len(self.excesses))
        values = self.level + tail_quantile(survival, shape, scale)
        return values if self.n_scores >= scores_needed(exceedance) else values.clip(self.highest)


def _peaks(scores: NDArray[np.float64]) -> _Peaks:
    n_peaks = max(MIN_PEAKS, min(MAX_PEAKS, round(PEAK_SHARE * len(scores))))
    ranked = np.sort(scores)
    level = float(ranked[-n_peaks - 1])
    return _Peaks(
        excesses=ranked[-n_peaks:] - level,
        level=level,
        highest=float(ranked[-1]),
        n_scores=len(scores),
    )
