"""What reads files from outside, each as a function of bytes that raises only domain errors.

`test_parsers.py` drives them with hypothesis, `run_atheris.py` with coverage guidance.
"""

import io
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import soundfile

from asd_monitor.calibrate.budget import parse_budget
from asd_monitor.calibrate.calibration import load_calibration, save_calibration
from asd_monitor.models.bundle import load_bundle, save_bundle
from asd_monitor.models.recordings import open_recording, read_blocks
from asd_monitor.monitor.config import load_config
from asd_monitor.monitor.mqtt.settings import parse_broker
from tests.support.bundles import tiny_ensemble
from tests.support.clip_scores import a_calibration
from tests.support.sounds import noise

LONGEST_S = 60
CONFIGURATION = """\
[node]
name = "hall"

[[machine]]
id = "pump"
device = "hw:1"
channel = 0

[[machine]]
id = "fan"
source = "files"
paths = ["a.wav"]
speed = "max"

[mqtt]
host = "localhost"
port = 1883
keepalive_s = 30

[[sink]]
kind = "webhook"
url = "https://example.org/hook"
timeout_s = 5.0
"""


def read_audio(data: bytes, *, suffix: str) -> None:
    """Open a recording and read it to its end."""
    with _file(data, suffix) as path:
        recording = open_recording(path)
        if recording.duration_s < LONGEST_S:
            for block in read_blocks(recording, channel=None):
                assert block.samples.dtype == np.float32


def read_bundle(data: bytes) -> None:
    """Load a bundle."""
    with _file(data, ".safetensors") as path:
        load_bundle(path)


def read_calibration(data: bytes) -> None:
    """Load a calibration."""
    with _file(data, ".json") as path:
        load_calibration(path)


def read_configuration(data: bytes) -> None:
    """Load a configuration."""
    with _file(data, ".toml") as path:
        load_config(path)


def read_budget(data: bytes) -> None:
    """Parse a budget."""
    parse_budget(data.decode(errors="replace"))


def read_broker(data: bytes) -> None:
    """Parse the address of a broker."""
    parse_broker(data.decode(errors="replace"))


def sound_files() -> dict[str, bytes]:
    """A short valid file of every kind that is read, by its suffix."""
    made = {}
    for suffix, subtype in ((".wav", "PCM_16"), (".flac", "PCM_16"), (".aiff", "PCM_24")):
        file = io.BytesIO()
        soundfile.write(file, noise(2000), 16_000, format=suffix[1:].upper(), subtype=subtype)
        made[suffix] = file.getvalue()
    return made


def bundle_file() -> bytes:
    """A valid bundle."""
    with _file(b"", ".safetensors") as path:
        save_bundle(tiny_ensemble(), path)
        return path.read_bytes()


def calibration_file() -> bytes:
    """A valid calibration, on one line too, where a cut hits more."""
    with _file(b"", ".json") as path:
        save_calibration(a_calibration(), path)
        return msgspec.json.encode(json.loads(path.read_bytes()))


@contextmanager
def _file(data: bytes, suffix: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        path = Path(folder) / f"file{suffix}"
        path.write_bytes(data)
        yield path


TARGETS: dict[str, Callable[[bytes], None]] = {
    "bundle": read_bundle,
    "calibration": read_calibration,
    "configuration": read_configuration,
    "budget": read_budget,
    "broker": read_broker,
    "wav": partial(read_audio, suffix=".wav"),
    "flac": partial(read_audio, suffix=".flac"),
    "aiff": partial(read_audio, suffix=".aiff"),
}


def seed(name: str) -> bytes:
    """What the target of that name reads without complaint."""
    match name:
        case "bundle":
            return bundle_file()
        case "calibration":
            return calibration_file()
        case "configuration":
            return CONFIGURATION.encode()
        case "budget":
            return b"1/week"
        case "broker":
            return b"[::1]:1883"
        case _:
            return sound_files()[f".{name}"]
