"""The records of a replayed session in a file, a JSON object on each line, to be told later."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import msgspec

from asd_monitor.models.errors import AsdMonitorError
from asd_monitor.monitor.replay.replay import (
    ClipRecord,
    ErrorRecord,
    EventRecord,
    FileRecord,
    Record,
)


class _Clip(msgspec.Struct, tag="clip"):
    record: ClipRecord


class _Event(msgspec.Struct, tag="event"):
    record: EventRecord


class _File(msgspec.Struct, tag="file"):
    record: FileRecord


class _Error(msgspec.Struct, tag="error"):
    record: ErrorRecord


_LINES: dict[type[Record], Any] = {
    ClipRecord: _Clip,
    EventRecord: _Event,
    FileRecord: _File,
    ErrorRecord: _Error,
}
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Clip | _Event | _File | _Error)


def write_records(file: IO[bytes], records: Iterable[Record]) -> None:
    """Write records as they come.

    Raises:
        OSError: the disk is full, or what else keeps a file from being written.
    """
    for record in records:
        file.write(_encoder.encode(_LINES[type(record)](record)) + b"\n")


def read_records(path: Path) -> Iterator[Record]:
    """Read them again, one at a time.

    Raises:
        AsdMonitorError: the file is not one that `write_records` wrote.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        for line in file:
            try:
                yield _decoder.decode(line).record
            except msgspec.DecodeError as error:
                raise AsdMonitorError(
                    f"{path} holds no records of a replay; remove it and replay again"
                ) from error
