"""The clip of an event is cut to the sample."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from asd_monitor.monitor.config import EvidenceConfig
from asd_monitor.monitor.events import Kept
from asd_monitor.monitor.outcome import Outcome
from tests.support.alarms import anomaly
from tests.support.bundles import tiny_bundle
from tests.support.clip_scores import a_calibration
from tests.support.machines import FAULT_FROM_S, FAULT_UNTIL_S, RATE_HZ, faulty
from tests.support.sounds import Sound, blocks, noise
from tests.support.takes import Collector, a_recorder, takes_of_the_fault

DEVICE_HZ = 44_100
SETTINGS = EvidenceConfig(pre_roll_s=4.0, post_roll_s=2.0, max_clip_s=20.0)
NOTHING = Outcome()


class Listening:
    """A recorder that hears noise at the rate of a sound card, in blocks of a second."""

    def __init__(self, settings: EvidenceConfig = SETTINGS) -> None:
        self.collector = Collector()
        self.recorder = a_recorder(self.collector, settings)
        self.sound: Sound = noise(120 * DEVICE_HZ)
        self.n_heard = 0

    def hear(self, seconds: int, *, after_gap: bool = False) -> None:
        for index in range(seconds):
            begin = self.n_heard
            part = self.sound[begin : begin + DEVICE_HZ]
            (block,) = blocks(part, sample_rate_hz=DEVICE_HZ, first_sample=begin)
            is_new = begin == 0 or (after_gap and index == 0)
            self.recorder.hear(replace(block, gap_before=is_new), NOTHING)
            self.n_heard += DEVICE_HZ

    def begin(self, at_s: float) -> None:
        self.recorder.begin(anomaly(), started_sample=round(at_s * RATE_HZ))

    def end(self, at_s: float) -> None:
        self.recorder.end(anomaly(), ended_sample=round(at_s * RATE_HZ))

    @property
    def spans_s(self) -> list[tuple[float, float]]:
        """Beginning and end of each take, after a look whether its samples are the true ones."""
        found = []
        for take in self.collector.takes:
            begin = take.sound.first_sample
            end = begin + len(take.sound.samples)
            assert np.array_equal(take.sound.samples, self.sound[begin:end])
            found.append((begin / DEVICE_HZ, end / DEVICE_HZ))
        return found


@pytest.fixture
def room() -> Listening:
    return Listening()


def test_a_clip_goes_from_pre_roll_to_post_roll_by_sample_count(room: Listening) -> None:
    room.hear(20)
    room.begin(12.5)
    room.hear(7)
    room.end(25.25)
    room.hear(1)
    assert room.spans_s == [(8.5, 21.0), (8.5, 27.25)]
    first, last = room.collector.takes
    assert (first.onset_s, first.ended_s) == (4.0, None)
    assert (last.onset_s, last.ended_s) == (4.0, 16.75)


def test_the_end_is_waited_for_where_it_is_told_before_the_post_roll_was_heard(
    room: Listening,
) -> None:
    room.hear(20)
    room.begin(15.0)
    room.hear(3)
    room.end(22.5)
    room.hear(1)
    assert len(room.collector.takes) == 1
    room.hear(2)
    assert room.spans_s[1] == (11.0, 24.5)


def test_a_long_event_is_complete_while_it_lasts_and_takes_no_more_memory(room: Listening) -> None:
    room.hear(30)
    room.begin(28.0)
    room.hear(60)
    assert room.spans_s == [(24.0, 31.0), (24.0, 44.0)]
    room.end(89.0)
    room.hear(3)
    assert len(room.collector.takes) == 2


def test_no_post_roll_makes_a_clip_longer_than_it_may_be(room: Listening) -> None:
    room.hear(30)
    room.begin(28.0)
    room.hear(12)
    room.end(43.0)
    room.hear(4)
    assert room.spans_s[-1] == (24.0, 44.0)
    assert room.collector.takes[-1].ended_s == 19.0


def test_no_clip_begins_before_its_session(room: Listening) -> None:
    room.hear(10)
    room.hear(10, after_gap=True)
    room.begin(12.0)
    room.hear(1)
    assert room.spans_s == [(10.0, 21.0)]
    assert room.collector.takes[0].onset_s == 2.0


def test_no_clip_spans_a_gap(room: Listening) -> None:
    room.hear(20)
    room.begin(18.0)
    room.hear(5)
    room.hear(5, after_gap=True)
    assert room.spans_s == [(14.0, 21.0), (14.0, 25.0)]


def test_an_event_that_began_before_all_memory_has_the_sound_there_is(room: Listening) -> None:
    """A lasting shift is noticed hours after it began."""
    room.hear(100)
    room.begin(5.0)
    room.hear(5)
    assert room.spans_s == [(90.0, 101.0)]
    assert room.collector.takes[0].onset_s == -85.0
    room.hear(5)
    assert room.spans_s[-1] == (90.0, 110.0)


def test_who_stops_listening_keeps_what_there_is(room: Listening) -> None:
    room.hear(20)
    room.begin(18.0)
    room.hear(3)
    room.recorder.leave()
    assert room.spans_s[-1] == (14.0, 23.0)
    room.recorder.leave()
    assert len(room.collector.takes) == 2


def test_a_second_event_completes_the_first(room: Listening) -> None:
    room.hear(20)
    room.begin(15.0)
    room.hear(1)
    room.end(20.9)
    room.begin(21.0)
    room.hear(1)
    assert room.spans_s == [(11.0, 21.0), (11.0, 21.0), (17.0, 22.0)]


def test_an_event_of_an_earlier_process_has_no_clip_to_complete(room: Listening) -> None:
    room.hear(20)
    room.end(15.0)
    room.hear(5)
    assert room.collector.takes == []


def test_an_event_goes_on_when_another_model_takes_over(room: Listening) -> None:
    room.hear(20)
    room.begin(15.0)
    room.hear(1)
    room.recorder.judge_with(tiny_bundle(seed=7), a_calibration())
    room.hear(1)
    room.end(20.0)
    room.hear(1)
    assert room.spans_s == [(11.0, 21.0), (11.0, 22.0)]
    assert room.collector.takes[-1].calibration == a_calibration()


def test_an_event_that_ends_says_what_is_kept_of_it_by_now(room: Listening) -> None:
    room.hear(20)
    room.begin(15.0)
    event = anomaly()
    kept = Kept(clip="a.flac", spectrogram="a.png", pre_roll_s=4.0)
    room.collector.by_event[event.event_id] = kept
    ended = room.recorder.end(event, ended_sample=18 * RATE_HZ)
    assert (ended.clip, ended.spectrogram, ended.pre_roll_s) == ("a.flac", "a.png", 4.0)


def test_the_fault_lies_where_its_event_says() -> None:
    first, last = takes_of_the_fault()
    for take in (first, last):
        begin = take.sound.first_sample
        samples = faulty()[begin : begin + len(take.sound.samples)]
        assert np.array_equal(take.sound.samples, samples)
        assert take.onset_s == pytest.approx(10.0)
        assert begin / RATE_HZ + take.onset_s == pytest.approx(FAULT_FROM_S, abs=3)
        since_clip = take.event.started_at - take.sound.captured_at
        assert since_clip == timedelta(seconds=take.onset_s)
    assert last.ended_s is not None
    assert last.sound.first_sample / RATE_HZ + last.ended_s == pytest.approx(FAULT_UNTIL_S, abs=3)
    assert last.duration_s == pytest.approx(last.ended_s + 5.0)


def test_the_scores_are_those_of_the_clip() -> None:
    _, take = takes_of_the_fault()
    assert len(take.windows.at_s) == pytest.approx(take.duration_s * RATE_HZ / 512, abs=6)
    assert 0 <= take.windows.at_s[0] < take.windows.at_s[-1] <= take.duration_s
    assert take.clips.score.max() == take.event.peak_score
    in_fault = take.windows.score[
        (take.windows.at_s > take.onset_s) & (take.windows.at_s < (take.ended_s or 0))
    ]
    before = take.windows.score[take.windows.at_s < take.onset_s]
    assert in_fault.mean() > before.mean() + 0.5
