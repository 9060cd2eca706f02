import pytest

from asd_monitor.calibrate.verdict import Severity, Verdict
from asd_monitor.monitor.cli.records import Tally, as_json, as_text
from asd_monitor.monitor.events import Origin, close_event
from asd_monitor.monitor.replay.replay import ErrorRecord, EventRecord, FileRecord, Record
from tests.support.alarms import NOON, anomaly


def file_record(
    severity: Severity, *, score: float | None = 1.5, reason: str | None = None
) -> FileRecord:
    verdict = Verdict(severity, reason, score, threshold=2.0, p_value=None)
    return FileRecord(file="a.wav", duration_s=60.0, verdict=verdict)


def tally_of(*records: Record) -> Tally:
    tally = Tally()
    for record in records:
        tally.count(record)
    return tally


@pytest.mark.parametrize(
    ("records", "line"),
    [
        ([], "0 files (none), 0.0 s judged; 0 of 0 clips critical; 0 events"),
        (
            [ErrorRecord("a.wav", "a.wav is empty.")],
            "1 file (1 unreadable), 0.0 s judged; 0 of 0 clips critical; 0 events",
        ),
        (
            [file_record(Severity.NORMAL), file_record(Severity.UNKNOWN)],
            "2 files (1 normal, 1 unknown), 2.0 min judged; 0 of 0 clips critical; 0 events",
        ),
    ],
)
def test_the_summary_is_a_sentence_whatever_was_found(records: list[Record], line: str) -> None:
    assert tally_of(*records).as_text() == line


def test_an_event_is_counted_once_though_it_is_told_twice() -> None:
    begun = anomaly()
    ended = close_event(begun, ended_at=NOON)
    tally = tally_of(EventRecord(begun), EventRecord(ended))
    assert tally.as_text().endswith("; 1 event")
    assert tally.as_json()["events"] == 1


def test_a_file_without_a_score_says_so_and_shows_no_number() -> None:
    record = file_record(Severity.UNKNOWN, score=None)
    assert as_text(record) == "unknown    no score  a.wav"
    assert as_json(record)["score"] is None


def test_a_file_that_cannot_be_judged_says_why() -> None:
    record = file_record(Severity.UNKNOWN, reason="level_shift")
    assert as_text(record) == "unknown      1.5000  a.wav (level_shift)"
    assert as_json(record)["reason"] == "level_shift"


def test_an_event_keeps_the_fields_of_its_message() -> None:
    fields = as_json(EventRecord(anomaly()))
    assert fields["type"] == "event"
    assert fields["event_type"] == "anomaly_started"
    assert fields["source"] in set(Origin)
