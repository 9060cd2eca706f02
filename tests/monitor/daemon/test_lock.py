import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from asd_monitor.models.errors import BusyError, ConfigurationError
from asd_monitor.monitor.daemon.lock import daemon_runs, sole_daemon

HOLDER = """
import sys
from pathlib import Path
from asd_monitor.monitor.daemon.lock import sole_daemon
with sole_daemon(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(data: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that holds the folder until its standard input is closed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, data],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def nobody_special() -> Iterator[None]:
    """Be a user whom permissions bind."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_daemon_runs_as_long_as_the_folder_is_held(tmp_path: Path) -> None:
    assert not daemon_runs(tmp_path)
    with sole_daemon(tmp_path):
        assert daemon_runs(tmp_path)
    assert not daemon_runs(tmp_path)


def test_there_is_one_daemon_and_another_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with another_process(tmp_path):
        assert daemon_runs(tmp_path)
        with pytest.raises(BusyError, match=f"listens with the data folder {tmp_path} already"):
            sole_daemon(tmp_path).__enter__()


def test_sigkill_lets_go_of_the_folder(tmp_path: Path) -> None:
    with another_process(tmp_path) as process:
        assert daemon_runs(tmp_path)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not daemon_runs(tmp_path)
        with sole_daemon(tmp_path):
            assert daemon_runs(tmp_path)


def test_a_child_that_outlives_the_daemon_does_not_hold_the_folder(tmp_path: Path) -> None:
    with sole_daemon(tmp_path):
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    try:
        assert child.poll() is None
        assert not daemon_runs(tmp_path)
    finally:
        child.communicate()


def test_a_look_neither_takes_nor_makes_anything(tmp_path: Path) -> None:
    assert not daemon_runs(tmp_path)
    assert not daemon_runs(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []
    with sole_daemon(tmp_path):
        assert all(daemon_runs(tmp_path) for _ in range(3))


def test_a_folder_that_may_not_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with sole_daemon(data):
        data.chmod(0)
        try:
            with nobody_special(), pytest.raises(ConfigurationError, match="with sudo"):
                daemon_runs(data)
        finally:
            data.chmod(0o755)
