"""A store that is damaged under a daemon that listens."""

from pathlib import Path

import pytest

from asd_monitor.monitor.store.store import FILE_NAME
from tests.support.daemons import Daemon, mqtt_table
from tests.support.damage import damage_store
from tests.support.fault_matrix import fault
from tests.support.listening import Topics, tells
from tests.support.mosquitto import Mosquitto, Subscriber, needs_mosquitto
from tests.system.faults.conftest import Hall

pytestmark = [pytest.mark.system, needs_mosquitto]

PUMP = Topics("hall", "pump")


@fault(
    22,
    "database damaged while the daemon listens",
    "set aside at once under a dated name, a new one begun; the alert's end is told, by its id",
)
def test_alerts_go_on_in_a_new_store(hall: Hall, tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker, Subscriber(broker.host, broker.port) as subscriber:
        tables = (hall.troubled(), hall.quiet(), mqtt_table(broker.port))
        with Daemon(tmp_path / "hall", *tables) as daemon:
            started = subscriber.wait_for(tells(PUMP.event, event_type="anomaly_started"))
            damage_store(daemon.data / FILE_NAME)
            ended = subscriber.wait_for(tells(PUMP.event, event_type="anomaly_ended"))
            assert ended.json()["event_id"] == started.json()["event_id"]
            assert ended.json()["seq"] > started.json()["seq"]
            assert daemon.runs
            assert [event.event_id for event in daemon.events()] == [ended.json()["event_id"]]
    assert daemon.log.count("is damaged") == 1
    assert "Traceback" not in daemon.log
    assert any(".damaged-" in each.name for each in daemon.data.iterdir())
