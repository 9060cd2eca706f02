"""The table of an evaluation for people."""

from collections.abc import Iterable, Sequence

from rich.table import Table
from rich.text import Text

from asd_monitor.calibrate.evaluation.comparison import COMPARED, Comparison
from asd_monitor.calibrate.evaluation.measured import Estimate
from asd_monitor.calibrate.evaluation.metrics import Costs
from asd_monitor.calibrate.evaluation.table import MEAN, Row

COLUMNS = {
    "auc": "AUC",
    "partial_auc": "pAUC",
    "equal_error_rate": "EER",
    "min_cost": "min cost",
    "f1": "F1",
    "false_alarm_rate": "false\nalarms",
    "miss_rate": "missed",
}
DOMAIN_COLUMNS = {
    "auc_source": "AUC\nsource",
    "auc_target": "AUC\ntarget",
    "partial_auc": "pAUC",
    "harmonic_mean": "harmonic\nmean",
}
DOMAIN_LEGEND = (
    "Domains, as in DCASE: all anomalies against the normal files of one; the harmonic mean is of "
    "both and pAUC."
)
COMPARISON_LEGEND = (
    "Higher by: the difference on the same files, both resampled alike; where its interval holds 0 "
    "the two cannot be told apart."
)
UNDEFINED = "-"


def evaluation_table(rows: Sequence[Row]) -> Table:
    """Lay out rows; each figure has its 95 % interval below it."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1))
    table.add_column("machine")
    table.add_column("detector")
    table.add_column("normal", justify="right")
    table.add_column("anom.", justify="right")
    for name in COLUMNS.values():
        table.add_column(name, justify="right", min_width=10)
    before = None
    for row in rows:
        machine = f"{row.kind}\n{row.machine_id}"
        if before not in (None, machine):
            table.add_section()
        style = "bold" if row.machine_id == MEAN else None
        table.add_row(
            machine if machine != before else "",
            row.detector,
            str(row.n_normal),
            str(row.n_anomalous),
            *(_cell(row.figures[name]) for name in COLUMNS),
            style=style,
        )
        before = machine
    return table


def domain_table(rows: Sequence[Row]) -> Table:
    """Source and target domain apart; without a row where there are no domains."""
    table = _table(DOMAIN_COLUMNS.values())
    for row in rows:
        if row.figures["harmonic_mean"].value is not None:
            style = "bold" if row.machine_id == MEAN else None
            cells = (_cell(row.figures[name]) for name in DOMAIN_COLUMNS)
            table.add_row(f"{row.kind}\n{row.machine_id}", row.detector, *cells, style=style)
    return table


def comparison_table(comparisons: Sequence[Comparison]) -> Table:
    """Every two detectors, the higher one first; of several machines of a type only the mean."""
    averaged = {each.kind for each in comparisons if each.machine_id == MEAN}
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1))
    for name in ("machine", "detector", "against"):
        table.add_column(name)
    for name in ("AUC higher by", "pAUC higher by"):
        table.add_column(name, justify="right")
    for each in comparisons:
        if each.kind in averaged and each.machine_id != MEAN:
            continue
        estimates = [each.differences[name] for name in COMPARED]
        names, is_turned = (each.detector, each.than), (estimates[0].value or 0.0) < 0
        cells = (_difference(estimate, is_turned=is_turned) for estimate in estimates)
        ordered = names[::-1] if is_turned else names
        table.add_row(f"{each.kind} {each.machine_id}", *ordered, *cells)
    return table


def _table(names: Iterable[str]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1))
    table.add_column("machine")
    table.add_column("detector")
    for name in names:
        table.add_column(name, justify="right", min_width=10)
    return table


def _difference(estimate: Estimate, *, is_turned: bool) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return UNDEFINED
    value, low, high = estimate.value, estimate.low, estimate.high
    if is_turned:
        value, low, high = -value, -high, -low
    return f"{value:+.3f} ({low:+.3f} to {high:+.3f})"


def legend(*, costs: Costs, budget: str) -> str:
    """What the columns of `evaluation_table` mean, in plain words."""
    return (
        "Below each figure: its 95 % interval, by bootstrap over files within each class.\n"
        "pAUC is scikit-learn's standardised one, roc_auc_score(..., max_fpr=0.1): 0.5 is chance.\n"
        f"Min cost is {costs.miss:g} x miss rate + {costs.false_alarm:g} x false-alarm rate at the "
        "best of all thresholds;\n1 is what never or always alarming costs, whichever is cheaper.\n"
        "F1, false alarms and missed: at the threshold calibrated on held-out normal sound for a "
        f"budget of {budget}.\n"
        f"Means are over the machines of a type. {UNDEFINED}: undefined."
    )


def _cell(estimate: Estimate) -> Text:
    if estimate.value is None:
        return Text(UNDEFINED)
    cell = Text(f"{estimate.value:.3f}\n")
    if estimate.low is not None and estimate.high is not None:
        cell.append(f"{_short(estimate.low)}-{_short(estimate.high)}", style="dim not bold")
    return cell


def _short(number: float) -> str:
    """Three decimals without the leading zero: two of them stand in one cell."""
    return f"{number:.3f}".removeprefix("0")
