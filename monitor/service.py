"""The composition root: where what runs in the daemon, and in which thread, is put together.

One thread listens to each machine (source, pipeline, store, sinks), the MQTT sink has its own,
and the main thread watches over them.
"""

import signal
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from asd_monitor.monitor.config import Config, MachineConfig
from asd_monitor.monitor.configured_sinks import open_metrics, open_sinks
from asd_monitor.monitor.configured_source import open_source
from asd_monitor.monitor.crew import Crew
from asd_monitor.monitor.daemon import Daemon
from asd_monitor.monitor.daemon_lock import sole_daemon
from asd_monitor.monitor.dead_threads import DeadThreads
from asd_monitor.monitor.desk import Desk
from asd_monitor.monitor.evidence.folder import EvidenceFolder, free_bytes
from asd_monitor.monitor.evidence.recorder import EvidenceRecorder
from asd_monitor.monitor.evidence.writer import EvidenceWriter
from asd_monitor.monitor.loaded import load_machines
from asd_monitor.monitor.mqtt_settings import MqttSettings
from asd_monitor.monitor.node_health import NodeHealth
from asd_monitor.monitor.observer import Observer
from asd_monitor.monitor.reload import Reload
from asd_monitor.monitor.reserve import Reserve
from asd_monitor.monitor.signals import listening_to_signals
from asd_monitor.monitor.sink import Sink
from asd_monitor.monitor.sinks.mqtt import MqttSink
from asd_monitor.monitor.sinks.status import StatusSink
from asd_monitor.monitor.source import Source
from asd_monitor.monitor.store import FILE_NAME, RESERVE_NAME, Store

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
        loaded = load_machines(config.machine, data=data)
        sources = [find_source(machine) for machine in config.machine]
        data.mkdir(parents=True, exist_ok=True)
        stack.enter_context(sole_daemon(data))
        store = stack.enter_context(Store(data / FILE_NAME, reserve=Reserve(data / RESERVE_NAME)))
        broker = MqttSink(mqtt, store.outbox) if mqtt else None
        evidence = _evidence_writer(config, data, store, broker)
        status = StatusSink.of_this_process(store.status, config, mqtt)
        health = NodeHealth(node=config.node.name, data=data, store=store, broker=broker)
        crew = Crew()
        told = [
            *(status, *sinks, *open_sinks(config.sink, store)),
            *open_metrics(
                config.metrics, Observer(health, lambda: crew.listeners, lambda: dead.names)
            ),
            *([broker] if broker else []),
        ]
        desk = Desk(
            node=config.node.name,
            store=store,
            sinks=told,
            outgoing=mqtt is not None,
            find_source=find_source,
            recorder=partial(EvidenceRecorder, config.evidence, keeper=evidence),
        )
        listeners = [
            desk.listener(machine, source) for machine, source in zip(loaded, sources, strict=True)
        ]
        for sink in told:
            sink.start()
            stack.callback(sink.close, CLOSING_S)
        evidence.start()
        stack.callback(evidence.close, EVIDENCE_S)
        stack.callback(crew.dismiss_all)
        for listener in listeners:
            crew.start(listener)
        reload = Reload(
            read=read_again or (lambda: config),
            config=config,
            machines=loaded,
            data=data,
            desk=desk,
            crew=crew,
            status=status,
            mqtt=mqtt,
            broker=broker,
        )
        Daemon(
            crew=crew,
            health=health,
            store=store,
            sinks=told,
            is_delivering=lambda: broker is None or broker.is_alive,
            dead_threads=lambda: dead.names,
            reload=reload,
        ).run(asked)
        return asked.ended_by


def _evidence_writer(
    config: Config, data: Path, store: Store, broker: MqttSink | None
) -> EvidenceWriter:
    return EvidenceWriter(
        EvidenceFolder(data / "evidence", config.evidence, free_bytes=free_bytes),
        config.evidence,
        attach=store.attach_evidence,
        show=broker.publish_picture if broker else lambda *_: None,
    )
