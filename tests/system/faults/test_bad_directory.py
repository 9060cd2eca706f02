"""A folder of recordings in which everything is wrong that can be."""

import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, normal_sound
from tests.support.command_line import asd_monitor
from tests.support.fault_matrix import fault
from tests.support.recorded import text, truncated, zero_length
from tests.support.replay_lines import ErrorLine, FileLine, SummaryLine, read_lines
from tests.system.conftest import Trained

pytestmark = pytest.mark.system

LENGTH_S = 20


def write_good(folder: Path) -> None:
    """Recordings of every kind that can be read."""
    sound = normal_sound(LENGTH_S, seed=31)
    for subtype in ("PCM_U8", "PCM_24", "FLOAT", "ALAW"):
        soundfile.write(folder / f"good-{subtype}.wav", sound, SAMPLE_RATE_HZ, subtype=subtype)
    for rate_hz in (8_000, 96_000):
        n_samples = LENGTH_S * rate_hz
        other = np.interp(
            np.arange(n_samples) / rate_hz, np.arange(len(sound)) / SAMPLE_RATE_HZ, sound
        )
        soundfile.write(folder / f"good-{rate_hz}.wav", other, rate_hz)
    soundfile.write(folder / "good-six.wav", np.stack([sound] * 6, axis=1), SAMPLE_RATE_HZ)
    spoilt = sound.copy()
    spoilt[1000:2000] = np.nan
    soundfile.write(folder / "good-nan.wav", spoilt, SAMPLE_RATE_HZ, subtype="FLOAT")


def cut_header(path: Path) -> None:
    soundfile.write(path, normal_sound(1, seed=1), SAMPLE_RATE_HZ)
    path.write_bytes(path.read_bytes()[:30])


def false_length(path: Path) -> None:
    soundfile.write(path, normal_sound(1, seed=1), SAMPLE_RATE_HZ)
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = struct.pack("<I", 50_000_000)
    path.write_bytes(content)


def write_bad(folder: Path) -> set[str]:
    """Recordings of every kind that cannot; their names."""
    zero_length(folder / "bad-empty.wav")
    cut_header(folder / "bad-header.wav")
    false_length(folder / "bad-length.wav")
    truncated(folder / "bad-cut.flac")
    text(folder / "bad-text.wav")
    names = {"bad-empty.wav", "bad-header.wav", "bad-length.wav", "bad-cut.flac", "bad-text.wav"}
    soundfile.write(folder / "bad-forbidden.wav", normal_sound(1, seed=1), SAMPLE_RATE_HZ)
    (folder / "bad-forbidden.wav").chmod(0)
    if not os.access(folder / "bad-forbidden.wav", os.R_OK):
        names.add("bad-forbidden.wav")
    return names


@fault(
    18,
    "replay over a folder with a zero-byte file, a cut header, a false length, 8 and 24 bit, "
    "float, A-law, 8 and 96 kHz, six channels, NaN samples, text named .wav, no permission",
    "each bad one listed with its reason, exit code 2; the rest scored as in a clean run",
)
def test_every_bad_file_is_named_and_the_others_are_scored_as_ever(
    trained: Trained, tmp_path: Path
) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    write_good(folder)
    clean = asd_monitor("replay", folder, "--json", *trained.model)
    assert clean.code == 0, clean.stderr
    bad = write_bad(folder)
    mixed = asd_monitor("replay", folder, "--json", *trained.model)
    kept = asd_monitor("replay", folder, "--json", "--keep-going", *trained.model)
    assert (mixed.code, kept.code) == (2, 0)
    errors = [line for line in read_lines(mixed.stdout) if isinstance(line, ErrorLine)]
    named = {Path(error.file).name for error in errors}
    assert bad <= named <= bad | {"bad-forbidden.wav"}
    assert all(error.file in error.message for error in errors)
    assert len({error.message.replace(error.file, "") for error in errors}) >= 4
    assert scored(mixed.stdout) == scored(clean.stdout)
    assert summary(kept.stdout).errors == len(errors)
    assert "Traceback" not in mixed.stderr + kept.stderr


def scored(stdout: str) -> list[FileLine]:
    return [
        line
        for line in read_lines(stdout)
        if isinstance(line, FileLine) and Path(line.file).name.startswith("good")
    ]


def summary(stdout: str) -> SummaryLine:
    line = read_lines(stdout)[-1]
    assert isinstance(line, SummaryLine)
    return line
