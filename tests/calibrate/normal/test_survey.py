import itertools
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asd_monitor.calibrate.clocks import told_at
from asd_monitor.calibrate.normal.collect import CollectSettings, collect
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.calibrate.normal.survey import in_order_of_time, survey
from asd_monitor.calibrate.recorded import Halves, Recorded, say_recorded
from asd_monitor.calibrate.unlike import Unlike
from asd_monitor.models.errors import InsufficientSoundError
from asd_monitor.models.recording_writer import write_recording
from tests.support.bundles import tiny_bundle
from tests.support.sounds import Sound, hum, noise

RATE_HZ = 16_000


def _write(path: Path, sound: Sound) -> Path:
    soundfile.write(path, sound, RATE_HZ, subtype="PCM_16")
    return path


def _collect(*paths: Path, keep_all: bool = False) -> NormalSound:
    return collect(paths, tiny_bundle(0), CollectSettings(clip_s=2.0, keep_all=keep_all))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """24 clips of noise."""
    for seed in range(24):
        _write(tmp_path / f"{seed:02}.wav", noise(2 * RATE_HZ, seed=seed))
    return tmp_path


def test_a_file_unlike_the_rest_sets_no_threshold_and_is_named(folder: Path) -> None:
    _write(folder / "strange.wav", hum(2 * RATE_HZ))
    normal = _collect(folder)
    assert len(normal.sessions) == 24
    assert [left_out.path.name for left_out in normal.left_out] == ["strange.wav"]
    (strange,) = survey(normal).left_out
    assert strange.name == "strange.wav"
    text = " ".join(say_recorded(survey(normal)))
    assert "Left out because they sound unlike the rest: strange.wav" in text


def test_it_is_used_where_that_is_asked_for_and_named_all_the_same(folder: Path) -> None:
    _write(folder / "strange.wav", hum(2 * RATE_HZ))
    normal = _collect(folder, keep_all=True)
    assert len(normal.sessions) == 25
    (strange,) = survey(normal).unlike
    assert strange.name == "strange.wav"
    assert "Used, but unlike the rest: strange.wav" in " ".join(say_recorded(survey(normal)))


def test_recordings_of_several_machines_by_their_names_are_told(folder: Path) -> None:
    text = " ".join(say_recorded(survey(_collect(folder))))
    assert "several machines" not in text
    for seed in range(3):
        _write(folder / f"normal_id_02_{seed}.wav", noise(2 * RATE_HZ, seed=100 + seed))
    text = " ".join(say_recorded(survey(_collect(folder))))
    assert "are of several machines (id_00, id_02)" in text


def test_more_strange_files_than_the_stated_share_are_used_and_named(folder: Path) -> None:
    for seed in range(3):
        _write(folder / f"strange{seed}.wav", hum(2 * RATE_HZ, seed=seed))
    normal = _collect(folder)
    assert len(normal.sessions) == 27
    assert {file.name for file in survey(normal).unlike} == {f"strange{i}.wav" for i in range(3)}


def test_one_recording_in_two_formats_counts_once(folder: Path) -> None:
    samples, _ = soundfile.read(folder / "03.wav", dtype="float32")
    _write(folder / "also.flac", samples)
    normal = _collect(folder)
    assert len(normal.sessions) == 24
    assert [left_out.reason for left_out in normal.left_out] == [
        "its samples are those of another file"
    ]


def test_sound_that_is_nearly_silent_is_measured(folder: Path) -> None:
    faint = noise(2 * RATE_HZ, seed=100, rms=10 ** (-75 / 20))
    normal = _collect(folder, _write(folder / "faint.wav", faint), keep_all=True)
    assert survey(normal).nearly_silent_s == 2.0


def test_sessions_are_put_in_the_order_of_their_clocks_where_all_tell(tmp_path: Path) -> None:
    for name, hour in (("a", 15), ("b", 9), ("c", 11)):
        write_recording(
            tmp_path / f"{name}.flac",
            noise(2 * RATE_HZ, seed=hour),
            sample_rate_hz=RATE_HZ,
            session=name,
            first_sample=0,
            recorded_at=datetime(2026, 3, 1, hour, 59, 59, tzinfo=UTC),
        )
    normal = _collect(tmp_path)
    a, b, c = normal.sessions
    assert in_order_of_time(normal) == (b, c, a)
    begins = [told_at(recordings[0]) for recordings in normal.recordings]
    hours = {hour for begin in begins if begin for hour in (begin.hour, (begin.hour + 1) % 24)}
    assert survey(normal).hours == tuple(sorted(hours))
    _write(tmp_path / "d.wav", noise(2 * RATE_HZ))
    assert len(in_order_of_time(_collect(tmp_path))) == 4


RECORDED = Recorded(files=30, halves=Halves(p_value=0.4, shift=0.1))


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        (RECORDED, "scores like the first, as far as chance lets tell (p = 0.40)"),
        (RECORDED, "Neither tags nor names tell"),
        (replace(RECORDED, hours=(8, 9)), "Recorded 08:00 to 10:00; what"),
        (replace(RECORDED, hours=tuple(range(24))), "Every hour of the day was recorded."),
        (
            replace(RECORDED, halves=Halves(p_value=0.002, shift=-1.25)),
            "1.2 standard deviations lower than the first (p = 0.002)",
        ),
        (replace(RECORDED, nearly_silent_s=180.0), "below -70 dBFS: 3.0 min"),
        (replace(RECORDED, backwards=(("b", "a"),)), "b says that it began before a, which it"),
        (
            replace(RECORDED, unlike=tuple(Unlike(name=f"{i}", deviations=7.0) for i in range(7))),
            "4 (7 deviations above), and 2 more files",
        ),
    ],
)
def test_every_finding_is_a_clear_sentence(recorded: Recorded, said: str) -> None:
    assert said in " ".join(say_recorded(recorded))


def test_nothing_is_left_of_copies_of_what_cannot_be_judged(tmp_path: Path) -> None:
    for name in "ab":
        _write(tmp_path / f"{name}.wav", np.zeros(2 * RATE_HZ, np.float32))
    with pytest.raises(InsufficientSoundError, match="silence"):
        _collect(tmp_path)


def test_the_order_of_the_files_does_not_matter(folder: Path) -> None:
    _write(folder / "strange.wav", hum(2 * RATE_HZ))
    files = sorted(folder.iterdir())
    orders = itertools.islice(itertools.permutations([folder, *files]), 2)
    first, second = (_collect(*order) for order in orders)
    assert survey(first) == survey(second)
