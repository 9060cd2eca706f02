from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asd_monitor.calibrate.cross_fit import CrossFit
from asd_monitor.calibrate.normal.collect import CollectSettings, collect
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.models.bundle import Bundle, Stretch
from asd_monitor.models.errors import AudioError, InsufficientSoundError
from asd_monitor.models.recording_writer import write_recording
from asd_monitor.models.recordings import file_sha256, open_recording
from asd_monitor.models.same_sound import sound_sha256
from tests.support.bundles import tiny_bundle
from tests.support.sounds import BEGAN_AT, Sound, noise

RATE_HZ = 16_000


def _write(path: Path, sound: Sound) -> Path:
    soundfile.write(path, sound, RATE_HZ, subtype="PCM_16")
    return path


def _noises(folder: Path, n_files: int, *, seconds: float = 4.0) -> list[Path]:
    n = round(seconds * RATE_HZ)
    return [_write(folder / f"{i}.wav", noise(n, seed=i)) for i in range(n_files)]


def _bundle(*seen: tuple[Path, int, int], seed: int = 0) -> Bundle:
    bundle = tiny_bundle(seed)
    stretches = tuple(
        Stretch(
            sha256=file_sha256(path),
            sound=sound_sha256(open_recording(path)),
            name=path.name,
            first_sample=first_s * RATE_HZ,
            n_samples=seconds * RATE_HZ,
            role="fitted",
        )
        for path, first_s, seconds in seen
    )
    return replace(bundle, provenance=replace(bundle.provenance, stretches=stretches))


def _collect(folder: Path, bundle: Bundle | None = None) -> NormalSound:
    return collect([folder], bundle or _bundle(), CollectSettings(channel=0, clip_s=4.0, hop_s=1.0))


def test_every_fresh_file_is_a_session(tmp_path: Path) -> None:
    _noises(tmp_path, 3)
    sound = _collect(tmp_path)
    assert [len(session) for session in sound.sessions] == [1, 1, 1]
    assert sound.seconds == 12.0
    assert all(np.isfinite(clip.score) for clip in sound.clips)


def test_what_training_has_seen_is_left_out(tmp_path: Path) -> None:
    whole, partly, _ = _noises(tmp_path, 3, seconds=12)
    sound = _collect(tmp_path, _bundle((whole, 0, 12), (partly, 4, 2)))
    starts_s = [[clip.first_sample / RATE_HZ for clip in s] for s in sound.sessions]
    assert starts_s == [[0.0], [6.0, 7.0, 8.0], [float(i) for i in range(9)]]
    assert sound.seconds == 4 + 6 + 12
    assert sorted((left.path.name, left.seconds) for left in sound.left_out) == [
        ("0.wav", 12.0),
        ("1.wav", 2.0),
    ]
    assert {left.reason for left in sound.left_out} == {"the weights were fitted on it"}


def test_a_scrap_beside_what_training_has_seen_is_left_out(tmp_path: Path) -> None:
    (path,) = _noises(tmp_path, 1, seconds=12)
    sound = _collect(tmp_path, _bundle((path, 0, 5), (path, 6, 2)))
    assert [left.seconds for left in sound.left_out] == [5.0, 2.0, 1.0]
    assert sound.seconds == 4.0


def test_where_all_files_are_shorter_clips_get_their_length(tmp_path: Path) -> None:
    _noises(tmp_path, 3, seconds=2)
    sound = _collect(tmp_path)
    assert (sound.clip_s, len(sound.clips)) == (2.0, 3)


def test_a_file_is_one_clip_where_it_is_shorter_by_less_than_a_second(tmp_path: Path) -> None:
    _noises(tmp_path, 2, seconds=1.5)
    sound = _collect(tmp_path)
    assert sound.clip_s == 2.0
    assert [clip.duration_s for clip in sound.clips] == [1.5, 1.5]


def test_a_file_much_shorter_than_the_others_is_left_out(tmp_path: Path) -> None:
    _noises(tmp_path, 5, seconds=4)
    short = _write(tmp_path / "short.wav", noise(RATE_HZ, seed=9))
    sound = _collect(tmp_path)
    assert [left.path for left in sound.left_out] == [short]
    assert sound.left_out[0].reason == "it is shorter than a clip of 4.0 s"
    assert {clip.duration_s for clip in sound.clips} == {4.0}


def test_files_of_one_recording_session_are_one_session(tmp_path: Path) -> None:
    sound = noise(12 * RATE_HZ)
    for i in range(3):
        write_recording(
            tmp_path / f"{i}.flac",
            sound[i * 4 * RATE_HZ : (i + 1) * 4 * RATE_HZ],
            sample_rate_hz=RATE_HZ,
            session="s",
            first_sample=i * 4 * RATE_HZ,
            recorded_at=BEGAN_AT,
        )
    collected = _collect(tmp_path)
    assert [len(session) for session in collected.sessions] == [9]
    assert collected.seconds == 12.0


def test_clips_with_faults_never_enter_and_cut_their_session(tmp_path: Path) -> None:
    sound = noise(16 * RATE_HZ)
    sound[8 * RATE_HZ : 9 * RATE_HZ] = 0.0
    _write(tmp_path / "a.wav", sound)
    collected = _collect(tmp_path)
    starts_s = [[clip.first_sample // RATE_HZ for clip in s] for s in collected.sessions]
    assert starts_s == [[0, 1, 2, 3, 4], [9, 10, 11, 12]]
    assert collected.flagged["silence"] == 4
    assert collected.seconds == 8 + 7


def test_a_bad_file_is_named_and_the_rest_is_done(tmp_path: Path) -> None:
    _noises(tmp_path, 2)
    (tmp_path / "bad.wav").write_bytes(b"RIFF and nothing else")
    collected = _collect(tmp_path)
    assert [failure.path.name for failure in collected.failures] == ["bad.wav"]
    assert len(collected.sessions) == 2


def test_a_copy_is_no_second_witness(tmp_path: Path) -> None:
    (path,) = _noises(tmp_path, 1)
    (tmp_path / "copy.wav").write_bytes(path.read_bytes())
    collected = _collect(tmp_path)
    assert len(collected.sessions) == 1
    assert [left.reason for left in collected.left_out] == ["it is a copy of another file"]


def test_progress_rises_to_one(tmp_path: Path) -> None:
    _noises(tmp_path, 3)
    shares: list[float] = []
    collect(
        [tmp_path],
        _bundle(),
        CollectSettings(channel=0, clip_s=4.0),
        progress=lambda share, _: shares.append(share),
    )
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)


@pytest.mark.parametrize(("name", "subtype"), [("a.flac", "PCM_16"), ("a.wav", "FLOAT")])
def test_sound_that_was_converted_since_training_is_known_again(
    tmp_path: Path, name: str, subtype: str
) -> None:
    trained, _ = _noises(tmp_path, 2)
    bundle = _bundle((trained, 0, 4))
    samples, _ = soundfile.read(trained, dtype="float32")
    trained.unlink()
    soundfile.write(tmp_path / name, samples, RATE_HZ, subtype=subtype)
    sound = _collect(tmp_path, bundle)
    assert sound.seconds == 4.0
    (left,) = sound.left_out
    assert (left.path.name, left.reason, left.seen) == (name, "the weights were fitted on it", True)


def test_nothing_fresh_names_the_remedy(tmp_path: Path) -> None:
    (path,) = _noises(tmp_path, 1)
    with pytest.raises(
        InsufficientSoundError, match=r"4\.0 s because .* \(--hold-out, --cross-fit\)"
    ):
        _collect(tmp_path, _bundle((path, 0, 4)))


def test_nothing_readable_is_an_audio_error(tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"RIFF and nothing else")
    with pytest.raises(AudioError, match=r"bad\.wav"):
        _collect(tmp_path)


def test_the_levels_of_normal_sound_are_gathered_by_band(tmp_path: Path) -> None:
    _noises(tmp_path, 30)
    sound = _collect(tmp_path)
    (regime,) = sound.regimes
    assert len(regime.middle_db) == 128
    assert regime.lowest_dbfs == pytest.approx(-26, abs=0.1)
    assert all(clip.spectrum_db is None for clip in sound.clips)


def test_clips_in_which_the_machine_is_off_are_left_out_and_counted(tmp_path: Path) -> None:
    _noises(tmp_path, 3)
    _write(tmp_path / "off.wav", noise(4 * RATE_HZ, seed=9, rms=0.001))
    sound = collect([tmp_path], _bundle(), CollectSettings(channel=0, off_below_dbfs=-50.0))
    assert sound.flagged == {"machine_off": 1}
    assert (len(sound.clips), sound.seconds) == (3, 12.0)
    assert sound.regimes[0].lowest_dbfs == pytest.approx(-26, abs=0.1)


def test_what_the_bundle_has_seen_is_scored_by_the_sibling_that_has_not(tmp_path: Path) -> None:
    first, second, third = _noises(tmp_path, 3, seconds=12)
    bundle = _bundle((first, 0, 12), (second, 0, 12))
    siblings = (
        _bundle((second, 0, 12), seed=1),
        _bundle((first, 0, 12), (second, 6, 6), seed=2),
    )
    sound = collect(
        [tmp_path], bundle, CollectSettings(channel=0, clip_s=4.0, hop_s=4.0), siblings=siblings
    )
    alone = [
        collect([path], _bundle(seed=seed), CollectSettings(channel=0, clip_s=4.0, hop_s=4.0)).clips
        for seed, path in ((1, first), (2, second), (0, third))
    ]
    expected = [*alone[0], alone[1][0], *alone[2]]
    assert [clip.voices for clip in sound.clips] == [clip.voices for clip in expected]
    assert sound.cross_fit == CrossFit(siblings=2, seconds=12 + 4)
    assert sum(left.seconds for left in sound.left_out) == 6


def test_without_anything_to_score_in_its_place_siblings_are_not_mentioned(tmp_path: Path) -> None:
    _noises(tmp_path, 3)
    siblings = (_bundle(seed=1),)
    sound = collect(
        [tmp_path], _bundle(), CollectSettings(channel=0, clip_s=4.0), siblings=siblings
    )
    assert sound.cross_fit is None
    assert [c.voices for c in sound.clips] == [c.voices for c in _collect(tmp_path).clips]
