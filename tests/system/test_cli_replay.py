import signal
from pathlib import Path

import pytest

from tests.support import recorded
from tests.support.command_line import PATIENCE_S, asd_monitor, files_in, running
from tests.support.replay_lines import (
    ClipLine,
    ErrorLine,
    EventLine,
    FileLine,
    SummaryLine,
    read_lines,
)
from tests.support.terminal import shown
from tests.system.conftest import Trained

pytestmark = pytest.mark.system


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    return recorded.truncated(tmp_path / "damaged.wav")


def test_json_lines_are_those_of_the_contract(trained: Trained, damaged: Path) -> None:
    outcome = asd_monitor("replay", trained.faulty, damaged, *trained.model, "--json")
    *lines, summary = read_lines(outcome.stdout)
    clips = [line for line in lines if isinstance(line, ClipLine)]
    events = [line for line in lines if isinstance(line, EventLine)]
    files = [line for line in lines if isinstance(line, FileLine)]
    errors = [line for line in lines if isinstance(line, ErrorLine)]
    assert isinstance(summary, SummaryLine)
    assert len(clips) == summary.clips == sum(summary.clips_by_severity.values()) == 51
    assert [Path(line.file).name for line in files] == ["000.flac", "001.flac"]
    assert (summary.files, summary.seconds) == (2, 60)
    assert [event.event_type for event in events] == ["anomaly_started", "anomaly_ended"]
    assert summary.events == 1
    assert [line.file for line in errors] == [str(damaged)]
    assert summary.errors == 1
    assert {line.severity for line in clips} >= {"normal", "critical"}
    assert 0 <= min(line.start_s for line in clips) <= max(line.start_s for line in clips) < 30


def test_a_file_that_cannot_be_read_is_named_and_the_rest_is_done(
    trained: Trained, damaged: Path
) -> None:
    arguments = ["replay", trained.faulty, damaged, *trained.model]
    outcome = asd_monitor(*arguments)
    assert outcome.code == 2
    assert str(damaged) in outcome.stderr
    assert str(trained.faulty / "001.flac") in outcome.stdout
    assert "anomaly_ended" in outcome.stdout
    kept_going = asd_monitor(*arguments, "--keep-going")
    assert kept_going.code == 0
    assert "1 unreadable" in kept_going.stdout


def test_results_are_on_standard_output_and_all_else_on_standard_error(
    trained: Trained, damaged: Path
) -> None:
    outcome = asd_monitor("replay", trained.faulty, damaged, *trained.model)
    assert str(damaged) not in outcome.stdout
    assert outcome.stdout.splitlines()[-1].startswith("3 files (")
    assert all(str(trained.faulty) not in line for line in outcome.stderr.splitlines())


def test_replay_writes_to_no_store(trained: Trained) -> None:
    before = files_in(trained.data)
    assert asd_monitor("replay", trained.faulty, "--data-dir", trained.data).code == 0
    assert files_in(trained.data) == before


def test_a_broker_that_cannot_be_reached_does_not_keep_replay_from_its_results(
    trained: Trained,
) -> None:
    arguments = ["replay", trained.faulty / "000.flac", *trained.model]
    alone = asd_monitor(*arguments)
    outcome = asd_monitor(*arguments, "--mqtt", "127.0.0.1:1")
    assert outcome.stdout == alone.stdout
    assert "127.0.0.1:1" in outcome.stderr


def test_on_a_terminal_results_and_progress_keep_to_lines_of_their_own(trained: Trained) -> None:
    lines = shown(["replay", trained.faulty, *trained.model])
    results = [line for line in lines if str(trained.faulty) in line]
    assert len(results) == 2
    assert all(line.split()[0] in {"normal", "warning", "critical"} for line in results)
    assert any(line.startswith("replaying") for line in lines)


def test_lines_reach_a_file_though_a_person_watches_the_progress(
    trained: Trained, tmp_path: Path
) -> None:
    file = tmp_path / "lines.json"
    lines = shown(["replay", trained.faulty, *trained.model, "--json"], stdout=file)
    assert isinstance(read_lines(file.read_text())[-1], SummaryLine)
    assert any(line.startswith("replaying") for line in lines)
    assert not any("summary" in line for line in lines)


def test_processes_share_a_replay_and_say_the_same(trained: Trained) -> None:
    arguments = ["replay", trained.normal, trained.faulty, *trained.model, "--json"]
    alone, shared = asd_monitor(*arguments), asd_monitor(*arguments, "--jobs", "2")
    assert without_events(shared.stdout) == without_events(alone.stdout)
    assert shared.code == 0


def test_an_interrupted_replay_goes_on_where_it_stopped(trained: Trained, tmp_path: Path) -> None:
    arguments = ["replay", trained.normal, trained.faulty, *trained.model, "--json"]
    whole = asd_monitor(*arguments)
    kept = tmp_path / "kept"
    with running(*arguments, "--resume", kept) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 130
    judged = {path.name: path.stat().st_mtime_ns for path in kept.iterdir()}
    assert judged
    resumed = asd_monitor(*arguments, "--resume", kept)
    assert without_events(resumed.stdout) == without_events(whole.stdout)
    assert {name: (kept / name).stat().st_mtime_ns for name in judged} == judged


def without_events(lines: str) -> list[str]:
    """All lines but events, whose ids are drawn anew in every replay."""
    return [line for line in lines.splitlines() if '"type":"event"' not in line]
