"""One threshold for all regimes of a machine, or each on a scale of its own: promised and realised.

    .venv/bin/python -m benchmarks.regimes [--weeks 20] [--calibrations 10]

A machine is simulated that idles and runs by turns of a few minutes, idling for half of the time or
for a tenth. Idling scores ten standard deviations lower and varies a fifth as much; seconds are
correlated at 0.8. It is calibrated again and again on some hours, once with one threshold and once
with a scale for each regime where `calibrate` takes one, and looked up in simulated weeks: how many
blocks exceed the threshold for each that is accepted, how many of those idle, and how many of the
faults of a minute, six standard deviations of their regime high, it finds. A table comes out as
Markdown. Nothing is chosen here.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from asd_monitor.calibrate.budget import Budget, parse_budget
from asd_monitor.calibrate.by_regime import by_regime
from asd_monitor.calibrate.confirmation import DecisionSettings, confirmed_scores
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.calibrate.regimes import N_GROUPS, Regime
from asd_monitor.calibrate.thresholds import block_maxima, fit_thresholds
from asd_monitor.models.fusion import Fusion, RegimeVoices, Voice
from asd_monitor.models.scores import ClipScore

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]

RATE_HZ, CLIP_S, HOUR_S, WEEK_S = 16_000, 10, 3600, 604_800
MEANS, STDS = np.array([-10.0, 0.0]), np.array([0.2, 1.0])
TURN_S = 300.0
LAG_ONE = 0.8
FAULT_STDS, FAULT_S = 6.0, 60
HOURS = (2, 8, 24)
BUDGETS = tuple(map(parse_budget, ("1/h", "1/day")))
IDLE_SHARES = (0.5, 0.1)
SETTINGS = DecisionSettings()
VOICES = (Voice(member=0, kind="group-made", pooling="mean"),)


@dataclass(frozen=True, slots=True)
class Sound:
    """Clip scores, one a second, and the regime of each: ``(n_clips,)`` both."""

    scores: Floats
    regime: Labels


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold and the scale of each regime that it is on."""

    threshold: float
    means: Floats
    stds: Floats

    def exceeded(self, sound: Sound) -> NDArray[np.bool_]:
        """Where the confirmed score exceeds the threshold, ``(n_clips,)``."""
        scores = (sound.scores - self.means[sound.regime]) / self.stds[sound.regime]
        return confirmed_scores(scores, SETTINGS.confirm_m, SETTINGS.confirm_n) > self.threshold


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=20, help="Simulated weeks to look up.")
    parser.add_argument("--calibrations", type=int, default=10, help="Of each row.")
    arguments = parser.parse_args()
    print(
        "| idles | sound | budget | scale | realised over promised | of them idling |"
        " faults found idling | running |\n|---|---|---|---|---|---|---|---|"
    )
    for share in IDLE_SHARES:
        generator = np.random.default_rng(0)
        fresh = [simulate(WEEK_S, share, generator) for _ in range(arguments.weeks)]
        for hours in HOURS:
            stretches = [
                simulate(hours * HOUR_S, share, generator) for _ in range(arguments.calibrations)
            ]
            for budget in BUDGETS:
                for row in rows(stretches, fresh, budget):
                    print(f"| {share:.0%} | {hours} h | {budget.text} | {row} |", flush=True)
    return 0


def simulate(seconds: int, idle_share: float, generator: np.random.Generator) -> Sound:
    """A stream of clips in which the machine idles for that share of the time."""
    noise = lfilter([1.0], [1.0, -LAG_ONE], generator.standard_normal(seconds + CLIP_S))
    sums = np.cumsum(noise)
    z = (sums[CLIP_S:] - sums[:-CLIP_S]) / CLIP_S
    turns = 2 * TURN_S * np.array([idle_share, 1 - idle_share])
    lengths = generator.exponential(np.tile(turns, seconds // int(2 * TURN_S) * 2 + 10))
    regime = np.searchsorted(np.cumsum(lengths), np.arange(seconds), side="right") % 2
    return Sound(MEANS[regime] + STDS[regime] * z / z.std(), regime.astype(np.intp))


def rows(stretches: Sequence[Sound], fresh: Sequence[Sound], budget: Budget) -> Iterator[str]:
    """A row for each scale that was taken, the mean over the calibrations that took it."""
    limits = [list(both(sound, budget)) for sound in stretches]
    common = [each[0] for each in limits]
    own = [each[1] for each in limits if len(each) > 1]
    yield f"one | {measured(common, fresh, budget)}"
    if own:
        yield f"own ({len(own)} of {len(limits)}) | {measured(own, fresh, budget)}"


def both(sound: Sound, budget: Budget) -> Iterator[Limit]:
    """The limit with one threshold for all and, where it is taken, that on scales by regime."""
    normal = as_normal(sound)
    yield Limit(threshold(normal, budget), np.zeros(2), np.ones(2))
    scaled, _ = by_regime(normal, budget)
    if scaled is not normal:
        voices = [regime.voices[0] for regime in scaled.regimes]
        yield Limit(
            threshold(scaled, budget),
            np.array([voice.mean for voice in voices]),
            np.array([voice.std for voice in voices]),
        )


def as_normal(sound: Sound) -> NormalSound:
    """The clips as `calibrate` takes them."""
    clips = tuple(
        ClipScore(
            first_sample=second * RATE_HZ,
            duration_s=float(CLIP_S),
            score=score,
            n_windows=307,
            level_dbfs=-30.0,
            quality=frozenset(),
            voices=(score,),
            regime=regime,
        )
        for second, (score, regime) in enumerate(
            zip(sound.scores.tolist(), sound.regime.tolist(), strict=True)
        )
    )
    regime = Regime(
        share=0.5,
        lowest_dbfs=-30.0,
        highest_dbfs=-30.0,
        middle_db=(0.0,),
        group_spread_db=(1.0,) * N_GROUPS,
        lowest_offset_db=0.0,
        highest_offset_db=0.0,
    )
    middles = tuple(RegimeVoices(middle_db=np.array([middle_db])) for middle_db in (-40.0, -30.0))
    return NormalSound(
        sessions=(clips,),
        seconds=float(len(clips) + CLIP_S - 1),
        left_out=(),
        flagged={},
        failures=(),
        sample_rate_hz=RATE_HZ,
        clip_s=float(CLIP_S),
        hop_s=1.0,
        fusion=Fusion(VOICES, regimes=middles),
        regimes=(regime, replace(regime, share=0.5)),
    )


def threshold(normal: NormalSound, budget: Budget) -> float:
    """The critical threshold, by the rule that `calibrate` chooses."""
    blocks = block_maxima(
        normal.sessions,
        seconds=normal.seconds,
        clip_s=normal.clip_s,
        hop_s=normal.hop_s,
        settings=SETTINGS,
    )
    return fit_thresholds(blocks, budget=budget, warning_budget=budget).critical.value


def measured(limits: Sequence[Limit], fresh: Sequence[Sound], budget: Budget) -> str:
    """The last four cells of a row."""
    blocks = np.zeros(2)
    found: list[list[bool]] = [[], []]
    for limit in limits:
        for number, sound in enumerate(fresh):
            exceeded = limit.exceeded(sound)
            blocks += blocks_above(exceeded, sound.regime)
            for regime in (0, 1):
                found[regime].append(finds(limit, sound, regime, seed=number))
    promised = budget.rate_per_s * WEEK_S * len(fresh) * len(limits)
    idling = f"{blocks[0] / blocks.sum():.0%}" if blocks.sum() else "-"
    shares = " | ".join(f"{np.mean(each):.0%}" for each in found)
    return f"{blocks.sum() / promised:.2f} | {idling} | {shares}"


def blocks_above(exceeded: NDArray[np.bool_], regime: Labels) -> Floats:
    """Blocks of a clip's length with a confirmed clip above the threshold, by regime."""
    whole = len(exceeded) // CLIP_S * CLIP_S
    above = exceeded[:whole].reshape(-1, CLIP_S)
    first = above.argmax(axis=1)
    of = regime[:whole].reshape(-1, CLIP_S)[np.arange(len(above)), first]
    return np.bincount(of[above.any(axis=1)], minlength=2).astype(np.float64)


def finds(limit: Limit, sound: Sound, regime: int, *, seed: int) -> bool:
    """Whether a fault that lasts for a minute of a regime is found."""
    inside = np.flatnonzero(sound.regime == regime)
    begin = np.random.default_rng(seed).integers(len(inside) - FAULT_S)
    at = inside[begin : begin + FAULT_S]
    faulty = Sound(sound.scores[at] + FAULT_STDS * STDS[regime], sound.regime[at])
    return bool(limit.exceeded(faulty).any())


if __name__ == "__main__":
    sys.exit(main())
