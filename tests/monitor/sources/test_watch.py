import logging
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.errors import AudioError
from asd_monitor.models.recording_writer import write_recording
from asd_monitor.monitor.source import CaptureState
from asd_monitor.monitor.sources import watch
from asd_monitor.monitor.sources.watch import Watch
from asd_monitor.monitor.watch_memory import WatchMemory

RATE_HZ = 8000
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def drop(
    path: Path, *, session: str, first_s: int = 0, seconds: int = 1, value: float = 0.25
) -> None:
    write_recording(
        path,
        np.full(seconds * RATE_HZ, value, dtype=np.float32),
        sample_rate_hz=RATE_HZ,
        session=session,
        first_sample=first_s * RATE_HZ,
        recorded_at=LONG_AGO + timedelta(seconds=first_s),
    )


class Quick(threading.Event):
    """Waits for nothing, and says stop after so many looks in vain."""

    def __init__(self, looks: int = 3) -> None:
        super().__init__()
        self.looks = looks

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.looks -= 1
        if self.looks <= 0:
            self.set()
        return self.is_set()


def heard(source: Watch) -> list[AudioBlock]:
    return [block for block in source.blocks(Quick()) if block is not None]


def watching(folder: Path) -> Watch:
    return Watch([folder], channel=None, settle_s=0)


def test_only_what_arrives_is_heard_in_natural_order_and_dated_by_its_recording(
    tmp_path: Path,
) -> None:
    drop(tmp_path / "before.wav", session="A", value=0.5)
    source = watching(tmp_path)
    drop(tmp_path / "clip10.wav", session="C", first_s=20)
    drop(tmp_path / "clip2.wav", session="B", first_s=10)
    blocks = heard(source)
    assert [block.captured_at for block in blocks] == [
        LONG_AGO + timedelta(seconds=10),
        LONG_AGO + timedelta(seconds=20),
    ]
    assert [block.gap_before for block in blocks] == [True, True]
    assert [block.first_sample for block in blocks] == [0, RATE_HZ]


def test_files_that_continue_each_other_are_one_session_whenever_they_arrive(
    tmp_path: Path,
) -> None:
    source = watching(tmp_path)
    drop(tmp_path / "1.wav", session="A", first_s=0)
    blocks = heard(source)
    drop(tmp_path / "2.wav", session="A", first_s=1)
    drop(tmp_path / "4.wav", session="A", first_s=3)
    blocks += heard(source)
    assert [block.gap_before for block in blocks] == [True, False, True]
    assert [block.first_sample for block in blocks] == [0, RATE_HZ, 2 * RATE_HZ]


def test_a_file_that_is_still_written_is_not_read(tmp_path: Path) -> None:
    source = watching(tmp_path)
    whole = tmp_path / "elsewhere"
    whole.mkdir()
    drop(whole / "x.wav", session="A", seconds=2)
    data = (whole / "x.wav").read_bytes()
    (whole / "x.wav").unlink()
    path = tmp_path / "x.wav"
    with path.open("wb") as writer:
        writer.write(data[: len(data) // 2])
        writer.flush()
        assert heard(source) == []
        writer.write(data[len(data) // 2 :])
        writer.flush()
        assert heard(source) == [], "whole, but nobody can know that yet"
    assert sum(len(block.samples) for block in heard(source)) == 2 * RATE_HZ


def test_a_file_that_was_cut_waits_for_its_end_and_is_named_when_none_comes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = watching(tmp_path)
    (tmp_path / "x.wav").write_bytes(b"no sound at all")
    with caplog.at_level(logging.WARNING):
        assert heard(source) == []
        assert caplog.text == ""
        monkeypatch.setattr(watch, "_GIVEN_UP_AFTER_S", 0.0)
        assert heard(source) == []
        assert caplog.text.count("x.wav") == 1


def test_a_renamed_file_is_heard_under_its_last_name_and_hidden_ones_never(tmp_path: Path) -> None:
    source = watching(tmp_path)
    drop(tmp_path / ".x.wav", session="A")
    assert heard(source) == []
    (tmp_path / ".x.wav").rename(tmp_path / "x.wav")
    assert len(heard(source)) == 1


def test_the_pause_between_two_recordings_is_allowed_once_there_was_one(tmp_path: Path) -> None:
    source = Watch([tmp_path], channel=None, pause_s=77, settle_s=0)
    assert (source.status.state, source.status.pause_s) == (CaptureState.STARTING, 0.0)
    drop(tmp_path / "x.wav", session="A")
    heard(source)
    assert (source.status.state, source.status.pause_s) == (CaptureState.HEALTHY, 77)


def test_a_folder_that_goes_away_is_lost_until_it_is_back(tmp_path: Path) -> None:
    folder = tmp_path / "share"
    folder.mkdir()
    source = watching(folder)
    folder.rmdir()
    assert heard(source) == []
    lost = source.status
    assert lost.state is CaptureState.LOST
    assert str(folder) in (lost.last_error or "")
    folder.mkdir()
    drop(folder / "x.wav", session="A")
    assert len(heard(source)) == 1
    assert source.status.state is CaptureState.HEALTHY


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="nowhere"):
        watching(tmp_path / "nowhere")


def remembering(folder: Path) -> Watch:
    memory = WatchMemory(folder.parent / "watched.jsonl", [folder])
    return Watch([folder], channel=None, settle_s=0, memory=memory)


def test_what_came_while_nobody_watched_is_judged_and_nothing_twice(tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    drop(folder / "1.wav", session="A")
    first = remembering(folder)
    drop(folder / "2.wav", session="B", first_s=10)
    assert len(heard(first)) == 1
    drop(folder / "3.wav", session="C", first_s=20)
    assert [each.captured_at for each in heard(remembering(folder))] == [
        LONG_AGO + timedelta(seconds=20)
    ]
    assert heard(remembering(folder)) == []
    drop(folder / "2.wav", session="B", first_s=10, value=0.75, seconds=2)
    assert len(heard(remembering(folder))) == 2, "it is another sound by now"


def test_a_file_that_was_broken_off_is_judged_again_from_its_beginning(tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    source = remembering(folder)
    drop(folder / "long.wav", session="A", seconds=5)
    blocks = source.blocks(Quick())
    assert next(block for block in blocks if block is not None).first_sample == 0
    blocks.close()
    again = heard(remembering(folder))
    assert sum(len(block.samples) for block in again) == 5 * RATE_HZ


def test_a_share_that_was_not_mounted_for_a_while_brings_nothing_new(tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    drop(folder / "1.wav", session="A")
    source = remembering(folder)
    assert heard(source) == []
    (folder / "1.wav").rename(tmp_path / "1.wav")
    assert heard(source) == []
    assert heard(remembering(folder)) == []
    (tmp_path / "1.wav").rename(folder / "1.wav")
    assert heard(source) == []
    assert heard(remembering(folder)) == []
