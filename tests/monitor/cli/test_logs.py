import os
import sys
from pathlib import Path

import pytest

from asd_monitor.monitor.cli.logs import LogFormat, usual_format


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
