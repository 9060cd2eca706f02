import logging
import threading
from pathlib import Path

import pytest

from asd_monitor.monitor.daemon.dead_threads import DeadThreads
from asd_monitor.monitor.durable_courier import DurableCourier
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import anomaly


def test_a_courier_that_dies_is_named_in_the_log_and_known_from_then_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def deliver(_: bytes) -> None:
        raise RuntimeError("a fault of the program")

    before = threading.excepthook
    with Store(tmp_path / "s.sqlite") as store, DeadThreads() as dead:
        courier = DurableCourier(
            store.outbox_for("sink/hook"), deliver, name="hook", longest_s=60.0
        )
        store.record(anomaly(), outgoing=False)
        assert not dead.names
        courier.start()
        courier._thread.join(10)
        assert dead.names == ("hook",)
        courier.close(1)
    (said,) = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert "hook has died" in said.getMessage()
    assert said.exc_info is not None
    assert "a fault of the program" in str(said.exc_info[1])
    assert threading.excepthook == before
