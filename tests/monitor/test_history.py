from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.models.scores import WindowScores
from asd_monitor.monitor.history import ClipHistory, WindowHistory

HOP, WINDOW, RATE_HZ = 10, 30, 100
KEPT_S = 2.0
KEPT = round(KEPT_S * RATE_HZ)
ORIGIN = 1000


def windows(first: int, n: int) -> WindowScores:
    """Windows whose scores are their indices."""
    score = np.arange(first, first + n, dtype=np.float64)[np.newaxis]
    return WindowScores(score, None, ORIGIN + first * HOP, HOP, WINDOW)


def told(history: WindowHistory, lengths: Sequence[int]) -> int:
    """Tell the history parts of these lengths; return how many windows they have."""
    first = 0
    for n in lengths:
        history.extend((windows(first, n),))
        first += n
    return first


@given(
    earlier=st.lists(st.integers(1, 40), max_size=8),
    newest=st.integers(1, 60),
    share=st.floats(0, 1),
)
def test_all_windows_of_the_kept_time_before_a_sample_are_found_and_no_others(
    earlier: list[int], newest: int, share: float
) -> None:
    history = WindowHistory(kept_s=KEPT_S, sample_rate_hz=RATE_HZ)
    n_windows = told(history, [*earlier, newest])
    begins = ORIGIN + HOP * np.arange(n_windows)
    ended_before = int(begins[sum(earlier) - 1]) + WINDOW if earlier else ORIGIN
    sample = ended_before + round(share * (int(begins[-1]) + WINDOW - ended_before))
    found = history.until(sample)
    expected = np.flatnonzero((begins >= sample - KEPT) & (begins + WINDOW <= sample))
    assert found.score.tolist() == expected.tolist()
    if len(expected):
        assert found.first_sample == begins[expected[0]]
        assert (found.hop_samples, found.window_samples) == (HOP, WINDOW)


def test_memory_is_bounded() -> None:
    history = WindowHistory(kept_s=KEPT_S, sample_rate_hz=RATE_HZ)
    told(history, [10] * 1000)
    assert len(history._parts) <= KEPT / (10 * HOP) + 2


def test_what_is_cleared_is_forgotten() -> None:
    history = WindowHistory(kept_s=KEPT_S, sample_rate_hz=RATE_HZ)
    told(history, [10, 10])
    history.clear()
    assert not len(history.until(ORIGIN + 10_000).score)


@given(n=st.integers(1, 40), kept=st.integers(1, 20))
def test_the_last_clips_are_kept_with_their_positions(n: int, kept: int) -> None:
    history = ClipHistory(kept=kept, hop_samples=HOP)
    for index in range(n):
        history.append(float(index), first_sample=ORIGIN + index * HOP, clip_samples=WINDOW)
    found = history.all()
    expected = list(range(n))[-kept:]
    assert found.score.tolist() == expected
    assert found.first_sample == ORIGIN + expected[0] * HOP
    assert (found.hop_samples, found.window_samples) == (HOP, WINDOW)
    history.clear()
    assert len(history.all().score) == 0
