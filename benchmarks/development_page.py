"""The page that tells how the default detector was chosen."""

import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from asd_monitor.calibrate.normal.pooling_choice import RECURRENCE_MIN, RECURRING, PoolingChoice
from benchmarks.anomalies import KINDS
from benchmarks.candidates import CANDIDATES, CHOSEN, DRAWN, DRAWS, Names
from benchmarks.outcomes import RESAMPLES, Outcome, difference

PACKAGES = ("asd-monitor", "torch", "numpy", "scipy", "scikit-learn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was run.

    Attributes:
        conditions: ``MACHINE:clean`` or ``MACHINE:SNR_DB``.
        epochs: of training, at most.
        seeds: how many, from 0, of everything that is drawn.
        minutes: how long it took.
    """

    conditions: tuple[str, ...]
    epochs: int
    seeds: int
    minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What came of one condition with one seed.

    Attributes:
        outcome: how well the candidates told faults.
        choice: of the pooling, by the clips to standardise on.
        recurring: share of draws of `DRAWN` normal clips by which ``mean+peak`` is chosen.
    """

    outcome: Outcome
    choice: PoolingChoice
    recurring: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Difference:
    """Of a candidate's area from that of the chosen one, with its 95 % interval."""

    names: Names
    mean: float
    low: float
    high: float


def page(measured: Sequence[Measured], run: Run) -> str:
    """The page, Markdown."""
    outcomes = [each.outcome for each in measured]
    differences = [_difference(outcomes, names) for names in CANDIDATES]
    return "".join(
        (
            _INTRODUCTION.format(
                conditions=" ".join(run.conditions),
                epochs=run.epochs,
                seeds=run.seeds,
                minutes=run.minutes,
                machine=platform.machine(),
                versions=", ".join(f"{name} {version(name)}" for name in PACKAGES),
                resamples=RESAMPLES,
            ),
            _table(("kind of fault", "clean", "in noise", "strengths are"), _kinds()),
            "\n## What came of it\n\n",
            _table(
                ("candidate", *run.conditions, "mean", "mean minus chosen"),
                _by_condition(outcomes, run, differences),
            ),
            _CHOSEN_BY_CLIPS,
            _table(
                ("condition", "pooling", "recurrence", *(f"of {n}" for n in DRAWN)),
                _choices(measured, run),
            ),
            "\nThe same areas by kind of fault, mean over the conditions:\n\n",
            _table(("candidate", *(kind.name for kind in KINDS)), _by_kind(outcomes)),
            _compared(differences),
            _CHOICE.format(limit=RECURRENCE_MIN),
        )
    )


def _difference(outcomes: Sequence[Outcome], names: Names) -> _Difference:
    index, chosen = CANDIDATES.index(names), CANDIDATES.index(CHOSEN)
    return _Difference(names, *difference(outcomes, index, chosen))


def _kinds() -> Iterable[Sequence[str]]:
    for kind in KINDS:
        yield kind.name, _listed(kind.quiet), _listed(kind.noisy), kind.unit


def _by_condition(
    outcomes: Sequence[Outcome], run: Run, differences: Sequence[_Difference]
) -> Iterable[Sequence[str]]:
    areas = np.array([_areas_in(condition, outcomes) for condition in run.conditions]).T
    for of_one, from_chosen in zip(areas, differences, strict=True):
        cells = [f"{area:.3f}" for area in (*of_one, of_one.mean())]
        yield _name(from_chosen.names), *cells, _interval(from_chosen)


def _areas_in(condition: str, outcomes: Sequence[Outcome]) -> list[float]:
    """The area of every candidate, mean over the seeds."""
    wins = [outcome.wins for outcome in outcomes if outcome.condition == condition]
    areas: list[float] = np.mean(wins, axis=(0, 2, 3, 4)).tolist()
    return areas


def _interval(from_chosen: _Difference) -> str:
    if from_chosen.names == CHOSEN:
        return ""
    return f"{from_chosen.mean:+.3f} ({from_chosen.low:+.3f} to {from_chosen.high:+.3f})"


def _choices(measured: Sequence[Measured], run: Run) -> Iterable[Sequence[str]]:
    for condition in run.conditions:
        of_one = [each for each in measured if each.outcome.condition == condition]
        yield (
            condition,
            ", ".join(f"`{each.choice.pooling}`" for each in of_one),
            ", ".join(f"{each.choice.recurrence:.2f}" for each in of_one),
            *(f"{share:.0%}" for share in np.mean([each.recurring for each in of_one], axis=0)),
        )


def _by_kind(outcomes: Sequence[Outcome]) -> Iterable[Sequence[str]]:
    areas = np.mean([outcome.wins.mean(axis=(2, 3)) for outcome in outcomes], axis=0)
    for names, of_kinds in zip(CANDIDATES, areas, strict=True):
        yield _name(names), *(f"{area:.3f}" for area in of_kinds)


def _compared(differences: Sequence[_Difference]) -> str:
    """Which candidates the intervals tell from the chosen one."""
    others = [other for other in differences if other.names != CHOSEN]
    groups = {
        "Better than the chosen one": [other.names for other in others if other.low > 0],
        "Not told from it": [other.names for other in others if other.low <= 0 <= other.high],
        "Worse": [other.names for other in others if other.high < 0],
    }
    said = [f"{what}: {', '.join(map(_name, names)) or 'none'}." for what, names in groups.items()]
    return "\n" + "\n".join(said) + "\n"


def _name(names: Names) -> str:
    said = f"`{' + '.join(names)}`"
    return f"**{said}**" if names == CHOSEN else said


def _listed(strengths: Sequence[float]) -> str:
    return ", ".join(f"{strength:g}" for strength in strengths)


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (heading, ("---",) * len(heading), *rows)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


_INTRODUCTION = """\
# How the default detector was chosen

```sh
OMP_NUM_THREADS=1 .venv/bin/python -m benchmarks.development \\
    --conditions {conditions} --epochs {epochs} --seeds {seeds}
```

writes this page: {minutes:.0f} minutes on one core, {machine}; {versions}.

Whoever installs asd-monitor has no recordings of faults. So the default was chosen among candidates
by what they make of faults that are put into normal sound, on two machines, as recorded and among
noise.

## How it is measured

- **Sound.** The normal clips of `plant/train` and `fan/train` in the order of their names, which
  for `plant` is that of time: 55 % to train on (of which the last tenth chooses the epoch), then
  15 % to standardise the voices on, then 30 % to test on. No labelled recording is read.
- **Noise.** `clean` is as recorded; `-6` is noise twice as loud as the machine, mixed in by the
  recipe of the recordings' README: folds 1 and 2 for training and standardising, fold 3 for
  testing, three noises for each normal clip and one for each faulty one.
- **Strokes.** There are no recordings of a valve. In `strokes` the machine, its fault included, is
  heard for an eighth of a second every 0.6 to 0.8 s only, above pink noise 20 dB quieter than it
  (`benchmarks/strokes.py`).
- **Faults.** Eight kinds in three strengths (`benchmarks/anomalies.py`), each put into every test
  clip. Among noise they are stronger; those for clean sound would be inaudible there. Most are
  meant to be hard: candidates that find everything cannot be compared.
- **Scores.** `mean`, `quantile:0.25`, `max`, `top:0.1` and `peak` pool the windows of `group-made`;
  `auto` is `mean + peak` or `quantile:0.25`, chosen by the clips to standardise on; `spectral`
  judges the clip as a whole; `+` is the mean of standardised scores, in which both members weigh
  alike. Training, choice, scorer and fusion are the product's own.
- **Figures.** Area under the ROC curve of faulty against normal test clips, mean over strengths,
  kinds and {seeds} seeds (of weights, noises and faults). Intervals are 95 % percentile intervals
  over {resamples} resamples of the test clips, the same for all candidates; they say nothing about
  other machines or other faults.

"""

_CHOSEN_BY_CLIPS = f"""
What `auto` chose, by which recurrence, seed by seed; and the share of {DRAWS} draws of so many
normal clips by which it would choose `{RECURRING}`:

"""

_CHOICE = """
## What was chosen, and why

`auto + spectral`: the windows pooled by what suits the machine, and the score of the clip as a
whole; each standardised on the machine's own normal sound, then their mean.

- **Both members**, because they miss different faults. `spectral` hears faint tones and rattle,
  `group-made` the level of a band and modulation; the mean of both stays near the better of the
  two in every condition, without knowing which that will be.
- **The lower quartile where noise passes**, because a noise that passes raises some windows of a
  clip, and a fault that stays raises all. It was the default everywhere at first, but in clean
  sound it leaves single clicks to `spectral`, and of a machine that sounds in strokes it hears the
  pauses.
- **Mean and peak where nothing passes.** `peak` is the logarithm of how far the highest window is
  above the mean, so that the scores of normal clips have no long tail from which a threshold would
  have to be extrapolated.
- **Which of the two, by normal sound alone.** What windows differ by recurs from clip to clip where
  it is the machine's, and does not where something passes: the median over the normal clips of what
  their mean is above their lower quartile, over its spread. The limit of {limit} is the one that
  parts draws of 50 normal clips best; no fault was looked at for it. Ten clips are often too few to
  choose by, fifty rarely. Strokes in clips as short as those of `plant`, which hold two or three of
  them, are the hardest. To take strokes for passing noise costs more than the reverse, as the rows
  of `mean + peak` and the quartile show.
- **Not the quartile with the peak** where noise passes, though this table speaks for it by single
  clicks: an earlier run with other draws spoke against it in three of the four conditions in noise.
  And a single look at the labelled clips of `plant/test` showed that the maximum falls nearly to
  chance under passing noise there: an area of 0.58 for damage at -6 dB.

So this choice was not made from normal sound alone: that look has influenced it. `plant/test` is
spent for further choices, and what [detection.md](detection.md) says of the ensemble on it may be
a little too good. What is said of the earlier run and of that look does not come of this command.

Two machines carry all of this, and `fan` has few test clips. Between candidates as close as the
first ones here, another machine may decide otherwise: `--detector` of `asd-monitor train` and
`--pooling` of `asd-monitor calibrate` are there for that.
"""
