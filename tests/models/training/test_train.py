"""From files to a bundle that knows normal sound from other sound."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asd_monitor.models.bundle import Bundle, load_bundle, save_bundle
from asd_monitor.models.errors import AudioError, ConfigurationError, InsufficientSoundError
from asd_monitor.models.recordings import file_sha256, open_recording
from asd_monitor.models.same_sound import sound_sha256
from asd_monitor.models.scorer import Scorer
from asd_monitor.models.training.progress import (
    EpochDone,
    FileRead,
    SoundSkipped,
    TrainingProgress,
)
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.train import train
from tests.support.fitting import ignore
from tests.support.sounds import Sound, blocks, hum, noise

QUICK = TrainingSettings(hidden=(32, 16, 32), components=2, epochs=3)


def write_clips(
    folder: Path,
    *,
    n_clips: int,
    seconds: float,
    sample_rate_hz: int = 16_000,
    make: Callable[..., Sound] = noise,
) -> Path:
    folder.mkdir(exist_ok=True)
    for i in range(n_clips):
        clip = make(round(seconds * sample_rate_hz), seed=i)
        soundfile.write(folder / f"clip{i}.flac", clip, sample_rate_hz)
    return folder


def mean_score(bundle: Bundle, sound: Sound) -> float:
    scorer = Scorer(bundle)
    parts = [scorer.push(block) for block in blocks(sound)] + [scorer.finish()]
    scores = [windows.score[0] for part in parts for windows in part.windows]
    return float(np.concatenate(scores).mean())


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """54 s of noise in clips of 1.5 s at 44.1 kHz."""
    folder = tmp_path_factory.mktemp("normal")
    return write_clips(folder, n_clips=36, seconds=1.5, sample_rate_hz=44_100)


def test_short_clips_make_a_bundle_that_says_what_it_saw(clips: Path) -> None:
    heard: list[TrainingProgress] = []
    provenance = train([clips], QUICK, heard.append).provenance
    names = {
        role: [s.name for s in provenance.stretches if s.role == role]
        for role in ("fitted", "stopping")
    }
    assert names["fitted"] == [f"clip{i}.flac" for i in range(22)]
    assert names["stopping"] == [f"clip{i}.flac" for i in range(22, 25)]
    assert {(s.first_sample, s.n_samples) for s in provenance.stretches} == {(0, 66_150)}
    assert provenance.stretches[3].sha256 == file_sha256(clips / "clip3.flac")
    assert provenance.stretches[3].sound == sound_sha256(open_recording(clips / "clip3.flac"))
    assert provenance.fitted_s == pytest.approx(22 * 1.5, rel=0.05)
    packages = {"asd-monitor", "python", "numpy", "torch", "librosa", "numba", "scikit-learn"}
    assert provenance.versions.keys() == packages
    assert [e.n_read for e in heard if isinstance(e, FileRead)] == list(range(1, 26))
    assert [e.epoch for e in heard if isinstance(e, EpochDone)] == [1, 2, 3]


def test_the_same_seed_gives_the_same_bundle(clips: Path, tmp_path: Path) -> None:
    made = [train([clips], QUICK, ignore) for _ in range(2)]
    created_at = made[0].provenance.created_at
    prints = [
        save_bundle(
            replace(bundle, provenance=replace(bundle.provenance, created_at=created_at)),
            tmp_path / "b.safetensors",
        ).fingerprint
        for bundle in made
    ]
    assert prints[0] == prints[1]


def test_a_long_recording_is_cut_and_its_end_never_seen(tmp_path: Path) -> None:
    folder = write_clips(tmp_path / "long", n_clips=1, seconds=60)
    provenance = train([folder], QUICK, ignore).provenance
    spans = [(s.role, s.first_sample, s.n_samples) for s in provenance.stretches]
    assert spans == [("fitted", 0, 576_000), ("stopping", 576_000, 96_000)]


def test_each_folder_holds_out_its_own_end(tmp_path: Path) -> None:
    folders = [write_clips(tmp_path / name, n_clips=1, seconds=60) for name in ("fan-a", "fan-b")]
    settings = replace(QUICK, epochs=1)
    provenance = train([*folders, folders[0] / "clip0.flac"], settings, ignore).provenance
    spans = [(s.role, s.first_sample, s.n_samples) for s in provenance.stretches]
    assert spans == 2 * [("fitted", 0, 576_000), ("stopping", 576_000, 96_000)]


def test_files_that_belong_together_hold_out_an_end_of_their_own(tmp_path: Path) -> None:
    source = write_clips(tmp_path / "source", n_clips=12, seconds=10)
    target = write_clips(tmp_path / "target", n_clips=10, seconds=11)
    together = [list(source.iterdir()), list(target.iterdir())]
    provenance = train(together, replace(QUICK, epochs=1), ignore).provenance
    used = Counter(stretch.n_samples for stretch in provenance.stretches)
    assert used == {160_000: 8, 176_000: 7}


def test_everything_is_used_where_nothing_is_held_out(clips: Path) -> None:
    provenance = train([clips], replace(QUICK, hold_out=0.0, epochs=1), ignore).provenance
    assert len(provenance.stretches) == 36


def test_a_trained_bundle_tells_normal_sound_from_other_sound(tmp_path: Path) -> None:
    folder = write_clips(tmp_path / "hum", n_clips=6, seconds=10, make=hum)
    settings = replace(QUICK, epochs=25, patience=25, gain_range_db=3.0)
    path = tmp_path / "b.safetensors"
    save_bundle(train([folder], settings, ignore), path)
    bundle = load_bundle(path)
    normal = hum(16_000 * 5, seed=99)
    rattling = normal + noise(16_000 * 5, rms=0.01)
    assert mean_score(bundle, normal) < bundle.provenance.nll_fitted + 0.5
    assert mean_score(bundle, rattling) > mean_score(bundle, normal) + 1


def test_bad_files_are_named_and_the_rest_is_done(tmp_path: Path) -> None:
    folder = write_clips(tmp_path / "normal", n_clips=6, seconds=10)
    (folder / "a_empty.wav").write_bytes(b"")
    (folder / "a_text.wav").write_text("not sound")
    soundfile.write(folder / "a_silent.wav", np.zeros(16_000), 16_000)
    heard: list[TrainingProgress] = []
    provenance = train([folder], replace(QUICK, epochs=1), heard.append).provenance
    skipped = {e.path.name: e.reason for e in heard if isinstance(e, SoundSkipped)}
    assert skipped.keys() == {"a_empty.wav", "a_text.wav", "a_silent.wav"}
    assert all(name in reason for name, reason in skipped.items())
    assert all(stretch.name.startswith("clip") for stretch in provenance.stretches)


def test_too_little_sound_is_refused_with_the_amount_that_is_needed(tmp_path: Path) -> None:
    folder = write_clips(tmp_path / "few", n_clips=3, seconds=10)
    with pytest.raises(InsufficientSoundError, match="at least 50 s"):
        train([folder], QUICK, ignore)


def test_nothing_readable_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("not sound")
    with pytest.raises(AudioError, match="none of the recordings"):
        train([tmp_path], QUICK, ignore)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="missing"):
        train([tmp_path / "missing"], QUICK, ignore)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"detector": "crystal-ball"}, "crystal-ball"),
        ({"ordering": "sideways"}, "sideways"),
        ({"hidden": (2,), "ordering": "lr"}, "too narrow"),
    ],
)
def test_unknown_settings_are_refused(clips: Path, change: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        train([clips], replace(QUICK, **change), ignore)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"components": 0},
        {"epochs": 0},
        {"patience": 0},
        {"seed": -1},
        {"gain_range_db": -1.0},
        {"gain_range_db": float("nan")},
        {"hold_out": 0.95},
        {"hold_out": -0.1},
    ],
)
def test_impossible_settings_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError):
        TrainingSettings(**change)  # type: ignore[arg-type]
