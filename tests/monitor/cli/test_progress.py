import io
import re

import pytest
from rich.console import Console

from asd_monitor.monitor.cli import progress as progress_module
from asd_monitor.monitor.cli.progress import progress


class Clock:
    """A monotonic clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s


def test_elsewhere_than_on_a_terminal_it_is_a_line_every_few_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock()
    monkeypatch.setattr(progress_module, "time", clock)
    with progress("training") as advance:
        advance(0.1, "epoch 1")
        clock.now_s = 11.0
        advance(0.2, "epoch 2")
        advance(0.3, "epoch 3")
        clock.now_s = 22.0
        advance(1.0, "epoch 4")
    assert capsys.readouterr() == ("", "training: 20% epoch 2\ntraining: 100% epoch 4\n")


def test_on_a_terminal_it_is_a_bar_that_ends_full(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    monkeypatch.setattr(progress_module, "Console", lambda **_: console)
    with progress("recording") as advance:
        advance(0.5, "-31 dBFS")
    *_, shown = filter(str.strip, screen.getvalue().partition("\x1b[?25h")[0].splitlines())
    assert "recording" in shown
    assert "100%" in shown
    assert "-31 dBFS" in shown


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_time_left_is_whole_however_narrow_the_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, color_system=None, width=width)
    monkeypatch.setattr(progress_module, "Console", lambda **_: console)
    detail = "epoch 12: loss 1.4123, held-out 1.4106, best 12"
    with progress("training") as advance:
        advance(0.5, detail)
    *_, shown = filter(str.strip, screen.getvalue().partition("\x1b[?25h")[0].splitlines())
    assert re.search(r" \d:\d\d:\d\d | -:--:-- ", shown)
    assert (detail in shown) is (width >= 80)
