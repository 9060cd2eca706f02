from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from asd_monitor.calibrate.budget import parse_budget
from asd_monitor.calibrate.calibrate import CalibrationSettings, calibrate
from asd_monitor.calibrate.calibration import (
    Calibration,
    OffLevels,
    load_calibration,
    save_calibration,
)
from asd_monitor.calibrate.cross_fit import CrossFit
from asd_monitor.calibrate.normal.collect import CollectSettings, collect
from asd_monitor.calibrate.normal.left_out import Failure, LeftOut
from asd_monitor.calibrate.normal.level_gatherer import LevelGatherer
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.calibrate.report.report import report
from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.bundle import Bundle, Member
from asd_monitor.models.detectors.spectral import Spectral, describe
from asd_monitor.models.errors import CalibrationError, InsufficientSoundError
from asd_monitor.models.frontend import LogMel
from asd_monitor.models.scorer import Scorer
from tests.support.bundles import tiny_bundle, tiny_ensemble
from tests.support.clip_scores import RATE_HZ, autoregressive, normal_sound, session
from tests.support.levels import level_clips, spectra
from tests.support.sounds import noise

CREATED_AT = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


def _files_of_one_clip(scores: NDArray[np.float64]) -> NormalSound:
    return normal_sound(*scores[:, None], seconds=10.0 * len(scores))


def _calibrate(normal: NormalSound, settings: CalibrationSettings | None = None) -> Calibration:
    return calibrate(
        normal,
        replace(tiny_bundle(0), fingerprint="ab" * 32),
        settings or CalibrationSettings(),
        machine="pump",
        created_at=CREATED_AT,
    )


NORMAL = _files_of_one_clip(autoregressive(75, lag_one=0.0))


def test_a_weekly_budget_from_minutes_of_sound_is_extrapolated() -> None:
    calibration = _calibrate(NORMAL)
    assert calibration.extrapolated
    assert calibration.rule == "extreme"
    assert calibration.thresholds.warning <= calibration.thresholds.critical
    assert calibration.evidence.blocks == calibration.evidence.clips == 75
    assert calibration.evidence.alarms == 0
    assert calibration.evidence.certified_per_week == pytest.approx(
        2.9957 / 750 * 604_800, rel=1e-3
    )
    assert calibration.created_at == "2026-01-02T03:04:05.678Z"


def test_an_hourly_budget_from_hours_of_sound_is_not() -> None:
    normal = _files_of_one_clip(autoregressive(1000, lag_one=0.0))
    settings = CalibrationSettings(budget=parse_budget("1/h"), warning_budget=parse_budget("2/h"))
    calibration = _calibrate(normal, settings)
    assert (calibration.rule, calibration.extrapolated) == ("conformal", False)
    assert calibration.evidence.alarms == sum(
        score > calibration.thresholds.critical for score in calibration.scores
    )


def test_a_rarer_budget_never_lowers_a_threshold() -> None:
    thresholds = [
        _calibrate(NORMAL, CalibrationSettings(budget=budget, warning_budget=budget)).thresholds
        for budget in map(parse_budget, ("1/min", "1/10min", "1/h", "1/day", "1/week", "1/month"))
    ]
    assert [each.critical for each in thresholds] == sorted(each.critical for each in thresholds)
    assert [each.warning for each in thresholds] == sorted(each.warning for each in thresholds)


@pytest.mark.parametrize("budget", ["1/10min", "1/week"])
def test_a_constant_added_to_all_scores_moves_the_thresholds_by_itself(budget: str) -> None:
    parsed = parse_budget(budget)
    settings = CalibrationSettings(budget=parsed, warning_budget=parsed)
    scores = autoregressive(75, lag_one=0.0)
    before, after = (
        _calibrate(_files_of_one_clip(scores + constant), settings) for constant in (0.0, 8.0)
    )
    assert after.thresholds.critical == pytest.approx(before.thresholds.critical + 8)
    assert after.thresholds.warning == pytest.approx(before.thresholds.warning + 8)
    assert after.clear_level == pytest.approx(before.clear_level + 8)


def test_what_is_calibrated_can_be_kept(tmp_path: Path) -> None:
    calibration = _calibrate(NORMAL)
    save_calibration(calibration, tmp_path / "calibration.json")
    assert load_calibration(tmp_path / "calibration.json") == calibration


def test_scores_that_do_not_vary_are_refused() -> None:
    with pytest.raises(CalibrationError, match="everything or nothing would alarm"):
        _calibrate(_files_of_one_clip(np.full(75, 1.5)))


def test_too_little_sound_is_refused() -> None:
    with pytest.raises(InsufficientSoundError, match="at least 20 blocks"):
        _calibrate(_files_of_one_clip(np.arange(19.0)))


def test_twenty_five_clips_are_enough_and_the_report_says_how_little_they_prove() -> None:
    settings = CalibrationSettings(
        budget=parse_budget("1/10min"), warning_budget=parse_budget("1/10min")
    )
    normal = _files_of_one_clip(autoregressive(25, lag_one=0.0))
    calibration = _calibrate(normal, settings)
    assert calibration.extrapolated
    assert calibration.thresholds.critical >= max(calibration.scores)
    text = report(calibration)
    assert "the budget needs 59 blocks and there are only 25" in text
    assert "no more than one false alarm in about 83.5 s" in text
    assert "1/10min would take 30.0 min without one" in text


def test_the_report_of_an_extrapolation_has_true_arithmetic() -> None:
    text = report(_calibrate(NORMAL))
    assert "12.5 min of normal sound (75 blocks, 75 clips)" in text
    assert "no alarms in this sound" in text
    assert "no more than one false alarm in about 4.2 min" in text
    assert "1/week would take 3.0 weeks without one, 3.0 weeks more" in text
    assert "To show 1/week instead of extrapolating it takes 7.0 days more" in text
    assert "the budget needs 60,479 blocks and there are only 75" in text
    assert "fitted to the 15 highest blocks" in text
    assert "recordings are single clips" in text
    assert "Nothing has been verified" in text


def test_the_report_of_an_observed_threshold_claims_no_tail() -> None:
    settings = CalibrationSettings(budget=parse_budget("6/h"), warning_budget=parse_budget("6/h"))
    text = report(_calibrate(NORMAL, settings))
    assert "not an extrapolation" in text
    assert "Pareto" not in text


def test_the_report_says_which_sound_siblings_have_scored_and_what_that_guarantees() -> None:
    budget = parse_budget("1/min")
    settings = CalibrationSettings(budget=budget, warning_budget=budget)
    sound = replace(NORMAL, cross_fit=CrossFit(siblings=5, seconds=600))
    text = report(_calibrate(sound, settings))
    assert "that the network which scored it has not seen" in text
    assert "has seen 10.0 min of it, which its 5 siblings have scored instead" in text
    assert "no guarantee (cross-conformal); guaranteed is 0.43" in text
    extrapolated = report(_calibrate(sound))
    assert "guaranteed" not in extrapolated
    assert "taken for granted" in extrapolated


def test_the_report_says_what_was_not_used() -> None:
    normal = replace(
        NORMAL,
        left_out=(
            LeftOut(path=Path("a.wav"), seconds=60.0, reason="the weights were fitted on it"),
            LeftOut(path=Path("b.wav"), seconds=90.0, reason="the weights were fitted on it"),
        ),
        flagged={"overload": 1},
        failures=(Failure(path=Path("folder/bad.wav"), message="it is damaged"),),
    )
    text = report(_calibrate(normal))
    assert "Left out: 2.5 min, because the weights were fitted on it." in text
    assert "1 clip with a fault of the input (overload)" in text
    assert "Could not be read: bad.wav." in text


def test_from_recordings_to_a_calibration(tmp_path: Path) -> None:
    for i in range(30):
        path = tmp_path / f"{i}.wav"
        soundfile.write(path, noise(2 * RATE_HZ, seed=i), RATE_HZ, subtype="PCM_16")
    normal = collect([tmp_path], tiny_bundle(0), CollectSettings(clip_s=2.0))
    calibration = _calibrate(normal)
    assert calibration.shortest_clip_s == 2.0
    assert calibration.evidence.blocks == 30
    assert calibration.normal.mean == pytest.approx(np.mean([c.score for c in normal.clips]))


def _knowing_ensemble() -> Bundle:
    """An ensemble whose member for whole clips knows the noise, in clips of 10 s."""
    ensemble = tiny_ensemble(0)
    log_mel = LogMel(ensemble.features, ensemble.mel_filters)
    window_judge, clip_judge = ensemble.members
    standardiser = clip_judge.standardiser
    described = []
    for seed in range(20):
        frames = log_mel.push(noise(10 * RATE_HZ, seed=100 + seed))
        described.append(describe((frames - standardiser.mean) / standardiser.std))
    spectral = Spectral(
        mean=np.mean(described, axis=0).astype(np.float32),
        whitening=np.diag(1 / np.std(described, axis=0)).astype(np.float32),
    )
    return replace(ensemble, members=(window_judge, Member(spectral, standardiser)))


def test_an_ensemble_calibrated_on_short_files_hears_a_stream_alike(tmp_path: Path) -> None:
    """The score of a member that judges whole clips moves with their length."""
    for i in range(30):
        path = tmp_path / f"{i}.wav"
        soundfile.write(path, noise(3 * RATE_HZ, seed=i), RATE_HZ, subtype="PCM_16")
    bundle = _knowing_ensemble()
    calibration = _calibrate(collect([tmp_path], bundle))
    scorer = Scorer(bundle, clip_s=calibration.clip_s, fusion=calibration.fusion)
    stream = AudioBlock(
        samples=noise(60 * RATE_HZ, seed=99),
        sample_rate_hz=RATE_HZ,
        first_sample=0,
        captured_at=CREATED_AT,
        gap_before=True,
    )
    scores = [clip.score for clip in scorer.push(stream).clips]
    shift = np.mean(scores) - calibration.normal.mean
    assert abs(shift) < 0.5 * calibration.normal.std


def test_a_day_of_unbroken_sound_brings_a_change_detector_that_takes_its_share(
    tmp_path: Path,
) -> None:
    day = replace(
        NORMAL,
        sessions=(session(autoregressive(8640, lag_one=0.3), hop_s=10.0),),
        seconds=86_400.0,
        hop_s=10.0,
    )
    settings = CalibrationSettings(budget=parse_budget("2/h"), warning_budget=parse_budget("4/h"))
    calibration = _calibrate(day, settings)
    assert calibration.change is not None
    assert calibration.change.share == 0.5
    # Half of two an hour in blocks of 50 s.
    assert calibration.rule_detail["exceedance"] == pytest.approx(50 / 3600, rel=1e-6)
    assert "24.0 h of unbroken sound" in report(calibration)
    assert "may spend 50% of the budget" in report(calibration)
    save_calibration(calibration, tmp_path / "calibration.json")
    assert load_calibration(tmp_path / "calibration.json") == calibration


def test_without_enough_sound_the_report_says_that_shifts_are_not_looked_for() -> None:
    calibration = _calibrate(NORMAL)
    assert calibration.change is None
    assert "Lasting small shifts are not looked for yet" in report(calibration)


def test_a_threshold_below_what_the_sound_shows_is_raised_and_the_report_says_so() -> None:
    heavy = np.random.default_rng(4).standard_t(2, size=300)
    settings = CalibrationSettings(
        budget=parse_budget("1/week"), warning_budget=parse_budget("1/h"), rule="gaussian"
    )
    calibration = _calibrate(_files_of_one_clip(heavy), settings)
    assert calibration.evidence.alarms == 0
    assert calibration.thresholds.critical > calibration.rule_detail["raised_from"]
    text = report(calibration)
    assert "the threshold was raised" in text
    assert "do not rely on this threshold" in text


def test_the_machine_is_off_far_below_what_was_normal_or_where_the_user_says() -> None:
    learned = _calibrate(NORMAL)
    assert learned.off == OffLevels(clip=-40.0, second=-40.0)
    assert "Below -40.0 dBFS the machine is taken to be off" in report(learned)
    told = _calibrate(replace(NORMAL, off_below_dbfs=-35.0))
    assert told.off == OffLevels(clip=-35.0, second=-35.0)


def test_pauses_in_normal_sound_are_not_off() -> None:
    (first, *rest) = NORMAL.sessions
    pausing = (tuple(replace(clip, quietest_dbfs=-70.0) for clip in first), *rest)
    assert _calibrate(replace(NORMAL, sessions=pausing)).off == OffLevels(clip=-40.0, second=-80.0)


def test_several_regimes_are_named_with_their_levels() -> None:
    gatherer = LevelGatherer(sample_rate_hz=RATE_HZ)
    for offset_db in (-15.0, 0.0):
        gatherer.add(level_clips(spectra(60), offset_db=offset_db, hop_s=10.0))
    text = report(_calibrate(replace(NORMAL, regimes=gatherer.regimes())))
    assert "'idle' at -45.0 to -45.0 dBFS in 50% of it, 'running' at -30.0 to -30.0" in text


def test_machines_that_share_a_bundle_are_each_standardised_on_their_own_sound(
    tmp_path: Path,
) -> None:
    bundle = tiny_ensemble(0)
    made = {}
    for machine, rms in (("quiet", 0.02), ("loud", 0.08)):
        folder = tmp_path / machine
        folder.mkdir()
        for i in range(25):
            sound = noise(2 * RATE_HZ, seed=i, rms=rms)
            soundfile.write(folder / f"{i}.wav", sound, RATE_HZ, subtype="PCM_16")
        made[machine] = _calibrate(collect([folder], bundle))
    quiet, loud = made["quiet"], made["loud"]
    assert quiet.bundle == loud.bundle
    for own, other in zip(quiet.members, loud.members, strict=True):
        assert abs(own.mean - other.mean) > 3 * own.std
    for calibration in made.values():
        assert abs(calibration.normal.mean) < 0.5
    # The other's sound, in units of its own, is far from normal.
    theirs = quiet.fusion.fuse([voice.mean for voice in loud.members])
    assert abs(theirs - quiet.normal.mean) > 3 * quiet.normal.std
