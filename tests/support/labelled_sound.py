"""A small labelled set of the arithmetic machine, with sound in it."""

from pathlib import Path

import soundfile

from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, knocking, normal_sound

CLIP_S = 3


def write_machine(root: Path, *, n_train: int, n_test: int) -> Path:
    """Write normal clips to train on, and as many normal as knocking ones to test."""
    for folder in ("train", "test"):
        (root / folder).mkdir(parents=True)
    whole = normal_sound((n_train + 2 * n_test) * CLIP_S, seed=21)
    step = CLIP_S * SAMPLE_RATE_HZ
    clips = [whole[begin : begin + step] for begin in range(0, len(whole), step)]
    fault = knocking(CLIP_S, seed=22)
    for n in range(n_train):
        soundfile.write(root / "train" / f"normal_{n:03d}.wav", clips[n], SAMPLE_RATE_HZ)
    for n in range(n_test):
        normal, faulty = clips[n_train + n], clips[n_train + n_test + n] + fault
        soundfile.write(root / "test" / f"normal_{n:03d}.wav", normal, SAMPLE_RATE_HZ)
        soundfile.write(root / "test" / f"anomaly_{n:03d}.wav", faulty, SAMPLE_RATE_HZ)
    return root
