"""The contract of a detector, and how detectors are found.

A detector is one file in `asd_monitor.models.detectors` with one class that has a ``kind``. It
scores with numpy alone; what it needs of torch to be fitted lives in
`asd_monitor.models.training` and is imported when `TrainableDetector.fit` is called, only then.
"""

import enum
import functools
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

import asd_monitor.models.detectors as detectors_folder
from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.plugins import found_by_kind
from asd_monitor.models.standardiser import Standardiser
from asd_monitor.models.training.progress import EpochDone
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.sound import FitReport, TrainingSound

ENSEMBLE = "ensemble"
ENSEMBLE_KINDS = ("group-made", "spectral")
"""One that sees changes in time and one that sees faint stationary changes."""

Tensors = Mapping[str, NDArray[Any]]


class Attribution(enum.StrEnum):
    """How true a detector's account of which mel bands carry its score is."""

    EXACT = "exact"
    APPROXIMATE = "approximate"


class StoredDetector(Protocol):
    """What a bundle needs of a detector.

    Attributes:
        kind: the name under which bundles, options and documentation know it.
    """

    kind: ClassVar[str]

    @property
    def attribution(self) -> Attribution:
        """Exact where the score is a sum over the mel bands.

        Approximate where bands have it in common and a convention parts it.
        """
        ...

    def hyperparameters(self) -> dict[str, Any]:
        """Everything but the tensors that `from_tensors` needs, as JSON values."""
        ...

    def tensors(self) -> dict[str, NDArray[Any]]:
        """The fitted arrays by name."""
        ...

    @classmethod
    def from_tensors(
        cls, tensors: Tensors, hyperparameters: Mapping[str, Any], features: FeatureConfig
    ) -> Self:
        """Rebuild a detector.

        Raises:
            BundleError: a tensor is missing, has another shape or type, or is not finite, or a
                hyper-parameter is out of range.
        """
        ...


@runtime_checkable
class Detector(StoredDetector, Protocol):
    """Judges standardised context windows."""

    def score_windows(
        self, windows: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """Score context windows, each for itself.

        Args:
            windows: standardised log-mel, ``(n_windows, n_frames, n_mels)``; ``n_windows`` may
                be 0.

        Returns:
            The score ``(n_windows,)``, higher is worse, and the score by mel band
            ``(n_windows, n_mels)`` whose mean over bands it is, or None where the detector
            cannot attribute. Both finite for finite input.
        """
        ...


@runtime_checkable
class ClipDetector(StoredDetector, Protocol):
    """Judges clips as a whole.

    It standardises them itself: what it looks at of a clip may be much less than all frames.
    """

    def score_clip(
        self, frames: NDArray[np.float32], standardiser: Standardiser
    ) -> tuple[float, NDArray[np.float64] | None]:
        """Score a clip.

        Args:
            frames: log-mel, dB, ``(n_frames, n_mels)``, at least one context window's.
            standardiser: brings them to the units that the detector was fitted in.

        Returns:
            The score, higher is worse, and what each mel band has of it ``(n_mels,)``, not below
            zero, with each of which it rises, or None where the detector cannot attribute. Both
            finite for finite input.
        """
        ...


AnyDetector = Detector | ClipDetector


class Trainable(Protocol):
    """What can be fitted: every file of `asd_monitor.models.detectors` holds one.

    Attributes:
        settings: names of the `TrainingSettings` that concern this kind, among those that do not
            concern every kind; others are refused where a user gives them.
    """

    settings: ClassVar[frozenset[str]]

    @classmethod
    def fit(
        cls,
        sound: TrainingSound,
        settings: TrainingSettings,
        progress: Callable[[EpochDone], None],
    ) -> tuple[Self, FitReport]:
        """Fit a new detector to normal sound.

        Args:
            sound: standardised log-mel, with at least one window to fit and one to stop on.
            settings: what the user chose; each kind reads what concerns it.
            progress: called after each pass over the sound.

        Raises:
            ConfigurationError: a setting is out of range.
            AsdMonitorError: fitting diverged.
        """
        ...


class TrainableDetector(Detector, Trainable, Protocol):
    """A window detector that can be fitted."""


class TrainableClipDetector(ClipDetector, Trainable, Protocol):
    """A clip detector that can be fitted."""


DetectorClass = type[TrainableDetector] | type[TrainableClipDetector]


def detector_kinds() -> tuple[str, ...]:
    """The kinds of detector there are, sorted."""
    return tuple(_classes_by_kind())


def member_kinds(name: str) -> tuple[str, ...]:
    """The kinds of detector that a name stands for: those of the ensemble, or itself."""
    return ENSEMBLE_KINDS if name == ENSEMBLE else (name,)


def settings_of(name: str) -> frozenset[str]:
    """Names of the settings that concern some kinds only, and this kind, or one of the ensemble.

    Raises:
        ConfigurationError: there is no such kind.
    """
    return frozenset[str]().union(*(detector_class(kind).settings for kind in member_kinds(name)))


def detector_class(kind: str) -> DetectorClass:
    """The class of that kind.

    Raises:
        ConfigurationError: there is none; names those there are.
    """
    classes = _classes_by_kind()
    if kind not in classes:
        raise ConfigurationError(
            f"there is no detector of kind {kind!r}; choose one of {', '.join(classes)}"
        )
    return classes[kind]


@functools.cache
def _classes_by_kind() -> dict[str, DetectorClass]:
    return found_by_kind(detectors_folder)
