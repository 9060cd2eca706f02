"""What normal sound scores by mel band."""

from collections.abc import Sequence

import numpy as np
import pytest

from asd_monitor.calibrate.normal.bands import MAX_SECONDS, BandGatherer
from asd_monitor.models.scores import WindowScores


def second(per_bin: Sequence[float] | None, *, n_windows: int = 31) -> WindowScores:
    rows = None if per_bin is None else np.tile(np.array(per_bin), (n_windows, 1))
    return WindowScores(
        score=np.zeros((1, n_windows)),
        per_bin=rows,
        first_sample=0,
        hop_samples=512,
        window_samples=3072,
    )


def test_bands_have_the_middle_and_the_spread_of_their_seconds() -> None:
    gatherer = BandGatherer()
    rng = np.random.default_rng(0)
    gatherer.add(second([1 + 0.1 * a, 2 + 0.3 * b]) for a, b in rng.normal(size=(2000, 2)))
    bands = gatherer.bands()
    assert bands is not None
    assert bands.mean == pytest.approx((1.0, 2.0), abs=0.02)
    assert bands.std == pytest.approx((0.1, 0.3), rel=0.1)


def test_a_few_seconds_of_silence_move_little() -> None:
    gatherer = BandGatherer()
    rng = np.random.default_rng(1)
    gatherer.add(second([1 + 0.1 * a]) for a in rng.normal(size=500))
    gatherer.add([second([1e6])] * 10)
    bands = gatherer.bands()
    assert bands is not None
    assert bands.mean == pytest.approx((1.0,), abs=0.02)
    assert bands.std == pytest.approx((0.1,), rel=0.15)


def test_memory_does_not_grow_and_all_of_the_sound_counts() -> None:
    gatherer = BandGatherer()
    n = 3 * MAX_SECONDS
    gatherer.add(second([float(i)], n_windows=1) for i in range(n))
    assert len(gatherer._kept) <= MAX_SECONDS
    bands = gatherer.bands()
    assert bands is not None
    assert bands.mean[0] == pytest.approx(n / 2, rel=0.01)


def test_without_attribution_or_sound_there_is_nothing_to_know() -> None:
    gatherer = BandGatherer()
    gatherer.add([second(None), second([1.0], n_windows=0)])
    assert gatherer.bands() is None
