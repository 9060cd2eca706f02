import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.models.training.spectral import correlation, fit_spectral
from tests.support.fitting import SMALL, steady_frames, training_sound


@given(st.integers(1, 60), st.integers(0, 5), st.integers(0, 12))
def test_it_can_be_inverted_however_few_clips_there_are_and_whatever_stands_still(
    n_clips: int, seed: int, n_still: int
) -> None:
    described = np.random.default_rng(seed).standard_normal((n_clips, 12))
    described[:, :n_still] = 0
    described[:, 10] = described[:, 11]
    described -= described.mean(axis=0)
    found = correlation(described)
    np.testing.assert_array_equal(found, found.T)
    assert np.linalg.eigvalsh(found).min() > 1e-3
    assert np.diag(found).min() >= 1 - 1e-9


def test_bands_that_go_together_are_correlated_and_others_are_not() -> None:
    generator = np.random.default_rng(0)
    common, described = generator.standard_normal((200, 1)), generator.standard_normal((200, 60))
    described[:, :30] = np.sqrt(0.8) * common + np.sqrt(0.2) * described[:, :30]
    described = (described - described.mean(axis=0)) / described.std(axis=0)
    found = correlation(described)
    together, apart = found[:30, :30][~np.eye(30, dtype=bool)], found[:30, 30:]
    assert np.abs(together - 0.8).max() < 0.1
    assert np.abs(apart.mean()) < 0.05


def test_the_same_sound_gives_the_same_fit() -> None:
    sound = training_sound(steady_frames(3000), steady_frames(1000, seed=1))
    (mean, whitening), (again, alike) = (fit_spectral(sound, gain_range_db=6.0) for _ in range(2))
    np.testing.assert_array_equal(mean, again)
    np.testing.assert_array_equal(whitening, alike)
    assert whitening.shape == (2 * SMALL.n_mels, 2 * SMALL.n_mels)
