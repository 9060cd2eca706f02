import json
import logging
import os
import sys
import time
from pathlib import Path

import pytest

from asd_monitor.monitor.sinks.exec import ExecSink
from tests.support.alarms import anomaly
from tests.support.daemons import wait_until

APPEND = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read() + '\\n')"
HANG = "import sys, time; open(sys.argv[1], 'w'); time.sleep(600)"


def program(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


def tell(command: list[str], *machines: str, timeout_s: float = 30.0) -> None:
    sink = ExecSink(command, timeout_s=timeout_s)
    for machine in machines:
        sink.publish_event(anomaly(machine=machine))
    sink.start()
    sink.close(30)


def test_a_program_is_told_of_every_event_in_order(tmp_path: Path) -> None:
    path = tmp_path / "told; $HOME"
    tell(program(APPEND, path), "pump", "fan")
    told = [json.loads(line) for line in path.read_text().splitlines()]
    assert [each["machine"] for each in told] == ["pump", "fan"]
    assert all(each["published_at"] for each in told)


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        (["/nowhere/program"], "/nowhere/program cannot be started"),
        (program("raise SystemExit(3)"), "ended with exit code 3"),
    ],
)
def test_a_failure_is_named_once_per_cause(
    command: list[str], complaint: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        tell(command, "pump", "fan")
    assert len([each for each in caplog.records if complaint in each.message]) == 1


HANG_FOR_THE_PUMP = """
read -r event
case "$event" in *pump*) sleep 600 ;; esac
echo "$event" > "$0"
"""


def test_it_hangs_where_a_program_outlives_its_end_and_not_before(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    sink = ExecSink(program(HANG, begun), timeout_s=60.0, name="siren")
    sink.publish_event(anomaly())
    sink.start()
    wait_until(begun.exists)
    now_s = time.monotonic()
    assert sink.hanging_thread(now_s=now_s + 60.0) is None
    assert sink.hanging_thread(now_s=now_s + 1e6) == "siren"
    sink.close(0.1)
    wait_until(lambda: sink.hanging_thread(now_s=now_s + 1e6) is None)


def test_a_program_that_hangs_is_killed_and_the_next_one_started(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    command = ["sh", "-c", HANG_FOR_THE_PUMP, str(tmp_path / "told")]
    tell(command, "pump", "fan", timeout_s=2.0)
    assert "ran longer than 2 s" in caplog.text
    assert json.loads((tmp_path / "told").read_text())["machine"] == "fan"


def test_a_program_that_runs_when_we_end_is_killed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "begun")
    sink = ExecSink(program(HANG, tmp_path / "begun"), timeout_s=600)
    sink.start()
    sink.publish_event(anomaly())
    (tmp_path / "begun").read_bytes()  # returns when the program has opened the other end
    sink.close(0.1)
    sink._thread.join(20)
    assert not sink._thread.is_alive()


def test_no_more_than_a_hundred_events_wait(caplog: pytest.LogCaptureFixture) -> None:
    sink = ExecSink(["true"])
    for _ in range(105):
        sink.publish_event(anomaly())
    assert len(sink._waiting) == 100
    assert caplog.text.count("100 events wait already") == 1
