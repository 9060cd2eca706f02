"""A recording explained: what is said of it and drawn."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asd_monitor.calibrate.calibration import Calibration, Spread
from asd_monitor.calibrate.explanation.explanation import (
    CALIBRATED,
    QUIETEST,
    WHY_UNKNOWN,
    Explanation,
    explain,
    say_bands,
)
from asd_monitor.calibrate.explanation.picture import explanation_picture
from asd_monitor.calibrate.normal.bands import BandGatherer
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.errors import AudioError
from asd_monitor.models.recordings import open_recording
from asd_monitor.models.scorer import Scorer
from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, normal_sound
from tests.support.bundles import tiny_ensemble
from tests.support.clip_scores import a_calibration
from tests.support.per_band import (
    clip_bundle,
    knowing,
    per_band_bundle,
)
from tests.support.sounds import Sound, blocks

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return replace(per_band_bundle(normal_sound(60, seed=1)), fingerprint="ab" * 32)


@pytest.fixture(scope="module")
def calibration(bundle: Bundle) -> Calibration:
    scorer, gatherer, scores = Scorer(bundle), BandGatherer(), []
    for block in blocks(normal_sound(60, seed=2)):
        scored = scorer.push(block)
        gatherer.add(scored.windows)
        scores += [clip.score for clip in scored.clips]
    mean, std = float(np.mean(scores)), float(np.std(scores))
    limits = a_calibration(warning=mean + 6 * std, critical=mean + 8 * std, scores=sorted(scores))
    normal = Spread(mean=mean, median=mean, std=std)
    return replace(limits, normal=normal, bands=gatherer.bands())


def explained(
    folder: Path, sound: Sound, bundle: Bundle, calibration: Calibration | None
) -> Explanation:
    path = folder / "sound.wav"
    soundfile.write(path, sound, SAMPLE_RATE_HZ)
    return explain(open_recording(path), bundle, calibration, channel=None)


def with_tone(sound: Sound, *, from_s: float, to_s: float) -> Sound:
    t_s = np.arange(len(sound)) / SAMPLE_RATE_HZ
    tone = 0.05 * np.sin(2 * np.pi * 2150 * t_s) * ((t_s >= from_s) & (t_s < to_s))
    return (sound + tone).astype(np.float32)


def test_a_fault_is_told_with_its_frequencies_its_time_and_its_share(
    tmp_path: Path, bundle: Bundle, calibration: Calibration
) -> None:
    sound = with_tone(normal_sound(10, seed=3), from_s=3.2, to_s=6.1)
    found = explained(tmp_path, sound, bundle, calibration)
    assert found.verdict is not None
    assert found.verdict.severity is Severity.CRITICAL
    assert found.compared_with == CALIBRATED
    (line,) = say_bands(found)
    assert re.fullmatch(r"excess at 2\.10?-2\.20? kHz from 3\.\d s to 6\.\d s \(\d\d%\)", line)
    (band,) = found.bands or ()
    assert (band.from_s, band.to_s) == pytest.approx((3.2, 6.1), abs=0.15)
    assert explanation_picture(found).startswith(PNG)


def test_normal_sound_is_said_to_be_normal(
    tmp_path: Path, bundle: Bundle, calibration: Calibration
) -> None:
    found = explained(tmp_path, normal_sound(10, seed=4), bundle, calibration)
    assert found.verdict is not None
    assert found.verdict.severity is Severity.NORMAL
    assert say_bands(found) == ["no band stands out"]
    assert explanation_picture(found).startswith(PNG)


def test_a_fault_that_lasts_is_seen_only_against_the_calibration(
    tmp_path: Path, bundle: Bundle, calibration: Calibration
) -> None:
    sound = with_tone(normal_sound(10, seed=5), from_s=0, to_s=10)
    with_it = explained(tmp_path, sound, bundle, calibration)
    without = explained(tmp_path, sound, bundle, None)
    assert with_it.bands
    assert without.bands == ()
    assert without.compared_with == QUIETEST
    assert without.verdict is None
    assert without.score == with_it.score


def test_the_score_is_explained_completely(
    tmp_path: Path, bundle: Bundle, calibration: Calibration
) -> None:
    sound = with_tone(normal_sound(10, seed=6), from_s=2, to_s=9)
    found = explained(tmp_path, sound, bundle, calibration)
    assert calibration.bands is not None
    assert found.excess is not None
    assert found.score is not None
    # The excess of all bands is what the score has above that of normal sound.
    normal_score = np.mean(calibration.bands.mean)
    assert found.excess.mean() == pytest.approx(found.score - normal_score, abs=1e-9)


def test_of_an_ensemble_the_density_says_where_and_the_calibration_how_bad(
    tmp_path: Path,
) -> None:
    found = explained(tmp_path, normal_sound(4, seed=7), tiny_ensemble(), None)
    assert found.bands is not None
    assert explanation_picture(found).startswith(PNG)


def test_without_a_calibration_a_clip_detector_knows_no_frequencies(tmp_path: Path) -> None:
    found = explained(tmp_path, normal_sound(4, seed=7), clip_bundle(), None)
    assert found.bands is None
    assert found.score is not None
    assert say_bands(found) == [f"at which frequencies is not known: {WHY_UNKNOWN}"]
    assert explanation_picture(found).startswith(PNG)


def test_a_clip_detector_names_frequencies_roughly_and_says_so(tmp_path: Path) -> None:
    alone, calibration = knowing("spectral")
    sound = with_tone(normal_sound(12, seed=3), from_s=0, to_s=12)
    found = explained(tmp_path, sound, alone, calibration)
    assert found.compared_with == CALIBRATED
    line, *_ = say_bands(found)
    assert re.fullmatch(r"excess at about 2\.1\d?-2\.\d+ kHz from 0\.0 s to 12\.0 s \(\d+%\)", line)
    assert found.excess is not None
    assert explanation_picture(found).startswith(PNG)
    short = explained(tmp_path, sound[: 3 * SAMPLE_RATE_HZ], alone, calibration)
    assert short.bands is None


def test_a_recording_with_nothing_to_explain_is_refused(tmp_path: Path, bundle: Bundle) -> None:
    with pytest.raises(AudioError, match="too short"):
        explained(tmp_path, normal_sound(0.1, seed=8), bundle, None)
    with pytest.raises(AudioError, match="silence"):
        explained(tmp_path, np.zeros(3 * SAMPLE_RATE_HZ, np.float32), bundle, None)
