from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from asd_monitor.calibrate.calibration import load_calibration, save_calibration
from asd_monitor.models.errors import CalibrationError
from asd_monitor.models.scores import ClipScore
from asd_monitor.monitor.config import MachineConfig
from asd_monitor.monitor.daemon.loaded import LoadedMachine, load_machines
from asd_monitor.monitor.folders import MachineFolder
from tests.support.machines import faulty, healthy, install
from tests.support.sounds import Sound, blocks


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for machine in ("pump", "fan"):
        install(tmp_path, machine)
    return tmp_path


def machines(*ids: str) -> list[MachineConfig]:
    return [MachineConfig(id=machine) for machine in ids]


def test_machines_that_name_one_bundle_share_it(data: Path) -> None:
    bundle = MachineFolder.of("pump", data=data).bundle
    named = [replace(each, bundle=bundle) for each in machines("pump", "fan")]
    pump, fan = load_machines(named, data=data)
    assert pump.bundle is fan.bundle
    assert pump.pipeline is not fan.pipeline


def test_equal_files_are_one_bundle_too_and_one_that_is_known_is_kept(data: Path) -> None:
    pump, fan = load_machines(machines("pump", "fan"), data=data)
    assert pump.bundle is fan.bundle
    (again,) = load_machines(machines("fan"), data=data, known=[pump.bundle])
    assert again.bundle is pump.bundle


def test_a_calibration_for_another_bundle_is_refused_with_its_file(data: Path) -> None:
    path = MachineFolder.of("fan", data=data).calibration
    save_calibration(replace(load_calibration(path), bundle="cd" * 32), path)
    with pytest.raises(CalibrationError, match=r"fan/calibration\.json.*another|made for the"):
        load_machines(machines("pump", "fan"), data=data)


def judged(machine: LoadedMachine, sound: Sound) -> list[ClipScore]:
    parts = [
        machine.pipeline.push(block) for block in blocks(sound, cuts=range(4000, 400_000, 4000))
    ]
    return [clip.clip for part in parts for clip in part.clips]


def test_threads_that_share_a_bundle_do_not_disturb_each_other(data: Path) -> None:
    sounds = [faulty(), healthy()] * 3
    six = machines(*["pump", "fan"] * 3)
    with ThreadPoolExecutor(len(sounds)) as threads:
        together = list(threads.map(judged, load_machines(six, data=data), sounds))
    assert together == list(map(judged, load_machines(six, data=data), sounds))
