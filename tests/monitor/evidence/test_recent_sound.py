from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.monitor.evidence.recent_sound import RecentSound
from tests.support.sounds import BEGAN_AT, blocks, noise

RATE_HZ = 1000
SOUND = noise(20 * RATE_HZ)
positions = st.integers(0, len(SOUND))


def heard(cuts: list[int], *, kept_s: float, keep_from: int | None = None) -> RecentSound:
    recent = RecentSound(kept_s=kept_s)
    for block in blocks(SOUND, sample_rate_hz=RATE_HZ, cuts=cuts, first_sample=500):
        recent.push(block, keep_from=keep_from)
    return recent


@given(st.lists(positions, max_size=30), positions, positions)
def test_a_cut_is_the_very_samples_however_they_came(cuts: list[int], a: int, b: int) -> None:
    begin, end = sorted((a, b))
    cut = heard(cuts, kept_s=100).cut(500 + begin, 500 + end)
    if cut is None:
        assert begin == end
        return
    assert np.array_equal(cut.samples, SOUND[begin:end])
    assert cut.first_sample == 500 + begin
    assert cut.captured_at == BEGAN_AT + timedelta(seconds=(500 + begin) / RATE_HZ)


@pytest.mark.parametrize("odd", [0.3, 1.0, -1.0, 2.0, np.nan, np.inf, -np.inf, 1e-9])
def test_sound_of_16_bits_is_kept_to_the_bit_and_what_is_none_too(odd: float) -> None:
    sound = np.arange(-32_768, 32_768, dtype=np.float32) / np.float32(32_768)
    for samples in (sound, np.append(sound, np.float32(odd))):
        recent = RecentSound(kept_s=100)
        (block,) = blocks(samples, sample_rate_hz=RATE_HZ)
        recent.push(block, keep_from=None)
        cut = recent.cut(0, len(samples))
        assert cut is not None
        np.testing.assert_array_equal(cut.samples, samples)
        assert cut.samples.dtype == np.float32


@given(st.lists(positions, max_size=30), st.floats(0.0, 30.0))
def test_the_last_seconds_are_remembered_and_no_block_that_is_wholly_older(
    cuts: list[int], kept_s: float
) -> None:
    recent = heard(cuts, kept_s=kept_s)
    wanted = max(500, recent.end_sample - round(kept_s * RATE_HZ))
    assert recent.begin_sample <= wanted
    longest = max(np.diff([0, *sorted(cuts), len(SOUND)]))
    assert recent.begin_sample >= wanted - longest


def test_what_is_still_wanted_is_not_forgotten() -> None:
    cuts = list(range(0, len(SOUND), RATE_HZ))
    assert heard(cuts, kept_s=2).begin_sample == 500 + 18 * RATE_HZ
    assert heard(cuts, kept_s=2, keep_from=500 + 5 * RATE_HZ).begin_sample == 500 + 5 * RATE_HZ


def test_a_gap_begins_anew() -> None:
    recent = heard([], kept_s=100)
    (block,) = blocks(SOUND, sample_rate_hz=RATE_HZ, first_sample=recent.end_sample)
    assert not recent.is_continued_by(block)
    recent.push(block, keep_from=None)
    assert recent.begin_sample == block.first_sample
    assert recent.is_continued_by(replace(block, gap_before=False, first_sample=recent.end_sample))


def test_where_nothing_was_heard_there_is_nothing_to_cut() -> None:
    assert RecentSound(kept_s=10).cut(0, 100) is None
