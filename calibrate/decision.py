"""From clip scores to events. Pure: its only clock is the sample count of the clips."""

from collections import deque
from dataclasses import dataclass, replace

from asd_monitor.calibrate.change import ChangeSettings, ChangeState, follow
from asd_monitor.calibrate.confirmation import DecisionSettings
from asd_monitor.calibrate.judge import LEVEL_SHIFT
from asd_monitor.calibrate.level_shift import LASTING_S
from asd_monitor.calibrate.transition import Detector, Transition, TransitionKind
from asd_monitor.calibrate.verdict import Severity, Verdict
from asd_monitor.models.scores import ClipScore


@dataclass(frozen=True, slots=True)
class _OpenEvent:
    opened_sample: int
    peak_score: float
    peak_sample: int
    peak_voices: tuple[float, ...] = ()
    detector: Detector = Detector.THRESHOLD
    is_resumed: bool = False


_Judged = tuple[ClipScore, Verdict]


class Decision:
    """Folds the judged clips of one machine into events.

    - An event opens where M of the last N clips of a session are critical, and not in the
      cooldown. A session that ends with fewer than N clips is judged on what it has: it opens
      one if all of them, or M, are.
    - It opens, too, where the scores have shifted (`asd_monitor.calibrate.change`), if the
      calibration has a change detector. That one hears nothing of an event that the threshold
      opened and starts again after it.
    - It closes after `clear_n` consecutive clips below the clear level, but not within a shift if
      that is what opened it, or with its stream.
    - A clip that is unknown counts for nothing: all counting starts again after it, and an open
      event stays open. Only where the whole level has shifted for good does an event close that
      opened when it did: the shift is what it heard.
    - A gap starts the confirmation again and leaves an open event open; what the change detector
      has summed up outlasts it, unless it is longer than an hour.
    """

    def __init__(
        self,
        settings: DecisionSettings,
        *,
        clear_level: float,
        sample_rate_hz: int,
        change: ChangeSettings | None = None,
    ) -> None:
        """Start with nothing heard.

        Args:
            settings: the numbers of the decision.
            clear_level: clip score below which an event may end.
            sample_rate_hz: rate of the clips' ``first_sample``.
            change: the numbers of the change detector; None for none.
        """
        self._settings = settings
        self._change_settings = change
        self._change = ChangeState()
        self._clear_level = clear_level
        self._sample_rate_hz = sample_rate_hz
        self._recent: deque[_Judged] = deque(maxlen=settings.confirm_n)
        self._session_clips = 0
        self._newest: _Judged | None = None
        self._event: _OpenEvent | None = None
        self._n_clear = 0
        self._cool_from: int | None = None

    def push(self, clip: ClipScore, verdict: Verdict) -> tuple[Transition, ...]:
        """Take the next clip of the session and say what follows from it.

        Args:
            clip: in order of time.
            verdict: what `judge` says about it.
        """
        self._newest = (clip, verdict)
        self._session_clips += 1
        if verdict.severity is Severity.UNKNOWN:
            self._recent.clear()
            self._n_clear = 0
            return self._explain(clip, verdict)
        self._recent.append((clip, verdict))
        self._follow_change(clip)
        if self._event is not None:
            return self._follow(self._event, clip, verdict)
        return self._open_if_critical(self._settings.confirm_m) or self._open_if_shifted()

    def end_session(self, *, stream_ends: bool) -> tuple[Transition, ...]:
        """End the recording session: a gap follows, or nothing.

        Args:
            stream_ends: nothing follows; an open event closes at the end of the last clip, and
                what is pushed next is another stream with its own sample count.
        """
        transitions: tuple[Transition, ...] = ()
        if self._session_clips < self._settings.confirm_n and self._recent and not self._event:
            transitions = self._open_if_critical(min(self._settings.confirm_m, len(self._recent)))
        if stream_ends:
            if self._event is not None and self._newest is not None:
                transitions += (self._close(self._event, *self._newest),)
            self._begin_stream()
        else:
            self._begin_session()
        return transitions

    def resume(self, *, peak_score: float, detector: Detector = Detector.THRESHOLD) -> None:
        """Go on with an event that was open when listening stopped; before the first clip.

        Args:
            peak_score: highest clip score of the event so far.
            detector: what opened it. A shift is taken to last until the sound says otherwise.
        """
        self._event = _OpenEvent(
            opened_sample=0,
            peak_score=peak_score,
            peak_sample=0,
            detector=detector,
            is_resumed=True,
        )
        if detector is Detector.CHANGE and self._change_settings is not None:
            self._change = ChangeState(total=self._change_settings.alarm_level, is_shifted=True)

    @property
    def change(self) -> ChangeState:
        """What the change detector has summed up."""
        return self._change

    def resume_change(self, change: ChangeState) -> None:
        """Go on with what was summed up when listening stopped; after `resume`.

        A shift that has an open event is one, even where the sum was last written before it.

        Args:
            change: with positions on the time line of the clips that follow.
        """
        if change.is_shifted or not self._change.is_shifted:
            self._change = change

    @property
    def severity(self) -> Severity:
        """The machine's severity.

        Critical while an event is open, even where the newest clip is unknown; else unknown where
        the newest clip is, or before the first clip of a session; else a warning if M of the last
        N clips are at least that; else normal.
        """
        if self._event is not None:
            return Severity.CRITICAL
        if self._newest is None or not self._session_clips or _is_unknown(self._newest):
            return Severity.UNKNOWN
        warnings = sum(verdict.severity is not Severity.NORMAL for _, verdict in self._recent)
        return Severity.WARNING if warnings >= self._settings.confirm_m else Severity.NORMAL

    def _begin_session(self) -> None:
        self._recent.clear()
        self._session_clips = 0

    def _begin_stream(self) -> None:
        self._begin_session()
        self._newest = self._event = self._cool_from = None
        self._n_clear = 0
        self._change = ChangeState()

    def _follow_change(self, clip: ClipScore) -> None:
        if self._change_settings is None:
            return
        if self._event is not None and self._event.detector is Detector.THRESHOLD:
            self._change = ChangeState(next_sample=self._end_of(clip))
            return
        self._change = follow(
            self._change,
            self._change_settings,
            score=clip.score,
            first_sample=clip.first_sample,
            end_sample=self._end_of(clip),
            sample_rate_hz=self._sample_rate_hz,
        )

    def _open_if_shifted(self) -> tuple[Transition, ...]:
        if not self._change.is_shifted or not self._is_cool(self._end_of(self._recent[-1][0])):
            return ()
        return (self._open(Detector.CHANGE),)

    def _open_if_critical(self, needed: int) -> tuple[Transition, ...]:
        critical = sum(verdict.severity is Severity.CRITICAL for _, verdict in self._recent)
        if critical < needed or not self._is_cool(self._end_of(self._recent[-1][0])):
            return ()
        return (self._open(Detector.THRESHOLD),)

    def _open(self, detector: Detector) -> Transition:
        clip, verdict = self._recent[-1]
        peak, _ = max(self._recent, key=lambda judged: judged[0].score)
        self._event = _OpenEvent(
            opened_sample=self._end_of(clip),
            peak_score=peak.score,
            peak_sample=self._end_of(peak),
            peak_voices=peak.voices,
            detector=detector,
        )
        self._n_clear = 0
        return self._transition(TransitionKind.OPENED, self._event, clip, verdict)

    def _follow(
        self, event: _OpenEvent, clip: ClipScore, verdict: Verdict
    ) -> tuple[Transition, ...]:
        if clip.score > event.peak_score:
            event = replace(
                event,
                peak_score=clip.score,
                peak_sample=self._end_of(clip),
                peak_voices=clip.voices,
            )
            self._event = event
        is_clear = clip.score < self._clear_level and verdict.severity is not Severity.CRITICAL
        self._n_clear = self._n_clear + 1 if is_clear else 0
        lasts = event.detector is Detector.CHANGE and self._change.is_shifted
        if lasts or self._n_clear < self._settings.clear_n:
            return ()
        return (self._close(event, clip, verdict),)

    def _explain(self, clip: ClipScore, verdict: Verdict) -> tuple[Transition, ...]:
        """Close the event that a shift of the level has opened before it was recognised."""
        event = self._event
        if event is None or event.is_resumed or verdict.reason != LEVEL_SHIFT:
            return ()
        age_s = (self._end_of(clip) - event.opened_sample) / self._sample_rate_hz
        if age_s > LASTING_S + clip.duration_s:
            return ()
        self._change = ChangeState()
        return (self._close(event, clip, verdict),)

    def _close(self, event: _OpenEvent, clip: ClipScore, verdict: Verdict) -> Transition:
        self._event = None
        self._recent.clear()
        self._cool_from = self._end_of(clip)
        return self._transition(TransitionKind.CLOSED, event, clip, verdict)

    def _is_cool(self, sample: int) -> bool:
        if self._cool_from is None:
            return True
        return sample - self._cool_from >= self._settings.cooldown_s * self._sample_rate_hz

    def _end_of(self, clip: ClipScore) -> int:
        return clip.first_sample + round(clip.duration_s * self._sample_rate_hz)

    def _transition(
        self, kind: TransitionKind, event: _OpenEvent, clip: ClipScore, verdict: Verdict
    ) -> Transition:
        return Transition(
            kind=kind,
            sample=self._end_of(clip),
            clip=clip,
            verdict=verdict,
            opened_sample=event.opened_sample,
            peak_score=event.peak_score,
            peak_sample=event.peak_sample,
            peak_voices=event.peak_voices,
            detector=event.detector,
            estimated_sample=self._estimated(kind) if event.detector is Detector.CHANGE else None,
        )

    def _estimated(self, kind: TransitionKind) -> int:
        if kind is TransitionKind.OPENED:
            return self._change.began_sample
        return self._change.highest_sample


def _is_unknown(judged: _Judged) -> bool:
    return judged[1].severity is Severity.UNKNOWN
