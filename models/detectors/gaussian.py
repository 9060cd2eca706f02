"""One Gaussian with full covariance over context windows: the sober reference.

A network that does not beat it on a machine's sound is not worth its training there.
"""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.detector import Attribution, Tensors
from asd_monitor.models.errors import BundleError
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.stored import require_no_hyperparameters, require_tensors
from asd_monitor.models.training.progress import EpochDone
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.sound import FitReport, TrainingSound

_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


class Gaussian:
    """Scores a window by its negative log-likelihood.

    The covariance is kept as a whitening ``W``, ``W.T @ W`` its inverse, so that with
    ``z = W @ (window - mean)`` the score is ``sum(z**2) / 2 - log(abs(det(W)))`` and a constant,
    over the values of a window.

    The score by band is an approximate attribution whose mean over bands is the score. A joint
    density has no share of a band: the chain rule would give one, but another for every order
    of the bands. ``W`` is the corr-max transformation, in which every ``z`` belongs to one value
    and correlates with it as well as uncorrelated variables can (see
    `asd_monitor.models.training.covariance`); its square is that value's share, and the
    normalising constant is shared equally.

    Args:
        mean: float32 ``(n_frames * n_mels,)``, standardised.
        whitening: float32 ``(n_frames * n_mels,) * 2``, not singular.

    Raises:
        BundleError: the whitening is singular.
    """

    kind: ClassVar[str] = "gaussian"
    attribution: ClassVar[Attribution] = Attribution.APPROXIMATE
    settings: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *, mean: NDArray[np.float32], whitening: NDArray[np.float32]) -> None:
        self._mean = mean
        self._whitening = whitening
        # Double precision, for the values of tonal sound are all but functions of each other.
        self._transform = whitening.T.astype(np.float64)
        log_det = float(np.linalg.slogdet(self._transform)[1])
        if not math.isfinite(log_det):
            raise BundleError("the detector's whitening is singular; train it again")
        self._constant = _HALF_LOG_TWO_PI - log_det / len(mean)

    def score_windows(
        self, windows: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Score context windows, each for itself.

        Args:
            windows: standardised log-mel, ``(n_windows, n_frames, n_mels)``.

        Returns:
            nats per value of the window ``(n_windows,)``, and nats by mel band
            ``(n_windows, n_mels)``, approximate, the mean over the frames, whose mean over bands
            the former is.
        """
        deviations = windows.reshape(len(windows), len(self._mean)) - self._mean
        whitened = (deviations @ self._transform).reshape(windows.shape)
        per_bin = np.square(whitened).mean(axis=1) / 2 + self._constant
        return per_bin.mean(axis=1), per_bin

    def hyperparameters(self) -> dict[str, Any]:
        """None."""
        return {}

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Mean and whitening."""
        return {"mean": self._mean, "whitening": self._whitening}

    @classmethod
    def from_tensors(
        cls, tensors: Tensors, hyperparameters: Mapping[str, Any], features: FeatureConfig
    ) -> Self:
        """Rebuild a detector from its bundle.

        Raises:
            BundleError: a tensor is missing, unknown, has another shape or type, or is not
                finite, the whitening is singular, or there is a hyper-parameter.
        """
        require_no_hyperparameters(hyperparameters)
        n_values = features.n_frames * features.n_mels
        require_tensors(tensors, {"mean": (n_values,), "whitening": (n_values, n_values)})
        return cls(mean=tensors["mean"], whitening=tensors["whitening"])

    @classmethod
    def fit(
        cls,
        sound: TrainingSound,
        settings: TrainingSettings,
        progress: Callable[[EpochDone], None],
    ) -> tuple[Self, FitReport]:
        """Fit to standardised normal sound, in one pass; needs scikit-learn."""
        # scikit-learn and torch cost seconds; who only listens must not pay for them.
        from asd_monitor.models.training.gaussian import fit_gaussian  # noqa: PLC0415
        from asd_monitor.models.training.reached import reached  # noqa: PLC0415

        began = time.monotonic()
        mean, whitening = fit_gaussian(sound, gain_range_db=settings.gain_range_db)
        detector = cls(mean=mean, whitening=whitening)
        report = reached(detector, sound, epochs=1)
        elapsed_s = time.monotonic() - began
        progress(EpochDone(1, 1, report.nll_fitted, report.nll_held_out, 1, elapsed_s))
        return detector, report
