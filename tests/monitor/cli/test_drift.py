"""What `asd-monitor drift` says of a machine that was listened to."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from asd_monitor.calibrate.calibration import Spread, load_calibration, save_calibration, thin
from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.folders import MachineFolder
from asd_monitor.monitor.store.marks import Opinion
from asd_monitor.monitor.store.store import FILE_NAME, Store
from tests.support.alarms import anomaly
from tests.support.called import Caller
from tests.support.clip_scores import autoregressive
from tests.support.command_line import complaint
from tests.support.machines import install
from tests.support.monitored import listen

N_HEARD = 3600


@pytest.fixture
def name(tmp_path: Path) -> str:
    """The pump is calibrated on 2,000 clips around 0."""
    install(tmp_path, "pump")
    path = MachineFolder.of("pump", data=tmp_path).calibration
    scores = autoregressive(2000, lag_one=0.0, seed=5)
    calibration = replace(
        load_calibration(path),
        scores=thin(scores),
        n_scores=2000,
        normal=Spread(mean=0.0, median=0.0, std=1.0),
        budget="1/week",
    )
    evidence = replace(calibration.evidence, blocks=2000, clips=2000)
    save_calibration(replace(calibration, evidence=evidence), path)
    return calibration.created_at


def hear(data: Path, name: str, *, shift: float = 0.0) -> None:
    """An hour of clips that overlap, every ten of them alike."""
    scores = np.repeat(autoregressive(N_HEARD // 10, lag_one=0.0, seed=6) + shift, 10)
    with Store(data / FILE_NAME) as store:
        since = utc_now() - timedelta(seconds=N_HEARD + 20)
        listen(store, scores, since=since, calibration=name)


def test_an_unchanged_machine_has_not_drifted(call: Caller, name: str, tmp_path: Path) -> None:
    hear(tmp_path, name)
    outcome = call("drift", "pump")
    assert outcome.code == 0
    assert "pump: no drift: 60.1 min of normal sound" in outcome.stdout
    assert "Alarms not marked true: 0 in 60.0 min" in outcome.stdout
    assert "the budget, 1/week, is not contradicted" in outcome.stdout


def test_a_shift_is_a_drift_with_its_size(call: Caller, name: str, tmp_path: Path) -> None:
    hear(tmp_path, name, shift=1.0)
    said = json.loads(call("drift", "pump", "--json").stdout)
    assert said["drift"]["is_drift"]
    assert said["drift"]["distance"] == pytest.approx(1.0, abs=0.2)
    assert said["drift"]["n_clips"] == N_HEARD // 10


def test_alarms_beyond_the_budget_are_said_but_for_true_ones(
    call: Caller, name: str, tmp_path: Path
) -> None:
    hear(tmp_path, name)
    with Store(tmp_path / FILE_NAME) as store:
        events = [
            store.record(anomaly(detected_at=utc_now() - timedelta(hours=hour)), outgoing=False)
            for hour in (30, 31, 32)
        ]
    assert "the budget, 1/week, is exceeded" in call("drift", "pump").stdout
    for event in events:
        assert call("events", "mark", event.event_id, Opinion.TRUE_ALARM).code == 0
    assert json.loads(call("drift", "pump", "--json").stdout)["alarms"]["alarms"] == 0


def test_too_little_sound_is_said(call: Caller, name: str, tmp_path: Path) -> None:
    assert name
    with Store(tmp_path / FILE_NAME):
        pass
    outcome = call("drift", "pump")
    assert outcome.code == 0
    assert "too little normal sound to say" in outcome.stdout
    assert "nothing was judged in the last 7 days" in outcome.stdout


def test_without_a_store_it_is_one_sentence(call: Caller, name: str) -> None:
    assert name
    assert "There is no store" in complaint(call("drift", "pump"), code=78)
