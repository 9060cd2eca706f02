"""From the seconds of a recording session to its clips."""

from collections import deque
from collections.abc import Iterable, Sequence
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.bundle import Bundle
from asd_monitor.models.clip_sound import ScoredSecond, sound_from
from asd_monitor.models.fusion import Fusion
from asd_monitor.models.quality import SlotQuality, flags, merge
from asd_monitor.models.scores import ClipScore, Quality
from asd_monitor.models.voices import voice_scorers

_NOTHING_TO_SCORE = frozenset({Quality.NOT_FINITE, Quality.SILENCE, Quality.STUCK})


class ClipPooler:
    """A fold over the whole seconds of one recording session.

    Clip ``k`` covers ``clip_s`` seconds from second ``k * hop_s`` of the session and pools the
    windows that lie wholly inside. A session that ends before its first clip is complete is one
    short clip; of a longer one no remainder is left over, but the end that fills no clip is in
    the window scores.
    """

    def __init__(
        self, bundle: Bundle, fusion: Fusion, *, clip_s: int, hop_s: int, first_sample: int
    ) -> None:
        """Begin a session.

        Args:
            bundle: the members whose scores are pooled.
            fusion: how they are pooled and combined.
            clip_s: length of a clip.
            hop_s: from one clip's beginning to the next's.
            first_sample: where the session begins, at the model's rate.

        Raises:
            ConfigurationError: there is no such pooling.
        """
        self._sample_rate_hz = bundle.features.sample_rate_hz
        self._clip_s = clip_s
        self._hop_s = hop_s
        self._fusion = fusion
        self._voices = voice_scorers(fusion, bundle)
        self._first_sample = first_sample
        self._n_seconds = 0
        self._seconds: deque[ScoredSecond] = deque(maxlen=clip_s)
        self._slots: deque[SlotQuality] = deque(maxlen=clip_s)

    def push(self, second: ScoredSecond, slot: SlotQuality) -> tuple[ClipScore, ...]:
        """Take the next whole second; return the clip that ends with it, if one does.

        Args:
            second: the frames and windows that end within the second, in order; possibly none.
            slot: the quality of the second's samples.
        """
        self._seconds.append(second)
        self._slots.append(slot)
        self._n_seconds += 1
        start_s = self._n_seconds - self._clip_s
        if start_s < 0 or start_s % self._hop_s:
            return ()
        first_sample = self._first_sample + start_s * self._sample_rate_hz
        return (self._clip(first_sample, float(self._clip_s), self._seconds, self._slots),)

    def finish(
        self, rest: ScoredSecond, slots: Iterable[SlotQuality], *, n_samples: int
    ) -> tuple[ClipScore, ...]:
        """End the session; return its one short clip where no clip was complete.

        Args:
            rest: what ends after the last whole second; possibly nothing.
            slots: the quality of the samples after the last whole second; possibly none.
            n_samples: samples after the last whole second, at the model's rate.
        """
        duration_s = (self._n_seconds * self._sample_rate_hz + n_samples) / self._sample_rate_hz
        slots = (*self._slots, *slots)
        if self._n_seconds >= self._clip_s or not slots:
            return ()
        return (self._clip(self._first_sample, duration_s, [*self._seconds, rest], slots),)

    def _clip(
        self,
        first_sample: int,
        duration_s: float,
        seconds: Sequence[ScoredSecond],
        slots: Sequence[SlotQuality],
    ) -> ClipScore:
        merged = merge(slots)
        quality = flags(merged)
        sound = None if quality & _NOTHING_TO_SCORE else sound_from(first_sample, seconds)
        n_windows = sound.scores.shape[1] if sound else 0
        scored = [voice(sound) for voice in self._voices] if sound and n_windows else []
        voices = tuple(score for score, _ in scored)
        spectrum_db = _mean_frame(sound.by_band) if sound and n_windows else None
        regime = None if spectrum_db is None else self._fusion.regime_of(spectrum_db)
        score = self._fusion.clip_score(voices, spectrum_db, regime) if voices else float("nan")
        return ClipScore(
            first_sample=first_sample,
            duration_s=duration_s,
            score=score,
            n_windows=n_windows,
            level_dbfs=merged.level_dbfs,
            quality=quality,
            voices=voices,
            quietest_dbfs=_quietest_dbfs(slots),
            spectrum_db=spectrum_db,
            per_bin=next((per_bin for _, per_bin in scored if per_bin is not None), None),
            regime=regime,
        )


def _mean_frame(by_band: NDArray[np.float32]) -> NDArray[np.float32]:
    """A product with equal weights takes a quarter of the time of `numpy.mean`."""
    n_frames = by_band.shape[1]
    return by_band @ np.full(n_frames, 1 / n_frames, dtype=np.float32)


def _quietest_dbfs(slots: Sequence[SlotQuality]) -> float:
    """Of whole seconds: what is left at the end can be a few samples."""
    n_samples = max(slot.n_samples for slot in slots)
    whole = (slot for slot in slots if slot.n_samples == n_samples)
    return min(whole, key=attrgetter("rms")).level_dbfs
