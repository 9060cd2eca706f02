"""An evaluation as files: the table as CSV and JSON, and scores as DCASE Task 2 wants them."""

import csv
import io
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from asd_monitor.calibrate.evaluation.comparison import Comparison
from asd_monitor.calibrate.evaluation.measured import FIGURES
from asd_monitor.calibrate.evaluation.metrics import MAX_FALSE_ALARM_RATE, Costs
from asd_monitor.calibrate.evaluation.table import Row
from asd_monitor.calibrate.evaluation.trial import Trial
from asd_monitor.models.files import write_atomically


def as_json(
    rows: Sequence[Row],
    comparisons: Sequence[Comparison],
    *,
    costs: Costs,
    budget: str,
    notes: Sequence[str],
) -> bytes:
    """The evaluation as one JSON document; what is undefined is null."""
    document: dict[str, Any] = {
        "schema": 1,
        "partial_auc": {"max_fpr": MAX_FALSE_ALARM_RATE, "standardised": True},
        "costs": costs,
        "budget": budget,
        "rows": rows,
        "comparisons": comparisons,
        "notes": notes,
    }
    return msgspec.json.encode(document)


def as_csv(rows: Iterable[Row]) -> str:
    """The table, one line per row, each figure with the ends of its interval."""
    columns = [f"{figure}{end}" for figure in FIGURES for end in ("", "_low", "_high")]
    lines: list[list[object]] = [
        ["machine", "id", "detector", "n_normal", "n_anomalous", "threshold", *columns]
    ]
    for row in rows:
        estimates = [row.figures[figure] for figure in FIGURES]
        numbers = [number for e in estimates for number in (e.value, e.low, e.high)]
        known = [row.kind, row.machine_id, row.detector, row.n_normal, row.n_anomalous]
        lines.append([*known, row.threshold, *numbers])
    return _csv(lines)


def write_submission(folder: Path, trial: Trial) -> None:
    """Write per-file scores and decisions as DCASE Task 2 takes them.

    ``anomaly_score_<machine>_<id>.csv`` holds ``file,score`` and, where there is a threshold,
    ``decision_result_<machine>_<id>.csv`` holds ``file,0`` or ``file,1``, without a first line of
    names. Sections end in ``_test``, as they do since 2022. Where two files have one name, as in
    MIMII's folders ``normal`` and ``abnormal``, their folders are named too.

    Raises:
        OSError: the folder is not writable.
    """
    folder.mkdir(parents=True, exist_ok=True)
    end = "_test" if trial.machine_id.startswith("section_") else ""
    name = f"{file_name(trial.kind)}_{file_name(trial.machine_id)}{end}.csv"
    named = list(zip(_told_apart([file.path for file in trial.files]), trial.files, strict=True))
    scores = [[path, file.score] for path, file in named]
    write_atomically(folder / f"anomaly_score_{name}", _csv(scores).encode())
    if trial.threshold is not None:
        decisions = [[path, int(file.score > trial.threshold)] for path, file in named]
        write_atomically(folder / f"decision_result_{name}", _csv(decisions).encode())


def _told_apart(paths: Sequence[Path]) -> list[str]:
    names = [path.name for path in paths]
    if len(set(names)) == len(names):
        return names
    above = os.path.commonpath(paths)
    return [path.relative_to(above).as_posix() for path in paths]


def file_name(name: str) -> str:
    """A name as a file may have it on any system."""
    return re.sub(r"[^\w.+-]", "_", name)


def _csv(lines: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()
