import json
from pathlib import Path

import pytest

from tests.support.command_line import asd_monitor
from tests.support.pulse import NullSinkServer, what_is_missing
from tests.system.conftest import Trained

pytestmark = pytest.mark.system


def test_the_machines_bundle_is_measured(trained: Trained) -> None:
    outcome = asd_monitor("bench", "--data-dir", trained.data, "--seconds", "2", "--json")
    assert outcome.code == 0
    measured = json.loads(outcome.stdout)
    assert measured["microphones"] >= 1
    assert measured["listening"]["machine_ms"] > measured["stream_ms"]
    assert 20 < measured["listening"]["daemon_mb"] < 200
    assert measured["listening"]["capture_ms"] is None
    assert "untrained" not in outcome.stderr


@pytest.mark.skipif(what_is_missing() is not None, reason=what_is_missing() or "")
def test_what_a_microphone_takes_is_measured_where_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with NullSinkServer(tmp_path, sample_rate_hz=16_000) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        outcome = asd_monitor("bench", "--device", server.device(), "--seconds", "2", "--json")
    assert outcome.code == 0
    assert 0 < json.loads(outcome.stdout)["listening"]["capture_ms"] < 200


def test_a_microphone_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    device = ("--device", "no such microphone")
    outcome = asd_monitor("bench", "--data-dir", tmp_path, "--seconds", "0.2", *device)
    assert outcome.code == 2
    assert "there is no device 'no such microphone'" in outcome.stderr


def test_nothing_need_be_trained(tmp_path: Path) -> None:
    outcome = asd_monitor("bench", "--data-dir", tmp_path, "--seconds", "0.2")
    assert outcome.code == 0
    assert outcome.stdout.splitlines()[-1].startswith("microphones")
    assert "no --device is named" in outcome.stdout
    assert "untrained" in outcome.stderr
