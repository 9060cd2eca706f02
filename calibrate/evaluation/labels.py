"""Labels from a CSV file: ``file,label[,id]``."""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

from asd_monitor.models.errors import LabelError

LABELS: dict[str, bool | None] = {
    "train": None,
    "normal": False,
    "anomaly": True,
    "anomalous": True,
    "abnormal": True,
}
"""``train`` is normal sound to train and calibrate on, the others are tested."""

_COLUMNS = (["file", "label"], ["file", "label", "id"])


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A row of the file.

    Attributes:
        path: the recording.
        is_anomalous: its label; None for sound to train on.
        machine_id: as written; None where there is no such column.
    """

    path: Path
    is_anomalous: bool | None
    machine_id: str | None


def read_labels(labels: Path, *, root: Path) -> list[LabelRow]:
    """Read labels.

    Args:
        labels: the CSV file, its first line ``file,label`` or ``file,label,id``.
        root: absolute folder that its file names are relative to.

    Raises:
        LabelError: the file cannot be read or is not of that form, a label is none, an id is
            empty, a recording is named twice or does not exist; names the line.
    """
    try:
        with labels.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))
    except OSError as error:
        raise LabelError(f"the labels {labels} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise LabelError(f"the labels {labels} are no CSV in UTF-8: {error}") from error
    if not lines or [column.strip() for column in lines[0]] not in _COLUMNS:
        raise LabelError(f"the first line of {labels} must be file,label or file,label,id")
    rows = [
        _row([field.strip() for field in line], lines[0], root, f"line {number} of {labels}")
        for number, line in enumerate(lines[1:], start=2)
        if line
    ]
    _require_each_once(rows, labels)
    return rows


def _row(fields: list[str], header: list[str], root: Path, where: str) -> LabelRow:
    if len(fields) != len(header):
        raise LabelError(f"{where} has {len(fields)} fields and the first line {len(header)}")
    name, label, *ids = fields
    if label.lower() not in LABELS:
        raise LabelError(f"{where} has the label {label!r}; write one of {', '.join(LABELS)}")
    if "" in ids:
        raise LabelError(f"{where} has an empty machine id; write one, or leave out the column")
    path = Path(os.path.normpath(root / name))
    if not path.is_relative_to(root):
        raise LabelError(f"{where} names {path}, which is not under {root}; give the folder above")
    if not name or not path.is_file():
        raise LabelError(f"{where} matches no file: there is no {path}")
    return LabelRow(path, LABELS[label.lower()], ids[0] if ids else None)


def _require_each_once(rows: list[LabelRow], labels: Path) -> None:
    if not rows:
        raise LabelError(f"{labels} has no row; write one for each recording")
    seen: set[Path] = set()
    for row in rows:
        if row.path in seen:
            raise LabelError(f"{labels} names {row.path} twice; keep one of the rows")
        seen.add(row.path)
