import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from asd_monitor.monitor.daemon import notify


@pytest.fixture(params=["path", "abstract"])
def manager(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    """The socket on which systemd listens."""
    name = f"{tmp_path}/notify" if request.param == "path" else f"@asd-monitor-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind("\0" + name[1:] if name.startswith("@") else name)
        channel.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        yield channel


def test_systemd_is_told_each_step(manager: socket.socket) -> None:
    notify.ready()
    notify.status("listening to\npump")
    notify.watchdog()
    notify.stopping()
    told = [manager.recv(4096).decode() for _ in range(4)]
    assert told == ["READY=1", "STATUS=listening to pump", "WATCHDOG=1", "STOPPING=1"]


def test_reloading_tells_the_time_that_systemd_compares(manager: socket.socket) -> None:
    before_us = time.monotonic_ns() // 1000
    notify.reloading()
    first, second = manager.recv(4096).decode().splitlines()
    assert first == "RELOADING=1"
    assert before_us <= int(second.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


def test_nothing_happens_where_nobody_asked(
    manager: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET")
    notify.ready()
    manager.setblocking(False)
    with pytest.raises(BlockingIOError):
        manager.recv(4096)


def test_a_socket_that_is_gone_is_logged_and_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    notify.ready()
    assert "READY=1" in caplog.text


def test_a_manager_that_does_not_read_stops_nobody(
    manager: socket.socket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(notify, "_PATIENCE_S", 0.01)
    while not caplog.text:
        notify.watchdog()
    assert "WATCHDOG=1" in caplog.text
    assert manager.recv(4096) == b"WATCHDOG=1"


@pytest.mark.parametrize(
    ("pid", "interval_s"), [(None, 15.0), (str(os.getpid()), 15.0), ("1", None)]
)
def test_the_watchdog_wants_to_hear_twice_in_its_time(
    monkeypatch: pytest.MonkeyPatch, pid: str | None, interval_s: float | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    if pid is None:
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
    else:
        monkeypatch.setenv("WATCHDOG_PID", pid)
    assert notify.watchdog_interval_s() == interval_s


def test_without_a_watchdog_there_is_no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    assert notify.watchdog_interval_s() is None
