from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.drift import DriftWatch
from asd_monitor.calibrate.judge import judge
from asd_monitor.calibrate.transition import Detector
from asd_monitor.calibrate.trend import Trend
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.fusion import CLIP, Voice
from asd_monitor.monitor.alarms import Identity
from asd_monitor.monitor.events import Clock, EventType, Kept
from asd_monitor.monitor.evidence.recorder import EvidenceRecorder
from asd_monitor.monitor.evidence.take import Take
from asd_monitor.monitor.machine import STATE_INTERVAL_S, MachineMonitor
from asd_monitor.monitor.messages import State
from asd_monitor.monitor.pipeline import Pipeline
from asd_monitor.monitor.source import CaptureState, CaptureStatus
from asd_monitor.monitor.store import Store
from asd_monitor.monitor.timestamps import format_utc
from tests.support.alarms import anomaly
from tests.support.bundles import tiny_ensemble
from tests.support.clip_scores import clip
from tests.support.machines import (
    FAULT_FROM_S,
    FAULT_UNTIL_S,
    LENGTH_S,
    RATE_HZ,
    a_pipeline,
    an_identity,
    faulty,
    healthy,
    knowing_bundle,
    knowing_calibration,
)
from tests.support.recording_sink import RecordingSink
from tests.support.sounds import BEGAN_AT, Sound, blocks
from tests.support.stores import unwritable
from tests.support.takes import Collector, a_recorder

TICK_S = 0.5
STARTED, ENDED = EventType.ANOMALY_STARTED, EventType.ANOMALY_ENDED
LOST, RESTORED = EventType.CAPTURE_LOST, EventType.CAPTURE_RESTORED


def status(state: CaptureState = CaptureState.HEALTHY) -> CaptureStatus:
    return CaptureStatus(state=state, name="fake")


class Room:
    """A machine, its monitor, and a clock that moves only as sound or silence passes."""

    def __init__(
        self,
        store: Store,
        *,
        pipeline: Pipeline | None = None,
        evidence: EvidenceRecorder | None = None,
        always_bands: bool = False,
    ) -> None:
        self.sink = RecordingSink()
        self.now_s = 1000.0
        self.n_heard = 0
        self.monitor = MachineMonitor(
            an_identity(),
            pipeline or a_pipeline(),
            store=store,
            sinks=[self.sink],
            outgoing=True,
            clock=lambda: Clock.SYNCED,
            now_s=self.now_s,
            evidence=evidence,
            always_bands=always_bands,
        )

    def hear(self, sound: Sound, *, after_gap: bool = True) -> None:
        """A stretch of sound, a second at a time."""
        cuts = range(RATE_HZ, len(sound), RATE_HZ)
        for block in blocks(sound, cuts=cuts, first_sample=self.n_heard):
            self.now_s += len(block.samples) / RATE_HZ
            self.n_heard += len(block.samples)
            heard = replace(block, gap_before=block.gap_before and after_gap)
            self.monitor.hear(heard, now_s=self.now_s)
            self.monitor.tick(status(), now_s=self.now_s)

    def wait(self, seconds: float, state: CaptureState = CaptureState.HEALTHY) -> None:
        """No sound comes."""
        for _ in range(round(seconds / TICK_S)):
            self.now_s += TICK_S
            self.monitor.tick(status(state), now_s=self.now_s)

    def stop(self) -> None:
        self.monitor.stop(status(), now_s=self.now_s)

    def finish(self) -> None:
        self.monitor.finish(status(CaptureState.ENDED), now_s=self.now_s)

    @property
    def event_types(self) -> list[EventType]:
        return [event.event_type for event in self.sink.events]

    @property
    def said(self) -> list[tuple[Severity, str | None]]:
        """Severity and reason of every state, repetitions left out."""
        every = [(state.severity, state.reason) for state in self.sink.states]
        return [news for index, news in enumerate(every) if not index or news != every[index - 1]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "s.sqlite") as opened:
        yield opened


@pytest.fixture
def room(store: Store) -> Room:
    return Room(store)


def clip_bundle() -> Bundle:
    """A bundle that scores whole clips only."""
    bundle = knowing_bundle()
    return replace(bundle, members=tiny_ensemble().members[1:])


def clip_calibration() -> Calibration:
    """One for it; never mind its thresholds."""
    voice = Voice(member=0, kind="spectral", pooling=CLIP, mean=0.0, std=1.0)
    return replace(knowing_calibration(), members=(voice,))


def first(seconds: int) -> Sound:
    return healthy()[: seconds * RATE_HZ]


WARMING_UP = (Severity.UNKNOWN, "warming_up")
NO_AUDIO = (Severity.UNKNOWN, "no_audio")
NORMAL = (Severity.NORMAL, None)


def test_a_fault_is_told_from_its_beginning_to_its_end(room: Room, store: Store) -> None:
    room.hear(faulty())
    started, ended = room.sink.events
    assert room.event_types == [STARTED, ENDED]
    assert started.event_id == ended.event_id
    assert (started.seq, ended.seq) == (1, 2)
    onset = BEGAN_AT + timedelta(seconds=FAULT_FROM_S)
    assert abs(started.started_at - onset) < timedelta(seconds=3)
    assert started.detected_at - onset < timedelta(seconds=15)
    severities = [severity for severity, _ in room.said if severity is not Severity.WARNING]
    assert severities == [
        Severity.UNKNOWN,
        Severity.NORMAL,
        Severity.CRITICAL,
        Severity.NORMAL,
    ]
    assert store.events() == (ended,)
    assert len(store.outbox.pending()) == 2
    assert len(store.scores.clips("pump", since=BEGAN_AT)) == LENGTH_S - 9


def test_while_an_event_is_open_the_state_names_it(room: Room) -> None:
    room.hear(faulty())
    started, ended = room.sink.events
    during = [state for state in room.sink.states if state.anomaly]
    assert during
    assert {state.event_id for state in during} == {started.event_id}
    assert {state.severity for state in during} == {Severity.CRITICAL}
    assert started.bands
    assert ended.bands
    assert during[0].bands == started.bands
    last = room.sink.states[-1]
    assert (last.event_id, last.anomaly, last.seq) == (None, False, ended.seq)
    assert last.bands is None
    assert last.last_anomaly_at == started.detected_at


def test_on_request_every_state_of_a_judged_machine_names_its_bands(store: Store) -> None:
    room = Room(store, always_bands=True)
    room.hear(faulty())
    judged = [state for state in room.sink.states if state.severity is not Severity.UNKNOWN]
    assert not judged[-1].anomaly
    assert all(state.bands is not None for state in judged)
    room.wait(10)
    assert room.said[-1] == NO_AUDIO
    assert room.sink.states[-1].bands is None


def test_an_event_says_how_the_score_went_in_the_hours_before(store: Store) -> None:
    for minute in range(0, 240, 2):
        rising = clip(1.6 - 0.01 * minute)
        verdict = judge(rising, knowing_calibration())
        at = BEGAN_AT - timedelta(minutes=minute)
        store.scores.add("pump", at=at, clip=rising, verdict=verdict)
    calibrated = replace(knowing_calibration(), created_at=format_utc(BEGAN_AT - timedelta(days=1)))
    room = Room(store, pipeline=Pipeline(knowing_bundle(), calibrated))
    room.hear(faulty())
    assert [event.trend for event in room.sink.events] == [Trend.RISING, Trend.RISING]


def test_a_state_is_told_on_change_and_every_thirty_seconds(room: Room) -> None:
    room.hear(healthy())
    changes = len(room.said)
    assert room.said == [WARMING_UP, NORMAL]
    assert len(room.sink.states) == changes + (LENGTH_S - 10) // STATE_INTERVAL_S
    assert STATE_INTERVAL_S == 30.0
    first_normal, repeated = room.sink.states[1:]
    assert repeated.since == first_normal.since
    assert repeated.ts > first_normal.ts
    assert repeated.score != first_normal.score


def test_since_tells_when_the_severity_began_whatever_the_reason(room: Room) -> None:
    room.wait(9)
    silent = np.zeros(12 * RATE_HZ, dtype=np.float32)
    room.hear(silent)
    assert room.said == [WARMING_UP, NO_AUDIO, WARMING_UP, (Severity.UNKNOWN, "silence")]
    assert len({state.since for state in room.sink.states}) == 1


def test_the_state_of_the_capture_is_news(room: Room) -> None:
    room.wait(TICK_S, CaptureState.STARTING)
    room.wait(TICK_S, CaptureState.HEALTHY)
    assert [state.capture for state in room.sink.states] == ["starting", "healthy"]


def test_a_machine_is_offline_until_its_sound_is_scored(room: Room) -> None:
    room.wait(1)
    assert room.sink.online == [False]
    room.hear(first(1))
    assert room.sink.online == [False, True]


def test_silence_of_three_seconds_is_a_loss(room: Room) -> None:
    room.hear(first(15))
    room.wait(3)
    assert room.event_types == []
    room.wait(TICK_S)
    (lost,) = room.sink.events
    assert lost.event_type is LOST
    assert lost.detected_at - lost.started_at == timedelta(seconds=3.5)
    assert (lost.severity, lost.score) == (Severity.UNKNOWN, None)
    assert room.sink.online == [True, False]
    assert room.said[-1] == NO_AUDIO
    assert room.sink.states[-1].score is None
    room.wait(60)
    assert len(room.sink.events) == 1
    assert room.said == [WARMING_UP, NORMAL, NO_AUDIO]


def test_sound_that_returns_ends_the_loss(room: Room) -> None:
    room.hear(first(15))
    room.wait(5)
    room.hear(first(15))
    lost, restored = room.sink.events
    assert (lost.event_type, restored.event_type) == (LOST, RESTORED)
    assert restored.event_id == lost.event_id
    assert restored.ended_at is not None
    assert restored.duration_s == 6.0, "by the clock that nobody sets"
    assert room.sink.online == [True, False, True]
    assert room.said == [WARMING_UP, NORMAL, NO_AUDIO, WARMING_UP, NORMAL]


def test_sound_that_stalled_begins_anew_even_if_none_of_it_is_missing(room: Room) -> None:
    room.hear(first(15))
    room.wait(5)
    room.hear(healthy()[15 * RATE_HZ : 24 * RATE_HZ], after_gap=False)
    assert room.said[-2:] == [NO_AUDIO, WARMING_UP]
    room.hear(healthy()[24 * RATE_HZ : 26 * RATE_HZ], after_gap=False)
    assert room.said[-1] == NORMAL


def test_a_machine_that_is_never_heard_is_lost(room: Room) -> None:
    room.wait(60, CaptureState.STARTING)
    assert room.event_types == [LOST]
    assert room.sink.online == [False]
    assert room.said == [WARMING_UP, NO_AUDIO]
    room.hear(first(2))
    assert room.event_types == [LOST, RESTORED]


def test_a_microphone_that_is_missing_at_the_start_is_lost_within_four_seconds(room: Room) -> None:
    assert not room.monitor.is_settled
    room.wait(4, CaptureState.LOST)
    assert room.event_types == [LOST]
    assert room.said == [WARMING_UP, NO_AUDIO]
    assert room.monitor.is_settled


def test_a_machine_is_online_though_none_of_its_detectors_judges_windows(store: Store) -> None:
    room = Room(store, pipeline=Pipeline(clip_bundle(), clip_calibration()))
    room.hear(first(15))
    assert room.sink.online == [True]
    assert room.event_types == []


def test_two_losses_are_two_events(room: Room) -> None:
    for _ in range(2):
        room.hear(first(2))
        room.wait(5)
    room.hear(first(2))
    assert room.event_types == [LOST, RESTORED, LOST, RESTORED]
    ids = [event.event_id for event in room.sink.events]
    assert ids[0] == ids[1] != ids[2] == ids[3]
    assert [event.seq for event in room.sink.events] == [1, 2, 3, 4]


def test_sound_too_little_to_score_does_not_end_a_loss(room: Room) -> None:
    room.wait(9)
    room.hear(first(15)[: RATE_HZ // 2])
    assert room.event_types == [LOST]
    assert room.said[-1] == NO_AUDIO


def test_an_anomaly_outlasts_a_loss_and_ends_once(room: Room) -> None:
    room.hear(faulty()[: 28 * RATE_HZ])
    room.wait(10)
    assert room.said[-1] == NO_AUDIO
    assert room.sink.states[-1].anomaly
    room.hear(first(20))
    assert room.event_types == [STARTED, LOST, RESTORED, ENDED]
    assert room.sink.events[0].event_id == room.sink.events[3].event_id
    assert room.sink.events[0].started_at == room.sink.events[3].started_at


def test_nothing_is_called_normal_while_nothing_is_heard(room: Room) -> None:
    """Whatever is told after the sound has been lost says so until clips are judged again."""
    room.hear(first(15))
    room.wait(3 + TICK_S)
    n_before = len(room.sink.states) - 1
    room.wait(100)
    room.hear(first(9))
    after = room.sink.states[n_before:]
    assert len(after) >= 4
    assert {state.severity for state in after} == {Severity.UNKNOWN}


@pytest.mark.parametrize("leave", [Room.stop, Room.finish])
def test_who_leaves_says_that_nothing_is_heard(room: Room, leave: Callable[[Room], None]) -> None:
    room.hear(first(15))
    leave(room)
    assert room.sink.online == [True, False]
    assert room.said == [WARMING_UP, NORMAL, NO_AUDIO]
    assert room.sink.events == []


def test_at_the_end_of_the_recordings_an_event_closes(room: Room, store: Store) -> None:
    room.hear(faulty()[: 30 * RATE_HZ])
    room.finish()
    assert room.event_types == [STARTED, ENDED]
    assert room.said[-1] == NO_AUDIO
    assert room.sink.states[-1].capture == "ended"
    assert not room.sink.states[-1].anomaly
    assert store.open_events() == ()


def test_an_event_survives_a_stop_and_goes_on_at_the_next_start(room: Room, store: Store) -> None:
    room.hear(faulty()[: 28 * RATE_HZ])
    room.stop()
    assert room.event_types == [STARTED]
    (open_event,) = store.open_events()
    later = Room(store)
    later.hear(first(20))
    assert later.event_types == [ENDED]
    assert later.sink.events[0].event_id == open_event.event_id


def test_an_event_of_a_killed_daemon_is_continued_and_closes_once(room: Room, store: Store) -> None:
    room.hear(faulty()[: 31 * RATE_HZ])  # and nobody says good-bye
    (started,) = room.sink.events
    heard = store.scores.clips("pump", since=BEGAN_AT)
    highest = max((clip for clip in heard if clip.score), key=lambda clip: clip.score or 0)
    later = Room(store)
    later.wait(TICK_S)
    assert later.sink.states[0].event_id == started.event_id
    assert later.sink.states[0].bands == started.bands
    later.hear(healthy())
    (ended,) = later.sink.events
    assert ended.event_type is ENDED
    assert (ended.event_id, ended.started_at) == (started.event_id, started.started_at)
    assert ended.detected_at == started.detected_at
    assert started.peak_score is not None
    assert ended.peak_score == highest.score
    assert highest.score is not None
    assert highest.score > started.peak_score
    assert ended.peak_at == highest.at
    assert store.open_events() == ()
    assert len(store.events()) == 1


def test_a_fault_that_lasts_over_a_restart_is_one_event(room: Room, store: Store) -> None:
    room.hear(faulty()[: 26 * RATE_HZ])
    later = Room(store)
    later.hear(faulty()[FAULT_FROM_S * RATE_HZ :])
    assert [*room.event_types, *later.event_types] == [STARTED, ENDED]
    assert len(store.events()) == 1


def test_a_loss_of_a_killed_daemon_is_continued(room: Room, store: Store) -> None:
    room.wait(9)
    later = Room(store)
    later.wait(20)
    assert later.event_types == []
    assert later.sink.online == [False]
    assert later.said == [NO_AUDIO]
    later.hear(first(2))
    assert later.event_types == [RESTORED]
    assert later.sink.events[0].event_id == room.sink.events[0].event_id


def test_a_restart_remembers_the_last_anomaly(room: Room, store: Store) -> None:
    room.hear(faulty())
    later = Room(store)
    later.wait(TICK_S)
    assert later.sink.states[0].last_anomaly_at == room.sink.events[0].detected_at
    assert later.sink.states[0].seq == 2


def test_a_store_that_cannot_be_written_delays_events_and_nothing_else(
    room: Room, store: Store
) -> None:
    during_fault = 30 * RATE_HZ
    with unwritable(store):
        room.hear(faulty()[:during_fault])
        assert room.sink.states[-1].severity is Severity.CRITICAL
        assert room.sink.states[-1].anomaly
        assert room.sink.events == []
    room.hear(faulty()[during_fault:], after_gap=False)
    assert room.event_types == [STARTED, ENDED]
    assert room.sink.events[0].event_id == room.sink.events[1].event_id
    assert len(store.outbox.pending()) == 2
    assert store.scores.clips("pump", since=BEGAN_AT)


def test_the_sound_of_an_event_is_recorded_and_its_end_names_what_is_kept(store: Store) -> None:
    class Keeper(Collector):
        def submit(self, take: Take) -> None:
            super().submit(take)
            self.by_event[take.event.event_id] = Kept(
                clip="a.flac", spectrogram="a.png", pre_roll_s=take.onset_s
            )

    keeper = Keeper()
    room = Room(store, evidence=a_recorder(keeper))
    room.hear(faulty())
    started, ended = room.sink.events
    assert (started.clip, started.spectrogram, started.pre_roll_s) == (None, None, None)
    assert (ended.clip, ended.spectrogram, ended.pre_roll_s) == ("a.flac", "a.png", 10.0)
    first, last = keeper.takes
    assert first.event.is_open
    assert last.event.ended_at == ended.ended_at


def test_who_stops_in_an_event_keeps_its_sound_so_far(store: Store) -> None:
    collector = Collector()
    room = Room(store, evidence=a_recorder(collector))
    room.hear(faulty()[: 28 * RATE_HZ])
    room.stop()
    take = collector.takes[-1]
    assert take.event.is_open
    assert take.sound.first_sample + len(take.sound.samples) == 28 * RATE_HZ


def test_times_of_states_are_of_now(room: Room) -> None:
    before = datetime.now(UTC)
    room.wait(TICK_S)
    assert before <= room.sink.states[0].ts <= datetime.now(UTC)


def other_model() -> tuple[Pipeline, Identity]:
    """The machine's bundle with a later calibration."""
    calibration = replace(knowing_calibration(), created_at="2026-03-01T00:00:00.000Z")
    identity = replace(an_identity(), calibration=calibration.created_at)
    return Pipeline(knowing_bundle(), calibration), identity


def test_another_model_judges_from_the_next_block_on(room: Room) -> None:
    room.hear(first(15))
    room.monitor.judge_with(*other_model(), now_s=room.now_s)
    assert room.sink.states[-1].calibration == an_identity().calibration
    room.hear(healthy()[15 * RATE_HZ : 26 * RATE_HZ], after_gap=False)
    assert room.said == [WARMING_UP, NORMAL, WARMING_UP, NORMAL]
    assert room.sink.states[-1].calibration == "2026-03-01T00:00:00.000Z"
    assert room.sink.events == []
    assert room.sink.online == [True]


def test_an_open_event_outlasts_a_change_of_model_with_its_highest_peak(
    room: Room, store: Store
) -> None:
    room.hear(faulty()[: 31 * RATE_HZ])
    (started,) = room.sink.events
    highest = max(clip.score or 0 for clip in store.scores.clips("pump", since=BEGAN_AT))
    room.monitor.judge_with(*other_model(), now_s=room.now_s)
    room.hear(faulty()[FAULT_UNTIL_S * RATE_HZ :], after_gap=False)
    _, ended = room.sink.events
    assert (ended.event_id, ended.event_type) == (started.event_id, ENDED)
    assert (ended.started_at, ended.detected_at) == (started.started_at, started.detected_at)
    assert ended.peak_score == highest
    assert highest > (started.peak_score or 0)
    assert not any(state.severity is Severity.NORMAL for state in during(room, started.event_id))


def during(room: Room, event_id: str) -> list[State]:
    """What was told while an event was open."""
    return [state for state in room.sink.states if state.event_id == event_id]


@pytest.mark.parametrize("detector", [*Detector, None])
def test_an_event_goes_on_after_a_restart_by_the_rules_of_what_opened_it(
    store: Store, detector: Detector | None
) -> None:
    recorded = store.record(replace(anomaly(), detector=detector), outgoing=False)
    room = Room(store)
    alarm = room.monitor._pipeline.open_alarm
    assert alarm is not None
    assert alarm.detector is (detector or Detector.THRESHOLD)
    room.hear(healthy())
    assert [event.event_id for event in room.sink.events] == [recorded.event_id]
    assert room.sink.events[0].detector is detector


def test_the_state_tells_a_drift(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DriftWatch, "distance", 1.5)
    room.hear(first(12))
    assert room.sink.states[-1].drift == 1.5
