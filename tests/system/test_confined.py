"""The daemon's work behind the system call filters of its unit."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, normal_sound
from tests.support import confined
from tests.support.command_line import COMMAND, PATIENCE_S
from tests.support.configured import configure
from tests.support.pulse import NullSinkServer
from tests.support.pulse import what_is_missing as what_pulse_misses
from tests.system.conftest import Trained

MISSING = confined.what_is_missing()
pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(MISSING is not None, reason=MISSING or ""),
]
UNIT = Path(__file__).parents[2] / "systemd" / "asd-monitor.service"
NO_SOUND_SERVER = what_pulse_misses()


def behind_filters(*command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end as the unit would."""
    return subprocess.run(
        confined.confined(UNIT, *command),
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.mark.parametrize(
    "act",
    [
        "import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)",
        "import os; os.setpriority(os.PRIO_PROCESS, 0, 5)",
        "import os; os.chroot('/')",
    ],
)
def test_what_the_unit_forbids_is_refused(act: str) -> None:
    outcome = behind_filters(sys.executable, "-c", act)
    assert "PermissionError" in outcome.stderr


def test_recordings_are_judged_and_events_told(trained: Trained, tmp_path: Path) -> None:
    config = configure(tmp_path, model=trained.machine, recordings=trained.faulty)
    with config.open("a") as file:
        file.write('[metrics]\nport = 9464\n[[sink]]\nkind = "jsonl"\npath = "events.jsonl"\n')
    outcome = behind_filters(COMMAND, "run", "--config", config, "--data-dir", tmp_path / "data")
    assert outcome.returncode == 0, outcome.stderr
    told = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert [event["event_type"] for event in told] == ["anomaly_started", "anomaly_ended"]


@pytest.mark.skipif(NO_SOUND_SERVER is not None, reason=NO_SOUND_SERVER or "")
def test_a_microphone_is_recorded(tmp_path: Path) -> None:
    with NullSinkServer(tmp_path, sample_rate_hz=SAMPLE_RATE_HZ) as server:
        player = server.start_playing(normal_sound(20, seed=1), sample_rate_hz=SAMPLE_RATE_HZ)
        recording = ("record", "--device", server.device(), "--duration", "3s")
        outcome = behind_filters(
            COMMAND, *recording, "--out", tmp_path / "recorded", **server.environment
        )
        player.kill()
        player.wait()
    assert outcome.returncode == 0, outcome.stderr
    (recorded,) = (tmp_path / "recorded").rglob("*.flac")
    assert len(soundfile.read(recorded)[0]) >= 3 * SAMPLE_RATE_HZ
