"""What training tells while it works."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FileRead:
    """A recording has been turned into features.

    Attributes:
        path: the recording.
        n_read: recordings done so far.
        n_files: recordings in all.
    """

    path: Path
    n_read: int
    n_files: int


@dataclass(frozen=True, slots=True)
class SoundSkipped:
    """A recording, or a part of it, is not trained on.

    Attributes:
        path: the recording.
        reason: one sentence for the user.
    """

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class EpochDone:
    """One more pass over the fitted sound.

    Attributes:
        epoch: counted from 1.
        n_epochs: passes at most.
        loss: mean score of the fitted sound in this pass, with random gains.
        nll_held_out: mean score of the held-out sound, without gains; an NLL where the detector is
            a density.
        best_epoch: the pass with the lowest held-out score so far.
        elapsed_s: since training began.
    """

    epoch: int
    n_epochs: int
    loss: float
    nll_held_out: float
    best_epoch: int
    elapsed_s: float


TrainingProgress = FileRead | SoundSkipped | EpochDone
