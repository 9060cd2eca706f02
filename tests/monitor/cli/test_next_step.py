from pathlib import Path

import pytest

from asd_monitor.monitor.cli.next_step import place_options, suggest


def test_the_next_command_can_be_typed_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    suggest("calibrate", Path("hall 3/normal"), *place_options("pump", Path("/data")))
    said = "next: asd-monitor calibrate 'hall 3/normal' --machine pump --data-dir /data\n"
    assert capsys.readouterr() == ("", said)


def test_what_is_the_default_need_not_be_typed() -> None:
    assert place_options("machine", None) == []
