import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from benchmarks.anomalies import KINDS, Kind
from benchmarks.mixtures import RATE_HZ, Sound, root_mean_square
from tests.support.sounds import noise

SOUND = noise(2 * RATE_HZ)
BY_NAME = {kind.name: kind for kind in KINDS}


def faulty(name: str, strength: float, *, sound: Sound = SOUND, seed: int = 0) -> Sound:
    return BY_NAME[name].put_into(sound, strength, np.random.default_rng(seed))


def added(name: str, strength: float, *, sound: Sound = SOUND, seed: int = 0) -> Sound:
    difference: Sound = faulty(name, strength, sound=sound, seed=seed) - sound
    return difference


def gains_db(name: str, strength: float, *, seed: int) -> NDArray[np.float64]:
    """How much louder each frequency became."""
    after, before = (
        np.abs(np.fft.rfft(sound.astype(np.float64)))
        for sound in (faulty(name, strength, seed=seed), SOUND)
    )
    return 20 * np.log10(after / before)


def sine(hz: float, n_samples: int = 2 * RATE_HZ) -> Sound:
    return np.sin(2 * np.pi * hz * np.arange(n_samples) / RATE_HZ).astype(np.float32)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_fault_is_another_sound_of_the_same_kind(kind: Kind) -> None:
    for strength in (*kind.quiet, *kind.noisy):
        one, again = (kind.put_into(SOUND, strength, np.random.default_rng(3)) for _ in range(2))
        np.testing.assert_array_equal(one, again)
        assert one.dtype == np.float32
        assert one.shape == SOUND.shape
        assert np.isfinite(one).all()
        assert not np.array_equal(one, SOUND)


@pytest.mark.parametrize("kind", [k for k in KINDS if k.name != "speed"], ids=lambda k: k.name)
@pytest.mark.parametrize("seed", range(3))
def test_fainter_faults_change_the_sound_less(kind: Kind, seed: int) -> None:
    for strengths in (kind.quiet, kind.noisy):
        changes = [
            root_mean_square(added(kind.name, strength, seed=seed)) for strength in strengths
        ]
        assert changes == sorted(changes, reverse=True)


@pytest.mark.parametrize("name", ["tone", "band noise"])
@pytest.mark.parametrize("rms", [0.01, 0.1])
def test_what_is_added_has_the_level_that_it_says(name: str, rms: float) -> None:
    sound = noise(2 * RATE_HZ, rms=rms)
    level = root_mean_square(added(name, -20, sound=sound)) / root_mean_square(sound)
    assert 20 * np.log10(level) == pytest.approx(-20, abs=0.1)


@pytest.mark.parametrize("seed", range(8))
def test_a_band_changes_by_what_it_says_and_the_rest_not_at_all(seed: int) -> None:
    gains = gains_db("band level", 6, seed=seed)
    assert np.abs(gains).max() == pytest.approx(6, abs=0.1)
    assert np.quantile(np.abs(gains), 0.25) < 0.1
    assert (gains > -0.01).all() or (gains < 0.01).all()


def test_bands_become_louder_and_quieter() -> None:
    signs = {float(np.sign(gains_db("band level", 6, seed=seed).sum())) for seed in range(8)}
    assert signs == {-1.0, 1.0}


@pytest.mark.parametrize("seed", range(8))
def test_a_notch_takes_away_what_was_there(seed: int) -> None:
    centres_hz = 150 * 2 ** (np.arange(16) / 3)
    harmonics = [sine(float(hz)) for hz in centres_hz[::2]]
    left = faulty("notch", -24, sound=np.sum(harmonics, axis=0), seed=seed)
    levels = [float(np.abs(np.mean(left * harmonic))) * 2 for harmonic in harmonics]
    assert min(levels) == pytest.approx(10 ** (-24 / 20), abs=0.02)
    assert sorted(levels)[1] == pytest.approx(1, abs=0.02)


def test_speed_moves_every_frequency_by_its_share() -> None:
    heard_hz = set()
    for seed in range(8):
        spectrum = np.abs(np.fft.rfft(faulty("speed", 0.08, sound=sine(1000), seed=seed)))
        heard_hz.add(round(float(spectrum.argmax()) / 2, -1))
    assert heard_hz == {920, 1080}


def test_modulation_swings_by_its_depth_and_keeps_the_level() -> None:
    sound = sine(2000)
    modulated = faulty("modulation", 0.4, sound=sound)
    envelope = np.abs(signal.hilbert(modulated))[800:-800]
    swing = (envelope.max() - envelope.min()) / (envelope.max() + envelope.min())
    assert swing == pytest.approx(0.4, abs=0.02)
    assert root_mean_square(modulated) == pytest.approx(root_mean_square(sound), rel=1e-4)


@pytest.mark.parametrize("seed", range(8))
def test_a_click_is_brief_and_not_higher_than_it_says(seed: int) -> None:
    change = np.abs(added("click", 12, seed=seed))
    touched = np.flatnonzero(change > 1e-6)
    assert touched.max() - touched.min() < 0.03 * RATE_HZ
    assert 1 < change.max() / root_mean_square(SOUND) <= 12


def test_a_rattle_clicks_three_times_a_second() -> None:
    minute = noise(60 * RATE_HZ)
    change = np.abs(added("rattle", 16, sound=minute))
    starts = np.flatnonzero(change > 0.2 * change.max())
    n_clicks = 1 + np.count_nonzero(np.diff(starts) > 0.03 * RATE_HZ)
    assert 120 < n_clicks < 220
