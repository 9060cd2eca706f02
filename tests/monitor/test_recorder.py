import itertools
import threading
from collections.abc import Generator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.recordings import group_sessions, open_recording, read_session
from asd_monitor.monitor.recorder import (
    CLIP_S,
    RecordingProgress,
    cut_sessions,
    file_name,
    level_dbfs,
    record,
    take,
)
from asd_monitor.monitor.source import CaptureState, CaptureStatus

BEGINNING = datetime(2025, 1, 1, 12, 30, 15, 250_000, tzinfo=UTC)


def stream(lengths_and_gaps: list[tuple[int, int]], rate_hz: int = 10) -> Iterator[AudioBlock]:
    """Blocks whose samples tell their position, each after a gap of so many samples."""
    position = 0
    for index, (length, gap) in enumerate(lengths_and_gaps):
        position += gap
        yield AudioBlock(
            samples=np.arange(position, position + length, dtype=np.float32),
            sample_rate_hz=rate_hz,
            first_sample=position,
            captured_at=BEGINNING + timedelta(seconds=position / rate_hz),
            gap_before=index == 0 or gap > 0,
        )
        position += length


@given(
    st.lists(
        st.tuples(st.integers(1, 250), st.sampled_from([0, 0, 0, 40])), min_size=1, max_size=12
    )
)
def test_clips_hold_every_sample_once_and_never_span_a_gap(layout: list[tuple[int, int]]) -> None:
    blocks = list(stream(layout))
    ids = (f"session-{n}" for n in itertools.count())
    clips = list(cut_sessions(iter(blocks), lambda: next(ids)))
    np.testing.assert_array_equal(
        np.concatenate([clip.samples for clip in clips]),
        np.concatenate([block.samples for block in blocks]),
    )
    for clip in clips:
        positions = np.arange(clip.first_sample, clip.first_sample + len(clip.samples))
        np.testing.assert_array_equal(clip.samples, positions)
        assert abs(clip.recorded_at - BEGINNING - timedelta(seconds=clip.first_sample / 10)) < (
            timedelta(microseconds=5)
        )
    assert len({clip.session for clip in clips}) == sum(block.gap_before for block in blocks)
    for clip, after in itertools.pairwise(clips):
        whole = len(clip.samples) == CLIP_S * 10
        assert whole or after.session != clip.session
        assert len(clip.samples) <= CLIP_S * 10


@given(
    st.lists(st.tuples(st.integers(1, 30), st.just(0)), min_size=1, max_size=10),
    st.integers(1, 200),
)
def test_no_more_is_taken_than_was_asked(layout: list[tuple[int, int]], n_wanted: int) -> None:
    taken = list(take(stream(layout), duration_s=n_wanted / 10, on_progress=lambda _: None))
    n_there = sum(length for length, _ in layout)
    assert sum(len(block.samples) for block in taken) == min(n_wanted, n_there)


class Scripted:
    """A source that yields what it is given and notes that it was let go."""

    kind: ClassVar[str] = "scripted"
    status = CaptureStatus(state=CaptureState.HEALTHY, name="scripted")

    def __init__(self, blocks: list[AudioBlock | None]) -> None:
        self._blocks = blocks
        self.released = False

    def blocks(self, stop: threading.Event) -> Generator[AudioBlock | None, None, None]:
        try:
            for block in self._blocks:
                if stop.is_set():
                    return
                yield block
        finally:
            self.released = True


def tone_blocks(gaps: list[int], rate_hz: int = 8000) -> list[AudioBlock | None]:
    position, blocks = 0, []
    for index, gap in enumerate(gaps):
        position += gap
        samples = (np.round(8192 * np.sin(np.arange(rate_hz) / 7)) / 32_768).astype(np.float32)
        blocks.append(
            AudioBlock(
                samples=samples,
                sample_rate_hz=rate_hz,
                first_sample=position,
                captured_at=BEGINNING + timedelta(seconds=position / rate_hz),
                gap_before=index == 0 or gap > 0,
            )
        )
        position += rate_hz
    return [*blocks]


@pytest.mark.parametrize("suffix", [".flac", ".wav"])
def test_what_was_recorded_reads_back_as_the_same_sessions(tmp_path: Path, suffix: str) -> None:
    blocks = tone_blocks([0] * 12 + [500] + [0] * 4)
    source = Scripted(blocks)
    folder = tmp_path / "not" / "there" / "yet"
    summary = record(source, folder, duration_s=60, stop=threading.Event(), suffix=suffix)
    assert source.released
    assert (len(summary.files), summary.sessions, summary.recorded_s) == (3, 2, 17.0)
    assert sorted(folder.iterdir()) == sorted(summary.files)
    sessions = group_sessions([open_recording(path) for path in summary.files])
    read = [list(read_session(session, channel=None)) for session in sessions]
    assert [blocks_read[0].first_sample for blocks_read in read] == [0, 96_500]
    np.testing.assert_array_equal(
        np.concatenate([block.samples for blocks_read in read for block in blocks_read]),
        np.concatenate([block.samples for block in blocks if block is not None]),
    )
    assert open_recording(summary.files[0]).recorded_at == BEGINNING


def test_recording_ends_at_its_duration_and_lets_the_source_go(tmp_path: Path) -> None:
    source = Scripted(tone_blocks([0] * 30))
    summary = record(source, tmp_path, duration_s=12.5, stop=threading.Event())
    assert summary.recorded_s == 12.5
    assert source.released


def test_stopping_early_keeps_what_was_heard(tmp_path: Path) -> None:
    stop = threading.Event()

    def stop_after_three(progress: RecordingProgress) -> None:
        if progress.recorded_s >= 3:
            stop.set()

    source = Scripted(tone_blocks([0] * 30))
    summary = record(source, tmp_path, duration_s=60, stop=stop, on_progress=stop_after_three)
    assert summary.recorded_s == 3
    assert len(summary.files) == 1


def test_progress_tells_the_level_and_that_nothing_arrives(tmp_path: Path) -> None:
    told: list[RecordingProgress] = []
    source = Scripted([None, *tone_blocks([0]), None])
    record(source, tmp_path, duration_s=5, stop=threading.Event(), on_progress=told.append)
    assert [progress.level_dbfs is None for progress in told] == [True, False, True]
    assert told[1].level_dbfs == pytest.approx(20 * np.log10(0.25 / np.sqrt(2)), abs=0.1)


def test_a_clock_that_was_set_back_costs_no_recording(tmp_path: Path) -> None:
    for _ in range(2):
        record(Scripted(tone_blocks([0])), tmp_path, duration_s=1, stop=threading.Event())
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "20250101T123015.250Z.flac",
        "20250101T123015.251Z.flac",
    ]


def test_names_are_utc_whatever_the_zone() -> None:
    elsewhere = BEGINNING.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert file_name(elsewhere, ".wav") == "20250101T123015.250Z.wav"


def test_digital_silence_has_a_finite_level() -> None:
    (block,) = tone_blocks([0])
    assert block is not None
    silent = replace(block, samples=np.zeros_like(block.samples))
    assert np.isfinite(level_dbfs(silent))
