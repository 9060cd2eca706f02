import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from asd_monitor.models.errors import AudioError
from asd_monitor.models.recording_writer import write_recording
from asd_monitor.models.recordings import (
    file_sha256,
    find_recordings,
    group_sessions,
    open_recording,
    read_blocks,
    read_session,
)
from tests.support.sounds import BEGAN_AT, Sound, noise

RATE_HZ = 16_000


def as_16_bit(sound: Sound) -> Sound:
    return (np.rint(sound * 32768) / 32768).astype(np.float32)


def write_part(path: Path, sound: Sound, *, session: str = "s", first_sample: int = 0) -> Path:
    write_recording(
        path,
        sound,
        sample_rate_hz=RATE_HZ,
        session=session,
        first_sample=first_sample,
        recorded_at=BEGAN_AT + timedelta(seconds=first_sample / RATE_HZ),
    )
    return path


def samples_of(path: Path, *, channel: int | None = 0) -> Sound:
    blocks = read_blocks(open_recording(path), channel=channel, block_s=0.3)
    return np.concatenate([block.samples for block in blocks])


@pytest.mark.parametrize("name", ["a.flac", "a.wav"])
def test_what_is_written_reads_back_to_the_bit(tmp_path: Path, name: str) -> None:
    sound = as_16_bit(noise(12_345, rms=0.2))
    path = write_part(tmp_path / name, sound, session="01JNX", first_sample=160_000)
    recording = open_recording(path)
    assert recording.session == "01JNX"
    assert recording.first_sample == 160_000
    assert recording.end_sample == 172_345
    assert recording.recorded_at == BEGAN_AT + timedelta(seconds=10)
    np.testing.assert_array_equal(samples_of(path), sound)


def test_what_16_bits_cannot_hold_is_clipped_or_silent(tmp_path: Path) -> None:
    sound = np.array([2.0, -2.0, np.nan, np.inf, 1.0, 0.25], dtype=np.float32)
    top = 32767 / 32768
    written = samples_of(write_part(tmp_path / "a.flac", sound))
    np.testing.assert_array_equal(written, np.array([top, -1, 0, 0, top, 0.25], np.float32))


def test_channels_are_kept(tmp_path: Path) -> None:
    sound = as_16_bit(np.column_stack([noise(5_000, seed=1), noise(5_000, seed=2)]))
    path = write_part(tmp_path / "a.flac", sound)
    np.testing.assert_array_equal(samples_of(path, channel=1), sound[:, 1])
    np.testing.assert_allclose(samples_of(path, channel=None), sound.mean(axis=1), atol=1e-7)


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="white space"):
        write_part(tmp_path / "a.flac", noise(100), session="two words")
    with pytest.raises(ValueError, match=r"neither in \.flac nor in \.wav"):
        write_part(tmp_path / "a.mp3", noise(100))
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_anybody_s_ended_when_it_was_last_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(2 * RATE_HZ), RATE_HZ)
    changed_at = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    os.utime(path, (changed_at.timestamp(), changed_at.timestamp()))
    recording = open_recording(path)
    assert recording.session is None
    assert recording.first_sample == 0
    assert recording.duration_s == 2.0
    assert recording.recorded_at == changed_at - timedelta(seconds=2)


def test_a_recording_has_the_hash_of_its_bytes(tmp_path: Path) -> None:
    path = write_part(tmp_path / "a.flac", noise(1_000))
    assert file_sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(AudioError, match="cannot be read"):
        file_sha256(tmp_path / "b.flac")


class TestFinding:
    def test_it_is_recursive_natural_and_takes_only_sound(self, tmp_path: Path) -> None:
        names = ["clip10.wav", "clip2.FLAC", "day/clip1.ogg", "notes.txt", ".clip3.wav", "x.aif"]
        (tmp_path / "day").mkdir()
        for name in names:
            (tmp_path / name).touch()
        found = [str(path.relative_to(tmp_path)) for path in find_recordings([tmp_path])]
        assert found == ["clip2.FLAC", "clip10.wav", "day/clip1.ogg", "x.aif"]

    def test_a_file_named_twice_is_found_once(self, tmp_path: Path) -> None:
        (tmp_path / "a.wav").touch()
        assert find_recordings([tmp_path, tmp_path / "a.wav"]) == [tmp_path / "a.wav"]

    def test_a_missing_path_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(AudioError, match="nowhere does not exist"):
            find_recordings([tmp_path / "nowhere"])

    def test_a_folder_without_sound_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").touch()
        with pytest.raises(AudioError, match=f"{tmp_path} holds no recordings"):
            find_recordings([tmp_path])


class TestReading:
    @settings(max_examples=25, deadline=None)
    @given(first=st.integers(0, 9_000), n=st.integers(0, 1_000), block_s=st.floats(1e-4, 1.0))
    def test_a_stretch_is_that_part_of_the_whole(
        self, tmp_path_factory: pytest.TempPathFactory, first: int, n: int, block_s: float
    ) -> None:
        sound = as_16_bit(noise(10_000))
        path = write_part(tmp_path_factory.mktemp("stretch") / "a.flac", sound, first_sample=70_000)
        blocks = list(
            read_blocks(
                open_recording(path), channel=0, first_sample=first, n_samples=n, block_s=block_s
            )
        )
        stretch = [sample for block in blocks for sample in block.samples]
        np.testing.assert_array_equal(stretch, sound[first : first + n])
        position = 70_000 + first
        for index, block in enumerate(blocks):
            assert block.first_sample == position
            assert block.gap_before == (index == 0)
            elapsed_s = (block.captured_at - BEGAN_AT).total_seconds()
            assert elapsed_s == pytest.approx(position / RATE_HZ, abs=1e-3)
            position += len(block.samples)

    def test_a_channel_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        recording = open_recording(write_part(tmp_path / "a.wav", noise(100)))
        for channel in (-1, 1):
            with pytest.raises(AudioError, match=rf"a\.wav has no channel {channel}"):
                list(read_blocks(recording, channel=channel))

    def test_a_stretch_outside_the_recording_is_refused(self, tmp_path: Path) -> None:
        recording = open_recording(write_part(tmp_path / "a.wav", noise(100)))
        with pytest.raises(ValueError, match="not all in"):
            list(read_blocks(recording, channel=0, first_sample=50, n_samples=51))

    def test_samples_that_are_no_numbers_pass_through(self, tmp_path: Path) -> None:
        sound = np.array([0.1, np.nan, np.inf, -0.1], dtype=np.float32)
        soundfile.write(tmp_path / "a.wav", sound, RATE_HZ, subtype="FLOAT")
        np.testing.assert_array_equal(samples_of(tmp_path / "a.wav"), sound)


class TestSessions:
    def test_files_that_continue_each_other_are_one_stream(self, tmp_path: Path) -> None:
        sound = as_16_bit(noise(30_000))
        for name, start, end in [("c", 0, 12_000), ("a", 12_000, 21_000), ("b", 21_000, 30_000)]:
            write_part(tmp_path / f"{name}.flac", sound[start:end], first_sample=start + 500)
        recordings = [open_recording(path) for path in find_recordings([tmp_path])]
        (session,) = group_sessions(recordings)
        blocks = list(read_session(session, channel=0, block_s=0.1))
        np.testing.assert_array_equal(np.concatenate([block.samples for block in blocks]), sound)
        assert [block.gap_before for block in blocks] == [True] + [False] * (len(blocks) - 1)
        assert [part.path.stem for part in session] == ["c", "a", "b"]
        positions = np.cumsum([500] + [len(block.samples) for block in blocks])
        assert [block.first_sample for block in blocks] == positions[:-1].tolist()

    def test_a_missing_file_ends_a_session(self, tmp_path: Path) -> None:
        for index in (0, 1, 3, 4):
            write_part(tmp_path / f"{index}.flac", noise(1_000), first_sample=index * 1_000)
        recordings = [open_recording(path) for path in find_recordings([tmp_path])]
        names = [[part.path.stem for part in session] for session in group_sessions(recordings)]
        assert names == [["0", "1"], ["3", "4"]]

    def test_other_files_are_sessions_by_themselves(self, tmp_path: Path) -> None:
        write_part(tmp_path / "1.flac", noise(1_000), session="s", first_sample=0)
        write_part(tmp_path / "2.flac", noise(1_000), session="t", first_sample=1_000)
        for name in ("3.wav", "4.wav"):
            soundfile.write(tmp_path / name, noise(1_000), RATE_HZ)
        recordings = [open_recording(path) for path in find_recordings([tmp_path])]
        assert group_sessions(recordings) == [(recording,) for recording in recordings]


@pytest.mark.shared
def test_a_clip_of_eight_channels_as_mimii_has_it() -> None:
    path = Path(__file__).parents[3] / "shared/data/formats/mimii_8_channels_extensible.wav"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    recording = open_recording(path)
    assert (recording.n_channels, recording.duration_s) == (8, 10.0)
    assert len(samples_of(path, channel=7)) == 160_000
