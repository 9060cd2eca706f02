"""The composition root: where what runs in the daemon, and in which thread, is put together.

One thread listens to each machine (source, pipeline, store, sinks), the MQTT sink has its own,
and the main thread watches over them.
"""

import signal
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from asd_monitor.monitor.config import Config, MachineConfig
from asd_monitor.monitor.configured_sinks import open_metrics, open_sinks
from asd_monitor.monitor.configured_source import open_source
from asd_monitor.monitor.daemon.crew import Crew
from asd_monitor.monitor.daemon.daemon import Daemon
from asd_monitor.monitor.daemon.dead_threads import DeadThreads
from asd_monitor.monitor.daemon.desk import Desk
from asd_monitor.monitor.daemon.hanging_threads import hanging_threads
from asd_monitor.monitor.daemon.listener import Listener
from asd_monitor.monitor.daemon.loaded import load_machines
from asd_monitor.monitor.daemon.lock import sole_daemon
from asd_monitor.monitor.daemon.node_health import NodeHealth
from asd_monitor.monitor.daemon.observer import Observer
from asd_monitor.monitor.daemon.reload import Reload
from asd_monitor.monitor.daemon.signals import listening_to_signals
from asd_monitor.monitor.evidence.folder import EvidenceFolder, free_bytes
from asd_monitor.monitor.evidence.recorder import EvidenceRecorder
from asd_monitor.monitor.evidence.writer import EvidenceWriter
from asd_monitor.monitor.mqtt.settings import MqttSettings
from asd_monitor.monitor.sink import Sink
from asd_monitor.monitor.sinks.mqtt import MqttSink
from asd_monitor.monitor.sinks.status import StatusSink
from asd_monitor.monitor.source import Source
from asd_monitor.monitor.store.reserve import Reserve
from asd_monitor.monitor.store.store import FILE_NAME, RESERVE_NAME, Store

CLOSING_S = 5.0
EVIDENCE_S = 20.0


def run_service(
    config: Config,
    *,
    data: Path,
    mqtt: MqttSettings | None,
    sinks: Sequence[Sink],
    find_source: Callable[[MachineConfig], Source] = open_source,
    read_again: Callable[[], Config] | None = None,
) -> signal.Signals | None:
    """Listen until SIGTERM or SIGINT, or until every source has ended.

    Args:
        config: machines and node.
        data: folder of machines and store.
        mqtt: the broker; None publishes nothing.
        sinks: further sinks.
        find_source: finds what a machine is listened to with.
        read_again: gives the configuration anew at SIGHUP, which has no meaning of its own where
            this is None.

    Returns:
        The signal that ended it, None where the sources ended by themselves.

    Raises:
        AsdMonitorError: something that is needed cannot be loaded or found; nothing was started.
    """
    with ExitStack() as stack:
        asked = stack.enter_context(listening_to_signals(with_reload=read_again is not None))
        dead = stack.enter_context(DeadThreads())
        machines = load_machines(config.machine, data=data)
        sources = [find_source(machine) for machine in config.machine]
        data.mkdir(parents=True, exist_ok=True)
        stack.enter_context(sole_daemon(data))
        store = stack.enter_context(Store(data / FILE_NAME, reserve=Reserve(data / RESERVE_NAME)))
        node = _Node.put_together(
            config, data=data, mqtt=mqtt, store=store, dead=dead, further_sinks=sinks
        )
        desk = node.desk(find_source)
        listeners = [
            desk.listener(machine, source)
            for machine, source in zip(machines, sources, strict=True)
        ]
        node.start(listeners, stack)
        reload = Reload(
            read=read_again or (lambda: config),
            config=config,
            machines=machines,
            data=data,
            desk=desk,
            crew=node.crew,
            status=node.status,
            mqtt=mqtt,
            broker=node.broker,
        )
        node.daemon(reload).run(asked)
        return asked.ended_by


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    """What the machines of this computer share.

    Attributes:
        config: the configuration it starts with.
        store: remembers events and scores.
        broker: speaks with the MQTT broker; None without one.
        status: keeps the latest words for the commands beside the daemon.
        health: knows how the node is.
        evidence: writes the sound and the picture of events.
        crew: has the listeners at work.
        dead: notes threads that have died.
        sinks: all that are told, broker and status among them.
    """

    config: Config
    store: Store
    broker: MqttSink | None
    status: StatusSink
    health: NodeHealth
    evidence: EvidenceWriter
    crew: Crew
    dead: DeadThreads
    sinks: Sequence[Sink]

    @classmethod
    def put_together(
        cls,
        config: Config,
        *,
        data: Path,
        mqtt: MqttSettings | None,
        store: Store,
        dead: DeadThreads,
        further_sinks: Sequence[Sink],
    ) -> Self:
        """Make all of it; nothing is started."""
        broker = MqttSink(mqtt, store.outbox) if mqtt else None
        status = StatusSink.of_this_process(store.status, config, mqtt)
        health = NodeHealth(node=config.node.name, data=data, store=store, broker=broker)
        crew = Crew()
        tellers = (status, *further_sinks, *open_sinks(config.sink, store))
        couriers = (*tellers, broker) if broker else tellers
        hanging = partial(hanging_threads, couriers)
        observer = Observer(health, lambda: crew.listeners, lambda: dead.names, hanging)
        return cls(
            config=config,
            store=store,
            broker=broker,
            status=status,
            health=health,
            evidence=_evidence_writer(config, data, store, broker),
            crew=crew,
            dead=dead,
            sinks=(*couriers, *open_metrics(config.metrics, observer)),
        )

    def desk(self, find_source: Callable[[MachineConfig], Source]) -> Desk:
        """Where its machines are set up."""
        return Desk(
            node=self.config.node.name,
            store=self.store,
            sinks=self.sinks,
            outgoing=self.broker is not None,
            find_source=find_source,
            recorder=partial(EvidenceRecorder, self.config.evidence, keeper=self.evidence),
        )

    def start(self, listeners: Sequence[Listener], stack: ExitStack) -> None:
        """Let everything run, those who are told before those who tell; they end in turn."""
        for sink in self.sinks:
            sink.start()
            stack.callback(sink.close, CLOSING_S)
        self.evidence.start()
        stack.callback(self.evidence.close, EVIDENCE_S)
        stack.callback(self.crew.dismiss_all)
        for listener in listeners:
            self.crew.start(listener)

    def daemon(self, reload: Callable[[], None]) -> Daemon:
        """Who watches over it from the main thread."""
        return Daemon(
            crew=self.crew,
            health=self.health,
            store=self.store,
            sinks=self.sinks,
            is_delivering=lambda: self.broker is None or self.broker.is_alive,
            dead_threads=lambda: self.dead.names,
            hanging_threads=partial(hanging_threads, self.sinks),
            reload=reload,
        )


def _evidence_writer(
    config: Config, data: Path, store: Store, broker: MqttSink | None
) -> EvidenceWriter:
    return EvidenceWriter(
        EvidenceFolder(data / "evidence", config.evidence, free_bytes=free_bytes),
        config.evidence,
        attach=store.attach_evidence,
        show=broker.publish_picture if broker else lambda *_: None,
    )
