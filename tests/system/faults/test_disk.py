"""A disk that is full, and an outbox that is."""

import subprocess
from pathlib import Path

import pytest

from asd_monitor.models.recordings import open_recording
from asd_monitor.monitor.events import EventType
from asd_monitor.monitor.messages import event_payload
from asd_monitor.monitor.store.outbox import OutgoingMessage
from asd_monitor.monitor.store.store import FILE_NAME, Store
from tests.support.alarms import anomaly
from tests.support.command_line import COMMAND, environment
from tests.support.daemons import Daemon, mqtt_table, wait_until
from tests.support.disks import fill, small_disk
from tests.support.fault_matrix import fault
from tests.support.listening import Topics, says, tells
from tests.support.mosquitto import Heard, Mosquitto, Subscriber, needs_mosquitto
from tests.support.pulse import NullSinkServer, what_is_missing
from tests.system.faults.conftest import Hall

pytestmark = pytest.mark.system

PUMP = Topics("hall", "pump")
CAP = 10_000


def is_short_of_room(heard: Heard) -> bool:
    """Whether a message is health that says so."""
    return heard.topic.endswith("/health") and heard.json()["store"]["short_of_room"]


@pytest.mark.slow
@needs_mosquitto
@fault(
    10,
    "state directory full",
    "scoring goes on and alerts are told; health says so; it recovers without a restart",
)
def test_a_full_disk_stops_no_alert(hall: Hall, tmp_path: Path) -> None:
    with small_disk(tmp_path, megabytes=24) as disk, Mosquitto(tmp_path) as broker:
        tables = (hall.troubled(), hall.quiet(), mqtt_table(broker.port))
        daemon = Daemon(tmp_path / "hall", *tables, data=disk / "data")
        with daemon, Subscriber(broker.host, broker.port) as subscriber:
            subscriber.wait_for(says(PUMP.machine_availability, "online"))
            filler = fill(disk)
            started = subscriber.wait_for(
                tells(PUMP.event, event_type="anomaly_started"), timeout_s=60
            )
            subscriber.wait_for(tells(PUMP.event, event_type="anomaly_ended"), timeout_s=60)
            subscriber.wait_for(is_short_of_room, timeout_s=60)
            filler.unlink()
            first = len(subscriber.heard("/health"))
            subscriber.wait_for_count("/health", first + 2, timeout_s=90)
            assert not is_short_of_room(subscriber.heard("/health")[-1])
            assert [event.event_id for event in daemon.events()] == [started.json()["event_id"]]
            assert daemon.runs
        assert "Traceback" not in daemon.log


@pytest.mark.slow
@needs_mosquitto
@fault(
    11,
    "outbox at its cap",
    "it stays at its cap: news of the capture go before alerts, the oldest first; drops counted",
)
def test_an_outbox_at_its_cap_keeps_the_newest_alerts(hall: Hall, tmp_path: Path) -> None:
    daemon = Daemon(tmp_path / "hall", hall.busy(), hall.quiet(), mqtt_table(1))
    daemon.data.mkdir()
    with Store(daemon.data / FILE_NAME) as store:
        event = store.record(anomaly(), outgoing=False)
        with store._database.transaction() as transaction:
            for number in range(CAP):
                payload = event_payload(event)
                if number % 1000 == 999:
                    payload = payload.replace(b"anomaly_started", b"capture_lost")
                store.outbox.add(transaction, event.event_id, OutgoingMessage("t", payload))
    with daemon:
        daemon.wait_for_log("no more are kept")
        wait_until(lambda: len(daemon.events()) >= 11)
        outbox = daemon.status()["outbox"]
    assert outbox["depth"] == CAP
    assert outbox["dropped"] >= 15
    with Store(daemon.data / FILE_NAME) as store:
        payloads = [pending.message.payload for pending in store.outbox.pending(limit=CAP)]
    assert not [payload for payload in payloads if b"capture_lost" in payload]
    assert EventType.ANOMALY_ENDED.encode() in payloads[-1]


MISSING = what_is_missing()


@pytest.mark.slow
@pytest.mark.skipif(MISSING is not None, reason=MISSING or "")
@fault(
    9,
    "SIGKILL and disk full while a recording is written",
    "no partial file under a final name",
)
@pytest.mark.parametrize("how", ["killed", "disk full"])
def test_a_recording_is_whole_or_not_there(how: str, tmp_path: Path) -> None:
    with (
        small_disk(tmp_path, megabytes=4) as disk,
        NullSinkServer(tmp_path, sample_rate_hz=48_000) as server,
    ):
        takes = disk / "takes"
        takes.mkdir()
        command = [
            *(str(COMMAND), "record", "--device", server.device(), "--duration", "60s"),
            *("--out", str(takes), "--format", "wav"),
        ]
        with subprocess.Popen(
            command,
            env={**environment(), **server.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as recorder:
            if how == "disk full":
                fill(disk)
            else:
                wait_until(lambda: list(takes.iterdir()))
                recorder.kill()
            _, said = recorder.communicate(timeout=60)
        if how == "disk full":
            assert recorder.returncode == 1
            assert said.count("asd-monitor: ") == 1, said
            assert "Traceback" not in said
        for take in takes.glob("*.wav"):
            assert open_recording(take).duration_s > 9
