"""A machine that is listened to: its states, its events and their sound."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.drift import DriftWatch
from asd_monitor.calibrate.judge import judge
from asd_monitor.calibrate.trend import Trend
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.fusion import CLIP, Voice
from asd_monitor.models.timestamps import format_utc
from asd_monitor.monitor.announcer import STATE_INTERVAL_S
from asd_monitor.monitor.events import Kept
from asd_monitor.monitor.evidence.take import Take
from asd_monitor.monitor.pipeline import Pipeline
from asd_monitor.monitor.source import CaptureState
from asd_monitor.monitor.store.store import Store
from tests.support.bundles import tiny_ensemble
from tests.support.clip_scores import clip
from tests.support.machines import (
    FAULT_FROM_S,
    LENGTH_S,
    RATE_HZ,
    faulty,
    healthy,
    knowing_bundle,
    knowing_calibration,
)
from tests.support.room import ENDED, NO_AUDIO, NORMAL, STARTED, TICK_S, WARMING_UP, Room, first
from tests.support.sounds import BEGAN_AT
from tests.support.stores import unwritable
from tests.support.takes import Collector, a_recorder


def clip_bundle() -> Bundle:
    """A bundle that scores whole clips only."""
    bundle = knowing_bundle()
    return replace(bundle, members=tiny_ensemble().members[1:])


def clip_calibration() -> Calibration:
    """One for it; never mind its thresholds."""
    voice = Voice(member=0, kind="spectral", pooling=CLIP, mean=0.0, std=1.0)
    return replace(knowing_calibration(), members=(voice,))


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


def test_a_machine_is_online_though_none_of_its_detectors_judges_windows(store: Store) -> None:
    room = Room(store, pipeline=Pipeline(clip_bundle(), clip_calibration()))
    room.hear(first(15))
    assert room.sink.online == [True]
    assert room.event_types == []


def test_at_the_end_of_the_recordings_an_event_closes(room: Room, store: Store) -> None:
    room.hear(faulty()[: 30 * RATE_HZ])
    room.finish()
    assert room.event_types == [STARTED, ENDED]
    assert room.said[-1] == NO_AUDIO
    assert room.sink.states[-1].capture == "ended"
    assert not room.sink.states[-1].anomaly
    assert store.open_events() == ()


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


def test_the_state_tells_a_drift(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DriftWatch, "distance", 1.5)
    room.hear(first(12))
    assert room.sink.states[-1].drift == 1.5
