import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from asd_monitor.calibrate.trend import Trend
from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.events import Event, EventType, close_event, open_event
from asd_monitor.monitor.store.store import FILE_NAME, Store
from tests.support.alarms import anomaly
from tests.support.called import Caller
from tests.support.command_line import complaint


@pytest.fixture
def ended(tmp_path: Path) -> Event:
    """An anomaly of the pump, two days ago; there is an older one, sixty days ago."""
    now = utc_now()
    with Store(tmp_path / FILE_NAME) as store:
        store.record(anomaly(detected_at=now - timedelta(days=60)), outgoing=False)
        begun = store.record(anomaly(detected_at=now - timedelta(days=2)), outgoing=False)
        end = begun.started_at + timedelta(minutes=5)
        return store.record(close_event(begun, ended_at=end, peak_score=3.5), outgoing=False)


@pytest.fixture
def loss(ended: Event, tmp_path: Path) -> Event:
    """A loss of capture of the fan, which lasts."""
    now = utc_now()
    lost = open_event(
        node="hall",
        machine="fan",
        started_at=now - timedelta(hours=2),
        detected_at=now - timedelta(hours=2),
        event_type=EventType.CAPTURE_LOST,
    )
    assert not ended.is_open
    with Store(tmp_path / FILE_NAME) as store:
        return store.record(lost, outgoing=False)


def ids(call: Caller, *arguments: object) -> list[str]:
    lines = call("events", "list", "--json", *arguments).stdout.splitlines()
    return [json.loads(line)["event_id"] for line in lines]


def test_events_are_listed_by_time_and_machine(call: Caller, ended: Event, loss: Event) -> None:
    assert ids(call) == [ended.event_id, loss.event_id]
    assert ids(call, "--machine", "fan") == [loss.event_id]
    assert ids(call, "--since", "1d") == [loss.event_id]
    assert len(ids(call, "--since", "90d")) == 3


def test_a_list_is_a_line_each_with_ids_that_can_be_copied(
    call: Caller, ended: Event, loss: Event
) -> None:
    outcome = call("events")
    assert outcome == call("events", "list")
    _, first, second = outcome.stdout.splitlines()
    assert first.startswith(ended.event_id)
    assert "pump" in first
    assert "5.0 min" in first
    assert second.startswith(loss.event_id)
    assert "open, 2.0 h" in second


def test_where_nothing_happened_that_is_said(call: Caller, ended: Event) -> None:
    assert ended.machine == "pump"
    outcome = call("events", "--machine", "fan")
    assert (outcome.code, outcome.stdout) == (0, "")
    assert outcome.stderr.startswith("no events since 2")


def test_an_event_is_told_in_words(call: Caller, ended: Event) -> None:
    told = call("events", "show", ended.event_id[:10].lower()).stdout
    assert told.startswith(f"Event {ended.event_id}: pump sounded wrong\n")
    for words in (
        "for 5.0 min, from",
        "8.5 s after it began",
        "score 2.5, at its worst 3.5; an alarm opens above 1.25",
        "Of 500 normal clips at most one scores so high",
        "1.0-1.5 kHz (75%)",
        "nothing yet",
    ):
        assert words in told


def test_how_the_score_went_before_is_told_in_words(call: Caller, ended: Event) -> None:
    told = replace(ended, trend=Trend.RISING)
    with Store(call.data / FILE_NAME) as store:
        store.record(told, outgoing=False)
    shown = call("events", "show", ended.event_id).stdout
    assert "in the hours up to it the score had been rising" in shown


def test_a_loss_of_capture_is_told_without_scores(call: Caller, loss: Event) -> None:
    told = call("events", "show", loss.event_id).stdout
    assert "fan not heard" in told
    assert "has not ended" in told
    assert "None" not in told
    assert "score" not in told


def test_an_opinion_is_given_shown_and_taken_back(call: Caller, ended: Event) -> None:
    marking = call("events", "mark", ended.event_id, "false-alarm", "--note", 'a "new" bearing')
    assert (marking.code, marking.stdout) == (0, "")
    assert 'false-alarm ("a "new" bearing"), on 2' in call("events", "show", ended.event_id).stdout
    assert "false-alarm" in call("events").stdout
    assert call("events", "mark", ended.event_id, "clear").code == 0
    assert "nothing yet" in call("events", "show", ended.event_id).stdout


def test_an_event_is_acknowledged(call: Caller, ended: Event) -> None:
    assert call("events", "ack", ended.event_id).code == 0
    assert "seen on 2" in call("events", "show", ended.event_id).stdout
    assert call("events").stdout.splitlines()[1].rstrip().endswith("seen")


def test_an_export_has_every_event_and_what_people_say_of_it(
    call: Caller, ended: Event, loss: Event
) -> None:
    call("events", "mark", ended.event_id, "true-alarm", "--note", "cracked, badly")
    table = list(csv.DictReader(io.StringIO(call("events", "export", "--csv").stdout)))
    objects = [json.loads(line) for line in call("events", "export", "--json").stdout.splitlines()]
    assert [row["event_id"] for row in table] == [ended.event_id, loss.event_id]
    assert [each["event_id"] for each in objects] == [ended.event_id, loss.event_id]
    first, second = table
    assert (first["opinion"], first["note"]) == ("true-alarm", "cracked, badly")
    assert (first["bands"], first["peak_score"]) == ("1000-1500:0.75", "3.5")
    assert second["ended_at"] == second["score"] == second["opinion"] == ""
    (band,) = objects[0]["bands"]
    assert (band["low_hz"], band["high_hz"], band["share"]) == (1000.0, 1500.0, 0.75)
    assert objects[1]["score"] is None
    assert not {"published_at", "replayed"} & first.keys()


def test_an_export_of_nothing_is_empty(call: Caller, ended: Event) -> None:
    assert ended.machine == "pump"
    for form in ("--csv", "--json"):
        assert call("events", "export", form, "--machine", "fan").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export",), "--csv or --json"),
        (("show", "ZZZ"), "there is no event 'ZZZ'"),
        (("show", ""), "there is no event ''"),
        (("show", "0"), "2 events begin with '0'"),
        (("ack", "ZZZ"), "there is no event 'ZZZ'"),
        (("mark", "ZZZ", "maybe"), "'false-alarm', 'true-alarm', 'clear'"),
        (("mark", "0", "clear", "--note", "x"), "--note goes with an opinion"),
        (("list", "--since", "yesterday"), "not a duration"),
        (("list", "--machine", "Pump 2"), "may only have"),
        (("frobnicate",), "frobnicate"),
    ],
)
def test_wrong_use_is_one_sentence(
    arguments: tuple[str, ...], said: str, call: Caller, ended: Event
) -> None:
    assert ended.machine == "pump"
    assert said in complaint(call("events", *arguments), code=2)


@pytest.mark.parametrize("arguments", [("events",), ("events", "show", "0"), ("status",)])
def test_without_a_store_it_says_so_and_makes_none(
    arguments: tuple[str, ...], call: Caller
) -> None:
    assert "nothing has listened" in complaint(call(*arguments), code=78)
    assert list(call.data.iterdir()) == []


def test_a_store_that_another_program_holds_is_said_to_be_so(
    call: Caller, ended: Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("asd_monitor.monitor.store.database_file._BUSY_TIMEOUT_S", 0.0)
    with Store(tmp_path / FILE_NAME) as holder, holder._database.transaction():
        assert "try again" in complaint(call("events", "ack", ended.event_id), code=1)
    assert call("events", "ack", ended.event_id).code == 0
