"""Why the default detector is what it is: candidates compared on faults put into normal sound.

    .venv/bin/python -m benchmarks.development [--conditions plant:clean fan:-6] [--seeds 2]

No labelled recording is read. The normal clips of a machine are split by time: on the first part
the ensemble is trained, on the next its voices are standardised, and into the last the faults of
`benchmarks/anomalies.py` are put. Everything is scored by the scorer that listens. The page
`docs/detection-choices.md` comes out.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.detector import ENSEMBLE
from asd_monitor.models.files import write_atomically
from asd_monitor.models.scorer import Scorer
from asd_monitor.models.scores import ClipScore
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.train import train
from benchmarks.anomalies import KINDS
from benchmarks.candidates import (
    ALL_VOICES,
    CANDIDATES,
    candidates_on,
    choice_on,
    fused,
    recurring_shares,
)
from benchmarks.development_page import Measured, Run, page
from benchmarks.mixtures import (
    DATA,
    RATE_HZ,
    RMS,
    ROOT,
    TESTING_FOLDS,
    TRAINING_FOLDS,
    Sound,
    crop,
    has_recordings,
    load,
    load_noises,
    scaled,
)
from benchmarks.outcomes import Outcome, wins
from benchmarks.strokes import strokes

CLEAN, STROKES = "clean", "strokes"
CONDITIONS = (
    *(f"plant:{how}" for how in (CLEAN, "0", "-6", "-12", STROKES)),
    *(f"fan:{how}" for how in (CLEAN, "-6", STROKES)),
)
FITTED, STANDARDISED = 0.55, 0.7
"""Where two parts of a machine's clips end, in order of time; the rest is for testing."""

CLIP_SAMPLES = 10 * RATE_HZ
COPIES = 3
"""Noises mixed into each normal clip."""

Floats = NDArray[np.float64]
Score = Callable[[Iterable[Sound]], Floats]
"""Of sounds, by every candidate, ``(n_candidates, n_sounds)``."""


@dataclass(frozen=True, slots=True)
class Mixer:
    """Puts a machine's clips among noise, into strokes, or leaves them as they were recorded.

    Attributes:
        snr_db: level of the clip above that of the noise; None for no noise.
        generator: draws the noise.
        in_strokes: whether the machine is to be heard in strokes.
    """

    snr_db: float | None
    generator: np.random.Generator
    in_strokes: bool = False

    @classmethod
    def of(cls, how: str, generator: np.random.Generator) -> "Mixer":
        """What a condition says after the machine: ``clean``, ``strokes`` or a level in dB."""
        if how in (CLEAN, STROKES):
            return cls(None, generator, in_strokes=how == STROKES)
        return cls(float(how), generator)

    @property
    def copies(self) -> int:
        """How often a clip is worth mixing."""
        return 1 if self.snr_db is None else COPIES

    def among(self, noises: list[Sound], clip: Sound) -> Sound:
        """The clip among one of the noises, or in strokes."""
        if self.in_strokes:
            return strokes(clip, self.generator)
        if self.snr_db is None:
            return clip
        return clip + crop(
            noises, n_samples=len(clip), snr_db=self.snr_db, generator=self.generator
        )


def main() -> int:
    """Measure and write the page."""
    arguments = parsed(__doc__, conditions=CONDITIONS, page="detection-choices.md")
    if not has_recordings():
        return 0
    begun_s = time.monotonic()
    measured = [
        measure(condition, seed=seed, epochs=arguments.epochs)
        for seed in range(arguments.seeds)
        for condition in arguments.conditions
    ]
    run = Run(
        conditions=tuple(arguments.conditions),
        epochs=arguments.epochs,
        seeds=arguments.seeds,
        minutes=(time.monotonic() - begun_s) / 60,
    )
    write_atomically(arguments.out, page(measured, run).encode())
    return 0


def parsed(description: str | None, *, conditions: Sequence[str], page: str) -> argparse.Namespace:
    """What the command line asks for: conditions, epochs, seeds and where the page goes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--conditions", nargs="+", default=conditions, metavar="MACHINE:SNR_DB")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / page)
    return parser.parse_args()


def measure(condition: str, *, seed: int, epochs: int) -> Measured:
    """Train, standardise and test on one machine in one condition."""
    machine, _, how = condition.partition(":")
    mixer = Mixer.of(how, np.random.default_rng([seed, *condition.encode()]))
    at_rms = None if mixer.snr_db is None else RMS
    fitted, held_out, tested = parts(normal_clips(machine, at_rms=at_rms))
    noises = load_noises(TRAINING_FOLDS)
    settings = TrainingSettings(detector=ENSEMBLE, seed=seed, epochs=epochs, hold_out=0.0)
    bundle = fit(mixed(fitted, noises, mixer), settings)
    reference = voice_scores(bundle, mixed(held_out, noises, mixer))
    choice = choice_on(reference)
    print(f"{condition}, seed {seed}: {choice.said()}", flush=True)
    fusions = candidates_on(reference)
    compared = wins_of(lambda sounds: fused(fusions, voice_scores(bundle, sounds)), tested, mixer)
    for candidate, area in zip(CANDIDATES, compared.mean(axis=(1, 2, 3)), strict=True):
        print(f"{condition}, seed {seed}: {' + '.join(candidate)} {area:.3f}", flush=True)
    normal = voice_scores(bundle, mixed(tested, load_noises(TESTING_FOLDS), mixer))
    return Measured(
        outcome=Outcome(condition=condition, machine=machine, wins=compared),
        choice=choice,
        recurring=recurring_shares(
            np.concatenate([reference, normal]), generator=np.random.default_rng(seed)
        ),
    )


def normal_clips(machine: str, *, at_rms: float | None) -> list[Sound]:
    """The normal clips of a machine in the order of their names, at the level asked for."""
    paths = sorted((DATA / machine / "train").glob("*.flac"))
    clips = [load(path)[:CLIP_SAMPLES] for path in paths]
    return clips if at_rms is None else [scaled(clip, at_rms) for clip in clips]


def parts(clips: list[Sound]) -> tuple[list[Sound], list[Sound], list[Sound]]:
    """To fit on, to standardise on and to test on; never at random, for neighbours overlap."""
    first, second = round(FITTED * len(clips)), round(STANDARDISED * len(clips))
    return clips[:first], clips[first:second], clips[second:]


def mixed(clips: Iterable[Sound], noises: list[Sound], mixer: Mixer) -> list[Sound]:
    """Each clip among some noises, copies beside each other."""
    return [mixer.among(noises, clip) for clip in clips for _ in range(mixer.copies)]


def fit(clips: Sequence[Sound], settings: TrainingSettings) -> Bundle:
    """Train on clips in their order, which must be that of time."""
    with tempfile.TemporaryDirectory() as folder:
        for number, clip in enumerate(clips):
            path = Path(folder) / f"{number:05}.wav"
            soundfile.write(path, clip, RATE_HZ, subtype="FLOAT")
        return train([Path(folder)], settings, lambda _: None)


def voice_scores(bundle: Bundle, clips: Iterable[Sound]) -> Floats:
    """The score of every voice for every clip, ``(n_clips, n_voices)``."""
    scorer = Scorer(bundle, fusion=ALL_VOICES)
    return np.array([scored(scorer, clip).voices for clip in clips])


def scored(scorer: Scorer, clip: Sound) -> ClipScore:
    """Score a clip as a session of its own."""
    block = AudioBlock(
        samples=clip,
        sample_rate_hz=RATE_HZ,
        first_sample=0,
        captured_at=datetime.fromtimestamp(0, UTC),
        gap_before=False,
    )
    (whole,) = (*scorer.push(block).clips, *scorer.finish().clips)
    return whole


def wins_of(score: Score, clips: Sequence[Sound], mixer: Mixer) -> Floats:
    """Put every fault into every clip and compare; see `Outcome.wins`.

    Args:
        score: of some candidates.
        clips: normal ones.
        mixer: draws faults and noises.
    """
    noises = load_noises(TESTING_FOLDS)

    def scores(sounds: Iterable[Sound], *shape: int) -> Floats:
        return score(sounds).reshape(-1, *shape)

    normal = scores(mixed(clips, noises, mixer), len(clips), mixer.copies)
    by_kind = []
    for kind in KINDS:
        strengths = kind.quiet if mixer.snr_db is None else kind.noisy
        faulty = (
            mixer.among(noises, kind.put_into(clip, strength, mixer.generator))
            for strength in strengths
            for clip in clips
        )
        by_kind.append(wins(scores(faulty, len(strengths), len(clips)), normal))
    return np.stack(by_kind, axis=1)


if __name__ == "__main__":
    sys.exit(main())
