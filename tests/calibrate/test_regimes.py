"""Whether a machine's ways of running are told apart, and only where there are several."""

import numpy as np
import pytest

from asd_monitor.calibrate.normal.level_gatherer import MAX_MINUTES, LevelGatherer
from asd_monitor.calibrate.regimes import Regime, find_regimes
from asd_monitor.models.errors import CalibrationError
from asd_monitor.models.scores import Quality
from tests.support.clip_scores import RATE_HZ, clip
from tests.support.levels import LEVEL_DBFS, N_MELS, level_clips, spectra


def _gathered(*parts_db: float, n_clips: int = 60) -> tuple[Regime, ...]:
    """The regimes of stretches of clips that are so much louder or quieter."""
    gatherer = LevelGatherer(sample_rate_hz=RATE_HZ)
    for index, offset_db in enumerate(parts_db):
        sound = spectra(n_clips, seed=index)
        gatherer.add(level_clips(sound, offset_db=offset_db, hop_s=10.0))
    return gatherer.regimes()


def test_one_way_of_running_is_one_regime() -> None:
    (regime,) = _gathered(0.0, 0.0)
    assert regime.share == 1
    assert regime.middle_db == pytest.approx(np.linspace(-10, -50, N_MELS), abs=1.0)
    # Groups of eight bands that vary by 2 dB each.
    assert np.mean(regime.group_spread_db) == pytest.approx(2 / 8**0.5, abs=0.1)
    assert -1 < regime.lowest_offset_db <= regime.highest_offset_db < 1


def test_idle_and_load_are_two_regimes_the_quietest_first() -> None:
    idle, load = _gathered(0.0, -15.0, 0.0)
    assert [idle.share, load.share] == pytest.approx([1 / 3, 2 / 3])
    assert (idle.lowest_dbfs, load.highest_dbfs) == (LEVEL_DBFS - 15, LEVEL_DBFS)


def test_three_regimes_are_told_apart() -> None:
    assert [round(each.lowest_dbfs) for each in _gathered(-40.0, -15.0, 0.0)] == [-70, -45, -30]


@pytest.mark.parametrize("seed", range(5))
def test_levels_that_merely_vary_are_one_regime(seed: int) -> None:
    """A wandering load with long tails, which a mixture alone would cut to pieces."""
    rng = np.random.default_rng(seed)
    wander = 2 * rng.standard_t(3, size=300)
    sound = spectra(300, seed=seed) + wander[:, None]
    assert len(find_regimes(sound, LEVEL_DBFS + wander, clips_per_minute=6)) == 1


@pytest.mark.parametrize(
    ("n_clips", "n_odd", "n_regimes"), [(200, 5, 1), (200, 10, 2), (400, 19, 1), (400, 20, 2)]
)
def test_a_few_odd_clips_or_a_small_share_are_no_regime(
    n_clips: int, n_odd: int, n_regimes: int
) -> None:
    sound, levels = spectra(n_clips), np.full(n_clips, LEVEL_DBFS)
    sound[:n_odd] -= 30
    levels[:n_odd] -= 30
    assert len(find_regimes(sound, levels, clips_per_minute=6)) == n_regimes


def test_clips_that_overlap_are_counted_once() -> None:
    gatherer, sparse = (LevelGatherer(sample_rate_hz=RATE_HZ) for _ in range(2))
    clips = level_clips(spectra(200), hop_s=1.0)
    gatherer.add(clips)
    sparse.add(clips[::10])
    assert gatherer.regimes() == sparse.regimes()


def test_clips_with_a_fault_of_the_input_say_nothing() -> None:
    gatherer = LevelGatherer(sample_rate_hz=RATE_HZ)
    gatherer.add([clip(float("nan"), quality=[Quality.SILENCE], n_windows=0)])
    assert gatherer.regimes() == ()


def test_a_month_of_sound_is_thinned_out_and_its_range_is_kept() -> None:
    gatherer = LevelGatherer(sample_rate_hz=RATE_HZ)
    quiet, loud = spectra(6 * MAX_MINUTES, seed=1), spectra(6 * MAX_MINUTES, seed=2)
    gatherer.add(level_clips(quiet, hop_s=10.0))
    gatherer.add(level_clips(loud, offset_db=2.0, hop_s=10.0))
    (regime,) = gatherer.regimes()
    assert (regime.lowest_dbfs, regime.highest_dbfs) == (LEVEL_DBFS, LEVEL_DBFS + 2)


def test_a_regime_without_all_groups_of_bands_is_refused() -> None:
    with pytest.raises(CalibrationError, match="16 groups of bands"):
        Regime(
            share=1.0,
            lowest_dbfs=-31.0,
            highest_dbfs=-30.0,
            middle_db=(0.0, 1.0),
            group_spread_db=(1.0,),
            lowest_offset_db=0.0,
            highest_offset_db=0.0,
        )
