import json
from pathlib import Path

import pytest

from asd_monitor.monitor.sinks.jsonl import JsonlSink
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import anomaly


def write(data: Path, path: Path, *, count: int = 1) -> None:
    """A process that tells of so many events, and ends."""
    with Store(data / "s.sqlite") as store:
        sink = JsonlSink(path, store.outbox_for("jsonl"))
        for _ in range(count):
            sink.publish_event(store.record(anomaly(), outgoing=False))
        sink.start()
        sink.close(10)


def seqs(path: Path) -> list[int]:
    return [json.loads(line)["seq"] for line in path.read_text().splitlines()]


def test_every_event_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "log" / "events.jsonl"
    write(tmp_path, path, count=3)
    assert seqs(path) == [1, 2, 3]
    assert path.read_bytes().endswith(b"}\n")


def test_a_later_process_appends(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write(tmp_path, path)
    write(tmp_path, path)
    assert seqs(path) == [1, 2]


def test_after_a_rotation_a_new_file_is_begun(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with Store(tmp_path / "s.sqlite") as store:
        sink = JsonlSink(path, store.outbox_for("jsonl"))
        sink._append(b'{"seq":1}')
        path.rename(tmp_path / "events.jsonl.1")
        sink._append(b'{"seq":2}')
    assert seqs(tmp_path / "events.jsonl.1") == [1]
    assert seqs(path) == [2]


def test_a_line_that_was_cut_off_spoils_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"seq":1}\n{"se')
    write(tmp_path, path)
    first, cut_off, last = path.read_text().splitlines()
    assert (first, cut_off) == ('{"seq":1}', '{"se')
    assert json.loads(last)["seq"] == 1


def test_what_could_not_be_written_is_written_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "log"
    folder.write_text("in the way")
    write(tmp_path, folder / "events.jsonl", count=2)
    assert "cannot be appended" in caplog.text
    folder.unlink()
    write(tmp_path, folder / "events.jsonl")
    assert seqs(folder / "events.jsonl") == [1, 2, 3]
