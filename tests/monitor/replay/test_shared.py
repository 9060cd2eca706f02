"""A replay shared among processes says what one process says, in its order."""

import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from asd_monitor.calibrate.calibration import load_calibration, save_calibration
from asd_monitor.models.bundle import load_bundle, save_bundle
from asd_monitor.models.errors import AsdMonitorError
from asd_monitor.models.recordings import Session, group_sessions
from asd_monitor.monitor.replay import shared as module
from asd_monitor.monitor.replay.protocol import Setup
from asd_monitor.monitor.replay.replay import ErrorRecord, EventRecord, Record, Replay
from asd_monitor.monitor.replay.shared import shared_replay
from tests.support.damage import damage_middle
from tests.support.machines import (
    an_identity,
    faulty,
    healthy,
    knowing_bundle,
    knowing_calibration,
    write_session,
)


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    folder = tmp_path_factory.mktemp("model")
    fingerprint = save_bundle(knowing_bundle(), folder / "bundle.safetensors").fingerprint
    save_calibration(knowing_calibration(bundle=fingerprint), folder / "calibration.json")
    return Setup(
        bundle=folder / "bundle.safetensors",
        calibration=folder / "calibration.json",
        identity=an_identity(),
        channel=None,
    )


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> list[Session]:
    """A long one with a fault, a damaged one, and some short ones."""
    folders = [tmp_path_factory.mktemp(f"session-{i}") for i in range(6)]
    long = write_session(folders[0], faulty(), lengths_s=[30, 26])
    damaged = write_session(folders[1], healthy(), lengths_s=[20, 36])
    damage_middle(damaged[0].path)
    short = [write_session(folder, healthy(12), lengths_s=[12]) for folder in folders[2:]]
    return [session for each in (long, damaged, *short) for session in group_sessions(each)]


def one_after_the_other(setup: Setup, sessions: Iterable[Session]) -> list[Record]:
    bundle, calibration = load_bundle(setup.bundle), load_calibration(setup.calibration)
    replay = Replay(bundle, calibration, setup.identity, channel=None)
    return [record for session in sessions for record in replay.session(session)]


def shared(
    setup: Setup, sessions: list[Session], folder: Path, *, jobs: int = 2, keep: bool = False
) -> tuple[list[Record], float]:
    """The records, and the seconds that were said to be judged."""
    seconds: list[float] = []
    records = shared_replay(
        sessions,
        setup,
        jobs=jobs,
        name=lambda session: folder / f"{sessions.index(session)}.jsonl",
        keep=keep,
        judged=seconds.append,
        stop=threading.Event(),
    )
    return list(records), sum(seconds)


def nameless(records: Iterable[Record]) -> list[Record]:
    """Records without the ids of their events, which every telling has of its own."""
    return [
        EventRecord(replace(record.event, event_id=""))
        if isinstance(record, EventRecord)
        else record
        for record in records
    ]


@pytest.mark.parametrize("jobs", [1, 3])
def test_records_and_their_order_are_those_of_one_process(
    setup: Setup, sessions: list[Session], tmp_path: Path, jobs: int
) -> None:
    expected = one_after_the_other(setup, sessions)
    assert {type(record) for record in expected} >= {EventRecord, ErrorRecord}
    records, _ = shared(setup, sessions, tmp_path, jobs=jobs)
    assert nameless(records) == nameless(expected)
    assert list(tmp_path.iterdir()) == []


def test_what_was_judged_before_is_not_judged_again(
    setup: Setup, sessions: list[Session], tmp_path: Path
) -> None:
    first, _ = shared(setup, sessions, tmp_path, keep=True)
    (tmp_path / "3.jsonl").unlink()
    again, _ = shared(setup, sessions, tmp_path, keep=True)
    # Event ids are drawn at random, so that equal ones were not drawn again.
    assert again == first


def test_all_seconds_are_told_of(setup: Setup, sessions: list[Session], tmp_path: Path) -> None:
    whole = sessions[2:]
    _, seconds = shared(setup, whole, tmp_path, keep=True)
    assert seconds == pytest.approx(4 * 12)
    _, seconds = shared(setup, whole, tmp_path, keep=True)
    assert seconds == pytest.approx(4 * 12)


def test_a_worker_that_ends_is_reported(
    setup: Setup, sessions: list[Session], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "COMMAND", ("true",))
    with pytest.raises(AsdMonitorError, match="ended while it judged"):
        shared(setup, sessions, tmp_path)


def test_records_that_cannot_be_written_are_reported(
    setup: Setup, sessions: list[Session], tmp_path: Path
) -> None:
    with pytest.raises(AsdMonitorError, match="cannot be written"):
        shared(setup, sessions, tmp_path / "missing")


def test_a_replay_that_is_told_to_stop_leaves_no_part_of_a_session(
    setup: Setup, sessions: list[Session], tmp_path: Path
) -> None:
    stop = threading.Event()
    records = shared_replay(
        sessions,
        setup,
        jobs=2,
        name=lambda session: tmp_path / f"{sessions.index(session)}.jsonl",
        keep=True,
        judged=lambda _: None,
        stop=stop,
    )
    next(records)
    stop.set()
    told = list(records)
    assert len(told) < len(one_after_the_other(setup, sessions))
    assert all(path.suffix == ".jsonl" for path in tmp_path.iterdir())
