import logging
import math
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asd_monitor.calibrate.verdict import Severity, Verdict
from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.scores import ClipScore
from asd_monitor.monitor.events import Kept, close_event
from asd_monitor.monitor.store.database import Database
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import NOON, anomaly


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "asd-monitor.sqlite"


def _remember(store: Store, at: datetime, score: float, machine: str = "pump") -> None:
    clip = ClipScore(0, 10.0, score, 307, -30.0, frozenset())
    is_score = math.isfinite(score)
    severity = Severity.NORMAL if is_score else Severity.UNKNOWN
    verdict = Verdict(severity, None, score if is_score else None, 1.0, 0.5 if is_score else None)
    store.scores.add(machine, at=at, clip=clip, verdict=verdict)


@pytest.mark.parametrize(("durable", "synchronous"), [(True, 2), (False, 1)])
def test_only_what_must_not_be_lost_waits_for_the_disk(
    path: Path, durable: bool, synchronous: int
) -> None:
    """FULL is 2 and NORMAL is 1: https://sqlite.org/pragma.html#pragma_synchronous."""
    database = Database(path)
    with database.transaction(durable=durable) as transaction:
        assert transaction.execute("PRAGMA synchronous").fetchone() == (synchronous,)
    database.close()


def test_what_was_recorded_is_read_back_by_another_store(path: Path) -> None:
    with Store(path) as store:
        recorded = store.record(anomaly(), outgoing=True)
    with Store(path) as store:
        assert store.events() == (recorded,)
        assert len(store.outbox.pending()) == 1


def test_an_end_replaces_its_beginning(path: Path) -> None:
    with Store(path) as store:
        started = store.record(anomaly(), outgoing=True)
        assert store.open_events() == (started,)
        ended = store.record(close_event(started, ended_at=NOON), outgoing=True)
        assert store.open_events() == ()
        assert store.events() == (ended,)
        assert len(store.outbox.pending()) == 2


def test_evidence_is_attached_to_an_event_without_a_message(path: Path) -> None:
    with Store(path) as store:
        recorded = store.record(anomaly(), outgoing=True)
        kept = Kept(clip="a/b.flac", spectrogram="a/b.png", pre_roll_s=10.0)
        store.attach_evidence(recorded.event_id, kept)
        (found,) = store.events()
        assert found == replace(
            recorded, clip=kept.clip, spectrogram=kept.spectrogram, pre_roll_s=10.0
        )
        assert len(store.outbox.pending()) == 1
        store.attach_evidence("unknown", kept)
        store.attach_evidence(recorded.event_id, Kept(clip=None, spectrogram=None))
        assert store.events() == (recorded,)


def test_events_are_chosen_by_machine_and_time(path: Path) -> None:
    with Store(path) as store:
        later = NOON + timedelta(hours=1)
        fan = store.record(anomaly(machine="fan", detected_at=later), outgoing=False)
        pump = store.record(anomaly(), outgoing=False)
        assert store.events() == (pump, fan)
        assert store.events(machine="fan") == (fan,)
        assert store.events(since=later) == (fan,)
        assert store.events(machine="pump", since=later) == ()


@settings(deadline=None, max_examples=20)  # waits for the disk
@given(machines=st.lists(st.sampled_from(["pump", "fan"]), min_size=1, max_size=12))
def test_numbers_rise_by_one_per_machine_even_after_deletion(
    tmp_path_factory: pytest.TempPathFactory, machines: list[str]
) -> None:
    path = tmp_path_factory.mktemp("store") / "s.sqlite"
    given_out: dict[str, list[int | None]] = {"pump": [], "fan": []}
    with Store(path) as store:
        for machine in machines:
            assert store.last_seq(machine) == (given_out[machine] or [None])[-1]
            recorded = store.record(anomaly(machine=machine), outgoing=False)
            given_out[machine].append(recorded.seq)
            with sqlite3.connect(path) as other:
                other.execute("DELETE FROM events")
            other.close()
    for numbers in given_out.values():
        assert numbers == list(range(1, len(numbers) + 1))


def test_threads_share_a_store(path: Path) -> None:
    with Store(path) as store, ThreadPoolExecutor(4) as pool:
        seqs = list(pool.map(lambda _: store.record(anomaly(), outgoing=True).seq, range(40)))
        assert sorted(seq for seq in seqs if seq is not None) == list(range(1, 41))
        assert len(store.outbox.pending()) == 40


def test_an_event_and_its_message_are_written_together_or_not_at_all(path: Path) -> None:
    with Store(path) as store:
        with sqlite3.connect(path) as other:
            other.execute(
                "CREATE TRIGGER refuse BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        other.close()
        with pytest.raises(sqlite3.IntegrityError):
            store.record(anomaly(), outgoing=True)
        assert store.events() == ()
        assert store.last_seq("pump") is None
        assert store.record(anomaly(), outgoing=False).seq == 1


def test_an_event_whose_message_waits_cannot_be_deleted(path: Path) -> None:
    with Store(path) as store:
        store.record(anomaly(), outgoing=True)
        other = sqlite3.connect(path)
        other.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError):
            other.execute("DELETE FROM events")
        other.close()


@pytest.mark.parametrize(
    "damage", [b"this is no database at all" * 100, b"SQLite format 3\0" * 300]
)
def test_a_damaged_file_is_set_aside_and_numbers_go_on_above(
    path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with Store(path) as store:
        before = store.record(anomaly(), outgoing=True).seq
    path.write_bytes(damage)
    with caplog.at_level(logging.ERROR), Store(path) as store:
        after = store.record(anomaly(), outgoing=True).seq
    aside = [found for found in path.parent.iterdir() if ".damaged-" in found.name]
    assert [found.read_bytes() for found in aside] == [damage]
    assert aside[0].name in caplog.text
    assert before is not None
    assert after is not None
    assert after > before


def test_a_damaged_page_is_found_on_opening(path: Path) -> None:
    with Store(path) as store:
        for _ in range(50):
            store.record(anomaly(), outgoing=True)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    with Store(path) as store:
        assert store.events() == ()
    assert any(".damaged-" in found.name for found in path.parent.iterdir())


def test_a_newer_file_is_refused_and_left_alone(path: Path) -> None:
    Store(path).close()
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(ConfigurationError, match="schema 99"):
        Store(path)
    assert path.exists()


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be used"):
        Store(tmp_path / "nowhere" / "s.sqlite")


def test_clip_scores_are_remembered_with_their_verdict(path: Path) -> None:
    with Store(path) as store:
        _remember(store, NOON, 0.5)
        _remember(store, NOON + timedelta(seconds=1), math.nan)
        _remember(store, NOON, 9.0, machine="fan")
        first, second = store.scores.clips("pump", since=NOON - timedelta(seconds=1))
    assert (first.score, first.p_value, first.severity) == (0.5, 0.5, Severity.NORMAL)
    assert (second.score, second.p_value, second.severity) == (None, None, Severity.UNKNOWN)
    assert abs(first.at - NOON) < timedelta(milliseconds=1)


@settings(deadline=None, max_examples=40)
@given(
    scores=st.lists(
        st.tuples(
            st.integers(0, 600),
            st.one_of(st.just(math.nan), st.floats(-5, 5)),
            st.sampled_from(["pump", "fan"]),
        ),
        max_size=40,
        unique_by=lambda row: (row[0], row[2]),
    )
)
def test_thinning_keeps_the_highest_of_every_old_minute_and_all_of_the_young(
    tmp_path_factory: pytest.TempPathFactory,
    scores: list[tuple[int, float, str]],
) -> None:
    begin = NOON.replace(second=0, microsecond=0)
    limit_s = 300
    expected: dict[tuple[str, int], float | None] = {}
    young = 0
    with Store(tmp_path_factory.mktemp("store") / "s.sqlite") as store:
        for second, score, machine in scores:
            _remember(store, begin + timedelta(seconds=second), score, machine)
            if second >= limit_s:
                young += 1
                continue
            best = expected.get((machine, second // 60))
            finite = None if math.isnan(score) else score
            candidates = [found for found in (best, finite) if found is not None]
            expected[machine, second // 60] = max(candidates, default=None)
        removed = store.scores.thin(begin + timedelta(days=7, seconds=limit_s + 30))
        kept = [*store.scores.clips("pump", since=begin), *store.scores.clips("fan", since=begin)]
        assert store.scores.thin(begin + timedelta(days=7, seconds=limit_s + 30)) == 0
    assert removed == len(scores) - len(kept)
    minute = {
        (found.machine, (found.at - begin) // timedelta(minutes=1)): found.score
        for found in kept
        if found.at < begin + timedelta(seconds=limit_s)
    }
    assert minute == expected
    assert len(kept) == len(expected) + young
