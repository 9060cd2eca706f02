"""What somebody who is to help needs to see, as plain texts; never sound, never secrets."""

import dataclasses
import os
import platform
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from asd_monitor.calibrate.calibration import load_calibration
from asd_monitor.calibrate.report.report import report
from asd_monitor.models.bundle import load_bundle
from asd_monitor.models.errors import AsdMonitorError
from asd_monitor.monitor import versions
from asd_monitor.monitor.capture.devices import list_devices
from asd_monitor.monitor.config import Config, MachineConfig, find_secret
from asd_monitor.monitor.folders import find_model
from asd_monitor.monitor.messages import event_payload
from asd_monitor.monitor.redaction import redacted, secrets_in, strike_out
from asd_monitor.monitor.store.store import FILE_NAME, Store
from asd_monitor.monitor.systemd_units import CREDENTIALS

_EVENTS: Final = 200
_LOG_LINES: Final = 1000
_PATIENCE_S: Final = 15.0
_ABOUT: Final = """\
What `asd-monitor support-dump` has gathered. All of it is plain text: read it before you send it.

versions.txt       of asd-monitor, its libraries and this computer
configuration.json every key that is set; what may be secret is [removed]
machines/          of each machine: the evidence its calibration rests on, and its model
status.json        what the daemon last said of itself and its machines
events.jsonl       the last events, without what people have written about them
devices.txt        microphones
disk.txt           room, and names and sizes of the files in the data folder
log.txt            the last lines of the service's log, where the journal can be read

There is no sound and no picture of sound in here.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is looked at.

    Attributes:
        config: the configuration; None where there is none or it cannot be used.
        data: folder of machines and store.
        unit: the service whose log is read.
    """

    config: Config | None
    data: Path
    unit: str


def gather(subject: Subject) -> dict[str, str]:
    """Every text by its name. What cannot be had says why in its place.

    Nothing that a file of a secret, a credential or the environment holds is in any of them.
    """
    parts: Mapping[str, Callable[[], str]] = {
        "versions.txt": _versions,
        "configuration.json": lambda: _configuration(subject.config),
        "status.json": lambda: _status(subject.data),
        "events.jsonl": lambda: _events(subject.data),
        "devices.txt": _devices,
        "disk.txt": lambda: _disk(subject.data),
        "log.txt": lambda: _log(subject.unit),
    }
    secrets = {*_known_secrets(subject.config)} - {*_names(subject.config)}
    texts = {name: _attempt(part) for name, part in parts.items()} | _machines(subject)
    return {"README.txt": _ABOUT} | {
        name: strike_out(text, secrets) for name, text in texts.items()
    }


def _attempt(part: Callable[[], str]) -> str:
    try:
        return part()
    except (AsdMonitorError, OSError, sqlite3.Error, subprocess.SubprocessError) as error:
        return f"not to be had: {error}\n"


def _known_secrets(config: Config | None) -> Iterator[str]:
    """Whatever this process can learn of secrets, so that it can be struck out."""
    configured = config or Config()
    yield from secrets_in(configured)
    files = [
        *((name, None) for name in CREDENTIALS),
        ("mqtt-password", configured.mqtt.password_file),
        *((f"{sink.name}-secret", sink.secret_file) for sink in configured.sink),
    ]
    for name, file in files:
        try:
            secret = find_secret(name, file=file)
        except AsdMonitorError:
            continue  # what this user may not read cannot have got into a text either
        if secret is not None:
            yield secret


def _names(config: Config | None) -> Iterator[str]:
    """What topics and payloads tell everybody; a user of the broker is often called the same."""
    if config is not None:
        yield config.node.name
        yield from (machine.id for machine in config.machine)


def _versions() -> str:
    release = platform.freedesktop_os_release() if Path("/etc/os-release").exists() else {}
    known = {"asd-monitor": versions.own()} | versions.of_libraries()
    known |= {
        "system": release.get("PRETTY_NAME", platform.system()),
        "kernel": platform.release(),
        "processor": f"{platform.machine()}, {os.cpu_count()} cores",
        "sqlite": sqlite3.sqlite_version,
    }
    return "".join(f"{name:<14} {version}\n" for name, version in known.items())


def _configuration(config: Config | None) -> str:
    if config is None:
        return "none was named, or it cannot be used; asd-monitor check --config FILE says why\n"
    return _as_json(redacted(config))


def _status(data: Path) -> str:
    with Store(data / FILE_NAME, must_exist=True) as store:
        said, outbox = store.status.read(), store.outbox.health()
    return _as_json({"said": said, "outbox": outbox})


def _events(data: Path) -> str:
    with Store(data / FILE_NAME, must_exist=True) as store:
        events = store.events()[-_EVENTS:]
    return "".join(f"{event_payload(event).decode()}\n" for event in events)


def _machines(subject: Subject) -> dict[str, str]:
    machines = subject.config.machine if subject.config else _machines_on_disk(subject.data)
    return {
        f"machines/{machine.id}.txt": _attempt(partial(_machine, machine, subject))
        for machine in machines
    }


def _machines_on_disk(data: Path) -> tuple[MachineConfig, ...]:
    return tuple(MachineConfig(id=path.name) for path in sorted((data / "machines").glob("*")))


def _machine(machine: MachineConfig, subject: Subject) -> str:
    files = find_model(
        machine.id, data=subject.data, bundle=machine.bundle, calibration=machine.calibration
    )
    bundle, calibration = load_bundle(files.bundle), load_calibration(files.calibration)
    settings = msgspec.to_builtins(calibration)
    del settings["scores"]
    return (
        f"{report(calibration)}\n\nbundle {bundle.kind} {bundle.fingerprint}\n"
        f"{_as_json(bundle.provenance)}\ncalibration\n{_as_json(settings)}"
    )


def _devices() -> str:
    return "".join(f"{_as_json(dataclasses.asdict(device))}" for device in list_devices())


def _disk(data: Path) -> str:
    room = shutil.disk_usage(data)
    sizes = [
        f"{path.stat().st_size:>14} {path.relative_to(data)}\n"
        for path in sorted(data.rglob("*"))
        if path.is_file()
    ]
    return f"{room.free} bytes free of {room.total} at {data}\n" + "".join(sizes)


def _log(unit: str) -> str:
    command = ["journalctl", "--unit", unit, "--lines", str(_LOG_LINES), "--no-pager"]
    done = subprocess.run(  # noqa: S603 - no shell, and a name of ours
        command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False, errors="replace"
    )
    return done.stdout or f"not to be had: {done.stderr}\n"


def _as_json(value: Any) -> str:  # noqa: ANN401 - whatever msgspec can write
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode() + "\n"
