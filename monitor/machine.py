"""One machine being listened to: what is known about it, and the telling of it.

Everything here happens in the one thread that reads the machine's source.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from asd_monitor.calibrate.judge import WARMING_UP
from asd_monitor.calibrate.transition import Detector, TransitionKind
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.audio import AudioBlock
from asd_monitor.monitor.alarms import Identity, begin_alarm, end_alarm
from asd_monitor.monitor.announcer import Announcer
from asd_monitor.monitor.events import Band, Clock, Event
from asd_monitor.monitor.evidence.recorder import EvidenceRecorder
from asd_monitor.monitor.heard import HeardMeter
from asd_monitor.monitor.journal import Journal
from asd_monitor.monitor.liveness import Liveness
from asd_monitor.monitor.losses import Loss, begin_loss
from asd_monitor.monitor.messages import State
from asd_monitor.monitor.outcome import DatedTransition, JudgedClip, OpenAlarm, Outcome
from asd_monitor.monitor.pipeline import Pipeline
from asd_monitor.monitor.sink import Sink
from asd_monitor.monitor.source import CaptureState, CaptureStatus
from asd_monitor.monitor.store.change_memory import ChangeKeeper
from asd_monitor.monitor.store.store import Store
from asd_monitor.monitor.trend_watch import TrendWatch
from asd_monitor.monitor.vitals.pressure import Pressure
from asd_monitor.monitor.vitals.tally import Tally

NO_AUDIO = "no_audio"
WRONG_DEVICE = "wrong_device"
SCORING_BEHIND = "scoring_behind"

logger = logging.getLogger(__name__)


class MachineMonitor:
    """Feeds a machine's pipeline and tells store and sinks what comes of it.

    Attributes:
        tally: what the scorer has done; every thread may read it.
    """

    def __init__(
        self,
        identity: Identity,
        pipeline: Pipeline,
        *,
        store: Store,
        sinks: Sequence[Sink],
        outgoing: bool,
        clock: Callable[[], Clock],
        now_s: float,
        evidence: EvidenceRecorder | None = None,
        always_bands: bool = False,
    ) -> None:
        """Prepare; an event that a crash or a restart left open goes on.

        Args:
            identity: who speaks about what.
            pipeline: judges the sound.
            store: remembers events and scores.
            sinks: are told.
            outgoing: whether some sink drains the store's outbox.
            clock: tells whether the host's clock is synchronised.
            now_s: monotonic time.
            evidence: records the sound of events.
            always_bands: while no event is open, the state tells the bands of the newest clip.
        """
        self._identity = identity
        self._pipeline = pipeline
        self._store = store
        self._evidence = evidence
        self._always_bands = always_bands
        self._trend = TrendWatch(store, identity.machine, pipeline.calibration)
        self._journal = Journal(identity.machine, store, sinks, outgoing=outgoing)
        self._heard = HeardMeter(identity.machine, store.heard)
        self._change = ChangeKeeper(store.changes)
        self._announcer = Announcer(identity.machine, sinks, now_s=now_s)
        self._clock = clock
        self._liveness = Liveness(now_s=now_s)
        self._pressure = Pressure()
        self._newest: JudgedClip | None = None
        self._newest_bands: tuple[Band, ...] | None = None
        self._event: Event | None = None
        self._loss: Loss | None = None
        self._last_anomaly_at: datetime | None = None
        self._capture: str | None = None
        self._lost_because = NO_AUDIO
        self._pause_s = 0.0
        self.tally = Tally()
        self._resume(store)

    @property
    def is_settled(self) -> bool:
        """Whether its sound is scored or known to be lost, rather than awaited."""
        return self._liveness.is_settled

    def hear(self, block: AudioBlock, *, now_s: float) -> None:
        """Judge a block; `tick` follows and tells the state."""
        outcome = self._pipeline.push(block)
        self.tally = self.tally.after(outcome, now_s=now_s)
        self._tell(outcome, now_s)
        if self._evidence is not None:
            self._evidence.hear(block, outcome)
        if self._liveness.heard(now_s=now_s, scored=outcome.n_windows > 0):
            self._restore(now_s)

    def judge_with(self, pipeline: Pipeline, identity: Identity, *, now_s: float) -> None:
        """Judge by another model from the next block on; an open event goes on.

        Args:
            pipeline: has heard nothing yet.
            identity: names the new model and calibration.
            now_s: monotonic time.
        """
        self._tell(self._pipeline.interrupt(), now_s)
        if (alarm := self._pipeline.open_alarm) is not None:
            pipeline.resume(alarm)
        if self._evidence is not None:
            self._evidence.judge_with(pipeline.bundle, pipeline.calibration)
        self._pipeline, self._identity = pipeline, identity
        self._newest = self._newest_bands = None
        self._trend = TrendWatch(self._store, identity.machine, pipeline.calibration)

    def tick(self, status: CaptureStatus, *, now_s: float) -> None:
        """Let time pass: notice that no sound arrives, and tell the state on change or by and by.

        Args:
            status: of the source.
            now_s: monotonic time.
        """
        self._capture, self._pause_s = status.state, status.pause_s
        self._lost_because = WRONG_DEVICE if status.wrong_device else NO_AUDIO
        if status.state is CaptureState.LOST:
            self._liveness.expect_no_opening()
        self._journal.retry(now_s=now_s)
        self._feel_pressure(status, now_s)
        if self._liveness.is_lost(now_s=now_s - status.pause_s):
            self._lose(now_s)
        self._show(now_s)

    def finish(self, status: CaptureStatus, *, now_s: float) -> None:
        """The recordings have ended: judge the last of them and close an open event."""
        self._tell(self._pipeline.finish(), now_s)
        self._leave(status, now_s)

    def stop(self, status: CaptureStatus, *, now_s: float) -> None:
        """We stop listening; an open event stays open and goes on at the next start."""
        self._tell(self._pipeline.interrupt(), now_s)
        self._leave(status, now_s)

    def _resume(self, store: Store) -> None:
        for event in store.events(machine=self._identity.machine):
            is_anomaly = event.severity is Severity.CRITICAL
            if is_anomaly:
                self._last_anomaly_at = event.detected_at
            if event.is_open and is_anomaly:
                self._event = event
                self._resume_alarm(event, store)
            elif event.is_open:
                self._loss = Loss(event)
                self._liveness.begin_lost()
        if (change := store.changes.read(self._identity)) is not None:
            self._pipeline.resume_change(change)

    def _resume_alarm(self, event: Event, store: Store) -> None:
        """Go on with an event; how high it rose after it opened is known from its clips."""
        peak_at, peak_score = event.peak_at or event.detected_at, event.peak_score
        for clip in store.scores.clips(event.machine, since=event.detected_at):
            if clip.score is None or clip.severity is Severity.UNKNOWN:
                continue
            if peak_score is None or clip.score > peak_score:
                peak_at, peak_score = clip.at, clip.score
        self._pipeline.resume(
            OpenAlarm(
                started_at=event.started_at,
                detected_at=event.detected_at,
                peak_at=peak_at,
                peak_score=float("-inf") if peak_score is None else peak_score,
                detector=event.detector or Detector.THRESHOLD,
            )
        )

    def _tell(self, outcome: Outcome, now_s: float) -> None:
        for judged in outcome.clips:
            self._newest = judged
            self._journal.remember(judged, now_s=now_s, calibration=self._identity.calibration)
            self._heard.count(
                judged, calibration=self._identity.calibration, counts=self._event is None
            )
        if outcome.clips:
            self._change.keep(self._identity, self._pipeline.change)
        if self._always_bands and outcome.clips:
            self._newest_bands = self._pipeline.newest_bands
        for dated in outcome.transitions:
            if dated.transition.kind is TransitionKind.OPENED:
                self._open(dated, now_s)
            else:
                self._close(dated, now_s)

    def _open(self, dated: DatedTransition, now_s: float) -> None:
        self._last_anomaly_at = dated.detected_at
        trend = self._trend.trend(dated.detected_at, now_s=now_s)
        self._event = begin_alarm(dated, self._identity, self._clock(), trend=trend)
        if self._evidence is not None:
            self._evidence.begin(self._event, started_sample=dated.started_sample)
        self._journal.record(self._event, now_s=now_s)

    def _close(self, dated: DatedTransition, now_s: float) -> None:
        if self._event is None:
            raise ValueError("an event closed that was not open")
        ended = end_alarm(self._event, dated)
        if self._evidence is not None and dated.ended_sample is not None:
            ended = self._evidence.end(ended, ended_sample=dated.ended_sample)
        self._journal.record(ended, now_s=now_s)
        self._event = None

    def _lose(self, now_s: float) -> None:
        self._tell(self._pipeline.interrupt(), now_s)
        silent_for = self._liveness.silent_for(now_s=now_s)
        self._loss = begin_loss(
            self._identity, silent_for=silent_for, now_s=now_s, clock=self._clock
        )
        self._journal.record(self._loss.event, now_s=now_s)
        self._hear_nothing()

    def _restore(self, now_s: float) -> None:
        if self._loss is not None:
            self._journal.record(self._loss.ended(now_s=now_s), now_s=now_s)
            self._loss = None

    def _leave(self, status: CaptureStatus, now_s: float) -> None:
        self._capture = status.state
        if self._evidence is not None:
            self._evidence.leave()
        self._journal.close(now_s=now_s)
        self._heard.write()
        self._hear_nothing()
        self._show(now_s)

    def _feel_pressure(self, status: CaptureStatus, now_s: float) -> None:
        if self._pressure.update(
            behind_s=status.behind_s, dropped_samples=status.dropped_samples, now_s=now_s
        ):
            logger.warning(
                "The sound of %s is judged more slowly than it comes (%.0f s wait); use a smaller "
                "detector, fewer machines or a faster computer.",
                self._identity.machine,
                status.behind_s,
            )

    def _hear_nothing(self) -> None:
        self._newest = self._newest_bands = None
        self.tally = self.tally.when_deaf()
        self._liveness.begin_lost()

    def _show(self, now_s: float) -> None:
        """Tell availability and state where they changed, the state every now and then too."""
        self._announcer.tell(self._state(now_s), online=self._liveness.online, now_s=now_s)

    def _severity(self) -> tuple[Severity, str | None]:
        if self._liveness.lost:
            return Severity.UNKNOWN, self._lost_because
        if self._pressure.is_behind:
            return Severity.UNKNOWN, SCORING_BEHIND
        severity = self._pipeline.severity
        if severity is not Severity.UNKNOWN:
            return severity, None
        reason = self._newest.verdict.reason if self._newest else None
        return severity, reason or WARMING_UP

    def _bands(self) -> tuple[Band, ...] | None:
        if self._event is not None:
            return self._pipeline.bands or self._event.bands
        return self._newest_bands

    def _state(self, now_s: float) -> State:
        identity, now = self._identity, datetime.now(UTC)
        severity, reason = self._severity()
        verdict = self._newest.verdict if self._newest else None
        return State(
            node=identity.node,
            machine=identity.machine,
            ts=now,
            severity=severity,
            reason=reason,
            anomaly=self._event is not None,
            score=verdict.score if verdict else None,
            threshold=verdict.threshold if verdict else None,
            p_value=verdict.p_value if verdict else None,
            level_dbfs=self._newest.clip.level_dbfs if self._newest else None,
            since=now,
            event_id=self._event.event_id if self._event else None,
            last_anomaly_at=self._last_anomaly_at,
            trend=self._trend.trend(self._newest.ended_at, now_s=now_s) if self._newest else None,
            bands=self._bands(),
            capture=self._capture,
            model=identity.model,
            calibration=identity.calibration,
            seq=self._journal.last_seq,
            drift=self._pipeline.drift,
            level_shift_db=verdict.level_shift_db if verdict else None,
            listening=self._liveness.listening(now_s=now_s - self._pause_s),
            regime=verdict.regime if verdict else None,
        )
