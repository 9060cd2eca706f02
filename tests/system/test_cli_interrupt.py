"""Ctrl-C during long work."""

import shutil
import signal
from pathlib import Path

import pytest

from asd_monitor.monitor.folders import MachineFolder
from tests.support import recorded
from tests.support.command_line import files_in, running
from tests.support.daemons import wait_until
from tests.support.replay_lines import ErrorLine, SummaryLine, read_lines
from tests.system.conftest import Trained

pytestmark = pytest.mark.system


def test_an_interrupted_training_leaves_the_older_bundle_as_it_was(
    trained: Trained, tmp_path: Path
) -> None:
    data = shutil.copytree(trained.data, tmp_path / "data")
    before = files_in(data)
    # The complaint about this file is what training says first, when it is under way.
    unreadable = recorded.zero_length(tmp_path / "zero.wav")
    arguments = ["train", unreadable, trained.normal, "--epochs", 10_000, "--data-dir", data]
    with running(*arguments) as training:
        assert training.stderr is not None
        assert str(unreadable) in training.stderr.readline()
        training.send_signal(signal.SIGINT)
        stdout, stderr = training.communicate(timeout=60)
    assert training.returncode == 130, stderr
    assert stderr.splitlines()[-1] == "interrupted"
    assert "Traceback" not in stderr
    assert stdout == ""
    assert MachineFolder.of("machine", data=data).bundle.exists()
    assert files_in(data) == before


def test_an_interrupted_training_keeps_its_passes_and_says_how_to_go_on(
    trained: Trained, tmp_path: Path
) -> None:
    out = tmp_path / "long.safetensors"
    arguments = ["train", trained.normal, "--detector", "group-made", "--epochs", 10_000]
    with running(*arguments, "--out", out) as training:
        wait_until(out.with_name(f"{out.name}.unfinished").exists)
        training.send_signal(signal.SIGINT)
        _, stderr = training.communicate(timeout=60)
    assert training.returncode == 130, stderr
    *_, how_to_go_on, end = filter(None, stderr.splitlines())
    assert how_to_go_on == "the same command goes on after the last finished pass"
    assert end == "interrupted"
    assert [path.name for path in tmp_path.iterdir()] == [f"{out.name}.unfinished"]


def test_an_interrupted_replay_ends_with_whole_lines(trained: Trained, tmp_path: Path) -> None:
    unreadable = recorded.zero_length(tmp_path / "zero.wav")
    arguments = ["replay", unreadable, trained.normal, *trained.model, "--json", "--speed", 1]
    with running(*arguments) as replay:
        assert replay.stdout is not None
        first = replay.stdout.readline()
        replay.send_signal(signal.SIGINT)
        stdout, stderr = replay.communicate(timeout=60)
    assert replay.returncode == 130, stderr
    assert stderr.splitlines()[-1] == "interrupted"
    assert "Traceback" not in stderr
    error, *_, summary = read_lines(first + stdout)
    assert isinstance(error, ErrorLine)
    assert isinstance(summary, SummaryLine)
    assert summary.files <= 1, "the rest was not judged"


def test_a_reader_that_goes_away_ends_replay_without_a_word(trained: Trained) -> None:
    with running("replay", trained.normal, *trained.model, "--json") as replay:
        assert replay.stdout is not None
        assert replay.stderr is not None
        replay.stdout.readline()
        replay.stdout.close()
        assert "Traceback" not in replay.stderr.read()
        assert replay.wait(60) == 1
