"""Sound that is no sound: none of it is taken for normal, none of it raises an alarm."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, normal_sound
from tests.support.command_line import asd_monitor
from tests.support.fault_matrix import fault
from tests.support.replay_lines import ClipLine, EventLine, read_lines
from tests.support.sounds import Sound
from tests.system.conftest import Trained

pytestmark = pytest.mark.system

LENGTH_S = 40
FAULTY = slice(12 * SAMPLE_RATE_HZ, 30 * SAMPLE_RATE_HZ)
# A clip that holds any of it: 10 s clips, judged at their end.
FAULTY_CLIPS_S = (3.0, 29.0)


def not_a_number(sound: Sound) -> None:
    sound[FAULTY] = np.nan


def infinite(sound: Sound) -> None:
    sound[FAULTY] = np.inf


def zero(sound: Sound) -> None:
    sound[FAULTY] = 0.0


def constant(sound: Sound) -> None:
    sound[FAULTY] += np.float32(0.4)


def stuck(sound: Sound) -> None:
    sound[FAULTY] = sound[FAULTY.start]


def clipped(sound: Sound) -> None:
    sound[FAULTY] = np.clip(sound[FAULTY] * 300, -1.0, 1.0)


MADE: dict[Callable[[Sound], None], set[str]] = {
    not_a_number: {"not_finite"},
    infinite: {"not_finite"},
    zero: {"silence", "stuck"},
    constant: {"dc_offset"},
    stuck: {"stuck", "silence", "dc_offset"},
    clipped: {"overload"},
}
ROW = fault(
    15,
    "NaN, infinite, zero, DC, stuck, clipped samples; a dead channel",
    "unknown with the reason, never normal, never an alarm; judged again when it is over",
)


@ROW
@pytest.mark.parametrize("spoil", MADE, ids=lambda spoil: spoil.__name__)
def test_spoilt_sound_is_unknown_and_why(
    spoil: Callable[[Sound], None], trained: Trained, tmp_path: Path
) -> None:
    sound = normal_sound(LENGTH_S, seed=21)
    spoil(sound)
    path = tmp_path / "spoilt.wav"
    soundfile.write(path, sound, SAMPLE_RATE_HZ, subtype="FLOAT")
    clips, events = replayed(path, trained)
    begin_s, end_s = FAULTY_CLIPS_S
    inside = [c for c in clips if begin_s <= c.start_s <= end_s]
    assert {c.severity for c in inside} == {"unknown"}, [(c.start_s, c.severity) for c in inside]
    assert {c.reason for c in inside} <= MADE[spoil]
    outside = [c for c in clips if c.start_s + c.duration_s <= 12 or c.start_s >= 30]
    assert {c.severity for c in outside} == {"normal"}
    assert events == []


@ROW
def test_a_dead_channel_is_unknown_and_the_live_one_is_judged(
    trained: Trained, tmp_path: Path
) -> None:
    sound = normal_sound(LENGTH_S, seed=21)
    path = tmp_path / "two.wav"
    soundfile.write(path, np.stack([sound, 0 * sound], axis=1), SAMPLE_RATE_HZ)
    live, _ = replayed(path, trained, "--channel", 0)
    dead, events = replayed(path, trained, "--channel", 1)
    assert {c.severity for c in live} == {"normal"}
    assert {c.severity for c in dead} == {"unknown"}
    assert events == []


def replayed(
    path: Path, trained: Trained, *options: object
) -> tuple[list[ClipLine], list[EventLine]]:
    outcome = asd_monitor("replay", path, "--json", *trained.model, *options)
    assert outcome.code == 0, outcome.stderr
    assert "NaN" not in outcome.stdout
    for line in outcome.stdout.splitlines():
        json.loads(line)
    lines = read_lines(outcome.stdout)
    clips = [line for line in lines if isinstance(line, ClipLine)]
    return clips, [line for line in lines if isinstance(line, EventLine)]
