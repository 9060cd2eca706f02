from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.stats import chi2

from asd_monitor.calibrate.budget import parse_budget
from asd_monitor.calibrate.calibrate import CalibrationSettings, calibrate
from asd_monitor.calibrate.calibration import (
    Calibration,
    Thresholds,
    load_calibration,
    save_calibration,
)
from asd_monitor.calibrate.certificate import certified_rate_per_s, least_rate_per_s
from asd_monitor.calibrate.normal.collect import CollectSettings, collect
from asd_monitor.calibrate.report.report import report
from asd_monitor.calibrate.verification import Observation, observe, say_verified, verify
from asd_monitor.models.bundle import Bundle, Stretch
from asd_monitor.models.errors import AudioError, CalibrationError, InsufficientSoundError
from asd_monitor.models.recordings import file_sha256
from tests.support.bundles import tiny_bundle
from tests.support.clip_scores import a_calibration
from tests.support.sounds import noise

RATE_HZ = 16_000
NOW = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
WEEK_S = 604_800


def _noises(folder: Path, seeds: range, *, seconds: int = 2) -> Path:
    folder.mkdir(exist_ok=True)
    for seed in seeds:
        samples = noise(seconds * RATE_HZ, seed=seed)
        soundfile.write(folder / f"{seed}.wav", samples, RATE_HZ, subtype="PCM_16")
    return folder


@pytest.fixture
def bundle() -> Bundle:
    return replace(tiny_bundle(0), fingerprint="ab" * 32)


@pytest.fixture
def calibration(tmp_path: Path, bundle: Bundle) -> Calibration:
    normal = collect([_noises(tmp_path / "normal", range(25))], bundle, CollectSettings(clip_s=2.0))
    settings = CalibrationSettings(
        budget=parse_budget("1/min"), warning_budget=parse_budget("1/min")
    )
    return calibrate(normal, bundle, settings, machine="pump", created_at=NOW)


def _observed(*, alarms: int, seconds: float) -> Observation:
    return Observation(seconds=seconds, alarms=alarms, left_out=(), failures=(), stretches=())


def test_fresh_sound_is_counted_by_the_decision_that_listens(
    tmp_path: Path, bundle: Bundle, calibration: Calibration
) -> None:
    fresh = _noises(tmp_path / "fresh", range(100, 110))
    quiet = observe([fresh], bundle, calibration, channel=None)
    assert (quiet.seconds, quiet.alarms) == (20.0, 0)
    low = min(calibration.scores) - 1
    everything = replace(
        calibration,
        thresholds=Thresholds(warning=low, critical=low),
        normal=replace(calibration.normal, median=low - 1),
    )
    loud = observe([fresh], bundle, everything, channel=None)
    assert (loud.seconds, loud.alarms) == (20.0, 10)


def test_what_set_the_thresholds_or_verified_them_before_verifies_nothing(
    tmp_path: Path, bundle: Bundle, calibration: Calibration
) -> None:
    with pytest.raises(InsufficientSoundError, match=r"50\.0 s because it set the thresholds"):
        observe([tmp_path / "normal"], bundle, calibration, channel=None)
    fresh = _noises(tmp_path / "fresh", range(100, 103))
    both = observe([fresh, tmp_path / "normal"], bundle, calibration, channel=None)
    assert both.seconds == 6.0
    assert sum(left_out.seconds for left_out in both.left_out) == 50.0
    verified = verify(calibration, both, at=NOW)
    with pytest.raises(InsufficientSoundError, match="has verified them before"):
        observe([fresh], bundle, verified, channel=None)


def test_what_fitted_the_weights_verifies_nothing(
    tmp_path: Path, bundle: Bundle, calibration: Calibration
) -> None:
    fresh = _noises(tmp_path / "fresh", range(100, 102))
    seen = Stretch(
        sha256=file_sha256(fresh / "100.wav"),
        name="100.wav",
        first_sample=0,
        n_samples=2 * RATE_HZ,
        role="fitted",
    )
    taught = replace(bundle, provenance=replace(bundle.provenance, stretches=(seen,)))
    observation = observe([fresh], taught, calibration, channel=None)
    assert observation.seconds == 2.0
    assert [each.path.name for each in observation.left_out] == ["100.wav"]


def test_what_is_verified_adds_up_and_is_kept(tmp_path: Path, calibration: Calibration) -> None:
    once = verify(calibration, _observed(alarms=1, seconds=WEEK_S), at=NOW)
    twice = verify(once, _observed(alarms=2, seconds=WEEK_S), at=NOW)
    verified = twice.evidence.verified
    assert verified is not None
    assert (verified.alarms, verified.seconds) == (3, 2 * WEEK_S)
    assert verified.most_per_week == pytest.approx(chi2.ppf(0.95, 8) / 2 / 2, rel=1e-9)
    save_calibration(twice, tmp_path / "calibration.json")
    assert load_calibration(tmp_path / "calibration.json") == twice


def test_the_bounds_are_the_exact_ones_of_a_poisson_count() -> None:
    for alarms in (1, 3, 10):
        least = least_rate_per_s(alarms=alarms, observed_s=2.0)
        assert least == pytest.approx(chi2.ppf(0.05, 2 * alarms) / 2 / 2.0, rel=1e-9)
        assert least < alarms / 2.0 < certified_rate_per_s(alarms=alarms, observed_s=2.0)
    assert least_rate_per_s(alarms=0, observed_s=1.0) == 0


@pytest.mark.parametrize(
    ("alarms", "seconds", "said"),
    [
        (0, 60.0, "there were no alarms; at most 30,197 a week"),
        (0, 60.0, "neither proves nor disproves 1/min, which takes 3.0 min without an alarm"),
        (0, 600.0, "The budget of 1/min is kept"),
        (1, 60.0, "there was 1 alarm; at most"),
        (40, 600.0, "more than 1/min allows: at least"),
    ],
)
def test_the_report_says_what_was_shown_and_what_that_is_worth(
    alarms: int, seconds: float, said: str, calibration: Calibration
) -> None:
    observed = _observed(alarms=alarms, seconds=seconds)
    assert said in report(verify(calibration, observed, at=NOW))


def test_before_that_nothing_is_verified() -> None:
    assert "Nothing has been verified" in say_verified(a_calibration())


def test_a_calibration_of_another_bundle_is_refused(
    tmp_path: Path, bundle: Bundle, calibration: Calibration
) -> None:
    with pytest.raises(CalibrationError, match="made for the bundle"):
        observe([tmp_path], replace(bundle, fingerprint="cd" * 32), calibration, channel=None)


def test_silence_and_broken_files_verify_nothing(
    tmp_path: Path, bundle: Bundle, calibration: Calibration
) -> None:
    soundfile.write(tmp_path / "silent.wav", np.zeros(5 * RATE_HZ), RATE_HZ)
    with pytest.raises(InsufficientSoundError, match="sound with a fault"):
        observe([tmp_path / "silent.wav"], bundle, calibration, channel=None)
    (tmp_path / "broken.wav").write_text("no sound")
    with pytest.raises(AudioError, match=r"None of the recordings .*broken\.wav"):
        observe([tmp_path / "broken.wav"], bundle, calibration, channel=None)
