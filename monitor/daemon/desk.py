"""Where machines are set up to be listened to: what all of them share."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.models.bundle import Bundle
from asd_monitor.monitor.alarms import Identity
from asd_monitor.monitor.config import MachineConfig
from asd_monitor.monitor.daemon.listener import Listener
from asd_monitor.monitor.daemon.loaded import LoadedMachine
from asd_monitor.monitor.events import Origin
from asd_monitor.monitor.evidence.recorder import EvidenceRecorder
from asd_monitor.monitor.machine import MachineMonitor
from asd_monitor.monitor.sink import Sink
from asd_monitor.monitor.source import Source
from asd_monitor.monitor.store.store import Store
from asd_monitor.monitor.vitals.host_clock import host_clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Makes listeners.

    Attributes:
        node: name of this computer.
        store: remembers events and scores.
        sinks: are told.
        outgoing: whether some sink drains the store's outbox.
        find_source: finds what a machine is listened to with.
        recorder: makes who records the sound of a machine's events, from its bundle and its
            calibration.
    """

    node: str
    store: Store
    sinks: Sequence[Sink]
    outgoing: bool
    find_source: Callable[[MachineConfig], Source]
    recorder: Callable[[Bundle, Calibration], EvidenceRecorder]

    def listener(self, machine: LoadedMachine, source: Source) -> Listener:
        """Wire a machine."""
        monitor = MachineMonitor(
            self.identity(machine),
            machine.pipeline,
            store=self.store,
            sinks=self.sinks,
            outgoing=self.outgoing,
            clock=host_clock,
            now_s=time.monotonic(),
            evidence=self.recorder(machine.bundle, machine.calibration),
            always_bands=machine.settings.bands == "always",
        )
        return Listener(source=source, monitor=monitor, machine=machine.name)

    def identity(self, machine: LoadedMachine) -> Identity:
        """Who speaks about it."""
        return Identity(
            node=self.node,
            machine=machine.name,
            model=machine.bundle.fingerprint,
            calibration=machine.calibration.created_at,
            source=Origin.LIVE,
        )
