"""The cohort of a machine: chosen from its normal sound, and fair to the thresholds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asd_monitor.calibrate.calibrate import CalibrationSettings, calibrate
from asd_monitor.calibrate.calibration import Calibration, load_calibration, save_calibration
from asd_monitor.calibrate.cohort import MAX_CLIPS, CohortClips, beside_cohort
from asd_monitor.calibrate.normal.collect import CollectSettings, collect
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.calibrate.report.report import report
from asd_monitor.models.errors import CalibrationError, InsufficientSoundError
from asd_monitor.models.fusion import Fusion, Voice
from asd_monitor.models.scorer import Scorer
from asd_monitor.models.scores import ClipScore
from tests.calibrate.test_calibrate import CREATED_AT
from tests.support.bundles import tiny_bundle
from tests.support.clip_scores import RATE_HZ, autoregressive, session
from tests.support.sounds import blocks, noise

FUSION = Fusion((Voice(member=0, kind="group-made", pooling="mean"),))


def _stream(n_clips: int, *, seed: int = 0) -> tuple[ClipScore, ...]:
    """Clips in changing conditions, which are heard in the spectrum and half of the score."""
    rng = np.random.default_rng(seed)
    conditions = autoregressive(n_clips, lag_one=0.5, seed=seed)
    scores = conditions + autoregressive(n_clips, lag_one=0.5, seed=1000 + seed)
    return tuple(
        replace(clip, spectrum_db=(10 * condition + rng.standard_normal(128)).astype(np.float32))
        for clip, condition in zip(session(scores), conditions, strict=True)
    )


def _beside(sessions: tuple[tuple[ClipScore, ...], ...]) -> tuple[Fusion, list[float]]:
    fusion, judged = beside_cohort(FUSION, sessions, nearest=5, clip_s=10.0, hop_s=1.0)
    return fusion, [clip.score for clips in judged for clip in clips]


def test_the_clips_that_set_thresholds_score_like_fresh_ones() -> None:
    fusion, judged = _beside((_stream(4000),))
    fresh = [fusion.clip_score([clip.score], clip.spectrum_db) for clip in _stream(4000, seed=1)]
    for share in (0.5, 0.9, 0.95):
        level = np.quantile(judged, share)
        assert np.mean(np.array(fresh) <= level) == pytest.approx(share, abs=0.05)


def test_what_the_condition_explains_is_no_part_of_the_score() -> None:
    stream = _stream(4000)
    _, judged = _beside((stream,))
    before = [clip.score for clip in stream]
    conditions = [
        float(np.mean(clip.spectrum_db)) for clip in stream if clip.spectrum_db is not None
    ]
    assert np.corrcoef(before, conditions)[0, 1] > 0.6
    assert abs(np.corrcoef(judged, conditions)[0, 1]) < 0.2


def test_a_cohort_has_clips_that_do_not_overlap_and_not_too_many() -> None:
    few, _ = _beside((_stream(400),))
    many, _ = _beside((_stream(9000),))
    assert few.cohort is not None
    assert many.cohort is not None
    assert len(few.cohort.scores) == 40
    assert len(many.cohort.scores) == MAX_CLIPS


def test_too_few_clips_for_a_cohort_are_refused_with_what_would_do() -> None:
    with pytest.raises(InsufficientSoundError, match="--cohort 3"):
        _beside((_stream(120),))


def _recorded(folder: Path) -> NormalSound:
    for i in range(40):
        sound = noise(2 * RATE_HZ, rms=0.02 if i % 2 else 0.08, seed=i)
        soundfile.write(folder / f"{i:02}.wav", sound, RATE_HZ, subtype="PCM_16")
    return collect([folder], tiny_bundle(0), CollectSettings(clip_s=2.0, nearest=5))


def _calibrated(normal: NormalSound) -> Calibration:
    bundle = replace(tiny_bundle(0), fingerprint="ab" * 32)
    return calibrate(normal, bundle, CalibrationSettings(), machine="pump", created_at=CREATED_AT)


def test_what_listens_judges_as_the_calibration_was_made(tmp_path: Path) -> None:
    normal = _recorded(tmp_path)
    calibration = _calibrated(normal)
    path = tmp_path / "calibration.json"
    save_calibration(calibration, path)
    loaded = load_calibration(path)
    assert loaded == calibration
    scorer = Scorer(tiny_bundle(0), clip_s=2.0, fusion=loaded.fusion)
    sound = noise(2 * RATE_HZ, rms=0.02, seed=77)
    (clip,) = [c for b in blocks(sound) for c in scorer.push(b).clips]
    assert normal.fusion.cohort is not None
    assert clip.spectrum_db is not None
    beside = normal.fusion.cohort.normalised(clip.voices[0], clip.spectrum_db)
    assert clip.score == pytest.approx(beside, rel=1e-12)
    assert "beside the 5 of 40 normal clips" in report(loaded)


def test_a_cohort_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(CalibrationError, match="contradict"):
        CohortClips(nearest=1, bands_db=((0.0,) * 32,), scores=(1.0, 2.0))
    with pytest.raises(CalibrationError, match="smaller"):
        CohortClips(nearest=2, bands_db=((0.0,) * 32,), scores=(1.0,))
