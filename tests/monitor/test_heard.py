from dataclasses import replace
from datetime import timedelta

import pytest

from asd_monitor.calibrate.verdict import Severity, Verdict
from asd_monitor.monitor.events import Clock
from asd_monitor.monitor.heard import Heard, HeardMeter
from asd_monitor.monitor.machine import MachineMonitor
from asd_monitor.monitor.outcome import JudgedClip
from asd_monitor.monitor.source import CaptureState, CaptureStatus
from asd_monitor.monitor.store.marks import Opinion
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import NOON, anomaly
from tests.support.clip_scores import clip
from tests.support.machines import LENGTH_S, RATE_HZ, a_pipeline, an_identity, faulty, healthy
from tests.support.sounds import Sound, blocks

MADE = "2026-01-02T03:04:05.678Z"


def _judged(end_s: float, severity: Severity = Severity.NORMAL) -> JudgedClip:
    verdict = Verdict(severity, None, 0.0, 1.0, 0.5)
    return JudgedClip(clip(0.0, start_s=end_s - 10), verdict, NOON + timedelta(seconds=end_s))


def _count(store: Store, ends_s: list[float], **changes: bool) -> float:
    meter = HeardMeter("pump", store.heard)
    for end_s in ends_s:
        meter.count(_judged(end_s), calibration=MADE, counts=changes.get("counts", True))
    meter.write()
    return store.heard.of("pump", MADE).seconds


def test_overlapping_clips_count_their_sound_once(store: Store) -> None:
    assert _count(store, [10.0 + i for i in range(100)]) == pytest.approx(109.0)


def test_sound_after_a_gap_counts_and_the_gap_does_not(store: Store) -> None:
    assert _count(store, [10.0, 11.0, 100.0, 101.0]) == pytest.approx(22.0)


def test_unknown_clips_and_those_within_an_event_count_for_nothing(store: Store) -> None:
    assert _count(store, [10.0, 11.0], counts=False) == 0
    meter = HeardMeter("pump", store.heard)
    meter.count(_judged(10.0, Severity.UNKNOWN), calibration=MADE, counts=True)
    meter.write()
    assert store.heard.of("pump", MADE) == Heard()


def test_every_calibration_has_its_own_hours_which_outlast_a_restart(store: Store) -> None:
    meter = HeardMeter("pump", store.heard)
    meter.count(_judged(10.0), calibration=MADE, counts=True)
    meter.count(_judged(11.0), calibration="another", counts=True)
    meter.write()
    assert store.heard.of("pump", MADE).seconds == 10.0
    assert store.heard.of("pump", "another").seconds == 1.0
    _count(store, [20.0])
    assert store.heard.of("pump", MADE).seconds == 20.0


def test_an_event_is_a_false_alarm_until_somebody_marks_it_as_true(store: Store) -> None:
    event = store.record(replace(anomaly(), calibration=MADE), outgoing=False)
    assert store.heard.of("pump", MADE).alarms == 1
    assert store.heard.of("pump", "another").alarms == 0
    store.marks.give_opinion(event.event_id, Opinion.FALSE_ALARM, note=None, at=NOON)
    assert store.heard.of("pump", MADE).alarms == 1
    store.marks.give_opinion(event.event_id, Opinion.TRUE_ALARM, note=None, at=NOON)
    assert store.heard.of("pump", MADE).alarms == 0


def test_what_was_heard_is_forgotten_with_the_machine(store: Store) -> None:
    _count(store, [10.0])
    store.forget_machine("pump")
    assert store.heard.of("pump", MADE) == Heard()


def test_a_machine_that_is_listened_to_counts_its_hours_but_not_those_of_an_event(
    store: Store,
) -> None:
    def listen(sound: Sound, *, machine: str) -> Heard:
        monitor = MachineMonitor(
            replace(an_identity(), machine=machine),
            a_pipeline(),
            store=store,
            sinks=[],
            outgoing=False,
            clock=lambda: Clock.SYNCED,
            now_s=0.0,
        )
        for block in blocks(sound, cuts=range(RATE_HZ, len(sound), RATE_HZ)):
            monitor.hear(block, now_s=0.0)
        monitor.finish(CaptureStatus(state=CaptureState.ENDED, name="fake"), now_s=0.0)
        return store.heard.of(machine, an_identity().calibration)

    assert listen(healthy(), machine="pump") == Heard(seconds=LENGTH_S, alarms=0)
    alarmed = listen(faulty(), machine="press")
    assert alarmed.alarms == 1
    assert 10 < alarmed.seconds < LENGTH_S - 10
