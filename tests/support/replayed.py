"""What a replay told, by kind."""

from collections.abc import Iterable
from typing import TypeVar

from asd_monitor.monitor.replay.replay import Record

Kind = TypeVar("Kind")


def of_kind(kind: type[Kind], records: Iterable[Record]) -> list[Kind]:
    return [record for record in records if isinstance(record, kind)]
