"""`asd-monitor top`."""

import signal
from pathlib import Path

import click
from rich.console import Console

from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.cli import edge
from asd_monitor.monitor.cli.daemon_data import daemon_data_options
from asd_monitor.monitor.cli.live_screen import LiveScreen
from asd_monitor.monitor.cli.live_view import Frame, live_view
from asd_monitor.monitor.cli.snapshot import take_snapshot
from asd_monitor.monitor.daemon.signals import listening_to_signals
from asd_monitor.monitor.sinks.live import keep_drawing

_FOOTER = "Ctrl-C closes this view; the daemon goes on."
_PLENTY_ROWS = 1000


@click.command("top")
@daemon_data_options
@click.option("--once", is_flag=True, help="Print the view once, as where there is no terminal.")
def command(*, data: Path, once: bool) -> int:
    """Watch a running daemon: scores, levels, events, anew every second.

    Shows what `asd-monitor run` shows on a terminal, from beside the daemon: it only reads the
    data folder. Ctrl-C closes the view with exit code 130.

    \b
    Example:
      asd-monitor top
      sudo asd-monitor top --config /etc/asd-monitor/asd-monitor.toml
    """
    console = Console()
    first = take_snapshot(data, now=utc_now())
    if once or not console.is_terminal:
        console.print(live_view(first, Frame(width=console.width, height=_PLENTY_ROWS)))
        return 0
    with listening_to_signals(with_reload=False) as asked:
        keep_drawing(console, LiveScreen(data, console, footer=_FOOTER).draw, asked.stop)
    return edge.INTERRUPTED if asked.ended_by is signal.SIGINT else 0
