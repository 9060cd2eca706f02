"""Events as JSON objects and as rows of a table for other programs; times are RFC 3339 UTC."""

import csv
import io
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from asd_monitor.models.timestamps import format_utc
from asd_monitor.monitor.events import Event
from asd_monitor.monitor.messages import event_payload
from asd_monitor.monitor.store.marks import Mark

_OF_MESSAGES: Final = ("published_at", "replayed")


def as_fields(event: Event, mark: Mark) -> dict[str, Any]:
    """The fields of the event's MQTT message, but those about publishing, and of its mark."""
    fields: dict[str, Any] = msgspec.json.decode(event_payload(event))
    for name in _OF_MESSAGES:
        del fields[name]
    return fields | {
        "opinion": mark.opinion,
        "note": mark.note,
        "marked_at": format_utc(mark.marked_at) if mark.marked_at else None,
        "acknowledged_at": format_utc(mark.acknowledged_at) if mark.acknowledged_at else None,
    }


def as_csv(events: Iterable[dict[str, Any]]) -> str:
    """A table with a line of names; what is missing is empty.

    Args:
        events: from `as_fields`; bands become ``1000-1500:0.75``, separated by spaces.
    """
    rows = [event | {"bands": _bands(event["bands"])} for event in events]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
    if rows:
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()


def _bands(bands: list[dict[str, float]] | None) -> str | None:
    if bands is None:
        return None
    return " ".join(f"{b['low_hz']:g}-{b['high_hz']:g}:{b['share']:g}" for b in bands)
