import logging
import os
import re
import sys
from pathlib import Path

import pytest

from asd_monitor.monitor.cli.logs import LogFormat, keeping_the_log, usual_format


def test_it_is_for_the_journal_where_systemd_leads_standard_error_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stream = tmp_path / "stderr"
    with stream.open("w") as file:
        monkeypatch.setattr(sys, "stderr", file)
        found = os.fstat(file.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        assert usual_format() is LogFormat.JOURNAL
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino + 1}")
        assert usual_format() is LogFormat.TEXT  # led elsewhere since
        monkeypatch.delenv("JOURNAL_STREAM")
        assert usual_format() is LogFormat.TEXT


def test_what_is_kept_is_dated_lines_that_are_printed_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(logging.root, "level", logging.WARNING)
    with keeping_the_log() as lines:
        logging.getLogger("x").warning("a cable is loose")
        logging.getLogger("x").warning("dated itself", extra={"severity": "critical"})
        assert capsys.readouterr().err == ""
    assert re.fullmatch(r"\S+Z a cable is loose", lines[0])
    assert lines[1] == "dated itself"
    assert capsys.readouterr().err.splitlines() == list(lines)
