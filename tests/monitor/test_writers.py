import signal
from pathlib import Path

import pytest

from asd_monitor.monitor.writers import is_being_written


def test_a_file_is_being_written_as_long_as_somebody_has_it_open_for_that(tmp_path: Path) -> None:
    path = tmp_path / "recording.wav"
    with path.open("wb") as writer:
        writer.write(b"half of it")
        writer.flush()
        assert is_being_written(path)
    assert not is_being_written(path)
    with path.open("rb"):
        assert not is_being_written(path)


def test_nobody_is_kept_from_writing_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "recording.wav"
    path.write_bytes(b"all of it")
    before = signal.getsignal(signal.SIGIO)
    assert not is_being_written(path)
    path.write_bytes(b"again")
    assert signal.getsignal(signal.SIGIO) is before


def test_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        is_being_written(tmp_path / "gone.wav")
