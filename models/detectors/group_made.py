"""Group Masked Autoencoder with mixture-of-Gaussians outputs, scored with numpy.

Giri et al., "Group Masked Autoencoder Based Density Estimator for Audio Anomaly Detection",
DCASE 2020 Workshop. The network maps the frames that condition to the parameters of one Gaussian
mixture per bin of the frames that are scored; the score is the negative log-likelihood.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.density_network import COLUMNS, DensityNetwork
from asd_monitor.models.detector import Attribution, Tensors
from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.masks import Mask, layer_masks, ordering
from asd_monitor.models.mixture import n_parameters
from asd_monitor.models.stored import require_tensors, usable_hyperparameters
from asd_monitor.models.training.progress import EpochDone
from asd_monitor.models.training.settings import HIDDEN, TrainingSettings
from asd_monitor.models.training.sound import FitReport, TrainingSound

Weights = Sequence[NDArray[np.float32]]


class Architecture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The hyper-parameters of a Group MADE.

    Attributes:
        ordering: which frames are conditioned on which, see `asd_monitor.models.masks`.
        components: Gaussians per mixture.
        hidden: width of each hidden layer.
    """

    ordering: str
    components: int
    hidden: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.components < 1:
            raise ConfigurationError(f"a mixture needs 1 component or more, not {self.components}")
        if any(width < 1 for width in self.hidden):
            raise ConfigurationError(f"a hidden layer needs 1 unit or more: {self.hidden}")

    def masks(self, *, n_frames: int, n_mels: int) -> tuple[Mask, ...]:
        """The mask of every layer, bool ``(n_out, n_in)``.

        Raises:
            ConfigurationError: the ordering does not exist, or a layer is too narrow for it.
        """
        return layer_masks(
            ordering(self.ordering, n_frames=n_frames),
            n_mels=n_mels,
            hidden=self.hidden,
            outputs_per_bin=n_parameters(self.components) * self.components,
        )


class GroupMade:
    """Scores a window by the negative log-likelihood of its scored frames.

    The hidden layers use ReLU. Weights of connections that the ordering forbids are set to zero
    here, whatever they were, so that no file can make a frame see itself.

    Attributes:
        network: computes the densities.

    Args:
        architecture: the hyper-parameters.
        features: gives the frames of a window and the bins of a frame.
        weights: float32 ``(n_out, n_in)`` per layer.
        biases: float32 ``(n_out,)`` per layer.

    Raises:
        ConfigurationError: a hyper-parameter is out of range.
        ValueError: weights or biases do not have the architecture's shapes.
    """

    kind: ClassVar[str] = "group-made"
    attribution: ClassVar[Attribution] = Attribution.EXACT
    settings: ClassVar[frozenset[str]] = frozenset(
        {"ordering", "components", "hidden", "epochs", "patience"}
    )

    def __init__(
        self,
        architecture: Architecture,
        features: FeatureConfig,
        *,
        weights: Weights,
        biases: Weights,
    ) -> None:
        masks = architecture.masks(n_frames=features.n_frames, n_mels=features.n_mels)
        self._architecture = architecture
        self._ordering = ordering(architecture.ordering, n_frames=features.n_frames)
        self._weights = [
            np.where(mask, weight, np.float32(0))
            for mask, weight in zip(masks, weights, strict=True)
        ]
        self._biases = list(biases)
        self.network = DensityNetwork(
            weights=self._weights,
            biases=self._biases,
            n_parameters=n_parameters(architecture.components),
            n_components=architecture.components,
            inputs=self._ordering.inputs,
            scored=self._ordering.scored,
        )

    def score_windows(
        self, windows: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Score context windows, each for itself.

        Args:
            windows: standardised log-mel, ``(n_windows, n_frames, n_mels)``.

        Returns:
            nats per scored bin ``(n_windows,)``, and nats by mel band ``(n_windows, n_mels)``,
            the mean over the scored frames, whose mean over bands the former is.
        """
        per_bin = np.empty((windows.shape[0], windows.shape[2]))
        for start in range(0, windows.shape[0], COLUMNS):
            batch = windows[start : start + COLUMNS]
            per_bin[start : start + COLUMNS] = self.network.nll(batch).T
        return per_bin.mean(axis=1), per_bin

    def hyperparameters(self) -> dict[str, Any]:
        """Ordering, components and hidden widths, as JSON values."""
        architecture = self._architecture
        return {
            "ordering": architecture.ordering,
            "components": architecture.components,
            "hidden": list(architecture.hidden),
        }

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Weights and biases by name, masks folded in."""
        weights = {f"weight.{i}": weight for i, weight in enumerate(self._weights)}
        return weights | {f"bias.{i}": bias for i, bias in enumerate(self._biases)}

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
            masks = architecture.masks(n_frames=features.n_frames, n_mels=features.n_mels)
        shapes = {f"weight.{i}": mask.shape for i, mask in enumerate(masks)}
        shapes |= {f"bias.{i}": mask.shape[:1] for i, mask in enumerate(masks)}
        require_tensors(tensors, shapes)
        return cls(
            architecture,
            features,
            weights=[tensors[f"weight.{i}"] for i in range(len(masks))],
            biases=[tensors[f"bias.{i}"] for i in range(len(masks))],
        )

    @classmethod
    def fit(
        cls,
        sound: TrainingSound,
        settings: TrainingSettings,
        progress: Callable[[EpochDone], None],
    ) -> tuple[Self, FitReport]:
        """Fit to standardised normal sound; needs torch and numba.

        Raises:
            ConfigurationError: a hyper-parameter is out of range.
            AsdMonitorError: the loss became infinite or NaN.
        """
        # torch costs a second and 190 MB; who only listens must not pay for it.
        from asd_monitor.models.training.group_made import fit_group_made  # noqa: PLC0415

        architecture = Architecture(
            ordering=settings.ordering,
            components=settings.components,
            hidden=settings.hidden or HIDDEN,
        )
        weights, biases, report = fit_group_made(architecture, sound, settings, progress)
        return cls(architecture, sound.features, weights=weights, biases=biases), report
