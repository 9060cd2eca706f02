import os
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.models.errors import AudioError
from asd_monitor.models.sound_file import SoundFile
from tests.support.sounds import noise


def write(path: Path, **settings: object) -> Path:
    soundfile.write(path, noise(16_000), 16_000, **settings)
    return path


def read_all(path: Path) -> int:
    with SoundFile(path) as file:
        return len(file.read(file.n_samples))


@pytest.mark.parametrize(
    ("name", "encoding", "rate", "n_channels"),
    [
        ("a.wav", "WAV/PCM_16", 44_100, 1),
        ("a.wav", "WAV/PCM_U8", 8_000, 1),
        ("a.wav", "WAV/PCM_24", 96_000, 2),
        ("a.wav", "WAV/FLOAT", 48_000, 1),
        ("a.wav", "WAV/DOUBLE", 16_000, 1),
        ("a.wav", "WAV/ALAW", 8_000, 1),
        ("a.WAV", "WAVEX/PCM_16", 16_000, 6),
        ("a.wav", "WAV/IMA_ADPCM", 16_000, 1),
        ("a.wav", "WAV/GSM610", 8_000, 1),
        ("a.flac", "FLAC/PCM_24", 44_100, 2),
        ("a.ogg", "OGG/VORBIS", 44_100, 1),
        ("a.aiff", "AIFF/PCM_16", 16_000, 1),
    ],
)
def test_the_usual_formats_read(
    tmp_path: Path, name: str, encoding: str, rate: int, n_channels: int
) -> None:
    path = tmp_path / name
    container, subtype = encoding.split("/")
    sound = np.column_stack([noise(rate, seed=channel) for channel in range(n_channels)])
    soundfile.write(path, sound, rate, format=container, subtype=subtype)
    with SoundFile(path) as file:
        frames = file.read(rate)
        assert (file.sample_rate_hz, file.n_channels) == (rate, n_channels)
        assert file.n_samples >= rate
    assert frames.dtype == np.float32
    assert frames.shape == (rate, n_channels)
    rms = np.sqrt((frames.astype(np.float64) ** 2).mean(axis=0))
    np.testing.assert_allclose(rms, 0.05, rtol=0.2)


@pytest.mark.parametrize("share", [0.0005, 0.01, 0.5, 0.9999])
@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.aiff"])
def test_a_cut_file_is_refused_when_opened(tmp_path: Path, name: str, share: float) -> None:
    path = write(tmp_path / name)
    content = path.read_bytes()
    path.write_bytes(content[: round(share * len(content))])
    with pytest.raises(AudioError, match=f"{name} is (cut short|empty|no sound file)"):
        SoundFile(path)


@pytest.mark.parametrize("subtype", ["ALAW", "FLOAT", "PCM_24"])
def test_a_cut_file_of_any_encoding_is_refused(tmp_path: Path, subtype: str) -> None:
    path = write(tmp_path / "a.wav", subtype=subtype)
    path.write_bytes(path.read_bytes()[:-1_000])
    with pytest.raises(AudioError, match=r"a\.wav is cut short"):
        SoundFile(path)


def test_an_ogg_file_cut_between_pages_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ogg")
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"OggS")])
    with pytest.raises(AudioError, match=r"a\.ogg is cut short"):
        SoundFile(path)


@pytest.mark.parametrize("stated", [0x7FFF_FF00, 0xFFFF_FFFF])
def test_a_size_that_a_pipe_left_open_is_no_cut(tmp_path: Path, stated: int) -> None:
    path = write(tmp_path / "a.wav")
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = struct.pack("<I", stated)
    path.write_bytes(content)
    assert read_all(path) == 16_000


def test_a_file_that_shrinks_while_it_is_read_is_not_taken_for_shorter(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav")
    with SoundFile(path) as file:
        os.truncate(path, 20_000)
        with pytest.raises(AudioError, match=r"a\.wav is cut short"):
            file.read(file.n_samples)


def test_damage_in_the_middle_is_found_when_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac")
    content = bytearray(path.read_bytes())
    content[10_000:10_200] = bytes(200)
    path.write_bytes(content)
    with pytest.raises(AudioError, match=r"a\.flac .*damaged"):
        read_all(path)


@given(step=st.integers(1_000, 30_000), at_once=st.integers(1, 100_000))
def test_steps_are_the_same_however_many_are_read_at_a_time(
    tmp_path_factory: pytest.TempPathFactory, step: int, at_once: int
) -> None:
    path = write(tmp_path_factory.mktemp("sound") / "a.flac")
    with SoundFile(path) as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr("asd_monitor.models.sound_file._VALUES_AT_ONCE", at_once)
        steps = list(file.read_steps(0, file.n_samples, step))
        file.seek(0)
        whole = file.read(file.n_samples)
    assert [position for position, _ in steps] == list(range(0, len(whole), step))
    np.testing.assert_array_equal(np.concatenate([frames for _, frames in steps]), whole)


def test_all_steps_before_the_damage_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac")
    content = bytearray(path.read_bytes())
    content[10_000:10_200] = bytes(200)
    path.write_bytes(content)
    with SoundFile(path) as file:
        one_by_one = n_until_damage(file.read(500) for _ in range(0, file.n_samples, 500))
    with SoundFile(path) as file:
        assert n_until_damage(file.read_steps(0, file.n_samples, 500)) == one_by_one > 1


def test_long_steps_lose_no_more_to_damage_than_its_second(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, noise(8 * 16_000), 16_000)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 200] = bytes(200)
    path.write_bytes(content)
    read: list[int] = []
    with SoundFile(path) as file:
        steps = file.read_steps(0, file.n_samples, file.n_samples)
        with pytest.raises(AudioError, match="damaged"):
            read.extend(len(frames) for _, frames in steps)
    assert read == [16_000] * 3


def n_until_damage(steps: Iterator[object]) -> int:
    read: list[object] = []
    with pytest.raises(AudioError, match=r"a\.flac .*damaged"):
        read.extend(steps)
    return len(read)


def test_a_flac_file_without_a_length_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac")
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    path.write_bytes(content)
    with pytest.raises(AudioError, match=r"a\.flac does not say how long"):
        SoundFile(path)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.wav", b"", "is empty"),
        ("a.wav", b"minutes of the meeting\n" * 50, "no sound file"),
        ("a.txt", b"minutes of the meeting\n" * 50, "by its name"),
        ("a.raw", bytes(1_000), "by its name"),
    ],
)
def test_what_is_no_sound_is_refused(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(AudioError, match=f"{name} .*{reason}"):
        SoundFile(path)


def test_no_samples_are_no_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(0), 16_000)
    with pytest.raises(AudioError, match="holds no samples"):
        SoundFile(path)


def test_the_system_s_reason_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "a.wav"
    folder.mkdir()
    with pytest.raises(AudioError, match=r"a\.wav cannot be read: Is a directory"):
        SoundFile(folder)
    with pytest.raises(AudioError, match=r"b\.wav cannot be read: No such file"):
        SoundFile(tmp_path / "b.wav")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav")
    path.chmod(0)
    with pytest.raises(AudioError, match=r"a\.wav cannot be read: Permission denied"):
        SoundFile(path)
