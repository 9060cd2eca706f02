"""The composition root: the only place that creates the daemon's threads and handles its signals.

One thread listens to each machine (source, pipeline, store, sinks), the MQTT sink has its own,
and the main thread waits for a signal, keeps the watchdog quiet and tells the node's health.
"""

import logging
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from asd_monitor.calibrate.calibration import load_calibration
from asd_monitor.models.bundle import load_bundle
from asd_monitor.monitor import notify, versions
from asd_monitor.monitor.alarms import Identity
from asd_monitor.monitor.config import Config, MachineConfig
from asd_monitor.monitor.configured_sinks import open_sinks
from asd_monitor.monitor.configured_source import open_source
from asd_monitor.monitor.daemon_lock import sole_daemon
from asd_monitor.monitor.events import Origin
from asd_monitor.monitor.folders import find_model
from asd_monitor.monitor.host_clock import host_clock
from asd_monitor.monitor.machine import MachineMonitor
from asd_monitor.monitor.messages import (
    BrokerHealth,
    CaptureHealth,
    DiskHealth,
    Health,
    QueueHealth,
)
from asd_monitor.monitor.mqtt_settings import MqttSettings
from asd_monitor.monitor.pipeline import Pipeline
from asd_monitor.monitor.reserve import Reserve
from asd_monitor.monitor.sink import Sink
from asd_monitor.monitor.sinks.mqtt import MqttSink
from asd_monitor.monitor.sinks.status import StatusSink
from asd_monitor.monitor.source import Source
from asd_monitor.monitor.store import FILE_NAME, RESERVE_NAME, Store
from asd_monitor.monitor.timestamps import utc_now

logger = logging.getLogger(__name__)

HEALTH_INTERVAL_S = 30.0
TICK_S = 1.0
CLOSING_S = 5.0


@dataclass(frozen=True, slots=True)
class Listener:
    """A machine, wired: where its sound comes from and who judges it."""

    source: Source
    monitor: MachineMonitor
    machine: str


def run_service(
    config: Config, *, data: Path, mqtt: MqttSettings | None, sinks: Sequence[Sink]
) -> signal.Signals | None:
    """Listen until SIGTERM or SIGINT, or until every source has ended.

    Args:
        config: machines and node.
        data: folder of machines and store.
        mqtt: the broker; None publishes nothing.
        sinks: further sinks.

    Returns:
        The signal that ended it, None where the sources ended by themselves.

    Raises:
        AsdMonitorError: something that is needed cannot be loaded or found; nothing was started.
    """
    with ExitStack() as stack:
        pipelines = [_load(machine, data) for machine in config.machine]
        sources = [open_source(machine) for machine in config.machine]
        data.mkdir(parents=True, exist_ok=True)
        stack.enter_context(sole_daemon(data))
        store = stack.enter_context(Store(data / FILE_NAME, reserve=Reserve(data / RESERVE_NAME)))
        broker = MqttSink(mqtt, store.outbox) if mqtt else None
        status = StatusSink.of_this_process(store.status, config, mqtt)
        told = [
            *(status, *sinks, *open_sinks(config.sink, store)),
            *([broker] if broker else []),
        ]
        listeners = [
            Listener(
                source=source,
                monitor=_monitor(config, machine, loaded, store, told, outgoing=mqtt is not None),
                machine=machine.id,
            )
            for machine, source, loaded in zip(config.machine, sources, pipelines, strict=True)
        ]
        for sink in told:
            sink.start()
            stack.callback(sink.close, CLOSING_S)
        daemon = _Daemon(
            node=config.node.name,
            data=data,
            listeners=listeners,
            store=store,
            sinks=told,
            broker=broker,
        )
        with _signals(daemon.stop) as received:
            daemon.run()
        return received[0] if received else None


@dataclass(frozen=True, slots=True)
class _Loaded:
    pipeline: Pipeline
    fingerprint: str
    calibration: str


def _load(machine: MachineConfig, data: Path) -> _Loaded:
    files = find_model(
        machine.id, data=data, bundle=machine.bundle, calibration=machine.calibration
    )
    bundle, calibration = load_bundle(files.bundle), load_calibration(files.calibration)
    return _Loaded(Pipeline(bundle, calibration), bundle.fingerprint, calibration.created_at)


def _monitor(
    config: Config,
    machine: MachineConfig,
    loaded: _Loaded,
    store: Store,
    sinks: Sequence[Sink],
    *,
    outgoing: bool,
) -> MachineMonitor:
    identity = Identity(
        node=config.node.name,
        machine=machine.id,
        model=loaded.fingerprint,
        calibration=loaded.calibration,
        source=Origin.LIVE,
    )
    return MachineMonitor(
        identity,
        loaded.pipeline,
        store=store,
        sinks=sinks,
        outgoing=outgoing,
        clock=host_clock,
        now_s=time.monotonic(),
    )


@contextmanager
def _signals(stop: threading.Event) -> Iterator[list[signal.Signals]]:
    """Set ``stop`` on SIGTERM and SIGINT; the list tells afterwards which it was."""
    received: list[signal.Signals] = []

    def handle(number: int, _: FrameType | None) -> None:
        received.append(signal.Signals(number))
        stop.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def listen(listener: Listener, stop: threading.Event) -> None:
    """Read a machine's source to its end, or until told to stop; the body of its thread."""
    source, monitor = listener.source, listener.monitor
    with closing(source.blocks(stop)) as blocks:
        for block in blocks:
            now_s = time.monotonic()
            if block is not None:
                monitor.hear(block, now_s=now_s)
            monitor.tick(source.status, now_s=now_s)
    leave = monitor.stop if stop.is_set() else monitor.finish
    leave(source.status, now_s=time.monotonic())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Daemon:
    """The main thread's part: start the listeners, watch over them, tell the node's health."""

    node: str
    data: Path
    listeners: Sequence[Listener]
    store: Store
    sinks: Sequence[Sink]
    broker: MqttSink | None
    stop: threading.Event = field(default_factory=threading.Event)
    begun_s: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        """Return when all listeners have ended; what one of them raises is raised here."""
        with ThreadPoolExecutor(len(self.listeners), thread_name_prefix="listen") as pool:
            futures = [pool.submit(listen, each, self.stop) for each in self.listeners]
            try:
                notify.ready()
                self._watch(futures)
            finally:
                self.stop.set()
                notify.stopping()
        for future in futures:
            future.result()

    def _watch(self, futures: "Sequence[Future[None]]") -> None:
        """Until a signal comes, a listener fails, or all of them have ended."""
        told_s = -HEALTH_INTERVAL_S
        watchdog_s = notify.watchdog_interval_s() or TICK_S
        running = set(futures)
        while running and not self.stop.is_set():
            done, running = wait(
                running, timeout=min(TICK_S, watchdog_s), return_when=FIRST_COMPLETED
            )
            if any(future.exception() for future in done):
                return
            notify.watchdog()
            if time.monotonic() - told_s >= HEALTH_INTERVAL_S:
                told_s = time.monotonic()
                self._tell_health()

    def _tell_health(self) -> None:
        health = Health(
            node=self.node,
            ts=utc_now(),
            version=versions.own(),
            uptime_s=round(time.monotonic() - self.begun_s, 3),
            queue=QueueHealth(behind_s=max(e.source.status.behind_s for e in self.listeners)),
            outbox=self.store.outbox.health(),
            broker=BrokerHealth(connected=self.broker is not None and self.broker.connected),
            capture=self._capture_health(),
            disk=DiskHealth(free_bytes=shutil.disk_usage(self.data).free),
            versions=versions.of_libraries(),
            store=self.store.health(),
        )
        # A store that cannot be written is named in the journals of the machines.
        with suppress(sqlite3.OperationalError):
            self.store.look_after(utc_now())
        for sink in self.sinks:
            sink.publish_health(health)

    def _capture_health(self) -> Mapping[str, CaptureHealth]:
        statuses = {each.machine: each.source.status for each in self.listeners}
        return {
            machine: CaptureHealth(
                state=status.state,
                overruns=status.overruns,
                gaps=status.gaps,
                restarts=status.restarts,
            )
            for machine, status in statuses.items()
        }
