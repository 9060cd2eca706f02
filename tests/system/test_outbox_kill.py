"""A monitor that is killed at any moment loses nothing that it has said to be recorded."""

import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from asd_monitor.monitor.store.store import Store

ROUNDS = 20
LONGEST_LIFE_S = 0.03

_WRITER = """
import sys
from pathlib import Path
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import anomaly

with Store(Path(sys.argv[1])) as store:
    while True:
        recorded = store.record(anomaly(), outgoing=True)
        print(recorded.seq, recorded.event_id, flush=True)
"""


def _write_until_killed(path: Path, life_s: float) -> list[tuple[int, str]]:
    command = [sys.executable, "-c", _WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        assert first, "the writer died by itself"
        # The moment of the kill has to be any; there is nothing to wait for.
        time.sleep(life_s)
        child.send_signal(signal.SIGKILL)
        said = first + child.stdout.read()
    assert child.returncode == -signal.SIGKILL
    lines = [line.split() for line in said.splitlines(keepends=True) if line.endswith("\n")]
    return [(int(seq), event_id) for seq, event_id in lines]


def _seqs_waiting(store: Store) -> dict[str, int]:
    payloads = [json.loads(found.message.payload) for found in store.outbox.pending(limit=100_000)]
    return {payload["event_id"]: payload["seq"] for payload in payloads}


@pytest.mark.system
def test_what_was_committed_is_there_with_its_message(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    moments = random.Random(20)  # noqa: S311 - nothing secret
    committed: dict[str, int] = {}
    for _ in range(ROUNDS):
        said = _write_until_killed(path, moments.uniform(0, LONGEST_LIFE_S))
        highest = max(committed.values(), default=0)
        assert said[0][0] > highest, "a number was given again"
        assert [seq for seq, _ in said] == list(range(said[0][0], said[0][0] + len(said)))
        committed |= {event_id: seq for seq, event_id in said}
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    with Store(path) as store:
        recorded = {event.event_id: event.seq for event in store.events()}
        waiting = _seqs_waiting(store)
    assert committed.items() <= recorded.items()
    assert waiting == recorded
    assert sorted(waiting.values()) == list(range(1, len(recorded) + 1))
    assert list(tmp_path.glob("*.damaged-*")) == []
