import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from asd_monitor.calibrate.onset import EstimatedEnd, estimate_end, estimate_onset

HOP = 512
WINDOW = 3072
RATE_HZ = 16_000


def _windows(*, normal_s: float, faulty_s: float, seed: int) -> np.ndarray:
    """Noisy window scores about 0 and then about 4, with a threshold of clip scores at 1."""
    rng = np.random.default_rng(seed)
    n_normal, n_faulty = (round(s * RATE_HZ / HOP) for s in (normal_s, faulty_s))
    return np.concatenate([rng.normal(0, 1, n_normal), rng.normal(4, 2, n_faulty)])


@given(seed=st.integers(0, 10_000), normal_s=st.floats(1, 40), faulty_s=st.floats(1, 20))
def test_a_sudden_onset_is_found_within_three_seconds(
    seed: int, normal_s: float, faulty_s: float
) -> None:
    onset = estimate_onset(
        _windows(normal_s=normal_s, faulty_s=faulty_s, seed=seed),
        first_sample=1_000_000,
        hop_samples=HOP,
        normal_mean=0.0,
        critical=1.0,
    )
    assert (onset - 1_000_000) / RATE_HZ == pytest.approx(normal_s, abs=3.0)


@given(seed=st.integers(0, 10_000), normal_s=st.floats(1, 40), faulty_s=st.floats(1, 20))
def test_the_end_is_found_within_three_seconds(seed: int, normal_s: float, faulty_s: float) -> None:
    end = estimate_end(
        _windows(normal_s=normal_s, faulty_s=faulty_s, seed=seed)[::-1],
        first_sample=1_000_000,
        hop_samples=HOP,
        window_samples=WINDOW,
        normal_mean=0.0,
        critical=1.0,
    )
    assert end.sample is not None
    assert (end.sample - 1_000_000) / RATE_HZ == pytest.approx(faulty_s, abs=3.0)


def test_a_stretch_that_is_normal_has_no_end_of_a_fault() -> None:
    assert _end(np.zeros(20)).sample is None


def _end(
    scores: NDArray[np.float64], first_sample: int = 0, before: EstimatedEnd | None = None
) -> EstimatedEnd:
    return estimate_end(
        scores,
        first_sample=first_sample,
        hop_samples=1,
        window_samples=1,
        normal_mean=0,
        critical=2,
        before=before,
    )


@given(
    scores=st.lists(st.sampled_from([0.0, 0.5, 3.0, 4.0]), min_size=2, max_size=60), data=st.data()
)
def test_an_end_is_the_same_in_two_stretches_as_in_one(
    scores: list[float], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(1, len(scores) - 1))
    before = _end(np.array(scores[:cut]))
    assert _end(np.array(scores[cut:]), cut, before).sample == _end(np.array(scores)).sample


def test_without_noise_the_boundaries_are_exact() -> None:
    step = np.array([0.0] * 5 + [4.0] * 3)
    onset = estimate_onset(step, first_sample=7, hop_samples=HOP, normal_mean=0, critical=2)
    end = estimate_end(
        step[::-1],
        first_sample=7,
        hop_samples=HOP,
        window_samples=WINDOW,
        normal_mean=0,
        critical=2,
    )
    assert onset == 7 + 5 * HOP
    assert end.sample == 7 + 2 * HOP + WINDOW


def test_an_earlier_knock_does_not_move_the_onset() -> None:
    scores = np.array([0.0] * 20 + [9.0] + [0.0] * 40 + [4.0] * 10)
    onset = estimate_onset(scores, first_sample=0, hop_samples=1, normal_mean=0, critical=2)
    assert onset == 61


@pytest.mark.parametrize(("level", "expected"), [(4.0, 0), (0.0, 4)])
def test_a_stretch_without_a_change_keeps_the_onset_inside(level: float, expected: int) -> None:
    scores = np.full(5, level)
    onset = estimate_onset(scores, first_sample=0, hop_samples=1, normal_mean=0, critical=2)
    assert onset == expected


def test_no_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="no window scores"):
        estimate_onset(np.empty(0), first_sample=0, hop_samples=1, normal_mean=0, critical=1)
