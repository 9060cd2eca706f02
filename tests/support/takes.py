"""What an event of the arithmetic machine leaves to be kept."""

import functools
from collections.abc import Iterator
from datetime import timedelta

import numpy as np
from ulid import ULID

from asd_monitor.models.audio import AudioBlock
from asd_monitor.monitor.alarms import begin_alarm, end_alarm
from asd_monitor.monitor.config import EvidenceConfig
from asd_monitor.monitor.events import Clock, Event, Kept
from asd_monitor.monitor.evidence.recorder import EvidenceRecorder
from asd_monitor.monitor.evidence.take import Curve, Take
from tests.support.alarms import anomaly
from tests.support.machines import (
    RATE_HZ,
    a_pipeline,
    an_identity,
    faulty,
    knowing_bundle,
    knowing_calibration,
)
from tests.support.sounds import BEGAN_AT, Sound, blocks, noise


class Collector:
    """Keeps what a recorder hands out."""

    def __init__(self) -> None:
        self.takes: list[Take] = []
        self.by_event: dict[str, Kept] = {}

    def submit(self, take: Take) -> None:
        self.takes.append(take)

    def withdraw(self, event_id: str) -> Kept | None:
        return self.by_event.pop(event_id, None)


def a_recorder(collector: Collector, settings: EvidenceConfig | None = None) -> EvidenceRecorder:
    """A recorder of the machine's events."""
    return EvidenceRecorder(
        settings or EvidenceConfig(), knowing_bundle(), knowing_calibration(), keeper=collector
    )


@functools.cache
def takes_of_the_fault() -> tuple[Take, ...]:
    """What a recorder hands out while the machine's fault comes and goes."""
    collector = Collector()
    recorder, pipeline, event = a_recorder(collector), a_pipeline(), None
    for block in _seconds(faulty()):
        outcome = pipeline.push(block)
        for dated in outcome.transitions:
            if dated.ended_sample is None:
                event = begin_alarm(dated, an_identity(), Clock.SYNCED)
                recorder.begin(event, started_sample=dated.started_sample)
            elif event is not None:
                ended = end_alarm(event, dated)
                recorder.end(ended, ended_sample=dated.ended_sample)
        recorder.hear(block, outcome)
    return tuple(collector.takes)


def a_take(event: Event | None = None, *, sound: Sound | None = None) -> Take:
    """A small take of an event, without scores."""
    event = event or anomaly()
    samples = noise(3 * RATE_HZ) if sound is None else sound
    nothing = Curve(at_s=np.empty(0), score=np.empty(0))
    return Take(
        event=event,
        sound=AudioBlock(samples, RATE_HZ, 0, event.started_at - timedelta(seconds=1), True),
        onset_s=1.0,
        ended_s=None,
        windows=nothing,
        clips=nothing,
        bundle=knowing_bundle(),
        calibration=knowing_calibration(),
    )


def an_anomaly_at(hours: float) -> Event:
    """An anomaly whose id, too, tells that it was detected so many hours after the beginning."""
    detected_at = BEGAN_AT + timedelta(hours=hours)
    event = anomaly(detected_at=detected_at)
    assert ULID.from_str(event.event_id).datetime == detected_at
    return event


def _seconds(sound: Sound) -> Iterator[AudioBlock]:
    return blocks(sound, cuts=range(RATE_HZ, len(sound), RATE_HZ))
