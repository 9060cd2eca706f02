from collections.abc import Sequence
from pathlib import Path

import pytest

from asd_monitor.models.errors import AsdMonitorError
from asd_monitor.models.recordings import Recording
from asd_monitor.monitor.replay.record_file import read_records, write_records
from asd_monitor.monitor.replay.replay import ErrorRecord, Record, Replay
from tests.support.machines import (
    an_identity,
    faulty,
    knowing_bundle,
    knowing_calibration,
    write_session,
)


def replayed(session: Sequence[Recording]) -> list[Record]:
    replay = Replay(knowing_bundle(), knowing_calibration(), an_identity(), channel=None)
    return list(replay.session(session))


def test_every_kind_of_record_comes_back_as_it_was(tmp_path: Path) -> None:
    recordings = write_session(tmp_path, faulty(), lengths_s=[30, 26])
    records = [*replayed(recordings), ErrorRecord("a.wav", "a.wav is empty")]
    path = tmp_path / "records.jsonl"
    with path.open("wb") as file:
        write_records(file, records)
    assert list(read_records(path)) == records
    assert len({type(record) for record in records}) == 4


def test_a_file_of_something_else_is_named(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text('{"type": "clip"}\n')
    with pytest.raises(AsdMonitorError, match=str(path)):
        list(read_records(path))
