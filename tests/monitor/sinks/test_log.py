import logging

import pytest

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.events import close_event
from asd_monitor.monitor.sinks.log import LogSink
from tests.support.alarms import NOON, anomaly, state


@pytest.fixture(autouse=True)
def _log_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_a_beginning_is_a_warning_and_an_end_is_not(caplog: pytest.LogCaptureFixture) -> None:
    begun = anomaly()
    LogSink().publish_event(begun)
    LogSink().publish_event(close_event(begun, ended_at=NOON))
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "anomaly_started" in caplog.messages[0]
    fields = vars(caplog.records[0])
    assert (fields["machine"], fields["event_id"]) == ("pump", begun.event_id)


def test_a_state_is_logged_when_it_is_news(caplog: pytest.LogCaptureFixture) -> None:
    sink = LogSink()
    told = [state(), state(), state(machine="fan"), state(severity=Severity.CRITICAL), state()]
    for each in told:
        sink.publish_state(each)
    assert [(vars(r)["machine"], r.levelname) for r in caplog.records] == [
        ("pump", "INFO"),
        ("fan", "INFO"),
        ("pump", "WARNING"),
        ("pump", "INFO"),
    ]
