"""What can be chosen about training."""

import enum
from dataclasses import dataclass
from pathlib import Path

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.training.blocks import Block

HIDDEN = (128, 128, 128, 128, 32, 128, 128, 128, 128)
"""Hidden widths of the density network of Giri et al."""

STOPPING_SHARE = 0.1
"""Share of the sound that chooses the epoch."""

HOLD_OUT_MAX = 0.8
"""Largest share that may be left to calibration."""

FITTED_SHARE_MIN = 0.05
"""Smallest share of the sound that a network may be fitted on."""

GAIN_RANGE_DB = 6.0
"""A microphone's knob is turned by less, mostly; see ``docs/level-robustness.md``."""


class ErrorScore(enum.StrEnum):
    """How an autoencoder's error becomes its score."""

    MSE = "mse"
    MAHALANOBIS = "mahalanobis"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """How a detector is fitted to normal sound.

    A detector's ``settings`` names those that concern not every kind.

    Attributes:
        detector: kind of detector.
        ordering: which frames are conditioned on which (`asd_monitor.models.masks`).
        components: Gaussians per mixture.
        hidden: width of each hidden layer; None for what the detector was published with.
        score: how an autoencoder's error becomes its score.
        epochs: passes over the fitted sound at most.
        patience: passes without a better held-out NLL before training stops.
        seed: of weights, shuffling and gains; the same seed gives the same weights on one
            machine with the same versions.
        gain_range_db: each window is trained on with a gain drawn uniformly from plus or minus
            this, so that a turned microphone knob does not sound like a fault; 0 for none.
        hold_out: share of the sound, the last in time, that is left out for calibration.
        block: a block of time that is left out besides (`asd_monitor.models.training.cross_fit`).
        channel: channel of the recordings, counted from 0; None mixes all.
        checkpoint: file that keeps an unfinished fit after every pass; one that was interrupted
            goes on from it, if sound and settings are the same; None for none.

    Raises:
        ConfigurationError: a number is out of range.
    """

    detector: str = "group-made"
    ordering: str = "idnn"
    components: int = 10
    hidden: tuple[int, ...] | None = None
    score: ErrorScore = ErrorScore.MSE
    epochs: int = 100
    patience: int = 10
    seed: int = 0
    gain_range_db: float = GAIN_RANGE_DB
    hold_out: float = 0.3
    block: Block | None = None
    channel: int | None = None
    checkpoint: Path | None = None

    @property
    def fitted_share(self) -> float:
        """Share of the sound that the weights are fitted on."""
        left_out = self.block.end - self.block.begin if self.block else 0.0
        return 1 - STOPPING_SHARE - self.hold_out - left_out

    def __post_init__(self) -> None:
        for name in ("components", "epochs", "patience"):
            if getattr(self, name) < 1:
                raise ConfigurationError(f"{name} must be 1 or more, not {getattr(self, name)}")
        if not 0 <= self.gain_range_db < float("inf"):
            raise ConfigurationError(
                f"the gain range must be 0 dB or more, not {self.gain_range_db}"
            )
        if not 0 <= self.seed < 2**63:
            raise ConfigurationError(f"the seed must be 0 or more, not {self.seed}")
        if not 0 <= self.hold_out <= HOLD_OUT_MAX:
            raise ConfigurationError(
                f"the share to hold out must be from 0 to {HOLD_OUT_MAX}, not {self.hold_out}"
            )
        if self.fitted_share < FITTED_SHARE_MIN:
            raise ConfigurationError(
                f"{self.fitted_share:.0%} of the sound would be left to fit on; hold out less, or"
                " cross-fit in more blocks"
            )
