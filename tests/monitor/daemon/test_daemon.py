import logging
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from asd_monitor.monitor.daemon import daemon, notify
from asd_monitor.monitor.daemon.crew import Crew
from asd_monitor.monitor.daemon.daemon import Daemon
from asd_monitor.monitor.daemon.node_health import NodeHealth
from asd_monitor.monitor.daemon.signals import Asked
from asd_monitor.monitor.store.store import Store
from tests.support.recording_sink import RecordingSink


@dataclass
class Looks(Crew):
    """A crew of nobody, that is what its script says at each look, and then ends the daemon.

    Attributes:
        settled: whether every machine is settled, look by look.
        hanging: who hangs, look by look.
    """

    asked: Asked = field(default_factory=Asked)
    settled: list[bool] = field(default_factory=list)
    hanging: list[tuple[str, ...]] = field(default_factory=list)
    reload_at: int | None = None
    look: int = -1

    @property
    def is_working(self) -> bool:
        return True

    @property
    def is_settled(self) -> bool:
        return self.settled[self.look]

    def stalled(self, *, now_s: float) -> tuple[str, ...]:  # noqa: ARG002
        return self.hanging[self.look]

    def wait(self, timeout_s: float) -> None:  # noqa: ARG002
        self.look += 1
        if self.look == self.reload_at:
            self.asked.reload.set()
        if self.look == len(self.settled) - 1:
            self.asked.stop.set()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What systemd is told."""
    notices: list[str] = []
    for name in ("ready", "reloading", "stopping", "watchdog"):
        monkeypatch.setattr(notify, name, lambda name=name: notices.append(name))
    return notices


def run(
    store: Store,
    crew: Looks,
    *,
    delivers: bool = True,
    dead: tuple[str, ...] = (),
    hanging: tuple[str, ...] = (),
) -> RecordingSink:
    sink = RecordingSink()
    health = NodeHealth(node="hall", data=Path.cwd(), store=store, broker=None)
    Daemon(
        crew=crew,
        health=health,
        store=store,
        sinks=[sink],
        is_delivering=lambda: delivers,
        dead_threads=lambda: dead,
        hanging_threads=lambda: hanging,
        reload=lambda: None,
    ).run(crew.asked)
    return sink


def test_it_is_ready_once_and_shows_signs_of_life_from_then_on(
    store: Store, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon, "HEALTH_INTERVAL_S", 3600.0)
    run(store, Looks(settled=[False, True, False], hanging=[()] * 3))
    assert told == ["ready", "watchdog", "watchdog", "stopping"]


def test_a_thread_that_hangs_ends_the_signs_of_life_and_is_named_once(
    store: Store, told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    run(store, Looks(settled=[True] * 5, hanging=[(), ("pump",), ("pump",), (), ("pump",)]))
    assert told == ["ready", "watchdog", "watchdog", "stopping"]
    named = [record for record in caplog.records if "listening to pump" in record.getMessage()]
    assert [record.levelno for record in named] == [logging.ERROR] * 2


def test_messages_that_cannot_leave_end_the_signs_of_life(store: Store, told: list[str]) -> None:
    run(store, Looks(settled=[True] * 3, hanging=[()] * 3), delivers=False)
    assert told == ["ready", "stopping"]


def test_a_thread_that_has_died_ends_the_signs_of_life(store: Store, told: list[str]) -> None:
    run(store, Looks(settled=[True] * 3, hanging=[()] * 3), dead=("webhook",))
    assert told == ["ready", "stopping"]


def test_a_thread_that_hangs_with_something_to_tell_ends_the_signs_of_life_and_is_named(
    store: Store, told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    run(store, Looks(settled=[True] * 3, hanging=[()] * 3), hanging=("webhook",))
    assert told == ["ready", "stopping"]
    (named,) = [record for record in caplog.records if "the thread webhook" in record.getMessage()]
    assert named.levelno == logging.ERROR


def test_after_a_reload_it_is_ready_when_every_machine_is_again_and_lives_meanwhile(
    store: Store, told: list[str]
) -> None:
    run(store, Looks(settled=[True, False, True], hanging=[()] * 3, reload_at=1))
    assert told == [
        *("ready", "watchdog"),
        *("reloading", "watchdog"),
        *("ready", "watchdog"),
        "stopping",
    ]
