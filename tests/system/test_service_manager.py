"""The installed command under a service manager: ready when it knows, alive while it gets on."""

import signal
from itertools import pairwise
from pathlib import Path

import pytest

from asd_monitor.monitor.folders import MachineFolder
from tests.support.command_line import running
from tests.support.configured import configure
from tests.support.fault_matrix import fault
from tests.support.machines import healthy, install, write_session
from tests.support.supervisor import Supervisor
from tests.support.tampered import hanging_scorer

pytestmark = pytest.mark.system

WATCHDOG_S = 2.0
HUNG_S = 3.0


@pytest.fixture
def arguments(tmp_path: Path) -> list[object]:
    """A daemon that listens to a minute of recordings at their own speed."""
    data, sound = tmp_path / "data", tmp_path / "sound"
    install(data, "pump")
    sound.mkdir()
    write_session(sound, healthy(), lengths_s=[30, 26])
    model = MachineFolder.of("pump", data=data)
    config = configure(tmp_path, model=model, recordings=sound, speed="1")
    return ["run", "--config", config, "--data-dir", data]


def test_it_is_ready_once_sound_is_scored_and_then_shows_that_it_lives(
    arguments: list[object], tmp_path: Path
) -> None:
    with (
        Supervisor(tmp_path, watchdog_s=WATCHDOG_S) as supervisor,
        running(*arguments, more=supervisor.environment) as daemon,
    ):
        supervisor.wait_for("READY=1")
        signs = [supervisor.wait_for("WATCHDOG=1", count=count).at_s for count in range(3, 8)]
        daemon.send_signal(signal.SIGTERM)
        supervisor.wait_for("STOPPING=1")
        assert daemon.wait(20) == 0
    assert max(b - a for a, b in pairwise(signs)) < WATCHDOG_S
    assert len(supervisor.told("READY=1")) == 1


@fault(
    20,
    "a scorer that hangs, under a watchdog",
    "the signs of life end, so that the service manager starts it anew",
)
def test_a_scorer_that_hangs_ends_the_signs_of_life(
    arguments: list[object], tmp_path: Path
) -> None:
    switch = tmp_path / "hang"
    tampered = hanging_scorer(tmp_path / "path", switch=switch, stalled_after_s=HUNG_S)
    with (
        Supervisor(tmp_path, watchdog_s=WATCHDOG_S) as supervisor,
        running(*arguments, more={**supervisor.environment, **tampered}) as daemon,
    ):
        supervisor.wait_for("READY=1")
        supervisor.wait_for("WATCHDOG=1", count=3)
        switch.touch()
        assert not supervisor.is_silent_for("WATCHDOG=1", HUNG_S / 2), "it may only be slow"
        assert daemon.stderr is not None
        complaint = next(line for line in daemon.stderr if "hangs" in line)
        assert supervisor.is_silent_for("WATCHDOG=1", 2 * WATCHDOG_S)
        assert daemon.poll() is None, "to end it is the manager's business"
    assert "this hangs: the listening to pump" in complaint
