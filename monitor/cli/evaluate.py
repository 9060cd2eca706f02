"""`asd-monitor evaluate`."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from asd_monitor.calibrate.budget import Budget
from asd_monitor.calibrate.calibrate import CalibrationSettings
from asd_monitor.calibrate.evaluation.comparison import Comparison, compare
from asd_monitor.calibrate.evaluation.discover import discover
from asd_monitor.calibrate.evaluation.files import as_csv, as_json, file_name, write_submission
from asd_monitor.calibrate.evaluation.labelled import LabelledMachine, LabelledSet
from asd_monitor.calibrate.evaluation.metrics import Costs
from asd_monitor.calibrate.evaluation.pictures import roc_picture, score_picture
from asd_monitor.calibrate.evaluation.table import Row, evaluate
from asd_monitor.calibrate.evaluation.trained import trained_bundle
from asd_monitor.calibrate.evaluation.trial import Trial, notes_of, try_out
from asd_monitor.models.bundle import Bundle, load_bundle
from asd_monitor.models.detector import ENSEMBLE, detector_kinds
from asd_monitor.models.files import write_atomically
from asd_monitor.models.training.progress import EpochDone, SoundSkipped, TrainingProgress
from asd_monitor.models.training.settings import HOLD_OUT_MAX, TrainingSettings
from asd_monitor.monitor.cli.console import note, tell
from asd_monitor.monitor.cli.evaluation_table import (
    COMPARISON_LEGEND,
    DOMAIN_LEGEND,
    comparison_table,
    domain_table,
    evaluation_table,
    legend,
)
from asd_monitor.monitor.cli.options import BudgetType, channel_option
from asd_monitor.monitor.cli.progress import Advance, progress
from asd_monitor.monitor.cli.tables import show
from asd_monitor.monitor.cli.targets import cannot_write, require_writable

_DEFAULTS = TrainingSettings()


@click.command("evaluate")
@click.argument("root", type=click.Path(path_type=Path))
@click.option(
    "--bundle",
    "bundles",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="Evaluate this bundle on every machine; can be given several times.",
)
@click.option(
    "--detector",
    "detectors",
    type=click.Choice([ENSEMBLE, *detector_kinds()]),
    multiple=True,
    help="Train and evaluate this kind; can be given several times.  "
    f"[default, without --bundle: {ENSEMBLE}]",
)
@click.option(
    "--labels",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV file,label[,id] with labels train, normal, anomaly, instead of those in the names.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for table, pictures, per-file scores, and trained bundles to use again.",
)
@click.option(
    "--budget",
    type=BudgetType(),
    default="1/week",
    show_default=True,
    help="False alarms that the thresholds are calibrated for.",
)
@click.option(
    "--cost-miss", type=float, default=1.0, show_default=True, help="Of a miss, in min cost."
)
@click.option(
    "--cost-false-alarm",
    type=float,
    default=1.0,
    show_default=True,
    help="Of a false alarm, in min cost.",
)
@click.option(
    "--hold-out",
    type=click.FloatRange(0, HOLD_OUT_MAX),
    default=_DEFAULTS.hold_out,
    show_default=True,
    help="Share of the training sound, the last of it, that sets the threshold.",
)
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    default=_DEFAULTS.epochs,
    show_default=True,
    help="Of training, at most.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all random draws."
)
@channel_option
@click.option("--json", "json_only", is_flag=True, help="Print one JSON object instead of a table.")
def command(
    *,
    root: Path,
    bundles: tuple[Path, ...],
    detectors: tuple[str, ...],
    labels: Path | None,
    out: Path | None,
    budget: Budget,
    cost_miss: float,
    cost_false_alarm: float,
    hold_out: float,
    epochs: int,
    seed: int,
    channel: int | None,
    json_only: bool,
) -> None:
    """Say how well detectors tell normal from anomalous recordings of your machines.

    Understands the folders of DCASE Task 2 (2020 to 2025) and MIMII, any train/ and test/ with
    names that begin with normal and anomaly, or a CSV of labels. A detector is trained for each
    machine id on its normal training sound, of which the last part sets its threshold.

    \b
    Examples:
      asd-monitor evaluate dev_data/ --detector group-made --detector gaussian --out results/
      asd-monitor evaluate press/ --bundle press.safetensors --labels labels.csv
    """
    costs = Costs(miss=cost_miss, false_alarm=cost_false_alarm)
    kinds = detectors or (() if bundles else (ENSEMBLE,))
    settings = [
        TrainingSettings(
            detector=kind, epochs=epochs, seed=seed, hold_out=hold_out, channel=channel
        )
        for kind in dict.fromkeys(kinds)
    ]
    loaded = dict(zip(_names(bundles), map(load_bundle, bundles), strict=True))
    found = discover(root, labels=labels)
    if out:
        require_writable(out / "results.json")
    limits = CalibrationSettings(budget=budget, warning_budget=budget)
    with _bundle_folder(out) as folder:
        trials = list(_trials(found, loaded, settings, limits, folder, channel=channel))
    rows = evaluate(trials, costs=costs, seed=seed)
    comparisons = compare(trials, costs=costs, seed=seed)
    notes = [*found.notes, *notes_of(trials)]
    document = as_json(rows, comparisons, costs=costs, budget=budget.text, notes=notes)
    if out:
        _write(out, trials, rows, document)
    for sentence in notes:
        note(sentence)
    if json_only:
        tell(document.decode())
    else:
        _print(rows, comparisons, costs=costs, budget=budget)
        if out:
            tell(f"written to {out}")


def _names(bundles: Sequence[Path]) -> list[str]:
    """File names without their ends, or paths where two would have one name."""
    stems = Counter(path.stem for path in bundles)
    return [path.stem if stems[path.stem] == 1 else str(path) for path in bundles]


@contextmanager
def _bundle_folder(out: Path | None) -> Iterator[Path]:
    if out:
        yield out / "bundles"
        return
    with tempfile.TemporaryDirectory(prefix="asd-monitor-evaluate-") as folder:
        yield Path(folder)


def _trials(
    found: LabelledSet,
    loaded: dict[str, Bundle],
    settings: Sequence[TrainingSettings],
    limits: CalibrationSettings,
    folder: Path,
    *,
    channel: int | None,
) -> Iterator[Trial]:
    for machine in found.machines:
        trained = ((wanted.detector, _train(machine, wanted, folder)) for wanted in settings)
        for name, bundle in (*loaded.items(), *trained):
            with progress(f"{machine.name}: scoring with {name}") as advance:
                yield try_out(
                    name,
                    bundle,
                    machine,
                    limits,
                    channel=channel,
                    created_at=datetime.now(UTC),
                    progress=advance,
                )


def _train(machine: LabelledMachine, settings: TrainingSettings, folder: Path) -> Bundle:
    with progress(f"{machine.name}: training {settings.detector}") as advance:
        return trained_bundle(machine, settings, folder, lambda told: _show(told, advance))


def _show(told: TrainingProgress, advance: Advance) -> None:
    match told:
        case SoundSkipped(reason=reason):
            note(f"left out: {reason}")
        case EpochDone():
            advance(told.epoch / told.n_epochs, f"held-out {told.nll_held_out:.4f}")


def _write(out: Path, trials: Sequence[Trial], rows: Sequence[Row], document: bytes) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_atomically(out / "results.json", document + b"\n")
        write_atomically(out / "results.csv", as_csv(rows).encode())
        for trial in trials:
            write_submission(out / "scores" / file_name(trial.detector), trial)
        for name, of_machine in _by_machine(trials).items():
            write_atomically(out / f"roc_{name}.png", roc_picture(of_machine))
            write_atomically(out / f"scores_{name}.png", score_picture(of_machine))
    except OSError as error:
        raise cannot_write(out, error) from error


def _by_machine(trials: Sequence[Trial]) -> dict[str, list[Trial]]:
    by_machine: dict[str, list[Trial]] = {}
    for trial in trials:
        name = f"{file_name(trial.kind)}_{file_name(trial.machine_id)}"
        by_machine.setdefault(name, []).append(trial)
    return by_machine


def _print(
    rows: Sequence[Row], comparisons: Sequence[Comparison], *, costs: Costs, budget: Budget
) -> None:
    legends = {
        legend(costs=costs, budget=budget.text): evaluation_table(rows),
        DOMAIN_LEGEND: domain_table(rows),
        COMPARISON_LEGEND: comparison_table(comparisons),
    }
    told = {words: table for words, table in legends.items() if table.row_count}
    for table in told.values():
        show(table)
        click.echo()
    click.echo("\n".join(told))
