"""What the scorer says about sound: the score of windows and of clips."""

import enum
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Quality(enum.StrEnum):
    """A named fault of the input itself. Sound with one is never judged normal.

    The values are the ``reason`` that an ``unknown`` verdict carries.
    """

    SILENCE = "silence"
    STUCK = "stuck"
    DC_OFFSET = "dc_offset"
    OVERLOAD = "overload"
    NOT_FINITE = "not_finite"


@dataclass(frozen=True, slots=True, eq=False)
class WindowScores:
    """Scores of consecutive context windows of one recording session.

    Attributes:
        score: per member that judges windows, in the bundle's order, float64 ``(n_members,
            n_windows)``; higher is worse. For a density: its negative log-likelihood in nats per
            scored bin (`nats_per_bin`).
        per_bin: the first such member's score by mel band, float64 ``(n_windows, n_mels)``, whose
            mean over bands is ``score[0]``; None where the detector cannot attribute.
        first_sample: first sample of the first window, at the model's sample rate, counted from
            the beginning of the source.
        hop_samples: samples from one window's first sample to the next's.
        window_samples: samples that one window covers.
    """

    score: NDArray[np.float64]
    per_bin: NDArray[np.float64] | None
    first_sample: int
    hop_samples: int
    window_samples: int


@dataclass(frozen=True, slots=True)
class ClipScore:
    """The pooled score of one clip.

    Attributes:
        first_sample: first sample of the clip, at the model's rate, counted from the beginning
            of the source.
        duration_s: length of the clip in seconds; less than the nominal length only where the
            whole session is shorter than that.
        score: of the clip; where the bundle has several members, their scores combined
            (`asd_monitor.models.fusion`). NaN where ``quality`` names a fault that left nothing
            to score.
        n_windows: how many windows were pooled.
        level_dbfs: root mean square of the clip in dB relative to full scale (1.0).
        quality: faults of the input in this clip.
        voices: the scores that ``score`` combines, one for each voice of the fusion.
        quietest_dbfs: level of its quietest second; None where that is not known.
        spectrum_db: mean log-mel of its frames by mel band, ``(n_mels,)``, no part of a
            comparison; None where there is nothing to score.
        level_shift_db: by how much the whole level has shifted for good, where a watch over the
            stream has found so (`asd_monitor.calibrate.level_shift`).
        per_bin: what each mel band has of the score of the first member that judges whole clips
            (`asd_monitor.models.detector.ClipDetector`), ``(n_mels,)``, no part of a comparison;
            None without such a member, or where it cannot attribute.
        regime: the way of running that it is nearest to, the quietest is 0; None where none are
            told apart.
    """

    first_sample: int
    duration_s: float
    score: float
    n_windows: int
    level_dbfs: float
    quality: frozenset[Quality]
    voices: tuple[float, ...] = ()
    quietest_dbfs: float | None = None
    spectrum_db: NDArray[np.floating[Any]] | None = field(default=None, compare=False, repr=False)
    level_shift_db: float | None = None
    per_bin: NDArray[np.float64] | None = field(default=None, compare=False, repr=False)
    regime: int | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """What one step of the scorer yielded.

    Attributes:
        windows: scores of windows; none where no member of the bundle judges windows.
        clips: clips that were finished.
        n_windows: windows that were completed, whoever judges them.
    """

    windows: tuple[WindowScores, ...]
    clips: tuple[ClipScore, ...]
    n_windows: int = 0
