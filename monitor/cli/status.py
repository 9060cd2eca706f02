"""`asd-monitor status`."""

import dataclasses
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from asd_monitor.models.timestamps import format_utc, utc_now
from asd_monitor.monitor.band_words import say_where
from asd_monitor.monitor.cli.console import emit_json, note, tell
from asd_monitor.monitor.cli.daemon_data import daemon_data_options
from asd_monitor.monitor.cli.stores import open_store
from asd_monitor.monitor.cli.tables import new_table, show
from asd_monitor.monitor.cli.times import say_age
from asd_monitor.monitor.cli.verified import say_verified_by
from asd_monitor.monitor.daemon.lock import daemon_runs
from asd_monitor.monitor.heard import Heard
from asd_monitor.monitor.messages import DiskHealth
from asd_monitor.monitor.sinks.terminal import STYLES
from asd_monitor.monitor.status import MachineStatus, NodeStatus, node_status


@click.command("status")
@daemon_data_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(*, data: Path, as_json: bool) -> int:
    """Say how the daemon and its machines are, whether or not it runs.

    The exit code is 0 where a daemon runs and every machine is heard, else 1. A machine that
    nobody listens to is unknown, whatever was last heard of it.

    \b
    Examples:
      asd-monitor status
      sudo asd-monitor status --config /etc/asd-monitor/asd-monitor.toml
    """
    now = utc_now()
    status = look(data, now=now)
    if as_json:
        emit_json(as_fields(status))
    else:
        _show(status, now)
    return 0 if status.is_well else 1


def look(data: Path, *, now: datetime) -> NodeStatus:
    """Read what there is to know from a data folder.

    Raises:
        ConfigurationError: there is no store in it, or it may not be read.
    """
    running = daemon_runs(data)
    with open_store(data) as store:
        said = store.status.read()
        machines = [*(said.daemon.machines if said.daemon else ()), *said.states]
        newest = {machine: store.scores.newest(machine) for machine in machines}
        return node_status(
            said,
            data=data,
            running=running,
            clips={machine: clip for machine, clip in newest.items() if clip},
            heard={
                machine: store.heard.of(machine, state.calibration)
                for machine, state in said.states.items()
                if state.calibration
            },
            outbox=store.outbox.health(),
            disk=DiskHealth(free_bytes=shutil.disk_usage(data).free),
            now=now,
        )


def as_fields(status: NodeStatus) -> dict[str, Any]:
    """The status as the fields of a JSON object; times are RFC 3339."""
    return {"ok": status.is_well} | {
        key: _plain(value) for key, value in dataclasses.asdict(status).items()
    }


def _plain(value: object) -> object:
    match value:
        case datetime():
            return format_utc(value)
        case Path():
            return str(value)
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case tuple():
            return [_plain(each) for each in value]
        case _:
            return value


def _show(status: NodeStatus, now: datetime) -> None:
    tell(_headline(status, now))
    tell(f"  data    {status.data}, {status.disk.free_bytes / 1e9:.1f} GB free")
    tell(f"  broker  {_broker(status, now)}")
    if not status.machines:
        note("no daemon has told of any machine yet")
        return
    tell("")
    table = new_table(
        "machine", "state", "since", "score", "trend", "alarm above", "excess at",
        "last clip", "capture", "open event", "verified",
    )  # fmt: skip
    for machine in status.machines:
        table.add_row(*_row(machine, now))
    show(table)


def _headline(status: NodeStatus, now: datetime) -> str:
    if status.node is None:
        return "no daemon has run here yet" if not status.running else "a daemon is starting"
    who = f"asd-monitor {status.version} on {status.node}"
    if not status.running or status.started_at is None:
        return f"{who}: NOT RUNNING, nobody listens"
    return f"{who}: running for {say_age(status.started_at, now=now)} (process {status.pid})"


def _broker(status: NodeStatus, now: datetime) -> str:
    if status.broker is None:
        return "none, nothing is published"
    n = status.outbox.depth
    waiting = "1 event message waits" if n == 1 else f"{n or 'no'} event messages wait"
    if status.outbox.dropped:
        waiting += f", {status.outbox.dropped} were ever dropped"
    return f"{status.broker}, {connection(status, now)}; {waiting}"


def connection(status: NodeStatus, now: datetime) -> str:
    """Whether the broker is connected, in words."""
    if status.broker_told_at is None:
        return "not known whether connected"
    if status.broker_connected:
        return "connected"
    return f"NOT CONNECTED as of {say_age(status.broker_told_at, now=now)} ago"


def _row(machine: MachineStatus, now: datetime) -> list[str | Text]:
    about = ", ".join(filter(None, (machine.regime, machine.reason)))
    state = machine.severity + (f" ({about})" if about else "")
    return [
        machine.machine,
        Text(state, style=STYLES[machine.severity]),
        "-" if machine.since is None else say_age(machine.since, now=now),
        as_number(machine.score),
        machine.trend or "-",
        as_number(machine.threshold),
        say_where(machine.bands) or "-",
        "-" if machine.last_clip_at is None else f"{say_age(machine.last_clip_at, now=now)} ago",
        machine.capture or "-",
        machine.event_id or "-",
        say_verified_by(machine.heard or Heard()),
    ]


def as_number(value: float | None) -> str:
    """A score to four digits."""
    return "-" if value is None else f"{value:.4g}"
