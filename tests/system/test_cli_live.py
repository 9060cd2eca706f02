"""The live view on a real terminal, drawn by the installed command."""

import signal
from pathlib import Path

import pytest

from tests.support.command_line import asd_monitor, complaint
from tests.support.configured import configure
from tests.support.terminal import OnTerminal, on_terminal
from tests.system.conftest import Trained

pytestmark = pytest.mark.system

SCREEN, BACK = "\x1b[?1049h", "\x1b[?1049l"
SHOW_CURSOR = "\x1b[?25h"


def run(trained: Trained, folder: Path) -> list[object]:
    config = configure(folder, model=trained.machine, recordings=trained.normal, speed="1")
    return ["run", "--config", config, "--data-dir", folder / "data"]


def assert_given_back(terminal: OnTerminal, *, code: int) -> None:
    assert terminal.wait() == code
    assert terminal.seen.rindex(BACK) > terminal.seen.index(SCREEN)
    assert terminal.seen.rindex(SHOW_CURSOR) > terminal.seen.index(SCREEN)
    assert "Traceback" not in terminal.seen


def test_run_shows_the_live_view_on_a_terminal_and_gives_it_back_on_ctrl_c(
    trained: Trained, tmp_path: Path
) -> None:
    with on_terminal(*run(trained, tmp_path)) as terminal:
        terminal.wait_for("● normal")
        terminal.resize(columns=50, rows=12)
        terminal.wait_for("● normal", after=terminal.mark())
        terminal.press_ctrl_c()
        assert_given_back(terminal, code=130)
    after = terminal.seen.split(BACK)[-1]
    assert "pump unknown (warming_up)" in after, "what was logged meanwhile is on the terminal"


def test_lines_are_written_on_a_terminal_where_they_are_asked_for(
    trained: Trained, tmp_path: Path
) -> None:
    with on_terminal(*run(trained, tmp_path), "--log-format", "text") as terminal:
        terminal.wait_for("pump unknown (warming_up)")
        terminal.press_ctrl_c()
        assert terminal.wait() == 130
    assert SCREEN not in terminal.seen


def test_top_watches_a_daemon_from_beside_it_and_leaves_it_running(
    trained: Trained, tmp_path: Path
) -> None:
    with on_terminal(*run(trained, tmp_path)) as daemon:
        daemon.wait_for("● normal")
        with on_terminal("top", "--data-dir", tmp_path / "data") as terminal:
            terminal.wait_for("● normal")
            terminal.press_ctrl_c()
            assert_given_back(terminal, code=130)
        with on_terminal("top", "--data-dir", tmp_path / "data") as terminal:
            terminal.wait_for("● normal")
            terminal.process.send_signal(signal.SIGTERM)
            assert_given_back(terminal, code=0)
        assert daemon.process.poll() is None
        once = asd_monitor("top", "--data-dir", tmp_path / "data")
        assert once.code == 0
        assert "● normal" in once.stdout
        assert "\x1b" not in once.stdout
        daemon.process.send_signal(signal.SIGTERM)
        assert_given_back(daemon, code=0)
    once = asd_monitor("top", "--data-dir", tmp_path / "data")
    assert "NOT RUNNING" in once.stdout
    assert "unknown (not_running)" in once.stdout


def test_top_says_when_the_daemon_ends_while_it_looks_on(trained: Trained, tmp_path: Path) -> None:
    with on_terminal(*run(trained, tmp_path)) as daemon:
        daemon.wait_for("listening for")
        with on_terminal("top", "--data-dir", tmp_path / "data") as terminal:
            terminal.wait_for("listening for")
            daemon.process.kill()
            terminal.wait_for("NOT RUNNING")
            terminal.press_ctrl_c()
            assert_given_back(terminal, code=130)


def test_top_on_a_folder_in_which_nobody_has_listened_is_one_sentence(tmp_path: Path) -> None:
    said = complaint(asd_monitor("top", "--data-dir", tmp_path), code=78)
    assert "There is no store" in said
