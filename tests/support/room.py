"""A machine to listen to, without threads and without a clock of its own."""

from dataclasses import replace

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.events import Clock, EventType
from asd_monitor.monitor.evidence.recorder import EvidenceRecorder
from asd_monitor.monitor.machine import MachineMonitor
from asd_monitor.monitor.pipeline import Pipeline
from asd_monitor.monitor.source import CaptureState, CaptureStatus
from asd_monitor.monitor.store.store import Store
from tests.support.machines import RATE_HZ, a_pipeline, an_identity, healthy
from tests.support.recording_sink import RecordingSink
from tests.support.sounds import Sound, blocks

TICK_S = 0.5
STARTED, ENDED = EventType.ANOMALY_STARTED, EventType.ANOMALY_ENDED
LOST, RESTORED = EventType.CAPTURE_LOST, EventType.CAPTURE_RESTORED

WARMING_UP = (Severity.UNKNOWN, "warming_up")
NO_AUDIO = (Severity.UNKNOWN, "no_audio")
NORMAL = (Severity.NORMAL, None)


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

    def wait(
        self,
        seconds: float,
        state: CaptureState = CaptureState.HEALTHY,
        *,
        wrong_device: bool = False,
        pause_s: float = 0.0,
    ) -> None:
        """No sound comes."""
        now = replace(status(state), wrong_device=wrong_device, pause_s=pause_s)
        for _ in range(round(seconds / TICK_S)):
            self.now_s += TICK_S
            self.monitor.tick(now, now_s=self.now_s)

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


def status(state: CaptureState = CaptureState.HEALTHY) -> CaptureStatus:
    """Of the machine's source."""
    return CaptureStatus(state=state, name="fake")


def first(seconds: int) -> Sound:
    """The first seconds of a machine that is well."""
    return healthy()[: seconds * RATE_HZ]
