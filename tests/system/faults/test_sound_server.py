"""Microphones and the sound server they hang on."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, normal_sound
from tests.support.daemons import Daemon, machine_table, mqtt_table
from tests.support.fault_matrix import fault
from tests.support.listening import Topics, events, playing, says, tells
from tests.support.mosquitto import Mosquitto, Subscriber, needs_mosquitto
from tests.support.pulse import NullSinkServer, what_is_missing
from tests.system.conftest import Trained

MISSING = what_is_missing()
pytestmark = [
    pytest.mark.system,
    pytest.mark.slow,
    pytest.mark.skipif(MISSING is not None, reason=MISSING or ""),
    needs_mosquitto,
]

PUMP = Topics("hall", "pump")
NOTICED_S = 8.0
RESUMED_S = 14.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NullSinkServer]:
    folder = tmp_path / "pulse"
    folder.mkdir()
    with NullSinkServer(folder, sample_rate_hz=SAMPLE_RATE_HZ) as running:
        yield running


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as running:
        yield running


def listening(folder: Path, server: NullSinkServer, broker: Mosquitto, trained: Trained) -> Daemon:
    return Daemon(
        folder / "hall",
        machine_table("pump", trained.machine, device=server.device()),
        mqtt_table(broker.port),
        variables=server.environment,
    )


def wait_for_loss(subscriber: Subscriber, *, number: int, timeout_s: float) -> dict[str, Any]:
    """The so-manyth loss that is told, with availability and state."""
    lost = [tells(PUMP.event, event_type="capture_lost", seq=number)]
    told = subscriber.wait_for(lost[0], timeout_s=timeout_s).json()
    is_lost = tells(PUMP.state, severity="unknown", reason="no_audio")
    # Events and states travel apart: either may arrive first.
    subscriber.wait_for(
        lambda _: is_lost([heard for heard in subscriber.heard() if heard.topic == PUMP.state][-1]),
        timeout_s=timeout_s,
    )
    return told


def wait_for_return(subscriber: Subscriber, *, number: int, timeout_s: float) -> None:
    is_back = tells(PUMP.event, event_type="capture_restored", seq=number)
    subscriber.wait_for(is_back, timeout_s=timeout_s)


@fault(
    12,
    "microphone unloaded, and back after a minute",
    "told within 5 s, the machine offline and unknown; heard again within 10 s of its return",
)
def test_a_microphone_that_is_gone_for_a_minute_is_heard_again(
    server: NullSinkServer, broker: Mosquitto, trained: Trained, tmp_path: Path
) -> None:
    with (
        Subscriber(broker.host, broker.port) as subscriber,
        listening(tmp_path, server, broker, trained) as daemon,
    ):
        subscriber.wait_for(says(PUMP.machine_availability, "online"), timeout_s=60)
        module = server.unload()
        wait_for_loss(subscriber, number=1, timeout_s=NOTICED_S)
        threading.Event().wait(60)
        assert daemon.runs
        server.load(module)
        wait_for_return(subscriber, number=2, timeout_s=RESUMED_S)
        newest = [h for h in subscriber.heard() if h.topic == PUMP.machine_availability][-1]
        assert newest.payload == "online"


@fault(
    14,
    "sound server stopped and continued, then killed and started again",
    "each loss told within 5 s, heard again within 10 s; the sound in between is judged as ever",
)
def test_a_sound_server_that_hangs_and_dies_is_survived(
    server: NullSinkServer, broker: Mosquitto, trained: Trained, tmp_path: Path
) -> None:
    with (
        Subscriber(broker.host, broker.port) as subscriber,
        listening(tmp_path, server, broker, trained) as daemon,
    ):
        subscriber.wait_for(says(PUMP.machine_availability, "online"), timeout_s=60)
        with server.frozen():
            wait_for_loss(subscriber, number=1, timeout_s=NOTICED_S)
        wait_for_return(subscriber, number=2, timeout_s=RESUMED_S)
        server.stop()
        wait_for_loss(subscriber, number=3, timeout_s=NOTICED_S)
        server.start()
        with playing(server, normal_sound(60, seed=8)):
            wait_for_return(subscriber, number=4, timeout_s=RESUMED_S)
            before = len(subscriber.heard())
            is_normal = tells(PUMP.state, severity="normal")
            subscriber.wait_for(
                lambda heard: heard in subscriber.heard()[before:] and is_normal(heard),
                timeout_s=40,
            )
        assert daemon.runs
        told = events(subscriber.heard(), PUMP)
    assert [event["seq"] for event in told] == [1, 2, 3, 4]
    assert "Traceback" not in daemon.log
