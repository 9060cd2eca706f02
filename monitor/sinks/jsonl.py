"""The JSON lines sink: a file to which every event is appended as one line."""

import os
from pathlib import Path
from typing import ClassVar, Final, Self

from asd_monitor.models.errors import DeliveryError
from asd_monitor.monitor.config import SinkConfig
from asd_monitor.monitor.durable_courier import DurableCourier
from asd_monitor.monitor.event_sink import EventSink
from asd_monitor.monitor.store.outbox import Outbox
from asd_monitor.monitor.store.store import Store

_LONGEST_S: Final = 120.0
"""A disk that has slept or is very busy takes seconds, one that does not answer takes for ever."""


class JsonlSink(EventSink):
    """Appends every event, as it is told over MQTT, and waits for the disk.

    The file is opened anew for each event, so that it may be rotated or deleted at any time. An
    event that cannot be written (a full disk) is written as soon as it can be.

    Args:
        path: the file; its folder is made where it is missing.
        outbox: of this sink.
        name: of this sink, for the log.
    """

    kind: ClassVar[str] = "jsonl"

    def __init__(self, path: Path, outbox: Outbox, *, name: str = kind) -> None:
        self._path = path
        super().__init__(DurableCourier(outbox, self._append, name=name, longest_s=_LONGEST_S))

    @classmethod
    def configured(cls, settings: SinkConfig, store: Store) -> Self:
        """The sink of a table ``[[sink]]``."""
        return cls(
            settings.path or Path(), store.outbox_for(settings.recipient), name=settings.name
        )

    def _append(self, payload: bytes) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            _append_line(self._path, payload)
        except OSError as error:
            raise DeliveryError(
                f"The event cannot be appended to {self._path} ({error.strerror}); it is tried "
                "again until it can be."
            ) from error


def _append_line(path: Path, line: bytes) -> None:
    """Append a line, beginning a new one where a former attempt was cut off in its midst.

    Raises:
        OSError: the file cannot be written.
    """
    with path.open("a+b") as file:
        end = file.seek(0, os.SEEK_END)
        if end:
            file.seek(end - 1)
        is_cut_off = end > 0 and file.read(1) != b"\n"
        file.write(b"\n" + line + b"\n" if is_cut_off else line + b"\n")
        file.flush()
        os.fsync(file.fileno())
