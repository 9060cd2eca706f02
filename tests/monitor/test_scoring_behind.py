"""A scorer five times too slow for its sound, with everything around it as it is in the daemon.

Time runs twenty times as fast as on the clock, for the sound and for the scorer alike.
"""

import threading
import time
import tracemalloc
from dataclasses import dataclass
from itertools import pairwise

import pytest

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.audio import AudioBlock
from asd_monitor.monitor.capture.device import MicrophoneSpec
from asd_monitor.monitor.daemon.listener import Listener, listen
from asd_monitor.monitor.daemon.node_health import NodeHealth
from asd_monitor.monitor.events import Clock, EventType
from asd_monitor.monitor.machine import MachineMonitor
from asd_monitor.monitor.messages import Health
from asd_monitor.monitor.outcome import Outcome
from asd_monitor.monitor.pipeline import Pipeline
from asd_monitor.monitor.sources.microphone import BUFFER_S, Microphone
from asd_monitor.monitor.store.store import FILE_NAME, Store
from tests.support.capture_children import fast_child
from tests.support.fault_matrix import fault
from tests.support.machines import (
    FAULT_FROM_S,
    FAULT_UNTIL_S,
    RATE_HZ,
    an_identity,
    faulty,
    knowing_bundle,
    knowing_calibration,
)
from tests.support.recording_sink import RecordingSink

pytestmark = fault(
    16,
    "scoring five times slower than sound",
    "the oldest stretches are dropped whole and counted, memory stays flat, alerts still leave",
)

SPEED = 20.0
TOO_SLOW = 5.0
MEGABYTE = 1 << 20


class SlowPipeline(Pipeline):
    """Takes its time over every block, as a computer does that is too small."""

    def __init__(self) -> None:
        super().__init__(knowing_bundle(), knowing_calibration())
        self.heard: list[tuple[int, int]] = []

    def push(self, block: AudioBlock) -> Outcome:
        sound_s = len(block.samples) / block.sample_rate_hz
        threading.Event().wait(TOO_SLOW * sound_s / SPEED)
        self.heard.append((block.first_sample, block.first_sample + len(block.samples)))
        return super().push(block)


@dataclass(frozen=True)
class Told:
    """What came of it.

    Attributes:
        sink: what was told.
        health: of the node at the end.
        memory: bytes in use when sound was first given up, and at the end.
        heard: first and last position of every block that was judged.
        n_waiting: event messages that wait for a broker.
    """

    sink: RecordingSink
    health: Health
    memory: tuple[int, int]
    heard: list[tuple[int, int]]
    n_waiting: int

    @property
    def dropped_s(self) -> float:
        """Sound that was given up."""
        return self.health.capture["pump"].dropped_s

    @property
    def gaps_s(self) -> list[float]:
        """Length of every gap in the sound that was judged."""
        gaps = [begin - end for (_, end), (begin, _) in pairwise(self.heard)]
        return [gap / RATE_HZ for gap in gaps if gap]

    @property
    def stretches_s(self) -> list[float]:
        """Length of every whole stretch between two gaps."""
        begin, lengths = self.heard[0][0], []
        for (_, end), (next_begin, _) in pairwise(self.heard):
            if next_begin > end:
                lengths.append((end - begin) / RATE_HZ)
                begin = next_begin
        return lengths


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A machine that sounds wrong all the time, listened to until sound was given up thrice."""
    folder = tmp_path_factory.mktemp("behind")
    sound = faulty()[(FAULT_FROM_S + 1) * RATE_HZ : (FAULT_UNTIL_S - 1) * RATE_HZ]
    sound.tofile(folder / "sound.f32")
    command = fast_child(folder / "sound.f32", sample_rate_hz=RATE_HZ, speed=SPEED)
    spec = MicrophoneSpec(device="fast", channel=0, n_channels=1, sample_rate_hz=RATE_HZ)
    source, pipeline, sink = Microphone(spec, command=command), SlowPipeline(), RecordingSink()
    stop = threading.Event()
    with Store(folder / FILE_NAME) as store:
        monitor = MachineMonitor(
            an_identity(),
            pipeline,
            store=store,
            sinks=[sink],
            outgoing=True,
            clock=lambda: Clock.SYNCED,
            now_s=time.monotonic(),
        )
        listener = Listener(source, monitor, "pump")
        thread = threading.Thread(target=listen, args=(listener, stop))
        tracemalloc.start()
        thread.start()
        memory = _bytes_after(source, times=1), _bytes_after(source, times=3)
        tracemalloc.stop()
        health = NodeHealth(node="hall", data=folder, store=store, broker=None).now([listener])
        stop.set()
        thread.join()
        return Told(sink, health, memory, pipeline.heard, store.outbox.health().depth)


def _bytes_after(source: Microphone, *, times: int) -> int:
    """Bytes in use when what waited has been given up so many times."""
    pause = threading.Event()
    for _ in range(6000):
        if source.status.dropped_s >= times * (BUFFER_S - 1):
            return tracemalloc.get_traced_memory()[0]
        pause.wait(0.01)
    raise AssertionError(source.status)


def test_the_oldest_sound_is_given_up_in_whole_and_long_stretches_are_left(told: Told) -> None:
    assert all(gap_s >= BUFFER_S - 1 for gap_s in told.gaps_s)
    assert len(told.gaps_s) >= 2
    assert min(told.stretches_s) >= 12, "a clip and the confirmation fit into each"


def test_every_second_of_it_is_counted_and_in_the_health_of_the_node(told: Told) -> None:
    not_read_yet_s = told.dropped_s - sum(told.gaps_s)
    assert -0.01 <= not_read_yet_s <= BUFFER_S
    assert told.dropped_s >= 3 * (BUFFER_S - 1)
    assert told.health.queue.behind_s <= BUFFER_S


def test_the_state_is_unknown_for_that_reason_though_an_event_is_open(told: Told) -> None:
    said = [(state.severity, state.reason) for state in told.sink.states]
    assert (Severity.UNKNOWN, "scoring_behind") in said
    begun = said.index((Severity.UNKNOWN, "scoring_behind"))
    assert {severity for severity, _ in said[begun:]} == {Severity.UNKNOWN}
    assert any(state.anomaly for state in told.sink.states[begun:])


def test_alarms_still_leave(told: Told) -> None:
    assert [event.event_type for event in told.sink.events] == [EventType.ANOMALY_STARTED]
    assert told.n_waiting == 1


def test_memory_stays_flat(told: Told) -> None:
    first, last = told.memory
    assert last - first < MEGABYTE
