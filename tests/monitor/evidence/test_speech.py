"""What is taken for speech, and what is not."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from asd_monitor.monitor.evidence.speech import RATE_HZ, is_speech_likely
from asd_monitor.monitor.synth import knocking, normal_sound
from tests.support.sounds import Sound, hum, noise

SENTENCE = (
    "Please switch off the pump before you open the cover. "
    "We had the same trouble with the bearing last week, I will call the workshop."
)
LENGTH_S = 20
CALLS = Path("/usr/share/sounds/alsa")


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    program = shutil.which("espeak-ng")
    if program is None:
        pytest.skip("espeak-ng is not installed")
    path: Path = tmp_path_factory.mktemp("speech") / "speech.wav"
    subprocess.run([program, "-w", path, SENTENCE], check=True)
    samples, rate_hz = soundfile.read(path, dtype="float32")
    spoken: Sound = soxr.resample(samples, rate_hz, RATE_HZ)
    return spoken


@pytest.fixture(scope="module")
def calls() -> Sound:
    """A person, recorded."""
    paths = [CALLS / f"{name}.wav" for name in ("Front_Center", "Rear_Left", "Side_Right")]
    if not all(path.exists() for path in paths):
        pytest.skip("alsa-utils, which brings recordings of a person, is not installed")
    said = []
    for path in paths * 2:
        samples, rate_hz = soundfile.read(path, dtype="float32")
        said.append(soxr.resample(np.trim_zeros(samples), rate_hz, RATE_HZ))
    return np.concatenate(said)


def added(sound: Sound, speech: Sound, *, louder_db: float) -> Sound:
    """Somebody speaks beside the machine, so much louder than it."""
    rms = [float(np.sqrt(np.mean(np.square(each)))) for each in (sound, speech)]
    both = sound.copy()
    both[RATE_HZ : RATE_HZ + len(speech)] += speech * rms[0] / rms[1] * 10 ** (louder_db / 20)
    loudest: float = max(1.0, float(np.abs(both).max()))
    return np.asarray(both / loudest, dtype=np.float32)


def beginning_late(fault: Sound) -> Sound:
    sound = normal_sound(LENGTH_S, seed=4)
    sound[-len(fault) :] += fault
    return sound


def whistle(frequency_hz: float) -> Sound:
    t_s = np.arange(10 * RATE_HZ) / RATE_HZ
    vibrato = 2 * np.pi * frequency_hz * t_s + 30 * np.sin(2 * np.pi * 2 * t_s)
    loudness = 0.05 + 0.05 * np.sin(2 * np.pi * 3 * t_s)
    return np.asarray(loudness * np.sin(vibrato), dtype=np.float32)


def rattle() -> Sound:
    t_s = np.arange(10 * RATE_HZ) / RATE_HZ
    on_and_off = np.sin(2 * np.pi * 4 * t_s) > 0
    return np.where(on_and_off, noise(len(t_s), rms=0.1), np.float32(0))


MACHINES = {
    "running": normal_sound(LENGTH_S, seed=1),
    "humming": hum(LENGTH_S * RATE_HZ),
    "noise": noise(LENGTH_S * RATE_HZ),
}
FAULTS = {
    "knocking": knocking(10, seed=2),
    "hard knocking": knocking(10, seed=2, strength=1.0),
    "whistling": whistle(1500.0),
    "rattling": rattle(),
}


@pytest.mark.parametrize("louder_db", [5.0, 15.0])
@pytest.mark.parametrize("machine", MACHINES)
def test_speech_beside_a_machine_is_heard(machine: str, louder_db: float, speech: Sound) -> None:
    sound = added(MACHINES[machine], speech, louder_db=louder_db)
    assert is_speech_likely(sound, sample_rate_hz=RATE_HZ)


@pytest.mark.parametrize("machine", MACHINES)
def test_a_person_beside_a_machine_is_heard(machine: str, calls: Sound) -> None:
    sound = added(MACHINES[machine], calls, louder_db=15)
    assert is_speech_likely(sound, sample_rate_hz=RATE_HZ)


def test_speech_is_heard_at_the_rate_of_a_sound_card(speech: Sound) -> None:
    sound = soxr.resample(added(MACHINES["running"], speech, louder_db=10), RATE_HZ, 44_100)
    assert is_speech_likely(sound, sample_rate_hz=44_100)


@pytest.mark.parametrize("machine", MACHINES)
def test_a_machine_is_not_taken_for_a_speaker(machine: str) -> None:
    assert not is_speech_likely(MACHINES[machine], sample_rate_hz=RATE_HZ)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_not_taken_for_a_speaker(fault: str) -> None:
    assert not is_speech_likely(beginning_late(FAULTS[fault]), sample_rate_hz=RATE_HZ)


def test_silence_what_is_no_number_and_what_is_too_short_are_no_speech() -> None:
    broken = np.full(5 * RATE_HZ, np.nan, np.float32)
    for sound in (np.zeros(5 * RATE_HZ, np.float32), broken, noise(100)):
        assert not is_speech_likely(sound, sample_rate_hz=RATE_HZ)
