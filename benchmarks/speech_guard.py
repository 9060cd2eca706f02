"""How often the speech guard hears a voice beside a machine, and how often it hears one in none.

    python benchmarks/speech_guard.py --machine ../shared/data/fan --machine ../shared/data/plant

The voices are recordings of a person (Debian's package ``alsa-utils`` brings eight calls such as
"front center", here one after the other) and the sentences of a synthesiser (``espeak-ng``).
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import click
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from asd_monitor.models.recordings import find_recordings
from asd_monitor.monitor.evidence.speech import RATE_HZ, is_speech_likely

CALLS: Final = Path("/usr/share/sounds/alsa")
SENTENCES: Final = (
    "Please switch off the pump before you open the cover. "
    "We had the same trouble with the bearing last week, I will call the workshop."
)
LOUDER_DB: Final = (0, 5, 10, 15)
CLIP_S: Final = 12
_PAUSE_S: Final = 0.15

Sound = NDArray[np.float32]


def read(path: Path) -> Sound:
    """A recording, mixed down, at the rate of the guard."""
    frames, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    sound: Sound = soxr.resample(frames.mean(axis=1), rate_hz, RATE_HZ)
    return sound


def calls() -> Sound:
    """A person's calls, ten seconds of them."""
    pause = np.zeros(round(_PAUSE_S * RATE_HZ), np.float32)
    paths = sorted(path for path in CALLS.glob("*.wav") if path.stem != "Noise")
    said = [np.concatenate([np.trim_zeros(read(path)), pause]) for path in paths]
    return np.concatenate(said)[: 10 * RATE_HZ]


def sentences() -> Sound:
    """What the synthesiser says."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "said.wav")
        subprocess.run(["espeak-ng", "-w", path, SENTENCES], check=True)  # noqa: S603, S607
        return read(path)[: 10 * RATE_HZ]


def beside(machine: Sound, voice: Sound, *, louder_db: float) -> Sound:
    """A voice from the second second on, so much louder than the machine, in mean power."""
    powers = [float(np.mean(np.square(each))) for each in (machine, voice)]
    both = machine.copy()
    gain = np.sqrt(powers[0] / powers[1]) * 10 ** (louder_db / 20)
    both[RATE_HZ : RATE_HZ + len(voice)] += gain * voice
    return np.asarray(both / max(1.0, float(np.abs(both).max())), dtype=np.float32)


def clips(folder: Path, n: int) -> list[Sound]:
    """Clips of a machine alone, drawn from its recordings; short ones are repeated."""
    paths = find_recordings([folder])
    picked = np.random.default_rng(1).choice(len(paths), min(n, len(paths)), replace=False)
    sounds = [read(paths[i]) for i in sorted(picked)]
    return [np.resize(sound, CLIP_S * RATE_HZ) for sound in sounds]


def n_heard(sounds: list[Sound]) -> int:
    """In how many of them the guard hears a voice."""
    return sum(is_speech_likely(sound, sample_rate_hz=RATE_HZ) for sound in sounds)


@click.command()
@click.option(
    "--machine", "machines", multiple=True, type=click.Path(path_type=Path), required=True
)
@click.option("--clips", "n_clips", default=40, show_default=True)
def main(machines: tuple[Path, ...], n_clips: int) -> None:
    """Print a table: clips in which a voice was heard, of all."""
    voices = {"a person's calls": calls(), "synthetic sentences": sentences()}
    levels = " | ".join(f"{level} dB" for level in LOUDER_DB)
    print(f"| machine | voice | {levels} |")
    for folder in machines:
        alone = clips(folder, n_clips)
        print(f"| {folder.name} | none | {n_heard(alone)} of {len(alone)} |")
        for name, voice in voices.items():
            found = [n_heard([beside(m, voice, louder_db=db) for m in alone]) for db in LOUDER_DB]
            print(f"| {folder.name} | {name} | " + " | ".join(map(str, found)) + " |")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
