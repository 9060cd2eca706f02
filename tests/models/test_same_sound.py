"""A sound is known again in another file, and another sound is not."""

from pathlib import Path

import pytest
import soundfile

from asd_monitor.models.recordings import open_recording
from asd_monitor.models.same_sound import sound_sha256
from tests.support.damage import damage_middle
from tests.support.sounds import Sound, noise

RATE_HZ = 16_000


def _written(path: Path, sound: Sound, *, subtype: str = "PCM_16", rate_hz: int = RATE_HZ) -> Path:
    soundfile.write(path, sound, rate_hz, subtype=subtype)
    return path


def _of(path: Path) -> str | None:
    return sound_sha256(open_recording(path))


@pytest.fixture
def original(tmp_path: Path) -> Path:
    return _written(tmp_path / "original.wav", noise(2 * RATE_HZ))


@pytest.mark.parametrize(
    ("name", "subtype"),
    [("copy.flac", "PCM_16"), ("copy.wav", "PCM_24"), ("copy.aiff", "PCM_16"), ("c.wav", "FLOAT")],
)
def test_what_was_converted_without_loss_is_the_same_sound(
    original: Path, tmp_path: Path, name: str, subtype: str
) -> None:
    samples, _ = soundfile.read(original, dtype="float32")
    assert _of(_written(tmp_path / name, samples, subtype=subtype)) == _of(original)


def test_another_gain_rate_or_length_is_another_sound(original: Path, tmp_path: Path) -> None:
    sound = noise(2 * RATE_HZ)
    others = [
        _written(tmp_path / "louder.wav", 1.5 * sound),
        _written(tmp_path / "rate.wav", sound, rate_hz=8000),
        _written(tmp_path / "shorter.wav", sound[:-1]),
    ]
    assert len({_of(path) for path in (original, *others)}) == 4


def test_of_a_damaged_file_nothing_is_said(tmp_path: Path) -> None:
    path = _written(tmp_path / "damaged.flac", noise(20 * RATE_HZ))
    damage_middle(path)
    assert _of(path) is None
