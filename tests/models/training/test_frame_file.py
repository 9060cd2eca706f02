import errno
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.training.frame_file import FrameFile
from asd_monitor.models.training.sound import Runs
from asd_monitor.models.training.standardise import fit_standardiser, standardise
from tests.support.fitting import white_frames


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(lengths=st.lists(st.integers(1, 50), min_size=1, max_size=6))
def test_runs_come_back_as_they_were_put_in(tmp_path: Path, lengths: list[int]) -> None:
    put_in = [white_frames(length, seed=index) for index, length in enumerate(lengths)]
    with FrameFile(n_mels=8, folder=tmp_path) as kept:
        for run in put_in:
            kept.append(run)
        runs = kept.runs()
    assert len(runs) == len(put_in)
    assert all(np.array_equal(*pair) for pair in zip(runs, put_in, strict=True))


def test_the_file_is_worked_on_in_place_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with FrameFile(n_mels=8, folder=tmp_path) as kept:
        kept.append(white_frames(100))
        runs, copy = kept.runs(), Runs.of(white_frames(100))
    for each in (runs, copy):
        standardise(each, fit_standardiser(each))
    assert np.array_equal(runs.frames, copy.frames)
    assert isinstance(runs.frames, np.memmap)
    assert list(tmp_path.iterdir()) == []


def test_nothing_put_in_is_no_run(tmp_path: Path) -> None:
    with FrameFile(n_mels=8, folder=tmp_path) as kept:
        runs = kept.runs()
    assert (len(runs), runs.frames.shape) == (0, (0, 8))


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(_data: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    with FrameFile(n_mels=8, folder=tmp_path) as kept:
        monkeypatch.setattr(kept._file, "write", write)
        with pytest.raises(ConfigurationError, match=r"No space left.*make room"):
            kept.append(white_frames(10))
