"""Training hears what the scorer hears, without faulty sound."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.frontend import LogMel
from asd_monitor.models.recordings import open_recording
from asd_monitor.models.training.features import FeatureReader, Frames
from asd_monitor.models.training.progress import SoundSkipped
from asd_monitor.models.training.sound import Runs
from asd_monitor.models.training.split import Role, Span
from asd_monitor.models.training.standardise import STD_FLOOR_DB, fit_standardiser, standardise
from tests.support.bundles import mel_filters
from tests.support.sounds import Sound, noise

FEATURES = FeatureConfig()


def write(path: Path, sound: Sound, *, sample_rate_hz: int = 16_000) -> Path:
    soundfile.write(path, sound, sample_rate_hz, subtype="FLOAT")
    return path


def read(
    path: Path, *, first_sample: int = 0, n_samples: int | None = None
) -> tuple[tuple[Frames, ...], list[SoundSkipped]]:
    skipped: list[SoundSkipped] = []
    reader = FeatureReader(FEATURES, mel_filters(FEATURES), channel=None, on_skipped=skipped.append)
    recording = open_recording(path)
    span = Span(recording, first_sample, n_samples or recording.n_samples, Role.FITTED)
    return tuple(reader.read(span)), skipped


def log_mel(sound: Sound) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return LogMel(FEATURES, mel_filters(FEATURES)).push(sound)


def test_a_recording_is_one_run_of_frames(tmp_path: Path) -> None:
    sound = noise(16_000 * 25 + 77)
    (run,), skipped = read(write(tmp_path / "a.wav", sound))
    np.testing.assert_allclose(run, log_mel(sound), atol=1e-4)
    assert not skipped


def test_a_span_is_read_and_no_more(tmp_path: Path) -> None:
    sound = noise(16_000 * 4)
    (run,), _ = read(write(tmp_path / "a.wav", sound), first_sample=16_000, n_samples=32_000)
    np.testing.assert_allclose(run, log_mel(sound[16_000:48_000]), atol=1e-4)


def test_other_rates_are_resampled(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", noise(66_150), sample_rate_hz=44_100)
    (run,), _ = read(path)
    assert len(run) == 1 + (24_000 - 1024) // 512


def test_faulty_pieces_are_named_and_split_the_run(tmp_path: Path) -> None:
    sound = noise(16_000 * 40)
    sound[16_000 * 13] = np.nan
    sound[16_000 * 30 :] = 0
    runs, skipped = read(write(tmp_path / "a.wav", sound))
    assert [len(run) for run in runs] == [len(log_mel(sound[: 16_000 * 10]))] * 2
    assert [np.isfinite(run).all() for run in runs] == [True, True]
    assert [one.path for one in skipped] == [tmp_path / "a.wav"] * 2
    assert "10 s to 20 s" in skipped[0].reason
    assert "not_finite" in skipped[0].reason
    assert "silence" in skipped[1].reason


def test_sound_shorter_than_a_window_gives_no_run(tmp_path: Path) -> None:
    runs, _ = read(write(tmp_path / "a.wav", noise(FEATURES.window_samples - 1)))
    assert runs == ()
    runs, _ = read(write(tmp_path / "b.wav", noise(FEATURES.window_samples)))
    assert [len(run) for run in runs] == [FEATURES.n_frames]


def test_a_recording_that_vanishes_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", noise(16_000))
    skipped: list[SoundSkipped] = []
    reader = FeatureReader(FEATURES, mel_filters(FEATURES), channel=None, on_skipped=skipped.append)
    span = Span(open_recording(path), 0, 16_000, Role.FITTED)
    path.unlink()
    assert reader.read(span) == []
    assert [one.path for one in skipped] == [path]


def test_standardised_frames_have_no_mean_and_unit_variance() -> None:
    rng = np.random.default_rng(0)
    runs = Runs.of(*(rng.normal(-40, 7, (n, 3)).astype(np.float32) for n in (50, 40_000)))
    standardise(runs, fit_standardiser(runs))
    np.testing.assert_allclose(runs.frames.mean(axis=0, dtype=np.float64), 0, atol=1e-5)
    np.testing.assert_allclose(runs.frames.std(axis=0, dtype=np.float64), 1, atol=1e-5)


def test_a_bin_that_never_moves_gets_the_floor() -> None:
    standardiser = fit_standardiser(Runs.of(np.full((10, 3), -156.5, np.float32)))
    assert standardiser.std == pytest.approx([STD_FLOOR_DB] * 3)
    assert standardiser.mean == pytest.approx([-156.5] * 3)
