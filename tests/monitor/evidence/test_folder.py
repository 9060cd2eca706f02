from datetime import timedelta
from pathlib import Path, PurePosixPath

import pytest

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.config import EvidenceConfig
from asd_monitor.monitor.evidence.folder import PICTURE, SOUND, EvidenceFolder, name_of
from tests.support.sounds import BEGAN_AT
from tests.support.takes import an_anomaly_at

KB = 1000
PLENTY = EvidenceConfig(min_free_bytes=0)


class Disk:
    """A disk of a certain size with nothing on it but the folder."""

    def __init__(self, n_bytes: int, folder: Path) -> None:
        self.n_bytes = n_bytes
        self.folder = folder

    def free(self, _: Path) -> int:
        return self.n_bytes - sum(p.stat().st_size for p in self.folder.rglob("*") if p.is_file())


def folder_at(
    path: Path, settings: EvidenceConfig = PLENTY, *, disk_bytes: int = 10**9
) -> EvidenceFolder:
    return EvidenceFolder(path, settings, free_bytes=Disk(disk_bytes, path).free)


def fill(folder: EvidenceFolder, *hours: float, n_bytes: int = 10 * KB) -> list[bool]:
    """Write a sound and a picture of half the bytes each for an event at each time."""
    written = []
    for each in hours:
        event = an_anomaly_at(each)
        names = [name_of(event, suffix) for suffix in (SOUND, PICTURE)]
        written += [folder.write(name, bytes(n_bytes // 2)) for name in names]
    return written


def hours_in(folder: EvidenceFolder) -> list[float]:
    """When the events were that something is kept of."""
    ids = {path.stem.removeprefix("pump-") for path in folder.path.glob("*/*/*/pump-*")}
    known = {an_anomaly_at(hours).event_id[:10]: hours for hours in range(500)}
    return sorted(known[event_id[:10]] for event_id in ids)


def test_a_file_lies_under_its_day_and_is_called_by_machine_and_event(tmp_path: Path) -> None:
    event = an_anomaly_at(0)
    name = name_of(event, SOUND)
    assert name == PurePosixPath(f"2025/03/01/pump-{event.event_id}.flac")
    folder = folder_at(tmp_path / "evidence")
    assert not folder.has(name)
    assert folder.write(name, b"sound")
    assert folder.has(name)
    assert (tmp_path / "evidence" / name).read_bytes() == b"sound"
    folder.remove(name)
    folder.remove(name)
    assert not folder.has(name)


def test_the_oldest_events_go_first_and_whole_when_there_are_too_many_bytes(tmp_path: Path) -> None:
    folder = folder_at(tmp_path, EvidenceConfig(min_free_bytes=0, max_bytes=35 * KB))
    assert all(fill(folder, 30, 10, 50, 20, 40))
    assert hours_in(folder) == [30, 40, 50]
    assert sum(1 for _ in tmp_path.glob("*/*/*/*")) == 6


def test_what_takes_the_place_of_a_file_does_not_push_out_its_own_event(tmp_path: Path) -> None:
    folder = folder_at(tmp_path, EvidenceConfig(min_free_bytes=0, max_bytes=22 * KB))
    events = [an_anomaly_at(hours) for hours in (10, 20)]
    for event in events:
        assert folder.write(name_of(event, SOUND), bytes(10 * KB))
    assert folder.write(name_of(events[0], SOUND), bytes(20 * KB))
    assert folder.has(name_of(events[0], SOUND))
    assert not folder.has(name_of(events[1], SOUND))


def test_the_disk_is_kept_free(tmp_path: Path) -> None:
    settings = EvidenceConfig(min_free_bytes=50 * KB)
    folder = folder_at(tmp_path, settings, disk_bytes=81 * KB)
    assert all(fill(folder, 10, 20, 30, 40, 50))
    assert hours_in(folder) == [30, 40, 50]


def test_where_there_is_no_room_nothing_is_written(tmp_path: Path) -> None:
    settings = EvidenceConfig(min_free_bytes=50 * KB)
    folder = folder_at(tmp_path, settings, disk_bytes=49 * KB)
    assert fill(folder, 10) == [False, False]
    too_big = folder_at(tmp_path, EvidenceConfig(min_free_bytes=0, max_bytes=3 * KB))
    assert fill(too_big, 10) == [False, False]
    assert hours_in(folder) == []


def test_what_is_too_old_goes_and_leaves_no_empty_folders(tmp_path: Path) -> None:
    folder = folder_at(tmp_path, EvidenceConfig(min_free_bytes=0, keep_days=2))
    fill(folder, 0, 1, 20, 49)
    folder.tidy(BEGAN_AT + timedelta(hours=70))
    assert hours_in(folder) == [49]
    assert {path.name for path in (tmp_path / "2025" / "03").iterdir()} == {"03"}


def test_tidying_makes_room_that_others_have_taken(tmp_path: Path) -> None:
    folder = folder_at(tmp_path, EvidenceConfig(min_free_bytes=50 * KB), disk_bytes=100 * KB)
    fill(folder, 10, 20, 30)
    (tmp_path / "somebody-elses.log").write_bytes(bytes(35 * KB))
    folder.tidy(BEGAN_AT)
    assert hours_in(folder) == [30]


def test_files_of_others_are_neither_counted_nor_removed(tmp_path: Path) -> None:
    folder = folder_at(tmp_path, EvidenceConfig(min_free_bytes=0, max_bytes=12 * KB, keep_days=1))
    fill(folder, 0)
    note = tmp_path / "2025" / "03" / "01" / "notes.txt"
    note.write_bytes(bytes(50 * KB))
    folder.tidy(BEGAN_AT + timedelta(days=30))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [note]
    assert all(fill(folder, 5))


def test_what_a_killed_process_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    fill(folder, 0)
    (day,) = tmp_path.glob("*/*/*")
    event_id = an_anomaly_at(0).event_id
    left = day / f".pump-{event_id}.flac.k2j3x.tmp"
    other = day / ".editor.tmp"
    left.touch()
    other.touch()
    folder.sweep()
    assert not left.exists()
    assert other.exists()
    assert hours_in(folder) == [0]


def test_a_folder_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    folder = folder_at(tmp_path / "data" / "evidence")
    folder.sweep()
    folder.tidy(BEGAN_AT)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [("pre_roll_s", -1.0), ("max_clip_s", 5.0), ("max_clip_s", 1e6), ("keep_days", 0.0)],
)
def test_lengths_that_make_no_sense_are_refused(key: str, value: float) -> None:
    settings = EvidenceConfig(**{key: value})  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=f"here.toml: evidence.{key}"):
        settings.check(where="here.toml")
