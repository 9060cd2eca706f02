"""A command called in this process: quick, and with its sentence and exit code."""

from pathlib import Path

import pytest

from asd_monitor.monitor.cli import edge
from asd_monitor.monitor.cli.main import cli
from tests.support.command_line import Outcome


class Caller:
    """Calls commands on one data folder."""

    def __init__(
        self, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.data = data
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Outcome:
        """Call a command; ``--data-dir`` is added."""
        words = ["asd-monitor", *map(str, arguments), "--data-dir", str(self.data)]
        self._monkeypatch.setattr("sys.argv", words)
        self._capsys.readouterr()
        code = edge.run(cli)
        return Outcome(code, *self._capsys.readouterr())
