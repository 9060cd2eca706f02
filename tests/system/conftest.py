"""One small bundle and calibration, made with the command itself, for all tests of the command."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from asd_monitor.monitor.folders import MachineFolder
from asd_monitor.monitor.synth import normal_sound
from tests.support.command_line import asd_monitor
from tests.support.recorded import with_fault, write_session


@dataclass(frozen=True)
class Trained:
    """A data folder with one trained and calibrated machine, and what it learned from.

    Nobody writes into it: who needs to change something copies it.
    """

    data: Path
    fitted: Path
    normal: Path
    faulty: Path

    @property
    def machine(self) -> MachineFolder:
        """The machine's folder."""
        return MachineFolder.of("machine", data=self.data)

    @property
    def model(self) -> tuple[object, ...]:
        """The options that name its files."""
        return ("--bundle", self.machine.bundle, "--calibration", self.machine.calibration)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The machine of `asd_monitor.monitor.synth`, barely but truly learned."""
    folder = tmp_path_factory.mktemp("trained")
    known = Trained(
        data=folder / "data",
        fitted=write_session(folder / "fitted", normal_sound(60, seed=1)),
        normal=write_session(folder / "normal", normal_sound(360, seed=2)),
        faulty=write_session(
            folder / "faulty",
            with_fault(before_s=15, fault_s=20, after_s=25, seed=3),
            file_s=30.0,
        ),
    )
    data = ("--data-dir", known.data)
    training = asd_monitor("train", known.fitted, "--hold-out", 0, "--epochs", 3, *data)
    assert training.code == 0, training.stderr
    calibrating = asd_monitor("calibrate", known.normal, *data)
    assert calibrating.code == 0, calibrating.stderr
    return known
