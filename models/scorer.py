"""The one scorer: sound in, window scores and clip scores out, in every command alike."""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.chunks import Chunks
from asd_monitor.models.clip_sound import ScoredSecond
from asd_monitor.models.clips import ClipPooler
from asd_monitor.models.detector import ClipDetector
from asd_monitor.models.frontend import LogMel
from asd_monitor.models.fusion import Fusion, voices_of
from asd_monitor.models.quality import QualityMeter, SlotQuality
from asd_monitor.models.resample import StreamResampler
from asd_monitor.models.scores import ClipScore, Scored, WindowScores
from asd_monitor.models.voices import voice_scorers
from asd_monitor.models.window_judge import WindowJudge

CLIP_S = 10.0
"""The usual length of a clip, seconds."""

_NOTHING = Scored(windows=(), clips=())


@dataclass(frozen=True, slots=True, kw_only=True)
class _ClipPlan:
    clip_s: int
    hop_s: int
    fusion: Fusion


class Scorer:
    """Turns the sound of one source into scores, one recording session after another.

    A session is scored in its own whole seconds: samples at the model's rate are collected until
    a second is complete, and its frames, windows and scores are then computed together, the same
    way however the sound arrived. So a stream and a file give the same numbers to the last bit,
    memory is bounded, and a window's score is known at most a second (and the resampler's delay)
    after its sound.
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        clip_s: float = CLIP_S,
        hop_s: float = 1.0,
        fusion: Fusion | None = None,
    ) -> None:
        """Prepare to score.

        Args:
            bundle: the trained detectors.
            clip_s: length of a clip, whole seconds.
            hop_s: from one clip's beginning to the next's, whole seconds.
            fusion: how members are pooled and combined; None for the mean of each member's
                windows, not standardised, which is right for a single member only.

        Raises:
            ConfigurationError: there is no such pooling.
            ValueError: ``clip_s`` or ``hop_s`` is not a whole number of seconds above zero.
        """
        fusion = fusion or voices_of(bundle)
        voice_scorers(fusion, bundle)
        self._plan = _ClipPlan(
            clip_s=_whole_seconds("clip_s", clip_s),
            hop_s=_whole_seconds("hop_s", hop_s),
            fusion=fusion,
        )
        self._bundle = bundle
        self._log_mel = LogMel(bundle.features, bundle.mel_filters)
        self._session: _Session | None = None

    def push(self, block: AudioBlock) -> Scored:
        """Score the next block; the first one after `finish` begins a session.

        Returns:
            The windows of the seconds completed by this block, second by second, and the clips
            that end with them.

        Raises:
            ValueError: the block does not continue the session (its position, its rate, or
                ``gap_before``) and `finish` was not called before it.
        """
        if self._session is None:
            self._log_mel.reset()
            self._session = _Session(self._bundle, self._log_mel, self._plan, block)
        elif block.gap_before or not self._session.is_continued_by(block):
            raise ValueError("the block begins a new session; call finish() before it")
        return self._session.push(block.samples)

    def finish(self) -> Scored:
        """End the session, if there is one, and be ready for the next.

        Returns:
            The windows after the last whole second, the clips that the resampler's last samples
            complete, and for a session shorter than a clip its one short clip. Where that is too
            short for a single window, the clip has ``n_windows`` 0 and a score of NaN, so that
            no sound passes unmentioned.
        """
        session, self._session = self._session, None
        return session.finish() if session else _NOTHING


class _Session:
    """One recording session on its way through the chain."""

    def __init__(
        self, bundle: Bundle, log_mel: LogMel, plan: _ClipPlan, first_block: AudioBlock
    ) -> None:
        features = bundle.features
        self._bundle = bundle
        self._source_rate_hz = first_block.sample_rate_hz
        self._next_source_sample = first_block.first_sample
        self._meter = QualityMeter(self._source_rate_hz)
        self._slots: deque[SlotQuality] = deque()
        self._resampler = StreamResampler(self._source_rate_hz, features.sample_rate_hz)
        self._seconds = Chunks(features.sample_rate_hz)
        self._log_mel = log_mel
        self._judges = [
            WindowJudge(member, features)
            for member in bundle.members
            if not isinstance(member.detector, ClipDetector)
        ]
        self._next_window = round(
            first_block.first_sample * features.sample_rate_hz / self._source_rate_hz
        )
        self._next_frame = self._next_window
        self._n_frames = 0
        self._clips = ClipPooler(
            bundle,
            plan.fusion,
            clip_s=plan.clip_s,
            hop_s=plan.hop_s,
            first_sample=self._next_window,
        )

    def is_continued_by(self, block: AudioBlock) -> bool:
        return (
            block.sample_rate_hz == self._source_rate_hz
            and block.first_sample == self._next_source_sample
        )

    def push(self, samples: NDArray[np.float32]) -> Scored:
        self._next_source_sample += len(samples)
        self._slots.extend(self._meter.push(samples))
        return _joined(self._advance(self._resampler.push(_finite(samples))))

    def finish(self) -> Scored:
        self._slots.extend(self._meter.finish())
        scored = _joined(self._advance(self._resampler.finish()))
        rest = self._seconds.finish()
        second = self._score(rest)
        clips = self._clips.finish(second, self._slots, n_samples=len(rest))
        return _joined([scored, _scored(second.windows, clips)])

    def _advance(self, samples: NDArray[np.float32]) -> list[Scored]:
        return [self._second(second) for second in self._seconds.push(samples)]

    def _second(self, samples: NDArray[np.float32]) -> Scored:
        # The resampler holds samples back, so the quality of this second is known already.
        second = self._score(samples)
        return _scored(second.windows, self._clips.push(second, self._slots.popleft()))

    def _score(self, samples: NDArray[np.float32]) -> ScoredSecond:
        """Score what ``samples``, at the model's rate, complete."""
        features = self._bundle.features
        frames = self._log_mel.push(samples)
        n_windows = self._n_completed(len(frames))
        judged = [judge.push(frames) for judge in self._judges]
        windows = WindowScores(
            score=np.array([score for score, _ in judged]).reshape(len(judged), n_windows),
            per_bin=judged[0][1] if judged else None,
            first_sample=self._next_window,
            hop_samples=features.hop_length,
            window_samples=features.window_samples,
        )
        second = ScoredSecond(windows, np.ascontiguousarray(frames.T), self._next_frame)
        self._next_window += n_windows * features.hop_length
        self._next_frame += len(frames) * features.hop_length
        return second

    def _n_completed(self, n_frames: int) -> int:
        """How many windows so many further frames complete."""
        wanted = self._bundle.features.n_frames - 1
        before, self._n_frames = self._n_frames, self._n_frames + n_frames
        return max(0, self._n_frames - wanted) - max(0, before - wanted)


def _whole_seconds(name: str, value: float) -> int:
    if value < 1 or not float(value).is_integer():
        raise ValueError(f"{name} is {value}, not a whole number of seconds above zero")
    return int(value)


def _finite(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Silence what is not a number, before a filter spreads it; the quality flags name it."""
    if np.isfinite(samples).all():
        return samples
    return np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)


def _scored(windows: WindowScores, clips: tuple[ClipScore, ...]) -> Scored:
    return Scored(
        windows=(windows,) if windows.score.size else (),
        clips=clips,
        n_windows=windows.score.shape[1],
    )


def _joined(parts: list[Scored]) -> Scored:
    return Scored(
        windows=tuple(windows for part in parts for windows in part.windows),
        clips=tuple(clip for part in parts for clip in part.clips),
        n_windows=sum(part.n_windows for part in parts),
    )
