"""What is written of an event, and what happens where it cannot be."""

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asd_monitor.monitor.config import EvidenceConfig
from asd_monitor.monitor.events import Kept, close_event
from asd_monitor.monitor.evidence import picture, speech, writer
from asd_monitor.monitor.evidence.folder import EvidenceFolder
from asd_monitor.monitor.evidence.take import Take
from asd_monitor.monitor.evidence.writer import MOST_WAITING, EvidenceWriter
from tests.support.takes import a_take, an_anomaly_at, takes_of_the_fault

PLENTY = EvidenceConfig(min_free_bytes=0)


PNG = b"a picture, quickly drawn"


@pytest.fixture(autouse=True)
def _drawn_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "picture_of", lambda _: PNG)


class Room:
    """A writer, its folder, and those it tells."""

    def __init__(self, path: Path, settings: EvidenceConfig, *, free_bytes: int = 10**9) -> None:
        self.path = path
        self.attached: list[tuple[str, Kept]] = []
        self.shown: list[tuple[str, bytes]] = []
        folder = EvidenceFolder(path, settings, free_bytes=lambda _: free_bytes)
        self.writer = EvidenceWriter(
            folder,
            settings,
            attach=lambda event_id, kept: self.attached.append((event_id, kept)),
            show=lambda machine, png: self.shown.append((machine, png)),
        )

    def keep(self, *takes: Take) -> None:
        """Write takes and end."""
        self.writer.start()
        for take in takes:
            self.writer.submit(take)
        self.writer.close(30)

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in self.path.rglob("*") if path.is_file())


def ended(take: Take) -> Take:
    end = take.event.started_at + timedelta(seconds=2)
    return replace(take, event=close_event(take.event, ended_at=end), ended_s=3.0)


def test_sound_and_picture_are_written_attached_and_shown(tmp_path: Path) -> None:
    room, take = Room(tmp_path, PLENTY), takes_of_the_fault()[-1]
    room.keep(take)
    ((event_id, kept),) = room.attached
    assert event_id == take.event.event_id
    assert kept.clip is not None
    assert kept.spectrogram is not None
    assert kept.pre_roll_s == 10.0
    samples, _ = soundfile.read(tmp_path / kept.clip, dtype="float32")
    assert np.array_equal(samples, take.sound.samples)
    assert (tmp_path / kept.spectrogram).read_bytes() == PNG
    assert room.shown == [("pump", PNG)]


def test_the_second_take_of_an_event_takes_the_place_of_the_first(tmp_path: Path) -> None:
    room, (first, last) = Room(tmp_path, PLENTY), takes_of_the_fault()
    room.keep(first)
    again = Room(tmp_path, PLENTY)
    again.keep(last)
    assert again.files == room.files
    assert len(again.files) == 2
    (_, kept) = again.attached[0]
    assert room.attached == again.attached
    assert kept.clip is not None
    assert soundfile.info(tmp_path / kept.clip).frames == len(last.sound.samples)


def test_a_take_that_still_waits_gives_way_to_the_next_of_its_event(tmp_path: Path) -> None:
    room, (first, last) = Room(tmp_path, PLENTY), takes_of_the_fault()
    room.writer.submit(first)
    room.writer.submit(last)
    room.keep()
    ((_, kept),) = room.attached
    assert kept.clip is not None
    assert soundfile.info(tmp_path / kept.clip).frames == len(last.sound.samples)


def test_what_is_kept_of_an_open_event_is_told_as_it_ends_and_only_then(tmp_path: Path) -> None:
    room, take = Room(tmp_path, PLENTY), a_take()
    room.keep(take)
    kept = room.writer.withdraw(take.event.event_id)
    assert kept == room.attached[0][1]
    assert room.writer.withdraw(take.event.event_id) is None
    after = Room(tmp_path, PLENTY)
    after.keep(take, ended(take))
    assert after.writer.withdraw(take.event.event_id) is None


def test_without_audio_there_is_a_picture_and_no_sound(tmp_path: Path) -> None:
    room, take = Room(tmp_path, replace(PLENTY, audio=False)), a_take()
    room.keep(take)
    assert [Path(name).suffix for name in room.files] == [".png"]
    (_, kept) = room.attached[0]
    assert (kept.clip, kept.pre_roll_s) == (None, None)
    assert kept.spectrogram is not None


@pytest.mark.parametrize(("choice", "n_sounds"), [("keep", 1), ("drop", 0)])
def test_sound_with_speech_is_dropped_where_that_is_wanted_and_the_picture_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, choice: str, n_sounds: int
) -> None:
    verdicts = iter([False, True])
    monkeypatch.setattr(speech, "is_speech_likely", lambda *_, **__: next(verdicts))
    settings = EvidenceConfig(min_free_bytes=0, speech=choice)  # type: ignore[arg-type]
    room, take = Room(tmp_path, settings), a_take()
    room.keep(take)
    Room(tmp_path, settings).keep(ended(take))
    suffixes = [Path(name).suffix for name in room.files]
    assert (suffixes.count(".flac"), suffixes.count(".png")) == (n_sounds, 1)


def test_a_full_disk_costs_the_evidence_and_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    room = Room(tmp_path, EvidenceConfig(min_free_bytes=1000), free_bytes=999)
    with caplog.at_level(logging.WARNING):
        room.keep(a_take(an_anomaly_at(1)), a_take(an_anomaly_at(2)))
    assert room.files == []
    assert [kept for _, kept in room.attached] == [Kept(clip=None, spectrogram=None)] * 2
    assert len(room.shown) == 2, "a picture that has no room on the disk is published all the same"
    assert [record for record in caplog.messages if "no room" in record] == caplog.messages[:1]
    assert len(caplog.messages) == 1


def test_a_folder_that_cannot_be_written_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "evidence").write_text("a file where a folder should be")
    room = Room(tmp_path / "evidence", PLENTY)
    room.keep(a_take())
    assert room.attached == [(room.attached[0][0], Kept(clip=None, spectrogram=None))]
    assert any("cannot be written" in message for message in caplog.messages)


def test_too_many_events_at_once_cost_evidence_and_no_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    room = Room(tmp_path, PLENTY)
    for hours in range(MOST_WAITING + 3):
        room.writer.submit(a_take(an_anomaly_at(hours)))
    assert len(caplog.messages) == 1
    room.keep()
    assert len(room.attached) == MOST_WAITING


@contextmanager
def being_slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The writing of a sound takes until the event is set."""
    go_on = threading.Event()

    def slowly(_: Take) -> bytes:
        go_on.wait(30)
        return b"sound"

    monkeypatch.setattr(writer, "sound_file_of", slowly)
    yield go_on
    go_on.set()


def test_nobody_waits_for_a_slow_disk_longer_than_he_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(tmp_path, PLENTY)
    with being_slow(monkeypatch) as go_on:
        room.writer.start()
        room.writer.submit(a_take())
        room.writer.close(0.05)
        assert room.attached == []
        go_on.set()
        room.writer.close(30)
    assert len(room.attached) == 1


def test_when_its_time_is_over_it_stops_and_the_store_may_be_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = sqlite3.connect(":memory:", check_same_thread=False)
    told: list[str] = []

    def attach(event_id: str, _: Kept) -> None:
        told.append(event_id)
        store.execute("SELECT 1")

    folder = EvidenceFolder(tmp_path, PLENTY, free_bytes=lambda _: 10**9)
    late = EvidenceWriter(folder, PLENTY, attach=attach, show=lambda *_: None)
    first, second = a_take(an_anomaly_at(1)), a_take(an_anomaly_at(2))
    with being_slow(monkeypatch) as go_on:
        late.start()
        late.submit(first)
        late.submit(second)
        late.close(0.05)
        store.close()
        go_on.set()
        late.close(30)
    assert told == [first.event.event_id]
