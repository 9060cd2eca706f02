"""The sound and the picture that the installed daemon keeps of an event."""

import io
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image
from scipy import signal

from asd_monitor.models.timestamps import parse_utc
from asd_monitor.monitor.config import EvidenceConfig
from asd_monitor.monitor.evidence.folder import EvidenceFolder
from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, knocking
from tests.support.command_line import Outcome, asd_monitor
from tests.support.configured import configure
from tests.support.mosquitto import Mosquitto, needs_mosquitto
from tests.support.recorded import RECORDED_AT, write_session
from tests.support.sounds import Sound
from tests.system.conftest import Trained

pytestmark = pytest.mark.system

FAULT_AT_S, FAULT_S, SEED = 15, 20, 3  # of `Trained.faulty`
EVIDENCE = "\n[evidence]\nmin_free_bytes = 0\nkeep_days = 36500.0\n"


def run(
    trained: Trained,
    folder: Path,
    evidence: str = EVIDENCE,
    *,
    recordings: Path | None = None,
    broker_port: int | None = None,
) -> Outcome:
    """Listen to the fault, or to other recordings, once, to its end."""
    config = configure(
        folder,
        model=trained.machine,
        recordings=recordings or trained.faulty,
        broker_port=broker_port,
    )
    config.write_text(config.read_text() + evidence)
    return asd_monitor("run", "--config", config, "--data-dir", folder)


def events(folder: Path) -> list[dict[str, Any]]:
    """The anomalies in a data folder, the latest last."""
    listed = asd_monitor("events", "list", "--json", "--since", "5000d", "--data-dir", folder)
    told = [json.loads(line) for line in listed.stdout.splitlines()]
    return [event for event in told if event["event_type"].startswith("anomaly")]


def original(trained: Trained) -> Sound:
    """What was played, as one sound."""
    parts = [soundfile.read(path, dtype="float32")[0] for path in sorted(trained.faulty.iterdir())]
    return np.concatenate(parts)


@dataclass(frozen=True)
class Heard:
    """A data folder after the fault was listened to."""

    folder: Path
    event: dict[str, Any]

    @property
    def clip(self) -> Path:
        return self.folder / "evidence" / str(self.event["clip"])


@pytest.fixture(scope="module")
def heard(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    folder = tmp_path_factory.mktemp("evidence")
    outcome = run(trained, folder)
    assert outcome.code == 0, outcome.stderr
    (event,) = events(folder)
    return Heard(folder, event)


def test_the_clip_is_the_original_to_the_sample_where_the_event_says(
    heard: Heard, trained: Trained
) -> None:
    with soundfile.SoundFile(heard.clip) as file:
        clip, comment = file.read(dtype="float32"), file.comment
    began_at = parse_utc(heard.event["started_at"]) - timedelta(seconds=heard.event["pre_roll_s"])
    begin = round((began_at - RECORDED_AT) / timedelta(seconds=1) * SAMPLE_RATE_HZ)
    said = re.search(r"first_sample=(\d+)", comment)
    assert said
    exactly = int(said[1])
    assert abs(begin - exactly) <= SAMPLE_RATE_HZ / 1000, "times are told to the millisecond"
    assert np.array_equal(clip, original(trained)[exactly : exactly + len(clip)])


def test_the_pre_roll_and_the_post_roll_are_exact(heard: Heard) -> None:
    event, frames = heard.event, soundfile.info(heard.clip).frames
    assert event["pre_roll_s"] == 10.0
    length_s = event["pre_roll_s"] + event["duration_s"] + 5.0
    assert frames / SAMPLE_RATE_HZ == pytest.approx(length_s, abs=0.002)


def test_the_fault_is_found_in_the_clip_where_the_event_begins(heard: Heard) -> None:
    """By correlation with what was added to the normal sound, of which the daemon knows nothing."""
    clip, _ = soundfile.read(heard.clip, dtype="float32")
    fault = knocking(FAULT_S, seed=SEED)[: 2 * SAMPLE_RATE_HZ]
    likeness = signal.correlate(clip, fault, mode="valid", method="fft")
    found_s = int(np.argmax(likeness)) / SAMPLE_RATE_HZ
    assert found_s == pytest.approx(heard.event["pre_roll_s"], abs=3.0)
    began_at = parse_utc(heard.event["started_at"]) - timedelta(seconds=heard.event["pre_roll_s"])
    truth_s = FAULT_AT_S - (began_at - RECORDED_AT) / timedelta(seconds=1)
    assert found_s == pytest.approx(truth_s, abs=0.002)


def test_there_is_a_picture_and_the_event_is_told_with_both(heard: Heard) -> None:
    picture = heard.folder / "evidence" / heard.event["spectrogram"]
    assert Image.open(io.BytesIO(picture.read_bytes())).size == (1080, 1080)
    told = asd_monitor("events", "show", heard.event["event_id"], "--data-dir", heard.folder)
    assert f"Sound        {heard.clip}\n" in told.stdout
    assert f"Picture      {picture}\n" in told.stdout
    assert heard.event["bands"]
    assert "kHz" in told.stdout


def test_the_clip_can_be_explained_as_any_recording(heard: Heard, trained: Trained) -> None:
    told = asd_monitor("explain", heard.clip, *trained.model, "--json")
    assert told.code == 0, told.stderr
    first = json.loads(told.stdout)["bands"][0]
    assert first["from_s"] == pytest.approx(heard.event["pre_roll_s"], abs=3.0)


def test_nothing_unfinished_lies_about(heard: Heard) -> None:
    files = [path.name for path in (heard.folder / "evidence").rglob("*") if path.is_file()]
    assert len(files) == 2
    assert not any(name.startswith(".") for name in files)


@needs_mosquitto
def test_the_picture_is_published_and_kept_by_the_broker(trained: Trained, tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        more = "spectrogram = true\n" + EVIDENCE
        assert run(trained, tmp_path, more, broker_port=broker.port).code == 0
        topic = "asd-monitor/hall/pump/spectrogram"
        address = ("-h", broker.host, "-p", str(broker.port))
        kept = subprocess.run(
            ["mosquitto_sub", *address, "-t", topic, "-C", "1", "-N", "-W", "10"],
            capture_output=True,
            check=True,
        ).stdout
    (event,) = events(tmp_path)
    assert kept == (tmp_path / "evidence" / event["spectrogram"]).read_bytes()
    assert Image.open(io.BytesIO(kept)).format == "PNG"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A data folder whose evidence lies on a disk of 3 MB."""
    folder = tmp_path / "evidence"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs the right to mount one")
    yield tmp_path
    subprocess.run(["umount", folder], check=True)


def test_on_a_small_disk_the_oldest_makes_room_for_the_newest(
    trained: Trained, small_disk: Path
) -> None:
    settings = "\n[evidence]\nkeep_days = 36500.0\nmin_free_bytes = 500000\n"
    for day in range(4):
        heard_on = RECORDED_AT + timedelta(days=day)
        takes = write_session(
            small_disk / f"day-{day}", original(trained), file_s=30.0, recorded_at=heard_on
        )
        outcome = run(trained, small_disk, settings, recordings=takes)
        assert outcome.code == 0, outcome.stderr
        assert "evidence" not in outcome.stderr
    found = events(small_disk)
    assert [event["detected_at"][:10] for event in found] == [
        f"{RECORDED_AT + timedelta(days=day):%Y-%m-%d}" for day in range(4)
    ]
    there = [(small_disk / "evidence" / event["clip"]).exists() for event in found]
    assert there == sorted(there), "the oldest go first"
    assert there[-1], "what was just written stays"
    assert not there[0]
    assert shutil.disk_usage(small_disk / "evidence").free >= 500_000


def test_a_full_disk_stops_neither_judging_nor_alerts(trained: Trained, small_disk: Path) -> None:
    (small_disk / "evidence" / "somebody-elses.bin").write_bytes(bytes(2_900_000))
    outcome = run(trained, small_disk, "\n[evidence]\nmin_free_bytes = 500000\n")
    assert outcome.code == 0, outcome.stderr
    assert "no room for evidence" in outcome.stderr
    (event,) = events(small_disk)
    assert event["ended_at"] is not None
    assert (event["clip"], event["spectrogram"]) == (None, None)


WRITING = """
import sys
from pathlib import Path
from asd_monitor.monitor.evidence.folder import EvidenceFolder, free_bytes, name_of
from asd_monitor.monitor.config import EvidenceConfig
from tests.support.takes import an_anomaly_at
settings = EvidenceConfig(min_free_bytes=0, keep_days=36500.0)
folder = EvidenceFolder(Path(sys.argv[1]), settings, free_bytes=free_bytes)
print("ready", flush=True)
for hours in range(10_000):
    folder.write(name_of(an_anomaly_at(hours), ".flac"), b"whole" * 200_000)
"""


def test_a_kill_in_the_midst_of_writing_leaves_only_whole_files(tmp_path: Path) -> None:
    unfinished = 0
    for attempt in range(6):
        command = [sys.executable, "-c", WRITING, str(tmp_path)]
        root = Path(__file__).parents[2]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.05 + attempt * 0.007)
            process.kill()
        unfinished += sum(1 for _ in tmp_path.rglob("*.tmp"))
        whole = list(tmp_path.rglob("*.flac"))
        assert whole
        assert {path.stat().st_size for path in whole} == {1_000_000}
    folder = EvidenceFolder(tmp_path, EvidenceConfig(), free_bytes=lambda _: 10**12)
    folder.sweep()
    assert list(tmp_path.rglob("*.tmp")) == []
