"""A clip is judged beside the normal clips that are most like it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.models.cohort import Cohort, broad_bands

N_MELS = 128


def _spectrum(level_db: float, *, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (level_db + rng.standard_normal(N_MELS)).astype(np.float32)


def _two_kinds(nearest: int = 10) -> Cohort:
    """Quiet clips that score 0 to 1, and loud ones that score 10 to 13."""
    rng = np.random.default_rng(0)
    spectra = [_spectrum(-40 if i < 50 else -20, seed=i) for i in range(100)]
    return Cohort(
        nearest=nearest,
        bands_db=np.array([broad_bands(spectrum) for spectrum in spectra]),
        scores=np.concatenate([rng.uniform(0, 1, 50), rng.uniform(10, 13, 50)]),
    )


def test_a_clip_is_compared_with_those_of_its_own_kind() -> None:
    cohort = _two_kinds()
    quiet, loud = (_spectrum(level_db, seed=200) for level_db in (-40.0, -20.0))
    assert abs(cohort.normalised(0.5, quiet)) < 0.5
    assert abs(cohort.normalised(11.5, loud)) < 0.5
    assert cohort.normalised(11.5, quiet) > 3


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.floats(0.01, 100))
def test_neither_offset_nor_scale_of_all_scores_matters(
    score: float, offset: float, scale: float
) -> None:
    cohort, spectrum = _two_kinds(), _spectrum(-40, seed=200)
    moved = Cohort(
        nearest=cohort.nearest,
        bands_db=cohort.bands_db,
        scores=scale * cohort.scores + offset,
    )
    expected = cohort.normalised(score, spectrum)
    normalised = moved.normalised(scale * score + offset, spectrum)
    assert normalised == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_the_whole_cohort_is_the_nearest_where_it_is_no_larger() -> None:
    cohort = _two_kinds(nearest=100)
    expected = (3 - cohort.scores.mean()) / cohort.scores.std()
    assert cohort.normalised(3, _spectrum(-40, seed=1)) == pytest.approx(expected)


def test_broad_bands_keep_the_mean_level() -> None:
    spectrum = _spectrum(-30, seed=3)
    assert broad_bands(spectrum).mean() == pytest.approx(spectrum.mean(), abs=1e-5)


def test_without_some_clips_the_others_remain() -> None:
    cohort = _two_kinds()
    rest = cohort.without(np.arange(100) < 30)
    assert rest.scores.tolist() == cohort.scores[30:].tolist()
    assert rest.bands_db.shape == (70, 32)
