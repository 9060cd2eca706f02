"""What `replay` prints: a record as JSON fields or as a line of text, and the summary."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgspec

from asd_monitor.calibrate.durations import say_duration
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.events import EventType
from asd_monitor.monitor.messages import event_payload
from asd_monitor.monitor.replay.replay import (
    ClipRecord,
    ErrorRecord,
    EventRecord,
    FileRecord,
    Record,
)
from asd_monitor.monitor.sinks.terminal import event_line


def as_json(record: Record) -> dict[str, Any]:
    """The fields of a record's JSON line."""
    match record:
        case ClipRecord(verdict=verdict):
            return {
                "type": "clip",
                "file": record.file,
                "start_s": round(record.start_s, 6),
                "duration_s": record.duration_s,
                "score": verdict.score,
                "threshold": verdict.threshold,
                "severity": verdict.severity,
                "reason": verdict.reason,
                "p_value": verdict.p_value,
                "regime": verdict.regime,
                "quality": sorted(record.quality),
            }
        case EventRecord(event=event):
            fields: dict[str, Any] = msgspec.json.decode(event_payload(event))
            return {"type": "event"} | fields
        case FileRecord(verdict=verdict):
            return {
                "type": "file",
                "file": record.file,
                "score": verdict.score,
                "severity": verdict.severity,
                "reason": verdict.reason,
                "regime": verdict.regime,
                "duration_s": record.duration_s,
            }
        case ErrorRecord():
            return {"type": "error", "file": record.file, "message": record.message}


def as_text(record: Record) -> str | None:
    """The line a person reads; clips are too many to be told one by one."""
    match record:
        case ClipRecord():
            return None
        case EventRecord(event=event):
            return f"event     {event_line(event)}"
        case FileRecord(verdict=verdict):
            score = "no score" if verdict.score is None else f"{verdict.score:.4f}"
            reason = f" ({verdict.reason})" if verdict.reason else ""
            return f"{verdict.severity:<9} {score:>9}  {record.file}{reason}"
        case ErrorRecord():
            return f"error     {record.message}"


@dataclass(slots=True)
class Tally:
    """Counts the records of a replay."""

    files: Counter[str] = field(default_factory=Counter)
    clips: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    events: int = 0
    errors: int = 0

    def count(self, record: Record) -> None:
        """Take one more record into account."""
        match record:
            case ClipRecord(verdict=verdict):
                self.clips[verdict.severity] += 1
            case EventRecord(event=event):
                self.events += event.event_type is EventType.ANOMALY_STARTED
            case FileRecord():
                self.files[record.verdict.severity] += 1
                self.seconds += record.duration_s
            case ErrorRecord():
                self.errors += 1

    def as_json(self) -> dict[str, Any]:
        """The fields of the last line."""
        return {
            "type": "summary",
            "files": self.files.total(),
            "errors": self.errors,
            "seconds": round(self.seconds, 3),
            "clips": self.clips.total(),
            "events": self.events,
            "files_by_severity": _by_severity(self.files),
            "clips_by_severity": _by_severity(self.clips),
        }

    def as_text(self) -> str:
        """The last line for a person."""
        kinds = _by_severity(self.files) | {"unreadable": self.errors}
        told = ", ".join(f"{n} {name}" for name, n in kinds.items() if n) or "none"
        return (
            f"{_count(self.files.total() + self.errors, 'file')} ({told}), "
            f"{say_duration(self.seconds)} judged; "
            f"{self.clips[Severity.CRITICAL]} of {_count(self.clips.total(), 'clip')} critical; "
            f"{_count(self.events, 'event')}"
        )


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _by_severity(counter: Counter[str]) -> dict[str, int]:
    return {severity.value: counter[severity] for severity in Severity}
