"""How the daemon and each of its machines are at one moment, for who looks in from outside. Pure.

What the metrics show and what the health check judges is this and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from asd_monitor.models.errors import BrokerCause
from asd_monitor.monitor.messages import Health, State
from asd_monitor.monitor.source import CaptureState, CaptureStatus
from asd_monitor.monitor.vitals.tally import Tally

# A scorer that keeps up scores every second.
SCORED_WITHIN_S = 10.0
_KNOWN_LOST = frozenset({CaptureState.LOST, CaptureState.ENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineVitals:
    """One machine.

    Attributes:
        machine: its id.
        capture: how its source is.
        tally: what its scorer has done.
        scored_age_s: seconds since something was scored; None before the first.
        hangs: its thread has not moved for so long that it never will.
        state: what was last told of it; None before the first time.
    """

    machine: str
    capture: CaptureStatus
    tally: Tally = field(default_factory=Tally)
    scored_age_s: float | None = None
    hangs: bool = False
    state: State | None = None

    @property
    def is_lost(self) -> bool:
        """Whether it is known that no sound arrives."""
        return self.capture.state in _KNOWN_LOST

    def complaint(self) -> str | None:
        """Why the machine is neither scored nor known to be lost; None where it is."""
        if self.hangs:
            return "its thread hangs; restart the daemon"
        if self.is_lost:
            return None
        if self.scored_age_s is None:
            return "nothing has been scored yet"
        if self.scored_age_s > SCORED_WITHIN_S:
            return f"nothing has been scored for {self.scored_age_s:.0f} s"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerVitals:
    """The connection to the broker.

    Attributes:
        connected: now.
        failures: times it could not be made or was lost, or a message was refused, by cause.
    """

    connected: bool
    failures: Mapping[BrokerCause, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """The node and its machines.

    Attributes:
        health: how the node is; None where it cannot be told, as the store cannot be read.
        machines: each of them.
        broker: how the connection to the broker is; None without a broker.
    """

    health: Health | None
    machines: tuple[MachineVitals, ...]
    broker: BrokerVitals | None = None

    def complaints(self) -> dict[str, str]:
        """What is wrong with the listening, by machine; empty where all is well."""
        said = {each.machine: each.complaint() for each in self.machines}
        return {machine: what for machine, what in said.items() if what is not None}
