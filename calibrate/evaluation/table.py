"""From trials to the table: a row for each detector and machine, and the mean of each type."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from asd_monitor.calibrate.evaluation.measured import Estimate, Measured, average, measure
from asd_monitor.calibrate.evaluation.metrics import Costs
from asd_monitor.calibrate.evaluation.trial import Trial

MEAN = "mean"
"""Stands in the place of a machine's id where the row is the mean over those of a type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A detector's figures on one machine, or their mean over the machines of a type.

    Attributes:
        kind: type of machine.
        machine_id: which one of its type, or `MEAN`.
        detector: its name.
        n_normal: normal files scored.
        n_anomalous: anomalous files scored.
        threshold: of the calibration; None for a mean, or where there is none.
        figures: by the names of `asd_monitor.calibrate.evaluation.measured.FIGURES`.
    """

    kind: str
    machine_id: str
    detector: str
    n_normal: int
    n_anomalous: int
    threshold: float | None
    figures: dict[str, Estimate]


def evaluate(trials: Sequence[Trial], *, costs: Costs, seed: int) -> list[Row]:
    """Measure trials.

    Args:
        trials: of some detectors on some machines.
        costs: of a miss and of a false alarm.
        seed: of the bootstrap.

    Returns:
        Rows by type of machine, then by machine, then by detector in the order of the trials; a
        type of several machines ends with the means of the detectors over them.
    """
    by_kind: defaultdict[str, list[tuple[Trial, Measured]]] = defaultdict(list)
    for index, trial in enumerate(trials):
        measured = measure(
            trial.scores(anomalous=False),
            trial.scores(anomalous=True),
            threshold=trial.threshold,
            costs=costs,
            are_target=trial.are_target,
            seed=(seed, index),
        )
        by_kind[trial.kind].append((trial, measured))
    return [row for kind in sorted(by_kind) for row in _rows(by_kind[kind])]


def _rows(measured: Sequence[tuple[Trial, Measured]]) -> Iterator[Row]:
    yield from sorted((_row(trial, figures) for trial, figures in measured), key=_machine)
    by_detector: defaultdict[str, list[tuple[Trial, Measured]]] = defaultdict(list)
    for trial, figures in measured:
        by_detector[trial.detector].append((trial, figures))
    if any(len(of_one) > 1 for of_one in by_detector.values()):
        yield from (_mean(of_one) for of_one in by_detector.values())


def _machine(row: Row) -> str:
    return row.machine_id


def _row(trial: Trial, measured: Measured) -> Row:
    return Row(
        kind=trial.kind,
        machine_id=trial.machine_id,
        detector=trial.detector,
        n_normal=len(trial.scores(anomalous=False)),
        n_anomalous=len(trial.scores(anomalous=True)),
        threshold=trial.threshold,
        figures=measured.estimates(),
    )


def _mean(of_one: Sequence[tuple[Trial, Measured]]) -> Row:
    trials = [trial for trial, _ in of_one]
    return Row(
        kind=trials[0].kind,
        machine_id=MEAN,
        detector=trials[0].detector,
        n_normal=sum(len(trial.scores(anomalous=False)) for trial in trials),
        n_anomalous=sum(len(trial.scores(anomalous=True)) for trial in trials),
        threshold=None,
        figures=average([measured for _, measured in of_one]).estimates(),
    )
