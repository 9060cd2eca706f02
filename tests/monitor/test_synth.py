import numpy as np

from asd_monitor.monitor.synth import KNOCK_HZ, RESONANCE_HZ, SAMPLE_RATE_HZ, knocking, normal_sound


def test_sound_is_a_function_of_its_seed() -> None:
    assert np.array_equal(normal_sound(2, seed=1), normal_sound(2, seed=1))
    assert not np.array_equal(normal_sound(2, seed=1), normal_sound(2, seed=2))


def test_sound_stays_within_full_scale_even_with_the_fault() -> None:
    sound = normal_sound(30, seed=3) + knocking(30, seed=4)
    assert np.abs(sound).max() < 1.0
    assert 0.03 < normal_sound(30, seed=3).std() < 0.08


def test_the_fault_rings_at_its_resonance() -> None:
    fault = knocking(10, seed=5).astype(np.float64)
    spectrum = np.abs(np.fft.rfft(fault))
    peak_hz = float(np.argmax(spectrum) * SAMPLE_RATE_HZ / len(fault))
    assert abs(peak_hz - RESONANCE_HZ) < 200


def test_the_fault_repeats_with_its_period() -> None:
    fault = np.abs(knocking(10, seed=6).astype(np.float64))
    onsets = np.flatnonzero((fault[1:] > 0.2) & (fault[:-1] <= 0.2))
    knocks = onsets[np.insert(np.diff(onsets) > 0.05 * SAMPLE_RATE_HZ, 0, values=True)]
    assert abs(len(knocks) / 10 - KNOCK_HZ) < 0.5
