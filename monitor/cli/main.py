"""The command `asd-monitor`. Commands are imported when they are called, not before."""

import importlib
import os
import sys
from typing import cast

import click

from asd_monitor.monitor.cli import edge

# The products of one stream are too small to share: a second BLAS thread only spins, and on a busy
# machine costs ten times what it gains. Read by numpy when it is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# In the order in which a user meets them.
COMMANDS = {
    "devices": "List microphones and the name to give to --device.",
    "record": "Record normal sound in clips.",
    "train": "Learn the normal sound of a machine from recordings.",
    "combine": "Make one bundle of several.",
    "calibrate": "Set the thresholds for a budget of false alarms.",
    "replay": "Judge recordings as if they were heard now.",
    "explain": "Say at which frequencies a recording sounds wrong, and draw it.",
    "evaluate": "Say how well detectors tell labelled recordings apart.",
    "run": "Listen, judge and publish until told to stop.",
    "status": "Say how the daemon and its machines are.",
    "top": "Watch a running daemon: scores, levels, events, anew every second.",
    "drift": "Say whether a machine still sounds as it was calibrated.",
    "calibrations": "List the calibrations of a machine, and go back to an older one.",
    "events": "Look back at events, and say what was behind them.",
    "report": "Write one HTML page about a machine: scores, events, uptime.",
    "check": "Say whether configuration, model, device and broker are in order.",
    "bench": "Say how many microphones this computer can listen to.",
    "support-dump": "Gather what somebody who is to help needs to see.",
    "test-mqtt": "Try the way to the broker, and name the stage that fails.",
    "install-service": "Write the units under which systemd runs the daemon.",
    "forget": "Remove what a broker keeps of a machine that is gone.",
    "demo": "Show the whole job on this machine, without microphone or broker.",
}


class LazyGroup(click.Group):
    """A group whose commands live in `asd_monitor.monitor.cli.<name>`, with ``_`` for ``-``."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names in the order of the table above."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command's module."""
        if cmd_name not in COMMANDS:
            return None
        file = cmd_name.replace("-", "_")
        module = importlib.import_module(f"asd_monitor.monitor.cli.{file}")
        return cast("click.Command", module.command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="asd-monitor", prog_name="asd-monitor")
def cli() -> None:
    """Learn how a machine sounds, and tell MQTT when it sounds wrong.

    \b
    A first hour:
      asd-monitor devices
      asd-monitor record --device hw:1 --duration 1h --out normal/
      asd-monitor train normal/
      asd-monitor calibrate normal/ --budget 1/week
      asd-monitor run --device hw:1 --mqtt localhost:1883
    """


def main() -> None:
    """Entry point of the console script."""
    sys.exit(edge.run(cli))


if __name__ == "__main__":
    main()
