"""`asd-monitor events`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import click

from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.cli.console import emit_json, note, tell
from asd_monitor.monitor.cli.daemon_data import daemon_data_options
from asd_monitor.monitor.cli.event_fields import as_csv, as_fields
from asd_monitor.monitor.cli.event_text import in_words, kind_of, length_of, opinion_of
from asd_monitor.monitor.cli.groups import ListingGroup
from asd_monitor.monitor.cli.options import DurationType, MachineType
from asd_monitor.monitor.cli.stores import open_store
from asd_monitor.monitor.cli.tables import new_table, show
from asd_monitor.monitor.cli.times import say_moment, time_zone
from asd_monitor.monitor.events import Event
from asd_monitor.monitor.sinks.terminal import STYLES
from asd_monitor.monitor.store.marks import Mark, Opinion
from asd_monitor.monitor.store.store import Store

CLEAR: Final = "clear"

machine_option = click.option("--machine", type=MachineType(), help="Only of this machine.")
since_option = click.option(
    "--since",
    "since_s",
    type=DurationType(),
    default="30d",
    show_default=True,
    help="How far back: 12h, 30d.",
)
id_argument = click.argument("event_id", metavar="ID")


@click.group("events", cls=ListingGroup)
def command() -> None:
    """Look back at events, and say what was behind them.

    An ID may be shortened as long as it is the only one that begins so. All of this works while
    the daemon runs.

    \b
    Examples:
      asd-monitor events
      asd-monitor events show 01KG9XQ4
      asd-monitor events mark 01KG9XQ4 false-alarm --note "bearing was greased"
      asd-monitor events export --csv --since 90d > events.csv
    """


@command.command("list")
@machine_option
@since_option
@daemon_data_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object per event and line.")
def list_command(*, machine: str | None, since_s: float, data: Path, as_json: bool) -> None:
    """List events, the latest last; the usual command."""
    now = utc_now()
    since = now - timedelta(seconds=since_s)
    found = _find(data, machine, since=since)
    if as_json:
        for event, mark in found:
            emit_json(as_fields(event, mark))
    elif found:
        _show(found, now)
    else:
        note(f"no events since {say_moment(since)}")


@command.command("show")
@id_argument
@daemon_data_options
def show_command(*, event_id: str, data: Path) -> None:
    """Tell one event in words."""
    with open_store(data) as store:
        event = _event(store, event_id)
        mark = store.marks.of(event.event_id)
    for line in in_words(event, mark, data=data, now=utc_now()):
        tell(line)


@command.command("export")
@click.option("--csv", "form", flag_value="csv", help="A table with a line of names.")
@click.option("--json", "form", flag_value="json", help="One JSON object per event and line.")
@machine_option
@since_option
@daemon_data_options
def export_command(*, form: str | None, machine: str | None, since_s: float, data: Path) -> None:
    """Write events for other programs to standard output."""
    if form is None:
        raise click.UsageError("give --csv or --json")
    since = utc_now() - timedelta(seconds=since_s)
    rows = [as_fields(*each) for each in _find(data, machine, since=since)]
    if form == "csv":
        click.echo(as_csv(rows), nl=False)
        return
    for row in rows:
        emit_json(row)


@command.command("mark")
@id_argument
@click.argument("opinion", type=click.Choice([*(each.value for each in Opinion), CLEAR]))
@click.option("--note", "remark", help="What was behind it.")
@daemon_data_options
def mark_command(*, event_id: str, opinion: str, remark: str | None, data: Path) -> None:
    """Say whether something was wrong, or take that back."""
    if opinion == CLEAR and remark is not None:
        raise click.UsageError("--note goes with an opinion, and clear takes it back")
    with _writing(data, event_id) as (store, event):
        if opinion == CLEAR:
            store.marks.clear_opinion(event.event_id)
        else:
            store.marks.give_opinion(event.event_id, Opinion(opinion), note=remark, at=utc_now())
        note(f"{event.event_id} of {event.machine}: {opinion}")


@command.command("ack")
@id_argument
@daemon_data_options
def acknowledge_command(*, event_id: str, data: Path) -> None:
    """Say that you have seen an event; the first time counts."""
    with _writing(data, event_id) as (store, event):
        store.marks.acknowledge(event.event_id, at=utc_now())
        note(f"{event.event_id} of {event.machine}: seen")


@contextmanager
def _writing(data: Path, event_id: str) -> Iterator[tuple[Store, Event]]:
    with open_store(data) as store:
        yield store, _event(store, event_id)


def _event(store: Store, beginning: str) -> Event:
    """The one event that is meant.

    Raises:
        UsageError: there is none, or several begin so.
    """
    found = store.find_events(beginning) if beginning else ()
    if not found:
        raise click.UsageError(f"there is no event {beginning!r}; asd-monitor events lists them")
    if len(found) > 1:
        raise click.UsageError(
            f"{len(found)} events begin with {beginning!r}, such as {found[0].event_id} and "
            f"{found[-1].event_id}; give more of it"
        )
    return found[0]


def _find(data: Path, machine: str | None, *, since: datetime) -> list[tuple[Event, Mark]]:
    with open_store(data) as store:
        marks = store.marks.all()
        events = store.events(machine=machine, since=since)
    return [(each, marks.get(each.event_id, Mark(event_id=each.event_id))) for each in events]


def _show(found: list[tuple[Event, Mark]], now: datetime) -> None:
    began = f"began ({time_zone(now)})"
    table = new_table("event", "machine", "what", began, "lasted", "worst score", "people say")
    for event, mark in found:
        table.add_row(
            event.event_id,
            event.machine,
            kind_of(event),
            say_moment(event.started_at),
            length_of(event, now=now),
            "" if event.peak_score is None else f"{event.peak_score:.4g}",
            opinion_of(mark),
            style=STYLES[event.severity] if event.is_open else None,
        )
    show(table)
