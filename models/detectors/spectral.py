"""A Gaussian over whole clips: how quiet does each band get, and how does it flutter?

Window detectors judge a sixth of a second at a time; a faint tone that never stops moves each of
their scores by less than the scores vary. Pooled over a clip the variation averages out and the
tone remains. So the two kinds see different faults, and an ensemble of both sees either.
"""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.detector import Attribution, Tensors
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.quantile import quantile
from asd_monitor.models.standardiser import Standardiser
from asd_monitor.models.stored import require_tensors, usable_hyperparameters
from asd_monitor.models.training.progress import EpochDone
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.sound import FitReport, TrainingSound

SHAPE = 4
"""Of the generalised normal distribution: deviations count by their fourth powers."""

FLOOR_QUANTILE = 0.1
"""Share of a clip's frames that are quieter than its floor, band by band."""

_LEAST = 1e-9


class _Hyperparameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    shape: Literal[4]


class Spectral:
    """Scores a clip by the logarithm of the quadratic mean of its squared deviations.

    A clip is described by two values per band: the floor, the 10 % quantile of its level over
    time, which neighbours' noise and passing events leave alone; and the flutter, the standard
    deviation of the level's change from frame to frame, which rattle and modulation move. What
    they have in common in normal sound is taken out by a Gaussian's whitening; how far each of
    the rest is off, in standard deviations, is its deviation.

    The mean is one of fourth powers: the order is that of the negative log-likelihood under the
    generalised normal distribution of shape 4 (Subbotin 1923), whose tails are lighter than the
    Gaussian's, so that a fault in one band is not lost among the others. The logarithm takes the
    skew out of the scores of normal clips, from whose tail thresholds are extrapolated.

    Measured beside it (``docs/detectors.md``, area under the ROC curve of the development split,
    mean of two machines, in clean sound and in noise): a clip's mean and deviation in place of
    floor and flutter -0.059, weighted ranking pooling (TWFR-GMM) with flutter -0.033 at a ratio of
    0.99 and -0.064 at 0.9, for it hears what passes; 10 factors -0.007 and 40 +0.001, which cannot
    be told from none; a covariance shrunk by OAS in place of factors -0.032; squares -0.016; a
    mixture of two Gaussians -0.018.

    The floors of neighbouring bands rise and fall together, so that a band has no share of the
    distance of its own and the attribution is approximate. ``W`` is the corr-max transformation,
    whose squares are a fair partition of the distance among the values (Garthwaite and Koch 2016,
    see `asd_monitor.models.training.covariance`); a band has those of its floor and its flutter.

    Args:
        mean: of the description, float32 ``(2 * n_mels,)``.
        whitening: float32 ``(2 * n_mels, 2 * n_mels)``; ``W.T @ W`` is the inverse covariance.
    """

    kind: ClassVar[str] = "spectral"
    attribution: ClassVar[Attribution] = Attribution.APPROXIMATE
    settings: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *, mean: NDArray[np.float32], whitening: NDArray[np.float32]) -> None:
        self._mean = mean
        self._whitening = whitening

    def score_clip(
        self, frames: NDArray[np.float32], standardiser: Standardiser
    ) -> tuple[float, NDArray[np.float64]]:
        """Score a clip.

        Args:
            frames: log-mel, dB, ``(n_frames, n_mels)``, two frames at least.
            standardiser: brings them to the units that the detector was fitted in.

        Returns:
            The score, and the squared deviation of each mel band ``(n_mels,)``, the mean of its
            floor's and its flutter's; about 1 in normal sound.
        """
        described = standardised(describe(frames), standardiser) - self._mean
        deviations = self._whitening @ described.astype(np.float32)
        squares = np.square(deviations, dtype=np.float64)
        score = math.log(max(math.sqrt(np.square(squares).mean()), _LEAST))
        return score, squares.reshape(2, -1).mean(axis=0)

    def hyperparameters(self) -> dict[str, Any]:
        """The shape of the distribution by which deviations count."""
        return {"shape": SHAPE}

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
                finite, or a hyper-parameter is not the one there is.
        """
        with usable_hyperparameters():
            msgspec.convert(dict(hyperparameters), _Hyperparameters)
        n_values = 2 * features.n_mels
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
        from asd_monitor.models.training.spectral import clips, fit_spectral  # noqa: PLC0415

        began = time.monotonic()
        mean, whitening = fit_spectral(sound, gain_range_db=settings.gain_range_db)
        detector = cls(mean=mean, whitening=whitening)
        report = FitReport(
            epochs=1,
            nll_fitted=_mean_score(detector, clips(sound.fitted, sound.features)),
            nll_held_out=_mean_score(detector, clips(sound.stopping, sound.features)),
        )
        elapsed_s = time.monotonic() - began
        progress(EpochDone(1, 1, report.nll_fitted, report.nll_held_out, 1, elapsed_s))
        return detector, report


def describe(frames: NDArray[np.float32]) -> NDArray[np.float64]:
    """Floor and flutter of every band.

    Args:
        frames: ``(n_frames, n_mels)``, two frames at least.

    Returns:
        ``(2 * n_mels,)``.
    """
    by_band = np.ascontiguousarray(frames.T)
    floor = quantile(by_band, FLOOR_QUANTILE)
    changes = by_band[:, 1:] - by_band[:, :-1]
    mean_square = np.einsum("ij,ij->i", changes, changes).astype(np.float64) / changes.shape[1]
    mean = (by_band[:, -1] - by_band[:, 0]).astype(np.float64) / changes.shape[1]
    flutter = np.sqrt(np.maximum(mean_square - mean**2, 0))
    return np.concatenate([floor, flutter])


def standardised(
    description: NDArray[np.float64], standardiser: Standardiser
) -> NDArray[np.float64]:
    """What `describe` would say of standardised frames, from what it says of decibels.

    A floor moves as its band is moved and scaled, a flutter as it is scaled; so two values of a
    band are standardised in place of all its frames.
    """
    floor, flutter = description.reshape(2, -1)
    return np.concatenate(
        [(floor - standardiser.mean) / standardiser.std, flutter / standardiser.std]
    )


def _mean_score(detector: Spectral, clips: list[NDArray[np.float32]]) -> float:
    """Of standardised clips."""
    as_it_is = Standardiser.of_standardised(clips[0].shape[1])
    return math.fsum(detector.score_clip(clip, as_it_is)[0] for clip in clips) / len(clips)
