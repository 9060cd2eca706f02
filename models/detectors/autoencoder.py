"""The autoencoder of DCASE 2020 and 2023 Task 2, scored with numpy.

Koizumi et al., "Description and Discussion on DCASE2020 Challenge Task 2", DCASE 2020 Workshop:
a context window is squeezed through 8 units and what does not come back is the score. Harada et
al., "First-Shot Anomaly Sound Detection for Machine Condition Monitoring: A Domain Generalization
Baseline", EUSIPCO 2023, measure the same error by its Mahalanobis distance.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.dense import Dense, Widths, dense_shapes, require_widths
from asd_monitor.models.detector import Attribution, Tensors
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.stored import require_tensors, usable_hyperparameters
from asd_monitor.models.training.progress import EpochDone
from asd_monitor.models.training.settings import ErrorScore, TrainingSettings
from asd_monitor.models.training.sound import FitReport, TrainingSound

HIDDEN = (128, 128, 128, 128, 8, 128, 128, 128, 128)
"""Hidden widths of the DCASE 2020 baseline."""


class Architecture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The hyper-parameters of an autoencoder.

    Attributes:
        hidden: width of each hidden layer.
        score: how the error of a window becomes its score.
    """

    hidden: Widths
    score: ErrorScore

    def __post_init__(self) -> None:
        require_widths(self.hidden)

    def widths(self, features: FeatureConfig) -> Widths:
        """Widths of all layers, input and output included."""
        n_values = features.n_frames * features.n_mels
        return (n_values, *self.hidden, n_values)


class Autoencoder:
    """Scores a window by the error of its reconstruction.

    ``mse``: the mean of the squared errors of all values, in standardised units.

    ``mahalanobis``: the squared Mahalanobis distance of a frame's errors, over its values, mean
    of the window's frames; 1 for errors as large as those of normal sound. As in the published
    code the covariance is that of the errors by band, pooled over the frames of the window, so
    that minutes of sound determine it. That code however multiplies the errors of every two
    frames of a file, which makes its score the distance of the file's mean error; here, as in
    the paper, a window is judged for itself. The paper takes the smaller of the distances under
    a source and a target domain; a machine that is listened to in place has one domain, and the
    selection falls away.

    Both are shared out over the mel bands: the mean exactly; the distance, which correlated bands
    have in common, approximately, by the corr-max transformation (see
    `asd_monitor.models.training.covariance`).

    Args:
        architecture: the hyper-parameters.
        dense: maps a window to its reconstruction; batch normalisation is folded in.
        whitening: float32 ``(n_mels, n_mels)``, turns errors into uncorrelated ones of unit
            variance; given for ``mahalanobis`` only.
    """

    kind: ClassVar[str] = "autoencoder"
    settings: ClassVar[frozenset[str]] = frozenset({"hidden", "score", "epochs", "patience"})

    def __init__(
        self,
        architecture: Architecture,
        dense: Dense,
        *,
        whitening: NDArray[np.float32] | None = None,
    ) -> None:
        self._architecture = architecture
        self._dense = dense
        self._whitening = whitening

    @property
    def attribution(self) -> Attribution:
        """Exact of a mean of squares, approximate of a distance."""
        return Attribution.EXACT if self._whitening is None else Attribution.APPROXIMATE

    def score_windows(
        self, windows: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Score context windows, each for itself.

        Args:
            windows: standardised log-mel, ``(n_windows, n_frames, n_mels)``.

        Returns:
            The score ``(n_windows,)`` and the score by mel band ``(n_windows, n_mels)``, the
            mean over the frames, whose mean over bands the former is.
        """
        errors = self.errors(windows)
        if self._whitening is not None:
            errors = errors @ self._whitening.T
        per_bin = np.square(errors, dtype=np.float64).mean(axis=1)
        return per_bin.mean(axis=1), per_bin

    def errors(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Window less reconstruction, ``(n_windows, n_frames, n_mels)``."""
        n_windows, n_frames, n_mels = windows.shape
        values = windows.reshape(n_windows, n_frames * n_mels)
        return (values - self._dense(values)).reshape(windows.shape)

    def hyperparameters(self) -> dict[str, Any]:
        """Hidden widths and kind of score, as JSON values."""
        return {
            "hidden": list(self._architecture.hidden),
            "score": str(self._architecture.score),
        }

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Weights and biases by name, and the whitening where there is one."""
        whitening = {} if self._whitening is None else {"whitening": self._whitening}
        return self._dense.tensors() | whitening

    @classmethod
    def from_tensors(
        cls, tensors: Tensors, hyperparameters: Mapping[str, Any], features: FeatureConfig
    ) -> Self:
        """Rebuild a detector from its bundle.

        Raises:
            BundleError: a tensor is missing, unknown, has another shape or type, or is not
                finite, or a hyper-parameter is missing, unknown or out of range.
        """
        with usable_hyperparameters():
            architecture = msgspec.convert(dict(hyperparameters), Architecture)
        shapes = dense_shapes(architecture.widths(features))
        if architecture.score is ErrorScore.MAHALANOBIS:
            shapes["whitening"] = (features.n_mels, features.n_mels)
        require_tensors(tensors, shapes)
        dense = Dense.from_tensors(tensors, n_layers=len(architecture.hidden) + 1)
        return cls(architecture, dense, whitening=tensors.get("whitening"))

    @classmethod
    def fit(
        cls,
        sound: TrainingSound,
        settings: TrainingSettings,
        progress: Callable[[EpochDone], None],
    ) -> tuple[Self, FitReport]:
        """Fit to standardised normal sound; needs torch.

        Raises:
            ConfigurationError: a hyper-parameter is out of range.
            AsdMonitorError: the loss became infinite or NaN.
        """
        # torch costs a second and 190 MB; who only listens must not pay for it.
        from asd_monitor.models.training.autoencoder import (  # noqa: PLC0415
            AutoencoderNetwork,
            fit_error_whitening,
        )
        from asd_monitor.models.training.dense_scoring import fit_dense  # noqa: PLC0415
        from asd_monitor.models.training.reached import reached  # noqa: PLC0415

        architecture = Architecture(hidden=settings.hidden or HIDDEN, score=settings.score)
        widths = architecture.widths(sound.features)
        dense, report = fit_dense(
            AutoencoderNetwork, widths, sound, settings, progress, batch_norm=True
        )
        detector = cls(architecture, dense)
        if architecture.score is ErrorScore.MSE:
            return detector, report
        whitening = fit_error_whitening(detector.errors, sound, settings)
        whitened = cls(architecture, dense, whitening=whitening)
        return whitened, reached(whitened, sound, epochs=report.epochs)
