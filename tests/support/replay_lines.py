"""The JSON lines of `replay`: exactly these keys, each of this type."""

from typing import Literal

import msgspec

Severity = Literal["normal", "warning", "critical", "unknown"]
Regime = Literal["off", "idle", "running"]


class _Line(msgspec.Struct, forbid_unknown_fields=True, tag_field="type"):
    """A line with no key more and no key less than its class has fields."""


class ClipLine(_Line, tag="clip"):
    """A judged clip."""

    file: str
    start_s: float
    duration_s: float
    score: float | None
    threshold: float
    severity: Severity
    reason: str | None
    regime: Regime | None
    p_value: float | None
    quality: list[str]


class BandFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A frequency band of an event."""

    low_hz: float
    high_hz: float
    share: float
    approximate: bool


class EventLine(_Line, tag="event"):
    """The beginning or the end of an event: the message that MQTT carries."""

    schema: int
    event_type: Literal["anomaly_started", "anomaly_ended"]
    event_id: str
    seq: int | None
    node: str
    machine: str
    severity: Severity
    started_at: str
    detected_at: str
    peak_at: str | None
    ended_at: str | None
    published_at: str | None
    duration_s: float | None
    score: float | None
    peak_score: float | None
    threshold: float | None
    p_value: float | None
    bands: list[BandFields] | None
    model: str
    calibration: str
    clip: str | None
    spectrogram: str | None
    pre_roll_s: float | None
    replayed: bool
    clock: Literal["synced", "unsynced"]
    source: Literal["replay"]
    detector: Literal["threshold", "change"] | None
    trend: Literal["rising", "steady", "falling"] | None


class FileLine(_Line, tag="file"):
    """A file as a whole."""

    file: str
    score: float | None
    severity: Severity
    reason: str | None
    regime: Regime | None
    duration_s: float


class ErrorLine(_Line, tag="error"):
    """A file that could not be read."""

    file: str
    message: str


class SummaryLine(_Line, tag="summary"):
    """The last line."""

    files: int
    errors: int
    seconds: float
    clips: int
    events: int
    files_by_severity: dict[Severity, int]
    clips_by_severity: dict[Severity, int]


Line = ClipLine | EventLine | FileLine | ErrorLine | SummaryLine


def read_lines(stdout: str) -> list[Line]:
    """Read what `replay --json` printed; any other key or type is an error."""
    decoder = msgspec.json.Decoder(Line)
    return [decoder.decode(line) for line in stdout.splitlines()]
