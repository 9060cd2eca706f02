"""Promised against realised false alarms, in simulation: where each threshold rule holds.

    .venv/bin/python -m benchmarks.false_alarms [--weeks 250] [--calibrations 100]

Weeks of normal sound are simulated second by second, averaged to overlapping clips of 10 s and cut
into the blocks of confirmed scores that `asd_monitor.calibrate.thresholds` counts. Each rule is
calibrated again and again on a stretch of them, and its threshold looked up in all of them: how
many blocks a week exceed it. An alarm opens only in such a block; how many of them open one is
counted by the decision code itself on two days of each kind. Beside the rules stand the conformal
one on blocks drawn in any order, which are exchangeable as its guarantee asks, and on the scores of
five siblings that differ by a fifth of a standard deviation, as cross-fitting gives it. Tables come
out as Markdown, and a picture of them is written to `docs/false-alarms.svg`.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from asd_monitor.calibrate.budget import Budget, parse_budget
from asd_monitor.calibrate.change_level import excursions, fit_change
from asd_monitor.calibrate.confirmation import DecisionSettings, confirmed_scores
from asd_monitor.calibrate.decision import Decision
from asd_monitor.calibrate.rule import choose_rule, rules
from asd_monitor.calibrate.transition import TransitionKind
from asd_monitor.calibrate.verdict import Severity, Verdict
from asd_monitor.models.errors import InsufficientSoundError
from asd_monitor.models.scores import ClipScore
from benchmarks.mixtures import ROOT
from benchmarks.ratio_picture import Ratios, ratio_picture

Floats = NDArray[np.float64]

DAY_S, WEEK_S, CLIP_S = 86_400, 604_800, 10
RATE_HZ = 16_000
SETTINGS = DecisionSettings()
BUDGETS = tuple(map(parse_budget, ("1/h", "1/day", "1/week", "1/month")))
AMOUNTS = {"15 min": 900, "1 h": 3600, "8 h": 28_800, "1 week": WEEK_S}
CHANGE_AMOUNTS = {"1 day": DAY_S, "1 week": WEEK_S - CLIP_S}
CHOSEN = "(chosen)"
SHUFFLED = "conformal, any order"
CROSS_FIT = "conformal, cross-fit"
N_SIBLINGS = 5
SIBLING_SPREAD = 0.2
"""By how much the scores of siblings differ, in standard deviations of the scores."""

Noise = Callable[[np.random.Generator], Floats]


@dataclass(frozen=True, slots=True)
class Simulated:
    """Normal sound of one kind.

    Attributes:
        blocks: highest confirmed score of each block of 10 s, in order of time, ``(n_blocks,)``.
        clips: scores of clips that do not overlap, ``(n_weeks, n_clips)``.
        two_days: scores of all clips of the first two days, ``(n_clips,)``.
    """

    blocks: Floats
    clips: Floats
    two_days: Floats


def independent(generator: np.random.Generator) -> Floats:
    """Seconds that know nothing of each other, ``(604800,)``, as all the following."""
    return generator.standard_normal(WEEK_S)


def autocorrelated(generator: np.random.Generator) -> Floats:
    """Successive seconds correlated at 0.95: clips 10 s apart at about 0.7."""
    return np.asarray(lfilter([np.sqrt(1 - 0.95**2)], [1, -0.95], independent(generator)))


def heavy_tailed(generator: np.random.Generator) -> Floats:
    """Independent seconds with the tail of Student's t with 4 degrees of freedom."""
    return generator.standard_t(4, WEEK_S)


def drifting(generator: np.random.Generator) -> Floats:
    """Correlated seconds on a daily swing of one standard deviation of theirs each way."""
    return autocorrelated(generator) + np.sin(2 * np.pi * np.arange(WEEK_S) / DAY_S)


KINDS: dict[str, Noise] = {
    "independent": independent,
    "autocorrelated": autocorrelated,
    "heavy-tailed": heavy_tailed,
    "drifting by the day": drifting,
}


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=250, help="Simulated weeks of each kind.")
    parser.add_argument("--calibrations", type=int, default=100, help="Per kind, rule and amount.")
    arguments = parser.parse_args()
    ratios = {}
    for kind, noise in KINDS.items():
        generator = np.random.default_rng(0)
        sound = simulate(noise, arguments.weeks, generator)
        print(f"\n**{kind}**\n")
        ratios[kind] = measure_rules(sound, arguments.calibrations, generator)
        print_rules(ratios[kind])
        print_decision(sound)
        print_change(sound, max(2, arguments.calibrations // 16), generator)
    drawn = {
        kind: {rule: each for rule, each in by_rule.items() if rule != SHUFFLED}
        for kind, by_rule in ratios.items()
    }
    picture = ratio_picture(drawn, budgets=[budget.text for budget in BUDGETS])
    (ROOT / "docs" / "false-alarms.svg").write_text(picture, encoding="utf-8")
    return 0


def simulate(noise: Noise, weeks: int, generator: np.random.Generator) -> Simulated:
    """Simulate weeks, each by itself, and keep what is counted."""
    blocks, clips, two_days = [], [], np.empty(0)
    for _ in range(weeks):
        sums = np.cumsum(noise(generator))
        scores = (sums[CLIP_S:] - sums[:-CLIP_S]) / CLIP_S
        confirmed = confirmed_scores(scores, SETTINGS.confirm_m, SETTINGS.confirm_n)
        whole = len(confirmed) // CLIP_S * CLIP_S
        blocks.append(confirmed[:whole].reshape(-1, CLIP_S).max(axis=1))
        clips.append(scores[::CLIP_S])
        two_days = two_days if len(two_days) else scores[: 2 * DAY_S]
    return Simulated(np.concatenate(blocks), np.array(clips), two_days)


def measure_rules(sound: Simulated, calibrations: int, generator: np.random.Generator) -> Ratios:
    """Realised over promised exceeding blocks for every rule, amount of sound and budget."""
    ranked = np.sort(sound.blocks)
    ratios: Ratios = {kind: {} for kind in (SHUFFLED, CROSS_FIT, *rules(), CHOSEN)}
    for amount, seconds in AMOUNTS.items():
        n = seconds // CLIP_S
        starts = generator.integers(len(sound.blocks) - n, size=calibrations)
        samples = [sound.blocks[start : start + n] for start in starts]
        others = {
            SHUFFLED: [generator.choice(sound.blocks, n, replace=False) for _ in starts],
            CROSS_FIT: [_by_siblings(sample, generator) for sample in samples],
        }
        for kind, by_amount in ratios.items():
            taken = others.get(kind, samples)
            by_amount[amount] = [_ratio(kind, taken, ranked, budget) for budget in BUDGETS]
    return ratios


def _by_siblings(sample: Floats, generator: np.random.Generator) -> Floats:
    """The scores of a stretch as if each fifth of it were scored by another network."""
    offsets = SIBLING_SPREAD * sample.std() * generator.standard_normal(N_SIBLINGS)
    block = np.arange(len(sample)) * N_SIBLINGS // len(sample)
    scores: Floats = sample + offsets[block]
    return scores


def print_rules(ratios: Ratios) -> None:
    """A row per rule and a column per amount."""
    print(f"| rule | {' | '.join(AMOUNTS)} |\n|---{'|---' * len(AMOUNTS)}|")
    for kind, by_amount in ratios.items():
        cells = [
            " · ".join("-" if ratio is None else _say(ratio) for ratio in by_amount[amount])
            for amount in AMOUNTS
        ]
        print(f"| `{kind}` | {' | '.join(cells)} |")


def _ratio(kind: str, samples: list[Floats], ranked: Floats, budget: Budget) -> float | None:
    """Mean over the calibrations; None where the rule refuses."""
    exceedance = budget.rate_per_s * CLIP_S
    chosen = choose_rule(len(samples[0]), exceedance)[0]
    name = {CHOSEN: chosen, SHUFFLED: "conformal", CROSS_FIT: "conformal"}.get(kind, kind)
    try:
        levels = [rules()[name].fit(sample, exceedance=exceedance).value for sample in samples]
    except InsufficientSoundError:
        return None
    realised = 1 - np.searchsorted(ranked, levels, side="right") / len(ranked)
    return float(np.mean(realised)) / exceedance


def _say(ratio: float) -> str:
    return f"{float(f'{ratio:.2g}'):,.0f}" if ratio >= 10 else f"{ratio:.1f}"


def print_decision(sound: Simulated) -> None:
    """How many blocks that exceed a level there are to each alarm that the decision opens."""
    said = []
    for per_day in (24, 240):
        level = float(np.quantile(sound.blocks, 1 - per_day * CLIP_S / DAY_S))
        alarms = _alarms(sound.two_days, level)
        exceeding = int((sound.blocks[: 2 * DAY_S // CLIP_S] > level).sum())
        said.append(f"{exceeding} blocks, {alarms} alarms")
    print(f"\nDecision code on two days at a level of 1/h and of 10/h: {'; '.join(said)}.")


def _alarms(scores: Floats, level: float) -> int:
    clear = level - SETTINGS.hysteresis * (level - float(np.median(scores)))
    decision = Decision(SETTINGS, clear_level=clear, sample_rate_hz=RATE_HZ)
    transitions = [t for judged in _judged(scores, level) for t in decision.push(*judged)]
    return sum(transition.kind is TransitionKind.OPENED for transition in transitions)


def _judged(scores: Floats, level: float) -> Iterator[tuple[ClipScore, Verdict]]:
    for clip in _clips(scores, hop_s=1):
        severity = Severity.CRITICAL if clip.score > level else Severity.NORMAL
        yield clip, Verdict(severity, None, clip.score, level, None)


def print_change(sound: Simulated, calibrations: int, generator: np.random.Generator) -> None:
    """The change detector: realised alarms over its share of the budget."""
    said = []
    for name, seconds in CHANGE_AMOUNTS.items():
        ratios = " · ".join(
            _change_ratio(sound, seconds // CLIP_S, budget, calibrations, generator)
            for budget in BUDGETS[1:3]
        )
        said.append(f"{name}: {ratios}")
    print(f"\nChange detector, 1/day · 1/week, from {'; '.join(said)}.", flush=True)


def _change_ratio(
    sound: Simulated, n: int, budget: Budget, calibrations: int, generator: np.random.Generator
) -> str:
    ratios = []
    for start in generator.integers(sound.clips.size - n, size=calibrations):
        session = tuple(_clips(sound.clips.ravel()[start : start + n], hop_s=CLIP_S))
        change = fit_change([session], budget=budget, clip_s=CLIP_S, hop_s=CLIP_S).settings
        if change is None:
            return "-"
        z = (sound.clips - change.mean) / change.std
        highest = excursions(z, reference=change.reference, limit=change.limit)
        alarms_per_s = float((highest > change.alarm_level).sum()) / (z.size * CLIP_S)
        ratios.append(alarms_per_s / (budget.rate_per_s * change.share))
    return _say(float(np.mean(ratios)))


def _clips(scores: Floats, *, hop_s: int) -> Iterator[ClipScore]:
    for i, score in enumerate(scores.tolist()):
        yield ClipScore(
            first_sample=i * hop_s * RATE_HZ,
            duration_s=CLIP_S,
            score=score,
            n_windows=307,
            level_dbfs=-30.0,
            quality=frozenset(),
        )


if __name__ == "__main__":
    sys.exit(main())
