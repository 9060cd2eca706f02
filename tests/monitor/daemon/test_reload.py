import logging
import re
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import ClassVar

import pytest

from asd_monitor.calibrate.calibration import load_calibration, save_calibration
from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.errors import ConfigurationError, DeviceError
from asd_monitor.monitor.config import (
    Config,
    EvidenceConfig,
    MachineConfig,
    MqttConfig,
    NodeConfig,
    mqtt_settings,
)
from asd_monitor.monitor.daemon.crew import Crew
from asd_monitor.monitor.daemon.desk import Desk
from asd_monitor.monitor.daemon.listener import Listener
from asd_monitor.monitor.daemon.loaded import load_machines
from asd_monitor.monitor.daemon.reload import Reload
from asd_monitor.monitor.evidence.recorder import EvidenceRecorder
from asd_monitor.monitor.folders import MachineFolder
from asd_monitor.monitor.sinks.mqtt import MqttSink
from asd_monitor.monitor.sinks.status import StatusSink
from asd_monitor.monitor.source import CaptureState, CaptureStatus, Source
from asd_monitor.monitor.store.store import Store
from tests.support.machines import install
from tests.support.mosquitto import free_port
from tests.support.recording_sink import RecordingSink
from tests.support.takes import Collector

HERE, THERE = free_port(), free_port()
NEW = "2026-03-01T00:00:00.000Z"


class Line:
    """A source without sound, which says who has hold of it.

    Args:
        device: that it stands for.
        held: devices that are held now.
        log: is told of each that is taken and let go.
    """

    kind: ClassVar[str] = "line"
    status = CaptureStatus(state=CaptureState.HEALTHY, name="line")

    def __init__(self, device: str, held: set[str], log: list[str]) -> None:
        self.device = device
        self._held = held
        self._log = log

    def blocks(self, stop: threading.Event) -> Generator[AudioBlock | None, None, None]:
        assert self.device not in self._held, "two listen to one microphone"
        self._held.add(self.device)
        self._log.append(f"take {self.device}")
        while not stop.wait(0.005):
            yield None
        self._held.remove(self.device)
        self._log.append(f"let go {self.device}")


@dataclass
class Site:
    """A daemon's machines at work, and the configuration that would be read next.

    Attributes:
        store: of the daemon.
        data: folder of the machines.
        read: gives the configuration of the next reload, or raises what is wrong with it.
        missing: devices that there are none of.
        sink: is told the states.
        crew: has the listeners at work.
        closing: of what must be closed.
        log: of the sources.
        held: devices that are listened to now.
    """

    store: Store
    data: Path
    read: Callable[[], Config] = Config
    missing: set[str] = field(default_factory=set)
    sink: RecordingSink = field(default_factory=RecordingSink)
    crew: Crew = field(default_factory=Crew)
    closing: ExitStack = field(default_factory=ExitStack)
    log: list[str] = field(default_factory=list)
    held: set[str] = field(default_factory=set)

    def begin(self, config: Config) -> Reload:
        """Listen by a configuration."""
        mqtt = mqtt_settings(config.mqtt, node="hall")
        status = StatusSink.of_this_process(self.store.status, config, mqtt)
        status.start()
        desk = Desk(
            node="hall",
            store=self.store,
            sinks=[self.sink],
            outgoing=False,
            find_source=self._find_source,
            recorder=partial(EvidenceRecorder, EvidenceConfig(), keeper=Collector()),
        )
        broker = MqttSink(mqtt, self.store.outbox) if mqtt else None
        if broker:
            self.closing.callback(broker.close, 1.0)
        machines = load_machines(config.machine, data=self.data)
        for machine in machines:
            self.crew.start(desk.listener(machine, desk.find_source(machine.settings)))
        return Reload(
            read=self._read,
            config=config,
            machines=machines,
            data=self.data,
            desk=desk,
            crew=self.crew,
            status=status,
            mqtt=mqtt,
            broker=broker,
        )

    def listeners(self) -> dict[str, Listener]:
        """Those at work, by machine."""
        return {listener.machine: listener for listener in self.crew.listeners}

    def said(self) -> tuple[tuple[str, ...], str | None]:
        """Machines and broker, as commands beside the daemon read them."""
        daemon = self.store.status.read().daemon
        assert daemon is not None
        return daemon.machines, daemon.broker

    def _read(self) -> Config:
        return self.read()

    def _find_source(self, settings: MachineConfig) -> Source:
        assert settings.device is not None
        if settings.device in self.missing:
            raise DeviceError(f"there is no device {settings.device}")
        return Line(settings.device, self.held, self.log)


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Iterator[Site]:
    data = tmp_path / "data"
    for machine in ("pump", "fan"):
        install(data, machine)
    with ExitStack() as closing:
        site = Site(store, data, closing=closing)
        closing.callback(site.crew.dismiss_all)
        yield site


def config(broker_port: int | None = None, /, **devices: str) -> Config:
    """Of machines by their devices."""
    return Config(
        node=NodeConfig(name="hall"),
        machine=tuple(MachineConfig(id=id_, device=device) for id_, device in devices.items()),
        mqtt=MqttConfig(host="127.0.0.1", port=broker_port) if broker_port else MqttConfig(),
    )


def recalibrate(data: Path, machine: str) -> None:
    path = MachineFolder.of(machine, data=data).calibration
    save_calibration(replace(load_calibration(path), created_at=NEW), path)


def test_only_the_machines_that_changed_are_touched(site: Site) -> None:
    reload = site.begin(config(pump="hw:1", fan="hw:2"))
    before = site.listeners()
    site.read = lambda: config(pump="hw:1", fan="hw:3")
    reload()
    after = site.listeners()
    assert after["pump"] is before["pump"]
    assert after["fan"] is not before["fan"]
    assert "let go hw:2" in site.log
    assert "let go hw:1" not in site.log


def test_two_machines_that_change_places_let_both_microphones_go_first(site: Site) -> None:
    reload = site.begin(config(pump="hw:1", fan="hw:2"))
    site.read = lambda: config(pump="hw:2", fan="hw:1")
    reload()
    assert sorted(site.listeners()) == ["fan", "pump"]
    # Both have been taken and let go before either is taken again.
    assert {"let go hw:1", "let go hw:2"} <= set(site.log[:4])


def test_machines_come_and_go_and_the_status_says_so(site: Site) -> None:
    reload = site.begin(config(pump="hw:1"))
    assert site.said() == (("pump",), None)
    site.read = lambda: config(fan="hw:2")
    reload()
    assert list(site.listeners()) == ["fan"]
    assert site.said() == (("fan",), None)
    site.read = lambda: config(fan="hw:2", pump="hw:1")
    reload()
    assert site.said() == (("fan", "pump"), None)


def test_a_new_calibration_is_used_by_the_listener_that_goes_on(site: Site) -> None:
    reload = site.begin(config(pump="hw:1"))
    before = site.listeners()["pump"]
    recalibrate(site.data, "pump")
    site.read = lambda: config(pump="hw:1")
    reload()
    assert site.listeners()["pump"] is before
    site.crew.dismiss_all()
    before.take_models(now_s=0.0)
    before.monitor.tick(before.source.status, now_s=1e6)
    assert site.sink.states[-1].calibration == NEW


def test_what_was_reloaded_is_what_the_next_reload_compares_with(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    reload = site.begin(config(pump="hw:1"))
    recalibrate(site.data, "pump")
    site.read = lambda: config(pump="hw:1", fan="hw:2")
    reload()
    reload()
    assert [record.getMessage() for record in caplog.records] == [
        "Reloaded: fan listened to anew; pump judged by another model",
        "Reloaded: no machine has changed",
    ]


def damage_the_calibration(site: Site) -> None:
    MachineFolder.of("fan", data=site.data).calibration.write_text("{")


def take_the_microphone_away(site: Site) -> None:
    site.missing.add("hw:2")


def spoil_the_configuration(site: Site) -> None:
    def refuse() -> Config:
        raise ConfigurationError("asd-monitor.toml has an unknown key")

    site.read = refuse


def rename_the_node(site: Site) -> None:
    after = replace(config(pump="hw:9", fan="hw:2"), node=NodeConfig(name="attic"))
    site.read = lambda: after


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (damage_the_calibration, "calibration.json"),
        (take_the_microphone_away, "there is no device hw:2"),
        (spoil_the_configuration, "unknown key"),
        (rename_the_node, r"\[node\] cannot change"),
    ],
)
def test_where_one_part_cannot_be_used_nothing_at_all_changes(
    site: Site, spoil: Callable[[Site], None], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    reload = site.begin(config(HERE, pump="hw:1"))
    before = site.listeners()
    site.read = lambda: config(THERE, pump="hw:9", fan="hw:2")
    spoil(site)
    recalibrate(site.data, "pump")
    reload()
    assert site.listeners() == before
    assert site.said() == (("pump",), f"127.0.0.1:{HERE}")
    assert "let go hw:1" not in site.log
    (complaint,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert complaint.getMessage().startswith("Not reloaded, all goes on as before: ")
    assert complaint.exc_info is None
    assert re.search(reason, complaint.getMessage())


def test_another_broker_is_spoken_with_and_told_of(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    reload = site.begin(config(HERE, pump="hw:1"))
    site.read = lambda: config(THERE, pump="hw:1")
    reload()
    assert site.said() == (("pump",), f"127.0.0.1:{THERE}")
    assert f"connecting to the broker at 127.0.0.1:{THERE} anew" in caplog.text
    caplog.clear()
    reload()
    assert "broker" not in caplog.text
