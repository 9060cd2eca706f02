"""The one way from sound to events: live, in replay and in tests alike. No thread, no I/O."""

from dataclasses import replace

from asd_monitor.calibrate.calibration import Calibration, require_bundle
from asd_monitor.calibrate.decision import Decision
from asd_monitor.calibrate.drift import DriftWatch
from asd_monitor.calibrate.judge import judge
from asd_monitor.calibrate.level_shift import LevelWatch
from asd_monitor.calibrate.transition import Transition, TransitionKind
from asd_monitor.calibrate.verdict import Severity, Verdict
from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.scorer import Scorer
from asd_monitor.models.scores import ClipScore, Scored
from asd_monitor.monitor.band_namer import BandNamer
from asd_monitor.monitor.clock import SampleClock
from asd_monitor.monitor.dated_change import DatedChange
from asd_monitor.monitor.events import Band
from asd_monitor.monitor.history import ClipHistory, Stretch, WindowHistory
from asd_monitor.monitor.moments import Abnormal, Peak, end_sample, last_abnormal, onset_sample
from asd_monitor.monitor.outcome import DatedTransition, JudgedClip, OpenAlarm, Outcome, joined


class Pipeline:
    """Folds the sound of one machine into judged clips and events.

    A block with ``gap_before`` ends the recording session before it: no window and no clip spans
    the gap and the confirmation starts anew.
    """

    def __init__(self, bundle: Bundle, calibration: Calibration) -> None:
        """Prepare to listen.

        Raises:
            CalibrationError: the calibration was made for another bundle.
        """
        require_bundle(calibration, bundle.fingerprint)
        self._bundle = bundle
        self._calibration = calibration
        self._rate_hz = bundle.features.sample_rate_hz
        self._scorer = Scorer(
            bundle,
            clip_s=calibration.clip_s,
            hop_s=calibration.hop_s,
            fusion=calibration.fusion,
        )
        self._decision = Decision(
            calibration.decision,
            clear_level=calibration.clear_level,
            sample_rate_hz=self._rate_hz,
            change=calibration.change,
        )
        self._drift = DriftWatch(calibration, sample_rate_hz=self._rate_hz)
        self._levels = LevelWatch(calibration.regimes, sample_rate_hz=self._rate_hz)
        self._hop_samples = round(calibration.hop_s * self._rate_hz)
        remembered_s = remembered_s_of(calibration)
        self._windows = WindowHistory(kept_s=remembered_s, sample_rate_hz=self._rate_hz)
        self._clips = ClipHistory(
            kept=round(remembered_s / calibration.hop_s), hop_samples=self._hop_samples
        )
        self._band_namer = BandNamer(bundle, calibration)
        self._clock: SampleClock | None = None
        self._open: OpenAlarm | None = None
        self._newest: ClipScore | None = None
        self._remembered: DatedChange | None = None
        self._abnormal: Abnormal | None = None

    @property
    def severity(self) -> Severity:
        """The machine's confirmed severity; see `Decision.severity`."""
        return self._decision.severity

    @property
    def bundle(self) -> Bundle:
        """What judges the sound."""
        return self._bundle

    @property
    def calibration(self) -> Calibration:
        """What the sound is judged against."""
        return self._calibration

    @property
    def bands(self) -> tuple[Band, ...] | None:
        """Where in frequency the open event is wrong; None where none is open, or not known."""
        return self._open.bands if self._open else None

    @property
    def newest_bands(self) -> tuple[Band, ...] | None:
        """Where in frequency the newest clip is unlike normal, whatever its severity.

        Computed at every call. None where that clip cannot be judged, or it is not known.
        """
        if self._newest is None:
            return None
        begin = self._newest.first_sample
        return self._bands(begin, self._newest)

    @property
    def drift(self) -> float | None:
        """How far the normal sound of the last day has drifted; see `Drift.distance`."""
        return self._drift.distance

    def push(self, block: AudioBlock) -> Outcome:
        """Take the next block of the source."""
        before = self._end_session(stream_ends=False) if block.gap_before else Outcome()
        position = round(block.first_sample * self._rate_hz / block.sample_rate_hz)
        self._clock = SampleClock(position, block.captured_at, self._rate_hz)
        self._go_on_with_change(self._clock)
        return joined(before, self._judge(self._scorer.push(block)))

    def finish(self) -> Outcome:
        """End the stream: an open event closes, and what comes next is another stream."""
        return self._end_session(stream_ends=True)

    def interrupt(self) -> Outcome:
        """End the recording session where sound has stopped arriving; an open event stays open."""
        return self._end_session(stream_ends=False)

    @property
    def open_alarm(self) -> OpenAlarm | None:
        """The event that is open."""
        return self._open

    def resume(self, alarm: OpenAlarm) -> None:
        """Go on with an event that was open before; to be called before the first block."""
        self._open = replace(alarm, onset_sample=0)
        self._decision.resume(peak_score=alarm.peak_score, detector=alarm.detector)

    @property
    def change(self) -> DatedChange | None:
        """What the change detector has summed up; None before it has counted a clip."""
        state = self._decision.change
        if self._clock is None or not state.next_sample:
            return None
        return DatedChange.of(state, self._clock)

    def resume_change(self, change: DatedChange) -> None:
        """Go on with what was summed up before, unless out of date; before the first block."""
        self._remembered = change

    def _go_on_with_change(self, clock: SampleClock) -> None:
        remembered, self._remembered = self._remembered, None
        state = remembered.placed(clock) if remembered else None
        if state is not None:
            self._decision.resume_change(state)

    def _end_session(self, *, stream_ends: bool) -> Outcome:
        if self._clock is None:
            return Outcome()
        last = self._judge(self._scorer.finish())
        transitions = self._decision.end_session(stream_ends=stream_ends)
        dated = tuple(self._date(transition, self._clock) for transition in transitions)
        self._note_end(self._windows.all())
        self._windows.clear()
        self._clips.clear()
        self._newest = None
        if stream_ends:
            self._levels.reset()
        return joined(last, Outcome(transitions=dated))

    def _judge(self, scored: Scored) -> Outcome:
        if self._clock is None:
            return Outcome()
        self._windows.extend(scored.windows)
        clips, transitions = [], []
        for clip in map(self._levels.push, scored.clips):
            verdict = judge(clip, self._calibration)
            self._remember(clip, verdict)
            changes = self._decision.push(clip, verdict)
            if verdict.severity is not Severity.UNKNOWN and self.severity is not Severity.CRITICAL:
                self._drift.push(clip)
            transitions += [self._date(change, self._clock) for change in changes]
            end = clip.first_sample + self._samples_of(clip)
            judged = JudgedClip(clip, verdict, self._clock.at(end))
            self._follow_peak(judged)
            clips.append(judged)
        return Outcome(tuple(clips), tuple(transitions), scored.windows, scored.n_windows)

    def _remember(self, clip: ClipScore, verdict: Verdict) -> None:
        if verdict.severity is Severity.UNKNOWN:
            # The fault may lie as late as the end of the clip's first second, not later:
            # a later one is still in the next clip, which will be unknown too.
            if len(self._clips):
                faultless = clip.first_sample + self._samples_of(clip) - self._hop_samples
                self._note_end(self._windows.until(faultless))
            self._windows.forget_before(clip.first_sample + self._hop_samples)
            self._clips.clear()
            self._newest = None
        else:
            self._newest = clip
            samples = self._samples_of(clip)
            self._clips.append(clip.score, first_sample=clip.first_sample, clip_samples=samples)

    def _note_end(self, windows: Stretch) -> None:
        """Look for the end of the open event in what is about to be forgotten."""
        event = self._open
        if event is not None:
            self._abnormal = last_abnormal(
                Peak(event.peak_score, event.peak_voices),
                windows=windows.since(event.onset_sample),
                clips=self._clips.all(),
                calibration=self._calibration,
                before=self._abnormal,
            )

    def _samples_of(self, clip: ClipScore) -> int:
        return round(clip.duration_s * self._rate_hz)

    def _follow_peak(self, judged: JudgedClip) -> None:
        """Look anew at the bands of the open event where a clip is its highest so far."""
        event, clip = self._open, judged.clip
        if event is None or judged.verdict.severity is Severity.UNKNOWN:
            return
        if clip.score > event.peak_score:
            begin = max(event.onset_sample, clip.first_sample)
            self._open = replace(
                event,
                peak_at=judged.ended_at,
                peak_score=clip.score,
                peak_voices=clip.voices,
                bands=self._bands(begin, clip),
            )

    def _bands(self, begin: int, clip: ClipScore) -> tuple[Band, ...] | None:
        """Where it is wrong, from a sample to the end of an abnormal clip."""
        end = clip.first_sample + self._samples_of(clip)
        return self._band_namer.name(self._windows.per_bin(begin, end), clip)

    def _date(self, transition: Transition, clock: SampleClock) -> DatedTransition:
        windows, clips = self._windows.until(transition.sample), self._clips.all()
        if transition.kind is TransitionKind.OPENED or self._open is None:
            onset = onset_sample(
                transition, windows=windows, clips=clips, calibration=self._calibration
            )
            self._abnormal = None
            self._open = OpenAlarm(
                onset_sample=onset,
                detector=transition.detector,
                started_at=clock.at(onset),
                detected_at=clock.at(transition.sample),
                peak_at=clock.at(transition.peak_sample),
                peak_score=transition.peak_score,
                peak_voices=transition.peak_voices,
                bands=self._bands(onset, transition.clip),
            )
        event = self._open
        is_closing = transition.kind is TransitionKind.CLOSED
        ended = end_sample(
            transition,
            windows=windows.since(event.onset_sample),
            clips=clips,
            calibration=self._calibration,
            before=self._abnormal,
        )
        duration_s = max(0, ended - event.onset_sample) / clock.sample_rate_hz
        if is_closing:
            self._open = None
        return DatedTransition(
            transition=transition,
            started_at=event.started_at,
            detected_at=event.detected_at,
            peak_at=event.peak_at,
            ended_at=clock.at(ended) if is_closing else None,
            started_sample=event.onset_sample,
            ended_sample=ended if is_closing else None,
            bands=event.bands,
            duration_s=duration_s if is_closing and event.onset_sample else None,
        )


def remembered_s_of(calibration: Calibration) -> float:
    """Longest stretch that can lie between a change and the clip that decides it."""
    decision = calibration.decision
    clips = max(decision.confirm_n, decision.clear_n)
    return 2 * calibration.clip_s + clips * calibration.hop_s
