import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asd_monitor.models.resample import StreamResampler
from tests.support.sounds import Sound, noise


def resample(sound: Sound, from_rate_hz: int, cuts: list[int]) -> Sound:
    resampler = StreamResampler(from_rate_hz, 16_000)
    parts = [resampler.push(part) for part in np.split(sound, sorted(cuts))]
    return np.concatenate([*parts, resampler.finish()])


@settings(max_examples=20, deadline=None)
@given(
    rate=st.sampled_from([8_000, 22_050, 44_100, 48_000, 96_000]),
    cuts=st.lists(st.integers(0, 20_000), max_size=8),
)
def test_blocks_change_no_bit(rate: int, cuts: list[int]) -> None:
    sound = noise(20_000)
    np.testing.assert_array_equal(resample(sound, rate, cuts), resample(sound, rate, []))


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000, 96_000])
def test_a_tone_keeps_its_place_and_level(rate: int) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(rate) / rate).astype(np.float32)
    resampled = resample(tone, rate, [])
    expected = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    assert len(resampled) == 16_000
    np.testing.assert_allclose(resampled[800:-800], expected[800:-800], atol=1e-4)


def test_what_the_new_rate_cannot_hold_is_taken_out() -> None:
    tone = np.sin(2 * np.pi * 12_000 * np.arange(48_000) / 48_000).astype(np.float32)
    assert np.abs(resample(tone, 48_000, [])[800:-800]).max() < 1e-4


def test_equal_rates_pass_through() -> None:
    sound = noise(1_000)
    np.testing.assert_array_equal(resample(sound, 16_000, [300]), sound)


def test_a_session_knows_nothing_of_the_one_before() -> None:
    sound = noise(5_000)
    resampler = StreamResampler(44_100, 16_000)
    resampler.push(noise(7_777, seed=1))
    resampler.finish()
    again = np.concatenate([resampler.push(sound), resampler.finish()])
    np.testing.assert_array_equal(again, resample(sound, 44_100, []))
