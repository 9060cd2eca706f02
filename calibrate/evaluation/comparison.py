"""Whether one detector is better than another: differences on the same files."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from asd_monitor.calibrate.evaluation.measured import (
    Estimate,
    Measured,
    average,
    difference,
    measure,
)
from asd_monitor.calibrate.evaluation.metrics import Costs
from asd_monitor.calibrate.evaluation.table import MEAN
from asd_monitor.calibrate.evaluation.trial import Trial

COMPARED = ("auc", "partial_auc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How much better one detector is than another on the same files.

    Attributes:
        kind: type of machine.
        machine_id: which one of its type, or `MEAN` of `asd_monitor.calibrate.evaluation.table`.
        detector: the one.
        than: the other.
        n_files: how many files both have scored.
        differences: of each figure of `COMPARED`, the one's less the other's, with the 95 %
            interval over resamples of the files, the same for both.
    """

    kind: str
    machine_id: str
    detector: str
    than: str
    n_files: int
    differences: dict[str, Estimate]


def compare(trials: Sequence[Trial], *, costs: Costs, seed: int) -> list[Comparison]:
    """Compare every two detectors on each machine, and in the mean over those of a type.

    Files that one of a machine's detectors could not score count for none of them.

    Args:
        trials: of some detectors on some machines.
        costs: see `asd_monitor.calibrate.evaluation.measured.measure`.
        seed: of the bootstrap.

    Returns:
        By type, then by machine, then by pair in the order of the trials; the means last.
    """
    by_machine: defaultdict[tuple[str, str], list[Trial]] = defaultdict(list)
    for trial in trials:
        by_machine[trial.kind, trial.machine_id].append(trial)
    compared: defaultdict[str, list[tuple[Comparison, Measured]]] = defaultdict(list)
    for number, ((kind, _), of_one) in enumerate(sorted(by_machine.items())):
        compared[kind] += _pairs(of_one, costs=costs, seed=(seed, number))
    return [each for kind in sorted(compared) for each in _with_means(compared[kind])]


def _pairs(
    trials: Sequence[Trial], *, costs: Costs, seed: tuple[int, ...]
) -> Iterator[tuple[Comparison, Measured]]:
    shared = frozenset.intersection(*(frozenset(f.path for f in t.files) for t in trials))
    known = [(trial, _measured(trial, shared, costs, seed)) for trial in trials]
    for (one, of_one), (other, of_other) in combinations(known, 2):
        by_how_much = difference(of_one, of_other)
        estimates = by_how_much.estimates()
        comparison = Comparison(
            kind=one.kind,
            machine_id=one.machine_id,
            detector=one.detector,
            than=other.detector,
            n_files=len(shared),
            differences={name: estimates[name] for name in COMPARED},
        )
        yield comparison, by_how_much


def _measured(
    trial: Trial, shared: frozenset[object], costs: Costs, seed: tuple[int, ...]
) -> Measured:
    files = sorted((file for file in trial.files if file.path in shared), key=lambda f: f.path)
    same = replace(trial, files=tuple(files))
    return measure(
        same.scores(anomalous=False),
        same.scores(anomalous=True),
        threshold=None,
        costs=costs,
        are_target=same.are_target,
        seed=seed,
    )


def _with_means(compared: Sequence[tuple[Comparison, Measured]]) -> Iterator[Comparison]:
    by_pair: defaultdict[tuple[str, str], list[tuple[Comparison, Measured]]] = defaultdict(list)
    for comparison, measured in compared:
        yield comparison
        by_pair[comparison.detector, comparison.than].append((comparison, measured))
    for of_one in by_pair.values():
        if len(of_one) > 1:
            estimates = average([measured for _, measured in of_one]).estimates()
            yield replace(
                of_one[0][0],
                machine_id=MEAN,
                n_files=sum(comparison.n_files for comparison, _ in of_one),
                differences={name: estimates[name] for name in COMPARED},
            )
