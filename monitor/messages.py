"""What is said over MQTT: topics and JSON payloads of contract schema 1. Pure.

Times are RFC 3339 UTC with milliseconds; what is missing is null, never 0 or NaN. Fields may be
added to a payload; none is ever renamed, retyped or removed within a schema.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from asd_monitor.calibrate.trend import Trend
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.timestamps import format_utc, parse_utc
from asd_monitor.monitor.events import Band, Event
from asd_monitor.monitor.liveness import Listening

SCHEMA: Final = 1
ONLINE: Final = b"online"
OFFLINE: Final = b"offline"
REPLAYED_AFTER: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one node.

    Raises:
        ConfigurationError: the node's name cannot be part of a topic.
    """

    node: str

    def __post_init__(self) -> None:
        if not self.node or set(self.node) & set("/+#\0"):
            raise ConfigurationError(
                f"The node name {self.node!r} cannot be part of an MQTT topic; "
                "give [node] name without '/', '+' and '#'."
            )

    @property
    def base(self) -> str:
        """What all topics of the node begin with."""
        return f"asd-monitor/{self.node}"

    @property
    def availability(self) -> str:
        """Whether the node is there; the topic of the last will."""
        return f"{self.base}/availability"

    @property
    def health(self) -> str:
        """How the node itself is."""
        return f"{self.base}/health"

    def machine_availability(self, machine: str) -> str:
        """Whether the machine's audio arrives and is scored."""
        return f"{self.base}/{machine}/availability"

    def state(self, machine: str) -> str:
        """The machine's latest state."""
        return f"{self.base}/{machine}/state"

    def event(self, machine: str) -> str:
        """The machine's events, one message per transition."""
        return f"{self.base}/{machine}/event"

    def spectrogram(self, machine: str) -> str:
        """The picture of the machine's latest event."""
        return f"{self.base}/{machine}/spectrogram"

    def retained(self, machine: str) -> tuple[str, ...]:
        """Every topic on which the contract lets a broker keep something about the machine."""
        return (
            self.machine_availability(machine),
            self.state(machine),
            self.spectrogram(machine),
            self.discovery(machine),
        )

    def device_id(self, machine: str) -> str:
        """The machine's name in Home Assistant, where only ``[a-zA-Z0-9_-]`` may be in a topic.

        Of the node only ``[a-zA-Z0-9-]`` is left, so that its end can be told.
        """
        return f"asd_monitor_{re.sub('[^a-zA-Z0-9-]', '-', self.node)}_{machine}"

    def discovery(self, machine: str) -> str:
        """Where Home Assistant finds out about the machine."""
        return f"homeassistant/device/{self.device_id(machine)}/config"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is known about a machine now.

    Attributes:
        node: the host that listens.
        machine: the machine's id.
        ts: when this was true.
        severity: confirmed severity.
        reason: why it is unknown, where it is.
        anomaly: an event is open.
        score: newest clip score.
        threshold: the critical threshold.
        p_value: of ``score``.
        level_dbfs: level of the newest clip.
        since: since when ``severity`` has been this one.
        event_id: of the open event.
        last_anomaly_at: when the last event was detected.
        bands: of the open event; where none is open, of the newest clip if that is asked for.
        trend: of the score over the last hours; None before an hour of it is known.
        drift: distance of the last day's scores from the calibrated ones in standard deviations,
            where it is more than chance.
        capture: state of the audio capture.
        model: fingerprint of the bundle.
        calibration: name of the calibration.
        seq: of the machine's newest event message.
        level_shift_db: by how much the whole level has shifted for good, where it has.
        listening: how the listening goes, by the age of the newest sound that was scored.
        regime: the way of running that the newest clip is in: ``off``, ``idle`` or ``running``;
            None where the calibration tells none apart.
    """

    node: str
    machine: str
    ts: datetime
    severity: Severity
    reason: str | None = None
    anomaly: bool = False
    score: float | None = None
    threshold: float | None = None
    p_value: float | None = None
    level_dbfs: float | None = None
    since: datetime | None = None
    event_id: str | None = None
    last_anomaly_at: datetime | None = None
    bands: tuple[Band, ...] | None = None
    trend: Trend | None = None
    drift: float | None = None
    capture: str | None = None
    model: str | None = None
    calibration: str | None = None
    seq: int | None = None
    level_shift_db: float | None = None
    listening: Listening | None = None
    regime: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureHealth:
    """How one machine's audio capture is, with counts since the start.

    Attributes:
        state: of the source.
        overruns: times the sound system threw sound away.
        gaps: times sound was lost in all.
        restarts: times the device was opened again.
        dropped_s: seconds of sound given up because judging was slower than sound.
        measured_rate_hz: samples that arrive in a second; None as long as that is not measured.
    """

    state: str
    overruns: int
    gaps: int
    restarts: int
    dropped_s: float = 0.0
    measured_rate_hz: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueHealth:
    """How many seconds of captured sound wait to be scored."""

    behind_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxHealth:
    """Event messages waiting now; dropped and delivered in the life of the store."""

    depth: int
    dropped: int
    sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerHealth:
    """Whether the broker is connected."""

    connected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskHealth:
    """Room left where the store and the evidence lie."""

    free_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreHealth:
    """Whether what is found out can be written down.

    Attributes:
        trouble: why the last attempt failed; None where it did not.
        short_of_room: the disk is so full that only events are written.
    """

    trouble: str | None = None
    short_of_room: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the node itself is.

    Attributes:
        node: the host that listens.
        ts: when this was true.
        version: of asd-monitor.
        uptime_s: since the daemon started.
        queue: sound waiting to be scored.
        outbox: messages waiting to be delivered.
        broker: the connection.
        capture: per machine.
        disk: room left.
        versions: of Python and the libraries that matter.
        store: whether it can be written.
    """

    node: str
    ts: datetime
    version: str
    uptime_s: float
    queue: QueueHealth
    outbox: OutboxHealth
    broker: BrokerHealth
    capture: Mapping[str, CaptureHealth]
    disk: DiskHealth
    versions: Mapping[str, str]
    store: StoreHealth = field(default_factory=StoreHealth)


def state_payload(state: State) -> bytes:
    """The payload of ``<base>/<machine>/state``."""
    return _payload(state)


def health_payload(health: Health) -> bytes:
    """The payload of ``<base>/health``."""
    return _payload(health)


def event_payload(event: Event) -> bytes:
    """The payload of ``<base>/<machine>/event`` as it waits in the outbox, not yet published."""
    return _payload(event, published_at=None, replayed=False)


def stamp_published(payload: bytes, published_at: datetime) -> bytes:
    """Fill in, at the moment of publishing, what only then is known.

    ``replayed`` marks a message that comes more than 60 s after its transition: after
    ``detected_at`` for a beginning, after ``ended_at`` for an end (an end is not late because
    the event lasted long).

    Args:
        payload: from `event_payload`.
        published_at: now, UTC.
    """
    fields: dict[str, Any] = msgspec.json.decode(payload)
    happened_at = parse_utc(fields["ended_at"] or fields["detected_at"])
    fields["published_at"] = format_utc(published_at)
    fields["replayed"] = published_at - happened_at > REPLAYED_AFTER
    return msgspec.json.encode(fields)


def _payload(message: object, **more: object) -> bytes:
    # msgspec writes NaN and infinity as null.
    fields = msgspec.to_builtins(message, builtin_types=(datetime,))
    return msgspec.json.encode(
        {"schema": SCHEMA} | {k: _plain(v) for k, v in fields.items()} | more
    )


def _plain(value: object) -> object:
    return format_utc(value) if isinstance(value, datetime) else value
