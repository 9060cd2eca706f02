"""Recordings and machines that the fault tests share."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, knocking, normal_sound
from tests.support.daemons import machine_table
from tests.support.recorded import write_session
from tests.system.conftest import Trained

# Every second of twenty moments falls into the cooldown of the one before; a start and an end each.
BUSY_MESSAGES = 20


@dataclass(frozen=True)
class Hall:
    """Machines to listen to, each with the one trained model.

    Attributes:
        trained: the model and what it knows as normal.
        moment: 16 s of a fault and 24 s without: an event of its own within 40 s.
        many: a folder of folders of such moments, for many events at once.
    """

    trained: Trained
    moment: Path
    many: Path

    def quiet(self, name: str = "quiet") -> str:
        """A machine that sounds normal for minutes, in real time; it keeps the daemon running."""
        return machine_table(name, self.trained.machine, paths=[self.trained.normal])

    def troubled(self, name: str = "pump") -> str:
        """A machine whose event begins after some 13 s, in real time, and ends some 12 s later."""
        return machine_table(name, self.trained.machine, paths=[self.moment])

    def busy(self, name: str = "busy") -> str:
        """A machine with `BUSY_MESSAGES` messages, as fast as they can be judged."""
        return machine_table(name, self.trained.machine, paths=[self.many], speed="max")


@pytest.fixture(scope="session")
def hall(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Hall:
    folder = tmp_path_factory.mktemp("hall")
    sound = normal_sound(40, seed=5)
    sound[: 16 * SAMPLE_RATE_HZ] += knocking(16, seed=5)
    for number in range(20):
        write_session(folder / "many" / f"{number:02d}", sound)
    return Hall(trained, moment=write_session(folder / "moment", sound), many=folder / "many")
