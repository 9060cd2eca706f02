"""Every regime on a scale of its own, where there is enough of each, under one budget."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from asd_monitor.calibrate.budget import parse_budget
from asd_monitor.calibrate.by_regime import MORE_ALARMS, by_regime, clips_needed
from asd_monitor.calibrate.calibrate import CalibrationSettings, calibrate
from asd_monitor.calibrate.calibration import Calibration, load_calibration, save_calibration
from asd_monitor.calibrate.normal.level_gatherer import LevelGatherer
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.calibrate.rehearsal import count_alarms
from asd_monitor.calibrate.report.report import report
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.cohort import Cohort
from asd_monitor.models.errors import CalibrationError
from asd_monitor.models.fusion import Combination, Fusion, RegimeVoices, Voice
from asd_monitor.models.scores import ClipScore
from tests.support.bundles import tiny_bundle
from tests.support.clip_scores import RATE_HZ, autoregressive, clip, normal_sound, session
from tests.support.levels import level_clips, spectra

HOURLY = parse_budget("1/h")
IDLE, RUNNING = 0, 1
MEANS, STDS = np.array([-10.0, 0.0]), np.array([0.5, 2.0])
TURN_S = 600

ONE = (Voice(member=0, kind="group-made", pooling="mean"),)
TWO = (*ONE, Voice(member=1, kind="spectral", pooling="clip"))


def _regimes_of_levels() -> LevelGatherer:
    gatherer = LevelGatherer(sample_rate_hz=RATE_HZ)
    for offset_db in (-15.0, 0.0):
        gatherer.add(level_clips(spectra(60), offset_db=offset_db, hop_s=10.0))
    return gatherer


def _clips(hours: float, *, seed: int, raised_by: float = 0.0) -> tuple[ClipScore, ...]:
    """A stream that idles and runs by turns of ten minutes; idling scores lower and varies less."""
    noise = np.random.default_rng(seed).standard_normal(round(hours * 3600))
    z = np.convolve(noise, np.full(10, 10**-0.5), mode="valid")
    regime = np.arange(len(z)) // TURN_S % 2
    scores = MEANS[regime] + STDS[regime] * (z + raised_by)
    return tuple(
        replace(clip(float(score), start_s=float(second)), voices=(float(score),), regime=int(of))
        for second, (score, of) in enumerate(zip(scores, regime, strict=True))
    )


def _normal(clips: tuple[ClipScore, ...]) -> NormalSound:
    regimes = _regimes_of_levels().regimes()
    middles = tuple(RegimeVoices(middle_db=np.array(each.middle_db)) for each in regimes)
    sound = normal_sound(seconds=float(len(clips) + 9))
    return replace(sound, sessions=(clips,), fusion=Fusion(ONE, regimes=middles), regimes=regimes)


def _bundle() -> Bundle:
    return replace(tiny_bundle(0), fingerprint="ab" * 32)


def _calibrated(normal: NormalSound) -> Calibration:
    settings = CalibrationSettings(budget=HOURLY, warning_budget=HOURLY)
    at = datetime(2026, 1, 2, tzinfo=UTC)
    return calibrate(normal, _bundle(), settings, machine="pump", created_at=at)


def _judged(clips: tuple[ClipScore, ...], calibration: Calibration) -> tuple[ClipScore, ...]:
    """The clips as the scorer of that calibration gives them."""
    fusion = calibration.fusion
    return tuple(replace(each, score=fusion.fuse(each.voices, each.regime)) for each in clips)


def _alarms(clips: tuple[ClipScore, ...], calibration: Calibration) -> int:
    # The detector of lasting shifts has a share and a test of its own.
    alone = replace(calibration, change=None)
    return count_alarms([_judged(clips, calibration)], alone, sample_rate_hz=RATE_HZ)


@pytest.fixture(scope="module")
def by_turns() -> NormalSound:
    return _normal(_clips(4, seed=1))


@pytest.fixture(scope="module")
def own(by_turns: NormalSound) -> Calibration:
    return _calibrated(by_turns)


@pytest.fixture(scope="module")
def common(by_turns: NormalSound) -> Calibration:
    """What one threshold over both regimes makes of the same sound."""
    one = replace(by_turns, regimes=(), fusion=Fusion(ONE))
    unlabelled = tuple(replace(each, regime=None) for each in by_turns.sessions[0])
    return _calibrated(replace(one, sessions=(unlabelled,)))


def test_the_budget_of_all_regimes_together_is_kept(own: Calibration) -> None:
    """A day, half of which idles: 24 alarms are accepted, and 34 are more in 2 % of the days."""
    assert 0 < _alarms(_clips(24, seed=2), own) <= 34


def test_a_fault_in_the_quiet_regime_is_found_that_one_threshold_never_hears(
    own: Calibration, common: Calibration
) -> None:
    faulty = tuple(each for each in _clips(1, seed=3, raised_by=8.0) if each.regime == IDLE)
    assert _alarms(faulty[:60], own) == 1
    unlabelled = tuple(replace(each, regime=None) for each in faulty)
    assert _alarms(unlabelled, common) == 0


def test_every_regime_is_standardised_on_its_own_clips(own: Calibration) -> None:
    judged = _judged(_clips(4, seed=1), own)
    for regime in (IDLE, RUNNING):
        scores = [each.score for each in judged if each.regime == regime]
        assert np.mean(scores) == pytest.approx(0, abs=1e-9)
        assert np.std(scores) == pytest.approx(1, rel=1e-9)


@pytest.mark.parametrize("combination", Combination)
def test_voices_that_agree_in_one_regime_alone_are_on_one_scale(combination: Combination) -> None:
    rng = np.random.default_rng(4)
    clips = _clips(4, seed=5)
    agree = [each.score for each in clips]
    differ: NDArray[np.float64] = rng.normal(3.0, 7.0, len(clips))
    both = tuple(
        replace(each, voices=(each.score, one if each.regime else other))
        for each, one, other in zip(clips, agree, differ, strict=True)
    )
    normal = _normal(both)
    fusion = replace(normal.fusion, voices=TWO, combination=combination)
    scaled, _ = by_regime(replace(normal, fusion=fusion), HOURLY)
    for regime in (IDLE, RUNNING):
        scores = [each.score for each in scaled.clips if each.regime == regime]
        assert (np.mean(scores), np.std(scores)) == pytest.approx((0, 1), abs=1e-9)


def test_with_too_few_clips_of_one_regime_one_threshold_holds_and_the_report_says_why() -> None:
    mostly_running = tuple(
        each for each in _clips(4, seed=1) if each.regime == RUNNING or each.first_sample < 1e7
    )
    normal = _normal(mostly_running)
    same, reason = by_regime(normal, HOURLY)
    assert same is normal
    needed = clips_needed(10 / 3600)
    assert re.fullmatch(
        r"One threshold holds for all regimes: there are \d\d independent clips of 'idle', and a"
        rf" scale of its own takes {needed} for 1/h",
        reason,
    )
    assert f"{reason}." in report(_calibrated(normal))


def _idles_and_runs(idle: NDArray[np.float64], *, hop_s: float) -> NormalSound:
    """Sound of which all that idles scores so, beside more than enough of load."""
    load = np.random.default_rng(8).standard_normal(10 * clips_needed(10 / 3600))
    clips = session(np.concatenate([idle, load]), hop_s=hop_s)
    regimes = [IDLE] * len(idle) + [RUNNING] * len(load)
    return replace(
        _normal(
            tuple(
                replace(each, voices=(each.score,), regime=regime)
                for each, regime in zip(clips, regimes, strict=True)
            )
        ),
        hop_s=hop_s,
    )


@pytest.mark.parametrize(("hop_s", "is_enough"), [(10.0, True), (1.0, False)])
def test_clips_that_overlap_count_once(hop_s: float, is_enough: bool) -> None:
    idle = np.random.default_rng(7).standard_normal(2 * clips_needed(10 / 3600))
    scaled, _ = by_regime(_idles_and_runs(idle, hop_s=hop_s), HOURLY)
    assert scaled.fusion.is_by_regime is is_enough


def test_clips_of_which_one_says_what_the_next_will_score_count_for_less() -> None:
    idle = autoregressive(2 * clips_needed(10 / 3600), lag_one=0.9)
    scaled, _ = by_regime(_idles_and_runs(idle, hop_s=10.0), HOURLY)
    assert not scaled.fusion.is_by_regime


def test_rarer_budgets_take_more_clips_and_as_many_as_bound_what_ignorance_costs() -> None:
    exceedances = [10 * parse_budget(text).rate_per_s for text in ("1/10min", "1/h", "1/week")]
    needed = [clips_needed(each) for each in exceedances]
    assert needed == sorted(needed)
    assert 20 < needed[0] < needed[-1] < 500


@pytest.mark.parametrize("exceedance", [1 / 60, 1 / 360])
def test_with_the_clips_needed_alarms_are_hardly_more_than_were_mean_and_deviation_known(
    exceedance: float,
) -> None:
    rng, n = np.random.default_rng(6), clips_needed(exceedance)
    fitted = rng.standard_normal((400, n))
    fresh = np.sort(rng.standard_normal(1_000_000))
    z = fresh[-round(exceedance * len(fresh))]
    thresholds = fitted.mean(axis=1) + z * fitted.std(axis=1)
    realised = 1 - np.searchsorted(fresh, thresholds) / len(fresh)
    assert 1 < realised.mean() / exceedance < 1 + 1.5 * (MORE_ALARMS - 1)


def test_monitored_clips_stay_on_the_scales_that_they_were_scored_on(own: Calibration) -> None:
    unlabelled = [replace(each, regime=None, voices=()) for each in _clips(2, seed=1)]
    normal = replace(_normal(tuple(unlabelled)), regimes=own.regimes, fusion=own.fusion)
    same, reason = by_regime(normal, HOURLY)
    assert same is normal
    assert "scales that the former calibration found" in reason


def test_a_calibration_with_scales_by_regime_is_kept_and_checked(
    own: Calibration, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("kept") / "calibration.json"
    save_calibration(own, path)
    assert load_calibration(path) == own
    (first, second) = own.regimes
    with pytest.raises(CalibrationError, match="some of its regimes"):
        replace(own, regimes=(first, replace(second, voices=())))
    with pytest.raises(CalibrationError, match="other members"):
        replace(own, regimes=(first, replace(second, voices=TWO)))


def test_beside_a_cohort_no_regime_needs_a_scale_of_its_own(by_turns: NormalSound) -> None:
    cohort = Cohort(nearest=1, bands_db=np.zeros((4, 32)), scores=np.arange(4.0))
    normal = replace(by_turns, fusion=replace(by_turns.fusion, cohort=cohort))
    same, reason = by_regime(normal, HOURLY)
    assert same is normal
    assert "beside those like them" in reason
