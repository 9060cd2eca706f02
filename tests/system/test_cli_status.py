import json
import signal
from pathlib import Path

import pytest

from tests.support.command_line import asd_monitor, complaint, running
from tests.support.configured import configure
from tests.system.conftest import Trained

pytestmark = pytest.mark.system


def test_status_follows_a_daemon_from_its_start_to_its_sudden_end(
    trained: Trained, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    config = configure(tmp_path, model=trained.machine, recordings=trained.normal, speed="1")
    arguments = ("run", "--config", config, "--data-dir", data)
    with running(*arguments) as daemon:
        assert daemon.stderr is not None
        for line in daemon.stderr:
            if " pump normal" in line:
                break
        seen = asd_monitor("status", "--json", "--data-dir", data)
        assert seen.code == 0, seen
        status = json.loads(seen.stdout)
        assert (status["running"], status["pid"]) == (True, daemon.pid)
        (pump,) = status["machines"]
        assert (pump["machine"], pump["severity"], pump["capture"]) == ("pump", "normal", "healthy")
        assert pump["score"] < pump["threshold"]

        assert "already" in complaint(asd_monitor(*arguments), code=1)
        assert daemon.poll() is None
        assert asd_monitor("events", "--data-dir", data).code == 0

        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
        ended = asd_monitor("status", "--data-dir", data)
    assert ended.code == 1
    assert "NOT RUNNING" in ended.stdout
    assert "normal" not in ended.stdout


def test_an_event_of_a_run_is_looked_back_at_and_marked(trained: Trained, tmp_path: Path) -> None:
    data = ("--data-dir", tmp_path / "data")
    config = configure(tmp_path, model=trained.machine, recordings=trained.faulty)
    assert asd_monitor("run", "--config", config, *data).code == 0
    (line,) = asd_monitor("events", "--json", "--since", "36500d", *data).stdout.splitlines()
    event = json.loads(line)
    assert event["event_type"] == "anomaly_ended"
    marking = asd_monitor("events", "mark", event["event_id"], "true-alarm", *data)
    assert marking.code == 0, marking
    assert "true-alarm, on 2" in asd_monitor("events", "show", event["event_id"], *data).stdout


def test_the_log_of_a_run_is_json_where_that_is_asked_for(trained: Trained, tmp_path: Path) -> None:
    config = configure(tmp_path, model=trained.machine, recordings=trained.faulty)
    outcome = asd_monitor(
        "run", "--config", config, "--data-dir", tmp_path / "data", "--log-format", "json"
    )
    assert outcome.code == 0, outcome.stderr
    lines = [json.loads(line) for line in outcome.stderr.splitlines()]
    begun = [line for line in lines if line.get("event_type") == "anomaly_started"]
    assert [(line["machine"], line["level"]) for line in begun] == [("pump", "warning")]
    assert {"normal", "unknown"} <= {line.get("severity") for line in lines}


def test_the_log_of_a_run_has_priorities_for_the_journal(trained: Trained, tmp_path: Path) -> None:
    config = configure(tmp_path, model=trained.machine, recordings=trained.faulty)
    outcome = asd_monitor(
        "run", "--config", config, "--data-dir", tmp_path / "data", "--log-format", "journal"
    )
    assert outcome.code == 0, outcome.stderr
    lines = outcome.stderr.splitlines()
    assert all(line[:3] in {"<4>", "<6>"} for line in lines), lines
    assert any("anomaly_started" in line and line.startswith("<4>") for line in lines)
