import logging
from pathlib import Path

import pytest

from asd_monitor.models.errors import AudioError
from asd_monitor.monitor.arrivals import Sighting
from asd_monitor.monitor.watch_memory import WatchMemory

SEEN = {Path(f"/drop/{i}.wav"): Sighting(i, 10**18 + i) for i in range(3)}
MORE = Path("/drop/more \udcff.wav")


def memory(folder: Path, watched: str = "/drop") -> WatchMemory:
    return WatchMemory(folder / "machines" / "pump" / "watched.jsonl", [Path(watched)])


def file_of(folder: Path) -> Path:
    return folder / "machines" / "pump" / "watched.jsonl"


def test_what_was_done_is_known_to_the_next_whatever_its_name(tmp_path: Path) -> None:
    first = memory(tmp_path)
    assert first.recall() is None
    first.begin(SEEN)
    known = SEEN | {MORE: Sighting(7, 8)}
    first.add(MORE, done=known)
    assert memory(tmp_path).recall() == known


def test_of_other_folders_nothing_is_known(tmp_path: Path) -> None:
    memory(tmp_path).begin(SEEN)
    assert memory(tmp_path, "/elsewhere").recall() is None


def test_what_a_crash_left_of_a_line_counts_for_nothing(tmp_path: Path) -> None:
    memory(tmp_path).begin(SEEN)
    whole = file_of(tmp_path).read_bytes()
    for cut in range(1, len(whole.splitlines()[-1]) + 2):
        file_of(tmp_path).write_bytes(whole[:-cut])
        known = memory(tmp_path).recall()
        assert known is not None
        assert SEEN.items() >= known.items()
        assert len(known) >= len(SEEN) - 1


def test_files_that_are_gone_do_not_fill_the_disk(tmp_path: Path) -> None:
    long = memory(tmp_path)
    long.begin({})
    for i in range(5000):
        path = Path(f"/drop/{i}.wav")
        long.add(path, done={path: Sighting(i, i)})
    assert len(file_of(tmp_path).read_text().splitlines()) < 1100


def test_a_disk_that_takes_no_more_is_named_once_and_caught_up_with(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "machines").write_text("in the way")
    first = memory(tmp_path)
    with caplog.at_level(logging.WARNING):
        first.begin({})
        for path in SEEN:
            first.add(path, done=SEEN)
    assert caplog.text.count("cannot be written") == 1
    (tmp_path / "machines").unlink()
    first.add(MORE, done=SEEN)
    assert memory(tmp_path).recall() == SEEN


def test_a_memory_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file_of(tmp_path).mkdir(parents=True)
    with pytest.raises(AudioError, match="says what was judged, cannot be read"):
        memory(tmp_path).recall()
