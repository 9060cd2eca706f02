"""The broker comes late, dies, flaps, hangs, is somebody else's."""

import subprocess
import threading
import time
from pathlib import Path

import pytest

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.timestamps import parse_utc, utc_now
from tests.support.daemons import Daemon, mqtt_table, wait_until
from tests.support.fault_matrix import fault
from tests.support.listening import Topics, events, says, tells
from tests.support.mosquitto import Mosquitto, Subscriber, needs_mosquitto, retained
from tests.system.faults.conftest import BUSY_MESSAGES, Hall

pytestmark = [pytest.mark.system, needs_mosquitto]

FLAPPING_S = 150.0
PUMP = Topics("hall", "pump")
BUSY = Topics("hall", "busy")


@fault(
    1,
    "no broker at start; it comes later",
    "listening begins at once; every waiting alert arrives in order, and the states",
)
def test_a_broker_that_comes_later_gets_everything(hall: Hall, tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path)
    subscriber = Subscriber(broker.host, broker.port)
    with broker, subscriber:
        pass  # from now on the broker keeps for the subscriber what it misses
    tables = (hall.busy(), hall.quiet(), mqtt_table(broker.port))
    with Daemon(tmp_path / "hall", *tables) as daemon:
        daemon.wait_for_events(5)
        daemon.wait_for_log("refuses connections")
        with broker, subscriber:
            told = subscriber.wait_for_count("busy/event", BUSY_MESSAGES)
            subscriber.wait_for(says("asd-monitor/hall/availability", "online"))
            subscriber.wait_for(lambda heard: heard.topic == "asd-monitor/hall/quiet/state")
            seqs = [event["seq"] for event in events(told, BUSY)]
            assert daemon.runs
    assert seqs == list(range(1, BUSY_MESSAGES + 1))
    assert "Traceback" not in daemon.log


@pytest.mark.slow
@fault(
    2,
    "mosquitto killed in mid-event, back without its persistence",
    "the open event is retained again in the state; its end arrives",
)
def test_a_broker_that_forgets_in_mid_event_is_told_again(hall: Hall, tmp_path: Path) -> None:
    with (
        Mosquitto(tmp_path) as broker,
        Daemon(tmp_path / "hall", hall.troubled(), hall.quiet(), mqtt_table(broker.port)),
    ):
        with Subscriber(broker.host, broker.port) as before:
            started = before.wait_for(
                tells(PUMP.event, event_type="anomaly_started"), timeout_s=60
            ).json()
            broker.kill()
        broker.forget()
        broker.start()
        with Subscriber(broker.host, broker.port) as after:
            open_state = after.wait_for(tells(PUMP.state, event_id=started["event_id"]))
            ended = after.wait_for(tells(PUMP.event, event_type="anomaly_ended"), timeout_s=60)
            assert open_state.json()["anomaly"] is True
            assert ended.json()["event_id"] == started["event_id"]
            assert retained(broker.host, broker.port, PUMP.node_availability) == "online"


@pytest.mark.slow
@fault(
    3,
    "broker flapping for minutes",
    "threads, descriptors and memory stay flat; no event is lost",
)
def test_a_flapping_broker_costs_nothing(hall: Hall, tmp_path: Path) -> None:
    machines = [hall.busy(f"busy-{n}") for n in range(3)]
    broker = Mosquitto(tmp_path, options=["autosave_interval 1"])
    subscriber = Subscriber(broker.host, broker.port)
    with broker, subscriber:
        pass
    daemon = Daemon(tmp_path / "hall", *machines, hall.quiet(), mqtt_table(broker.port))
    with daemon:
        daemon.wait_for_events(3)
        ends_s = time.monotonic() + FLAPPING_S
        seen = []
        pause = threading.Event()
        while time.monotonic() < ends_s:
            with broker:
                pause.wait(2.0)
                seen.append(daemon.resources)
            pause.wait(1.0)
        with broker, subscriber:
            wait_until(lambda: daemon.waiting() == 0, lambda: daemon.log, timeout_s=320)
            told = subscriber.wait_for_count("/event", 3 * BUSY_MESSAGES)
    first, last = seen[2], seen[-1]
    assert last.threads <= first.threads
    assert last.descriptors <= first.descriptors + 2
    assert last.rss_bytes < first.rss_bytes * 1.1
    for number in range(3):
        topics = Topics("hall", f"busy-{number}")
        seqs = [event["seq"] for event in events(told, topics)]
        assert seqs == list(range(1, BUSY_MESSAGES + 1))


@fault(
    4,
    "broker stopped with SIGSTOP",
    "noticed within 1.5 keep-alives; scoring goes on at its pace; alerts arrive afterwards",
)
def test_a_hanging_broker_is_noticed_and_listening_goes_on(hall: Hall, tmp_path: Path) -> None:
    keepalive_s = 4
    tables = (
        hall.troubled(),
        hall.quiet(),
        mqtt_table(0, f"keepalive_s = {keepalive_s}"),
    )
    with Mosquitto(tmp_path) as broker:
        daemon = Daemon(
            tmp_path / "hall", *(t.replace("port = 0", f"port = {broker.port}") for t in tables)
        )
        with daemon, Subscriber(broker.host, broker.port) as subscriber:
            subscriber.wait_for(says(PUMP.machine_availability, "online"))
            with broker.frozen():
                stopped_s = time.monotonic()
                daemon.wait_for_log("fallen silent", timeout_s=1.5 * keepalive_s + 2)
                noticed_s = time.monotonic() - stopped_s
                daemon.wait_for_events(1)
                pump = next(m for m in daemon.status()["machines"] if m["machine"] == "pump")
                age_s = (utc_now() - parse_utc(pump["last_clip_at"])).total_seconds()
            started = subscriber.wait_for(
                tells(PUMP.event, event_type="anomaly_started"), timeout_s=60
            )
    assert noticed_s < 1.5 * keepalive_s + 2
    assert age_s < 3.0
    assert started.json()["severity"] == Severity.CRITICAL


@fault(
    7,
    "a second client with the same id",
    "named, with the remedy; pauses grow instead of a storm; it recovers when the other is gone",
)
def test_a_second_client_with_our_name_is_named(hall: Hall, tmp_path: Path) -> None:
    with (
        Mosquitto(tmp_path) as broker,
        Daemon(tmp_path / "hall", hall.quiet(), mqtt_table(broker.port)) as daemon,
    ):
        daemon.wait_for_log("Connected to the MQTT broker")
        intruder = subprocess.Popen(
            ["mosquitto_sub", "-p", str(broker.port), "-t", "x", "-i", "asd-monitor-hall"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            daemon.wait_for_log("second client calls itself 'asd-monitor-hall'")
            threading.Event().wait(5)
        finally:
            intruder.kill()
            intruder.wait()
        with Subscriber(broker.host, broker.port) as subscriber:
            subscriber.wait_for(says("asd-monitor/hall/availability", "online"))
            assert len([line for line in broker.log if " as asd-monitor-hall " in line]) <= 24
