from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asd_monitor.models.quality import (
    FULL_SCALE,
    LEVEL_FLOOR_DBFS,
    OVERLOAD_RUN,
    SILENCE_STEP,
    STUCK_RUN_S,
    QualityMeter,
    SlotQuality,
    flags,
    merge,
)
from asd_monitor.models.scores import Quality
from tests.support.sounds import Sound, clicks, hum, noise

RATE_HZ = 16_000
SECONDS = 10 * RATE_HZ


def meter(sound: Sound, cuts: list[int] | None = None) -> list[SlotQuality]:
    quality = QualityMeter(RATE_HZ)
    parts = np.split(sound, sorted(cuts or []))
    return [slot for part in parts for slot in quality.push(part)] + quality.finish()


def faults(sound: Sound) -> frozenset[Quality]:
    return flags(merge(meter(sound)))


def as_16_bit(sound: Sound) -> Sound:
    return (np.clip(np.rint(sound * 32768), -32768, 32767) / 32768).astype(np.float32)


@pytest.mark.parametrize(
    "sound",
    [
        as_16_bit(noise(SECONDS, rms=0.0005)),
        as_16_bit(noise(SECONDS, rms=0.2)),
        as_16_bit(hum(SECONDS)),
        as_16_bit(noise(SECONDS, rms=0.001) + clicks(SECONDS, every=4_000, amplitude=1.0)),
        as_16_bit(noise(SECONDS, rms=0.02) + np.float32(0.005)),
    ],
    ids=["quiet", "loud", "hum", "clicks up to full scale", "usual offset"],
)
def test_sound_of_a_working_microphone_has_no_fault(sound: Sound) -> None:
    assert faults(sound) == frozenset()


@pytest.mark.parametrize(
    ("sound", "fault"),
    [
        (np.zeros(SECONDS, dtype=np.float32), Quality.SILENCE),
        (as_16_bit(noise(SECONDS, rms=0.2 / 32768)), Quality.SILENCE),
        (np.full(SECONDS, 0.25, dtype=np.float32), Quality.STUCK),
        (np.full(SECONDS, -1 / 32768, dtype=np.float32), Quality.SILENCE),
        (noise(SECONDS, rms=0.02) + np.float32(0.3), Quality.DC_OFFSET),
        (np.clip(noise(SECONDS, rms=0.8), -1, 1), Quality.OVERLOAD),
    ],
    ids=["zeros", "under one step", "stuck", "one step beside zero", "offset", "clipped"],
)
def test_a_fault_is_named_alone(sound: Sound, fault: Quality) -> None:
    assert faults(sound) == {fault}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_sample_that_is_no_number_is_enough(value: float) -> None:
    sound = noise(SECONDS)
    sound[77_777] = value
    assert faults(sound) == {Quality.NOT_FINITE}


def test_without_any_number_there_is_no_level() -> None:
    slots = meter(np.full(SECONDS, np.nan, dtype=np.float32))
    assert flags(merge(slots)) == {Quality.NOT_FINITE}
    assert merge(slots).level_dbfs == LEVEL_FLOOR_DBFS


@pytest.mark.parametrize(("held_s", "value"), [(0.2, 0.02), (1.0, 0.0)])
def test_a_fault_within_good_sound_is_found_wherever_it_begins(held_s: float, value: float) -> None:
    n_held = round(held_s * RATE_HZ)
    for start in range(0, 2 * RATE_HZ, 1_777):
        sound = noise(SECONDS)
        sound[start : start + n_held] = value
        assert faults(sound) == {Quality.STUCK if value else Quality.SILENCE}


def test_a_single_knock_that_clips_is_no_overload() -> None:
    sound = noise(SECONDS)
    sound[5_000:5_050] = 1.0
    assert faults(sound) == frozenset()


@pytest.mark.parametrize(("n_clipped", "is_overload"), [(160, False), (161, True)])
def test_more_than_a_thousandth_of_a_clip_has_to_be_clipped(
    n_clipped: int, is_overload: bool
) -> None:
    sound = noise(SECONDS)
    sound[5_000 : 5_000 + n_clipped] = 1.0
    assert faults(sound) == ({Quality.OVERLOAD} if is_overload else set())


def test_an_offset_smaller_than_the_sound_does_no_harm() -> None:
    assert faults(noise(SECONDS, rms=0.1) + np.float32(0.05)) == frozenset()


def test_the_level_is_that_of_the_sound_without_its_offset() -> None:
    sine = np.sin(2 * np.pi * 100 * np.arange(SECONDS) / RATE_HZ).astype(np.float32)
    half = merge(meter(sine * np.float32(0.5))).level_dbfs
    offset = merge(meter(sine * np.float32(0.5) + np.float32(0.25))).level_dbfs
    assert half == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=1e-3)
    assert offset == pytest.approx(half, abs=1e-3)


def test_silence_has_a_level_that_is_a_number() -> None:
    assert merge(meter(np.zeros(100, dtype=np.float32))).level_dbfs == LEVEL_FLOOR_DBFS


@settings(max_examples=50, deadline=None)
@given(
    held=st.lists(
        st.tuples(
            st.integers(1, 2 * round(STUCK_RUN_S * RATE_HZ)),
            st.sampled_from([0.0, SILENCE_STEP, 0.25, 1.0, -1.0, np.inf, np.nan]),
        ),
        max_size=6,
    )
)
def test_what_is_held_is_measured_run_by_run(held: list[tuple[int, float]]) -> None:
    sound = noise(RATE_HZ, rms=0.1)
    for place, (length, value) in enumerate(held):
        begin = place * RATE_HZ // 6
        sound[begin : begin + length] = value
    (slot,) = meter(sound)
    runs = [(abs(value), len(list(run))) for value, run in groupby(sound) if np.isfinite(value)]
    stuck = max((n for value, n in runs if value > SILENCE_STEP), default=0) / RATE_HZ
    silent = max((n for value, n in runs if value <= SILENCE_STEP), default=0) / RATE_HZ
    clipped = sum(n for value, n in runs if value >= FULL_SCALE and n >= OVERLOAD_RUN)
    assert slot.n_clipped == clipped
    assert slot.stuck_s == stuck or max(slot.stuck_s, stuck) < STUCK_RUN_S
    assert slot.silent_s == silent or max(slot.silent_s, silent) < STUCK_RUN_S


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 40_000), max_size=8))
def test_blocks_change_nothing(cuts: list[int]) -> None:
    sound = as_16_bit(noise(40_000, rms=0.5))
    assert meter(sound, cuts) == meter(sound)


def test_slots_are_whole_seconds_and_a_rest() -> None:
    assert [slot.n_samples for slot in meter(noise(40_000))] == [16_000, 16_000, 8_000]


@pytest.mark.parametrize("offset_s", [1.0, 2.0, 4.0])
def test_an_offset_is_found_while_it_is_the_smaller_part_of_a_clip(offset_s: float) -> None:
    sound = noise(SECONDS, rms=0.05)
    sound[-round(offset_s * RATE_HZ) :] += np.float32(0.4)
    assert faults(sound) == {Quality.DC_OFFSET}


@pytest.mark.parametrize("rumble_hz", [0.5, 1.0, 3.0])
def test_a_slow_rumble_is_no_offset(rumble_hz: float) -> None:
    time_s = np.arange(SECONDS) / RATE_HZ
    rumble = 0.2 * np.sin(2 * np.pi * rumble_hz * time_s)
    assert faults(rumble.astype(np.float32) + noise(SECONDS, rms=0.02)) == frozenset()
