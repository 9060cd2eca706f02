"""What a daemon that is killed knows again when it is started."""

from dataclasses import replace
from pathlib import Path

import pytest

from asd_monitor.calibrate.calibration import load_calibration, save_calibration
from asd_monitor.calibrate.change import ChangeSettings
from asd_monitor.calibrate.transition import Detector
from asd_monitor.monitor.alarms import Identity
from asd_monitor.monitor.dated_change import DatedChange
from asd_monitor.monitor.events import Origin
from asd_monitor.monitor.folders import MachineFolder
from asd_monitor.monitor.store.store import FILE_NAME, Store
from tests.support.daemons import Daemon, machine_table, wait_until
from tests.support.machines import healthy, install, write_session

pytestmark = pytest.mark.system

# Clips of `healthy` score 1.58 to 1.64. One adds 3.5 to the sum, two are a shift.
CHANGE = ChangeSettings(mean=1.5, std=0.01, reference=0.5, limit=4, alarm_level=5, share=0.5)


def summed_up(daemon: Daemon, model: MachineFolder) -> DatedChange | None:
    """What the store knows of the pump."""
    calibration = load_calibration(model.calibration)
    path = daemon.data / FILE_NAME
    if not path.exists():
        return None
    identity = Identity(
        node="hall",
        machine="pump",
        model=calibration.bundle,
        calibration=calibration.created_at,
        source=Origin.LIVE,
    )
    with Store(path, must_exist=True) as store:
        return store.changes.read(identity)


def test_what_the_change_detector_has_summed_up_outlasts_a_kill(tmp_path: Path) -> None:
    install(tmp_path / "models", "pump")
    model = MachineFolder.of("pump", data=tmp_path / "models")
    save_calibration(replace(load_calibration(model.calibration), change=CHANGE), model.calibration)
    sound = tmp_path / "sound"
    sound.mkdir()
    # One clip counts in each life.
    write_session(sound, healthy(), lengths_s=[14])
    with Daemon(tmp_path / "hall", machine_table("pump", model, paths=[sound])) as daemon:
        wait_until(lambda: summed_up(daemon, model), lambda: daemon.log)
        daemon.kill()
        assert daemon.events() == ()
        before = summed_up(daemon, model)
        daemon.start()
        (event,) = daemon.wait_for_events(1)
    assert event.detector is Detector.CHANGE
    assert before is not None
    assert abs((event.started_at - before.began_at).total_seconds()) < 1
