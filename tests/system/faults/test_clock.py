"""Clocks that jump while somebody listens."""

import threading
import time
from pathlib import Path

import pytest

from asd_monitor.monitor.synth import SAMPLE_RATE_HZ
from tests.support import fake_clock
from tests.support.daemons import Daemon, machine_table, mqtt_table
from tests.support.fake_clock import FakeClock
from tests.support.fault_matrix import fault
from tests.support.listening import Topics, events, playing, says, wait_for_event
from tests.support.mosquitto import Mosquitto, Subscriber, needs_mosquitto
from tests.support.pulse import NullSinkServer, what_is_missing
from tests.support.recorded import with_fault
from tests.system.conftest import Trained

MISSING = what_is_missing() or fake_clock.what_is_missing()
pytestmark = [
    pytest.mark.system,
    pytest.mark.slow,
    pytest.mark.skipif(MISSING is not None, reason=MISSING or ""),
    needs_mosquitto,
]

PUMP = Topics("hall", "pump")
FAULT_S = 14.0
# Onset and end are estimates, each to three seconds.
TOLERANCE_S = 6.0
JUMPED_S = 4.0
HOUR_S = 3600


def to_1970() -> int:
    """Ten minutes after it began."""
    return 600 - int(time.time())


@fault(
    19,
    "clock one hour forward and back in mid-event; start in 1970 and step",
    "one event, its numbers in order, as long as the fault was; nothing is lost, listening goes on",
)
@pytest.mark.parametrize(
    ("first_s", "then_s"),
    [(0, HOUR_S), (0, -HOUR_S), (to_1970(), 0)],
    ids=["forward and back", "back and forward", "from 1970"],
)
def test_a_clock_that_jumps_changes_no_event(
    first_s: int, then_s: int, trained: Trained, tmp_path: Path
) -> None:
    clock = FakeClock(tmp_path)
    clock.set(first_s)
    pulse = tmp_path / "pulse"
    pulse.mkdir()
    sound = with_fault(before_s=22, fault_s=FAULT_S, after_s=60, seed=13)
    with (
        NullSinkServer(pulse, sample_rate_hz=SAMPLE_RATE_HZ) as server,
        Mosquitto(tmp_path) as broker,
        Subscriber(broker.host, broker.port) as subscriber,
        playing(server, sound),
        Daemon(
            tmp_path / "hall",
            machine_table("pump", trained.machine, device=server.device()),
            mqtt_table(broker.port),
            variables={**server.environment, **clock.environment},
        ) as daemon,
    ):
        subscriber.wait_for(says(PUMP.machine_availability, "online"), timeout_s=60)
        wait_for_event(subscriber, PUMP, "anomaly_started")
        clock.set(then_s)
        threading.Event().wait(JUMPED_S)
        clock.set(0)
        wait_for_event(subscriber, PUMP, "anomaly_ended")
        assert daemon.runs
        told = events(subscriber.heard(), PUMP)
    assert [event["seq"] for event in told] == list(range(1, len(told) + 1))
    started, ended = [event for event in told if event["event_type"].startswith("anomaly")]
    assert started["event_id"] == ended["event_id"]
    assert started["started_at"] == ended["started_at"]
    assert abs(ended["duration_s"] - FAULT_S) < TOLERANCE_S
