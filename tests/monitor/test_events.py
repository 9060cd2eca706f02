from dataclasses import replace
from datetime import timedelta

import pytest
from ulid import ULID

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.events import Band, EventType, close_event, open_event
from tests.support.alarms import NOON, anomaly


def test_an_event_keeps_its_id_from_start_to_end() -> None:
    event = anomaly()
    assert close_event(event, ended_at=NOON).event_id == event.event_id


def test_every_event_has_another_id_that_tells_its_time() -> None:
    ids = {anomaly().event_id for _ in range(100)}
    assert len(ids) == 100
    assert all(abs(ULID.from_str(text).datetime - NOON) < timedelta(seconds=1) for text in ids)


def test_a_beginning_is_open_and_its_peak_is_the_clip_that_decided() -> None:
    event = anomaly()
    assert event.is_open
    assert event.event_type is EventType.ANOMALY_STARTED
    assert event.severity is Severity.CRITICAL
    assert (event.peak_score, event.peak_at) == (2.5, NOON)
    assert event.seq is None


def test_an_end_tells_duration_and_peak_and_leaves_the_rest() -> None:
    event = anomaly()
    peak_at = NOON + timedelta(seconds=5)
    bands = (Band(50.0, 100.0, 1.0),)
    ended = close_event(
        event, ended_at=NOON + timedelta(seconds=20), peak_at=peak_at, peak_score=9.0, bands=bands
    )
    assert ended == replace(
        event,
        event_type=EventType.ANOMALY_ENDED,
        ended_at=NOON + timedelta(seconds=20),
        duration_s=28.5,
        peak_at=peak_at,
        peak_score=9.0,
        bands=bands,
    )


def test_an_end_is_a_transition_without_a_number_yet() -> None:
    assert close_event(replace(anomaly(), seq=3), ended_at=NOON).seq is None


def test_an_end_estimated_before_the_onset_counts_as_the_onset() -> None:
    event = anomaly()
    ended = close_event(event, ended_at=event.started_at - timedelta(seconds=1))
    assert (ended.ended_at, ended.duration_s) == (event.started_at, 0.0)


def test_an_event_ends_once() -> None:
    with pytest.raises(ValueError, match="ended already"):
        close_event(close_event(anomaly(), ended_at=NOON), ended_at=NOON)


def test_a_loss_of_capture_is_unknown_and_ends_as_restored() -> None:
    lost = open_event(
        node="hall",
        machine="pump",
        started_at=NOON,
        detected_at=NOON,
        event_type=EventType.CAPTURE_LOST,
    )
    assert lost.severity is Severity.UNKNOWN
    assert (lost.score, lost.peak_at) == (None, None)
    assert close_event(lost, ended_at=NOON).event_type is EventType.CAPTURE_RESTORED


def test_an_ending_does_not_begin_an_event() -> None:
    with pytest.raises(ValueError, match="does not begin"):
        open_event(
            node="hall",
            machine="pump",
            started_at=NOON,
            detected_at=NOON,
            event_type=EventType.ANOMALY_ENDED,
        )
