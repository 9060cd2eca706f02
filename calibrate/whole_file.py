"""The score of a whole file: pooled over all its windows, as in the paper."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.bundle import Bundle
from asd_monitor.models.fusion import CLIP, Fusion
from asd_monitor.models.pooling import pool
from asd_monitor.models.scores import ClipScore, WindowScores
from asd_monitor.models.voices import window_rows


class StreamScores:
    """The scores of one unbroken stream, from which any file of it can be judged as one clip."""

    def __init__(self, bundle: Bundle, fusion: Fusion) -> None:
        """Begin a stream.

        Args:
            bundle: what scores it.
            fusion: how the bundle's members become one score.
        """
        self._rate_hz = bundle.features.sample_rate_hz
        self._rows = window_rows(bundle)
        self._fusion = fusion
        self._windows: list[WindowScores] = []
        self._clips: list[ClipScore] = []

    def keep(self, windows: Sequence[WindowScores], clips: Sequence[ClipScore]) -> None:
        """Take what the scorer yielded next."""
        self._windows += windows
        self._clips += clips

    def whole(self, *, begin: int, end: int, duration_s: float) -> ClipScore:
        """Score a file as if it were one clip, with the faults that all of its clips have.

        Args:
            begin: its first sample, at the model's rate, counted from the beginning of the source.
            end: the sample after its last.
            duration_s: its length.

        Returns:
            Its score, NaN where nothing in it can be scored, the mean power of its clips as its
            level, NaN without one, and the shift of the level that most of its clips have. Where
            the machine changes between regimes with scales of their own in it, its score is the
            mean of its clips'.
        """
        clips = self._clips_of(begin, end)
        usable = [clip for clip in clips if clip.voices]
        windows = self._windows_of(usable, begin, end)
        # Without a member that judges windows, the clips alone say how much sound there was.
        n_windows = windows.shape[1] if self._rows else sum(clip.n_windows for clip in usable)
        voices = [self._voice(index, windows, usable) for index in range(len(self._fusion.voices))]
        regimes = Counter(clip.regime for clip in usable)
        regime = regimes.most_common(1)[0][0] if regimes else None
        if not usable or not n_windows:
            score = float("nan")
        elif self._fusion.is_by_regime and len(regimes) > 1:
            # Its windows are on no common scale, but its clips are.
            score = float(np.mean([clip.score for clip in usable]))
        else:
            score = self._fusion.clip_score(voices, _mean_spectrum_db(usable), regime)
        faults = [clip.quality for clip in clips]
        return ClipScore(
            first_sample=begin,
            duration_s=duration_s,
            score=score,
            n_windows=n_windows,
            level_dbfs=_mean_level_dbfs(usable),
            quality=frozenset.intersection(*faults) if faults else frozenset(),
            level_shift_db=_level_shift_db(clips),
            voices=tuple(voices) if usable and n_windows else (),
            regime=regime,
        )

    def _voice(
        self, index: int, windows: NDArray[np.float64], usable: Sequence[ClipScore]
    ) -> float:
        """A voice's score of a file: of all its windows, or the mean of its clips'."""
        voice = self._fusion.voices[index]
        if voice.pooling == CLIP:
            return float(np.mean([clip.voices[index] for clip in usable])) if usable else np.nan
        row = windows[self._rows[voice.member]]
        return pool(row, voice.pooling) if len(row) else float("nan")

    def _windows_of(self, usable: Sequence[ClipScore], begin: int, end: int) -> NDArray[np.float64]:
        """Scores ``(n_members, n_windows)`` of a stretch's windows in sound without a fault.

        The end of a session that fills no clip counts as the clip before it does.
        """
        last = self._windows[-1] if self._windows else None
        if last is None or not usable:
            return np.empty((len(self._rows), 0))
        score = np.concatenate([part.score for part in self._windows], axis=1)
        first = self._windows[0].first_sample
        positions = first + last.hop_samples * np.arange(score.shape[1])
        sound = np.zeros(score.shape[1], dtype=bool)
        for clip in usable:
            until = clip.first_sample + round(clip.duration_s * self._rate_hz)
            until = end if clip is self._clips[-1] else until
            low, high = np.searchsorted(positions, [max(begin, clip.first_sample), min(end, until)])
            sound[low:high] = True
        kept: NDArray[np.float64] = score[:, sound]
        return kept

    def _clips_of(self, begin: int, end: int) -> list[ClipScore]:
        """The clips inside a stretch or, where it is too short to hold one, those that touch it."""
        ends = [c.first_sample + round(c.duration_s * self._rate_hz) for c in self._clips]
        placed = list(zip(self._clips, ends, strict=True))
        inside = [clip for clip, last in placed if begin <= clip.first_sample and last <= end]
        return inside or [c for c, last in placed if c.first_sample < end and begin < last]


def _level_shift_db(clips: Sequence[ClipScore]) -> float | None:
    """The shift of most of the clips; None where most have none."""
    shifts = [clip.level_shift_db for clip in clips if clip.level_shift_db is not None]
    return float(np.median(shifts)) if 2 * len(shifts) > len(clips) else None


def _mean_spectrum_db(clips: Sequence[ClipScore]) -> NDArray[np.float32] | None:
    spectra = [clip.spectrum_db for clip in clips if clip.spectrum_db is not None]
    if not spectra:
        return None
    mean: NDArray[np.float32] = np.mean(spectra, axis=0)
    return mean


def _mean_level_dbfs(clips: Sequence[ClipScore]) -> float:
    if not clips:
        return float("nan")
    powers = [10 ** (clip.level_dbfs / 10) for clip in clips]
    return 10 * math.log10(math.fsum(powers) / len(powers))
