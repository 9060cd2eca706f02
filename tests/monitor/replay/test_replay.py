from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.recordings import Recording
from asd_monitor.models.scorer import Scorer
from asd_monitor.monitor.capture.ring import RingBuffer
from asd_monitor.monitor.events import Clock, Event, EventType
from asd_monitor.monitor.machine import MachineMonitor
from asd_monitor.monitor.replay.replay import (
    ClipRecord,
    ErrorRecord,
    EventRecord,
    FileRecord,
    Record,
    Replay,
)
from asd_monitor.monitor.source import CaptureState, CaptureStatus
from asd_monitor.monitor.store.store import Store
from tests.support.damage import damage_middle
from tests.support.machines import (
    FAULT_FROM_S,
    LENGTH_S,
    RATE_HZ,
    a_pipeline,
    an_identity,
    faulty,
    healthy,
    knowing_bundle,
    knowing_calibration,
    write_session,
)
from tests.support.recording_sink import RecordingSink
from tests.support.replayed import of_kind
from tests.support.sounds import BEGAN_AT, Sound, blocks

STARTED, ENDED = EventType.ANOMALY_STARTED, EventType.ANOMALY_ENDED


def a_replay(*, channel: int | None = None) -> Replay:
    return Replay(knowing_bundle(), knowing_calibration(), an_identity(), channel=channel)


def replayed(*sessions: Sequence[Recording], channel: int | None = None) -> list[Record]:
    replay = a_replay(channel=channel)
    return [record for session in sessions for record in replay.session(session)]


def nameless(event: Event) -> Event:
    """An event without what every telling of it has of its own."""
    return replace(event, event_id="", seq=None)


def comparable(records: Iterable[Record]) -> list[Record]:
    return [
        EventRecord(nameless(record.event)) if isinstance(record, EventRecord) else record
        for record in records
    ]


def events(records: Iterable[Record]) -> list[Event]:
    return [nameless(record.event) for record in of_kind(EventRecord, records)]


def heard_live(
    sound: Sound, writes: Sequence[int], reads: Sequence[int], path: Path
) -> list[Event]:
    """The events of a microphone that hands over ``writes`` samples at a time."""
    sink, ring = RecordingSink(), RingBuffer(30 * RATE_HZ, RATE_HZ)
    healthy_status = CaptureStatus(state=CaptureState.HEALTHY, name="fake")
    write_sizes, read_sizes = cycle(writes), cycle(reads)
    with Store(path) as store:
        monitor = MachineMonitor(
            an_identity(),
            a_pipeline(),
            store=store,
            sinks=[sink],
            outgoing=True,
            clock=lambda: Clock.SYNCED,
            now_s=0.0,
        )
        position = 0
        while position < len(sound):
            part = sound[position : position + next(write_sizes)]
            ring.write(part, captured_at=BEGAN_AT + timedelta(seconds=position / RATE_HZ))
            position += len(part)
            while (block := ring.read(next(read_sizes), timeout_s=0)) is not None:
                monitor.hear(block, now_s=position / RATE_HZ)
            monitor.tick(healthy_status, now_s=position / RATE_HZ)
        monitor.finish(healthy_status, now_s=position / RATE_HZ)
    return sink.events


# Two samples at 16 kHz are a whole number of microseconds, so that dates are equal to the last.
SIZES = st.lists(st.integers(100, 20_000).map(lambda n: 2 * n), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def recorded_fault(tmp_path_factory: pytest.TempPathFactory) -> list[Recording]:
    return write_session(tmp_path_factory.mktemp("fault"), faulty(), lengths_s=[15, 12, 29])


@settings(max_examples=10)
@given(writes=SIZES, reads=SIZES)
def test_replay_gives_the_very_events_of_a_live_run_on_the_same_samples(
    tmp_path_factory: pytest.TempPathFactory,
    recorded_fault: list[Recording],
    writes: list[int],
    reads: list[int],
) -> None:
    store = tmp_path_factory.mktemp("live") / "s.sqlite"
    live = [nameless(event) for event in heard_live(faulty(), writes, reads, store)]
    assert [event.event_type for event in live] == [STARTED, ENDED]
    assert live == events(replayed(recorded_fault))


def test_the_files_of_a_session_are_one_stream(
    recorded_fault: list[Recording], tmp_path: Path
) -> None:
    whole = replayed(write_session(tmp_path, faulty(), lengths_s=[LENGTH_S]))
    parts = replayed(recorded_fault)
    assert events(parts) == events(whole)
    verdicts = [[record.verdict for record in of_kind(ClipRecord, r)] for r in (parts, whole)]
    assert verdicts[0] == verdicts[1]
    assert len(verdicts[0]) == LENGTH_S - 9


def test_a_clip_belongs_to_the_file_in_which_it_begins(recorded_fault: list[Recording]) -> None:
    first, second, third = (str(recording.path) for recording in recorded_fault)
    clips = of_kind(ClipRecord, replayed(recorded_fault))
    assert [(clip.file, clip.start_s) for clip in clips] == [
        *((first, second_) for second_ in range(15)),
        *((second, second_) for second_ in range(12)),
        *((third, second_) for second_ in range(29 - 9)),
    ]
    assert {clip.duration_s for clip in clips} == {10.0}


def test_the_score_of_a_file_pools_all_of_its_windows(recorded_fault: list[Recording]) -> None:
    scorer = Scorer(knowing_bundle())
    cuts = range(RATE_HZ, len(faulty()), RATE_HZ)
    scored = [scorer.push(block) for block in blocks(faulty(), cuts=cuts)] + [scorer.finish()]
    parts = [windows for part in scored for windows in part.windows]
    scores = np.concatenate([windows.score[0] for windows in parts])
    begins = parts[0].hop_samples * np.arange(len(scores))
    files = of_kind(FileRecord, replayed(recorded_fault))
    assert [file.duration_s for file in files] == [15, 12, 29]
    for file, recording in zip(files, recorded_fault, strict=True):
        inside = (begins >= recording.first_sample) & (begins < recording.end_sample)
        assert file.file == str(recording.path)
        assert file.verdict.score == pytest.approx(scores[inside].mean(), rel=1e-12)
    assert [file.verdict.severity for file in files[:2]] == [Severity.NORMAL, Severity.CRITICAL]


def test_an_event_open_at_the_end_closes_there_and_the_next_session_knows_nothing_of_it(
    tmp_path: Path,
) -> None:
    cut_short = write_session(tmp_path, faulty(), session="a", lengths_s=[30])
    after = write_session(tmp_path, healthy(), session="b", lengths_s=[30])
    records = replayed(cut_short, after)
    started, ended = events(records)
    assert (started.event_type, ended.event_type) == (STARTED, ENDED)
    assert ended.ended_at is not None
    assert abs(ended.ended_at - (BEGAN_AT + timedelta(seconds=30))) < timedelta(seconds=1)
    assert [record.event.event_id for record in of_kind(EventRecord, records)] == [
        of_kind(EventRecord, records)[0].event.event_id
    ] * 2
    assert comparable(records)[-22:] == comparable(replayed(after))


def test_a_damaged_file_is_one_error_and_the_others_are_judged_as_without_it(
    tmp_path: Path,
) -> None:
    before = write_session(tmp_path, faulty(), session="a", lengths_s=[LENGTH_S])
    damaged = write_session(tmp_path, healthy(), session="b", lengths_s=[20])
    after = write_session(tmp_path, faulty(), session="c", lengths_s=[LENGTH_S])
    damage_middle(damaged[0].path)
    records = replayed(before, damaged, after)
    (error,) = of_kind(ErrorRecord, records)
    assert error.file == str(damaged[0].path)
    assert "damaged" in error.message
    others = [
        record
        for record in comparable(records)
        if isinstance(record, EventRecord) or record.file != error.file
    ]
    assert others == comparable(replayed(before, after))
    assert len(events(others)) == 4


def test_damage_within_a_session_ends_it_and_what_follows_is_another(tmp_path: Path) -> None:
    session = write_session(tmp_path, faulty(), lengths_s=[15, 12, 29])
    clean = replayed(session)
    damage_middle(session[1].path)
    records = replayed(session)
    assert [error.file for error in of_kind(ErrorRecord, records)] == [str(session[1].path)]
    files = of_kind(FileRecord, records)
    assert files == [of_kind(FileRecord, clean)[0], *of_kind(FileRecord, replayed(session[2:]))]
    after = [clip for clip in of_kind(ClipRecord, records) if clip.file == str(session[2].path)]
    assert after == of_kind(ClipRecord, replayed(session[2:]))
    assert after[0].start_s == 0


def test_a_file_without_the_channel_is_an_error(recorded_fault: list[Recording]) -> None:
    records = replayed(recorded_fault, channel=1)
    assert [error.file for error in of_kind(ErrorRecord, records)] == [
        str(recording.path) for recording in recorded_fault
    ]
    assert len(records) == len(recorded_fault)


@pytest.mark.parametrize("lengths_s", [[15], [15, 15, 15], [15, 5], [5, 15], [2, 2]])
def test_a_file_of_silence_is_never_normal(tmp_path: Path, lengths_s: list[int]) -> None:
    """The last file is silent, the others are not."""
    sound = healthy()[: sum(lengths_s) * RATE_HZ].copy()
    sound[-lengths_s[-1] * RATE_HZ :] = 0
    session = write_session(tmp_path, sound, lengths_s=lengths_s)
    assert of_kind(FileRecord, replayed(session))[-1].verdict.severity is Severity.UNKNOWN


def test_a_recording_shorter_than_a_clip_is_one_short_clip(tmp_path: Path) -> None:
    records = replayed(write_session(tmp_path, healthy(), lengths_s=[6]))
    (clip,) = of_kind(ClipRecord, records)
    (file,) = of_kind(FileRecord, records)
    assert (clip.duration_s, clip.verdict.severity) == (6.0, Severity.NORMAL)
    assert file.verdict.score == clip.verdict.score


def test_every_block_is_announced_before_it_is_judged(recorded_fault: list[Recording]) -> None:
    announced: list[AudioBlock] = []
    replay = Replay(
        knowing_bundle(),
        knowing_calibration(),
        an_identity(),
        channel=None,
        block_s=0.5,
        before_block=announced.append,
    )
    ends_s = [
        announced[-1].first_sample / RATE_HZ + 0.5
        for record in replay.session(recorded_fault)
        if isinstance(record, ClipRecord)
    ]
    assert ends_s == [10 + index for index in range(LENGTH_S - 9)]
    assert sum(len(block.samples) for block in announced) == len(faulty())
    assert {len(block.samples) for block in announced} == {RATE_HZ // 2}


@pytest.mark.parametrize("block_s", [0.3, 1.0, 7.0])
def test_how_much_is_judged_at_a_time_changes_no_record(
    recorded_fault: list[Recording], block_s: float
) -> None:
    replay = Replay(
        knowing_bundle(), knowing_calibration(), an_identity(), channel=None, block_s=block_s
    )
    told = list(map(without_id, replay.session(recorded_fault)))
    assert told == list(map(without_id, replayed(recorded_fault)))


def without_id(record: Record) -> Record:
    if not isinstance(record, EventRecord):
        return record
    return EventRecord(replace(record.event, event_id=""))


def test_no_recordings_are_no_records() -> None:
    assert replayed([]) == []


def test_onset_and_detection_are_in_time(recorded_fault: list[Recording]) -> None:
    started, _ = events(replayed(recorded_fault))
    onset = BEGAN_AT + timedelta(seconds=FAULT_FROM_S)
    assert abs(started.started_at - onset) < timedelta(seconds=3)
    assert timedelta(0) < started.detected_at - onset < timedelta(seconds=15)
