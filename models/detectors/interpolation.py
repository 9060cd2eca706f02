"""The interpolation network (IDNN), scored with numpy.

Suefusa et al., "Anomalous Sound Detection Based on Interpolation Deep Neural Network", ICASSP
2020: the middle frame of a window is predicted from the others, for the frames at the edges are
hard to reconstruct whether the sound is normal or not.
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
from asd_monitor.models.training.settings import HIDDEN, TrainingSettings
from asd_monitor.models.training.sound import FitReport, TrainingSound

ORIGINAL_HIDDEN = (64, 32, 16, 32, 64)
"""Hidden widths of Suefusa et al.; the default are those of the density network, at which Giri et
al. compared the two."""


class Architecture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The hyper-parameter of an interpolation network.

    Attributes:
        hidden: width of each hidden layer.
    """

    hidden: Widths

    def __post_init__(self) -> None:
        require_widths(self.hidden)

    def widths(self, features: FeatureConfig) -> Widths:
        """Widths of all layers, input and output included."""
        return ((features.n_frames - 1) * features.n_mels, *self.hidden, features.n_mels)


class Interpolation:
    """Scores a window by the mean squared error of its predicted middle frame.

    Args:
        architecture: the hyper-parameter.
        dense: maps the frames but the middle one to the middle one.
    """

    kind: ClassVar[str] = "interpolation"
    attribution: ClassVar[Attribution] = Attribution.EXACT
    settings: ClassVar[frozenset[str]] = frozenset({"hidden", "epochs", "patience"})

    def __init__(self, architecture: Architecture, dense: Dense) -> None:
        self._architecture = architecture
        self._dense = dense

    def score_windows(
        self, windows: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Score context windows, each for itself.

        Args:
            windows: standardised log-mel, ``(n_windows, n_frames, n_mels)``.

        Returns:
            The mean of the squared errors ``(n_windows,)``, in standardised units, and the
            squared error of each mel band ``(n_windows, n_mels)``.
        """
        n_windows, n_frames, n_mels = windows.shape
        middle = n_frames // 2
        others = np.delete(windows, middle, axis=1).reshape(n_windows, (n_frames - 1) * n_mels)
        per_bin = np.square(windows[:, middle] - self._dense(others), dtype=np.float64)
        return per_bin.mean(axis=1), per_bin

    def hyperparameters(self) -> dict[str, Any]:
        """Hidden widths, as JSON values."""
        return {"hidden": list(self._architecture.hidden)}

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Weights and biases by name."""
        return self._dense.tensors()

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
        require_tensors(tensors, dense_shapes(architecture.widths(features)))
        return cls(architecture, Dense.from_tensors(tensors, n_layers=len(architecture.hidden) + 1))

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
        from asd_monitor.models.training.dense_scoring import fit_dense  # noqa: PLC0415
        from asd_monitor.models.training.interpolation import (  # noqa: PLC0415
            InterpolationNetwork,
        )

        architecture = Architecture(hidden=settings.hidden or HIDDEN)
        widths = architecture.widths(sound.features)
        dense, report = fit_dense(
            InterpolationNetwork, widths, sound, settings, progress, batch_norm=False
        )
        return cls(architecture, dense), report
