import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.errors import AudioError
from asd_monitor.monitor.daemon.crew import Crew
from asd_monitor.monitor.daemon.listener import STALLED_AFTER_S, Listener
from asd_monitor.monitor.events import Clock
from asd_monitor.monitor.machine import MachineMonitor
from asd_monitor.monitor.source import CaptureState, CaptureStatus
from asd_monitor.monitor.store.store import FILE_NAME, Store
from tests.support.machines import a_pipeline, an_identity
from tests.support.recording_sink import RecordingSink

PATIENCE_S = 20.0


class Tap:
    """A source that ticks until it is told to end, or to break."""

    kind: ClassVar[str] = "tap"
    status = CaptureStatus(state=CaptureState.HEALTHY, name="tap")

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.breaks = False
        self.n_ticks = 0

    def blocks(self, stop: threading.Event) -> Generator[AudioBlock | None, None, None]:
        while not (stop.is_set() or self.may_end.wait(0.005)):
            self.n_ticks += 1
            yield None
        if self.breaks:
            raise AudioError("broken")


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Callable[[Tap, str], Listener]]:
    with Store(tmp_path / FILE_NAME) as store:

        def make(source: Tap, machine: str) -> Listener:
            monitor = MachineMonitor(
                an_identity(),
                a_pipeline(),
                store=store,
                sinks=[RecordingSink()],
                outgoing=False,
                clock=lambda: Clock.SYNCED,
                now_s=0.0,
            )
            return Listener(source, monitor, machine)

        yield make


Make = Callable[[Tap, str], Listener]


def wait_until_over(crew: Crew) -> None:
    while crew.is_working:
        crew.wait(PATIENCE_S)


def test_it_works_until_the_last_source_has_ended(listener: Make) -> None:
    crew, one, other = Crew(), Tap(), Tap()
    crew.start(listener(one, "pump"))
    crew.start(listener(other, "fan"))
    assert [each.machine for each in crew.listeners] == ["pump", "fan"]
    one.may_end.set()
    crew.wait(PATIENCE_S)
    assert crew.is_working
    other.may_end.set()
    wait_until_over(crew)
    assert not crew.has_failed
    assert crew.is_settled
    crew.dismiss_all()
    assert crew.listeners == ()


def test_who_is_dismissed_ends_and_the_others_listen_on(listener: Make) -> None:
    crew, leaving, staying = Crew(), Tap(), Tap()
    threads = set(threading.enumerate())
    crew.start(listener(leaving, "pump"))
    crew.start(listener(staying, "fan"))
    crew.dismiss(["pump"])
    ticks = staying.n_ticks
    while staying.n_ticks == ticks:
        crew.wait(0.01)
    assert [each.machine for each in crew.listeners] == ["fan"]
    crew.dismiss_all()
    assert set(threading.enumerate()) <= threads


def test_what_one_raises_is_known_and_raised_when_all_have_ended(listener: Make) -> None:
    crew, broken, other = Crew(), Tap(), Tap()
    broken.breaks = True
    crew.start(listener(broken, "pump"))
    crew.start(listener(other, "fan"))
    broken.may_end.set()
    crew.wait(PATIENCE_S)
    assert crew.has_failed
    with pytest.raises(AudioError, match="broken"):
        crew.dismiss_all()
    assert other.n_ticks >= 0
    assert crew.listeners == ()


def test_a_machine_that_has_been_heard_of_too_long_ago_hangs_unless_it_has_ended(
    listener: Make,
) -> None:
    crew, source = Crew(), Tap()
    hanging = listener(source, "pump")
    crew.start(hanging)
    assert crew.stalled(now_s=hanging.progress_s) == ()
    assert crew.stalled(now_s=hanging.progress_s + 2 * STALLED_AFTER_S) == ("pump",)
    source.may_end.set()
    wait_until_over(crew)
    assert crew.stalled(now_s=hanging.progress_s + 2 * STALLED_AFTER_S) == ()
