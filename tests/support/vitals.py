"""How a daemon may be at one moment."""

from dataclasses import replace

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.errors import BrokerCause
from asd_monitor.monitor.source import CaptureState, CaptureStatus
from asd_monitor.monitor.vitals.tally import Tally
from asd_monitor.monitor.vitals.vitals import BrokerVitals, MachineVitals, Vitals
from tests.support.alarms import health, state


def machine_vitals(
    *,
    machine: str = "pump",
    capture: CaptureState = CaptureState.HEALTHY,
    scored_age_s: float | None = 0.5,
    hangs: bool = False,
) -> MachineVitals:
    """A machine that is listened to, as long as nothing else is said."""
    return MachineVitals(
        machine=machine,
        capture=CaptureStatus(
            state=capture,
            name="hw:1",
            overruns=1,
            gaps=2,
            restarts=3,
            dropped_s=4.5,
            behind_s=0.25,
            measured_rate_hz=48_001.5,
        ),
        tally=Tally(n_windows=100, scored_s=1.0, score=0.5, threshold=1.25, level_dbfs=-30.5),
        scored_age_s=scored_age_s,
        hangs=hangs,
        state=state(machine=machine),
    )


def unknown_machine() -> MachineVitals:
    """A machine whose sound is lost."""
    told = replace(state(severity=Severity.UNKNOWN), reason="no_audio")
    return replace(machine_vitals(capture=CaptureState.LOST), state=told)


def vitals(*machines: MachineVitals) -> Vitals:
    """A node with a broker, and one machine where none are given."""
    return Vitals(
        health=health(),
        machines=machines or (machine_vitals(),),
        broker=BrokerVitals(connected=True, failures={BrokerCause.CONNECT: 6, BrokerCause.TLS: 0}),
    )
