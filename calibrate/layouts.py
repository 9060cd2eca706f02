"""What the name of a recording says of it, in the layouts that data sets come in.

- DCASE Task 2, 2020: ``fan/train/normal_id_00_00000000.wav``, ``fan/test/anomaly_id_00_*.wav``.
- DCASE Task 2, 2021 to 2025: ``fan/test/section_00_source_test_normal_0000_*.wav``, with folders
  ``train``, ``test``, ``source_test``, ``target_test``; ``supplemental`` is left out, because it
  is the machine without its surroundings, or the surroundings without the machine.
- MIMII: ``-6_dB_fan/fan/id_00/normal/00000000.wav`` and ``abnormal``, with or without the first
  or the second folder.
- Any ``train`` and ``test`` folders with names that begin with ``normal`` and ``anomaly``, or that
  hold folders of those names.
"""

import enum
import re
from dataclasses import dataclass
from pathlib import PurePath

DEFAULT_ID = "id_00"

_LABELS = {
    "normal": False,
    "anomaly": True,
    "anomalous": True,
    "abnormal": True,
}
_LABEL_IN_NAME = re.compile(rf"(?:^|_)({'|'.join(_LABELS)})(?=_|\d|$)")
_ID_IN_NAME = re.compile(r"(?:^|_)((?:id|section)_\d+)(?=_|$)")
_ID_FOLDER = re.compile(r"(?:id|section)_\d+")
_NOISE_FOLDER = re.compile(r"-?\d+_dB_(?P<kind>.+)")


class Part(enum.StrEnum):
    """What a recording is for."""

    TRAIN = "train"
    TEST = "test"
    UNSPLIT = "unsplit"
    SUPPLEMENTAL = "supplemental"


_PARTS = {
    "train": Part.TRAIN,
    "test": Part.TEST,
    "source_test": Part.TEST,
    "target_test": Part.TEST,
    "supplemental": Part.SUPPLEMENTAL,
}


class Domain(enum.StrEnum):
    """The conditions of DCASE Task 2 since 2021: those with much training sound, and the others."""

    SOURCE = "source"
    TARGET = "target"


_DOMAIN_IN_NAME = re.compile(rf"(?:^|_)({'|'.join(Domain)})(?=_|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a recording's name says.

    Attributes:
        kind: type of machine.
        machine_id: which one of its type.
        part: what it is for; unsplit where no folder says so.
        is_anomalous: its label, None where the name has none.
        domain: its conditions, None where the name does not say.
    """

    kind: str
    machine_id: str
    part: Part
    is_anomalous: bool | None
    domain: Domain | None = None


def is_of_one_machine(folder: str) -> bool:
    """Whether a folder's name is that of a machine id, as MIMII's are."""
    return _ID_FOLDER.fullmatch(folder) is not None


def describe(path: PurePath) -> Description:
    """Read a recording's name.

    Args:
        path: from the folder that holds the data set, that folder's own name included, so that
            ``fan/train/x.wav`` is of a fan whether ``fan`` or the folder above it was given.
    """
    folders = [folder for folder in path.parts[:-1] if folder.lower() not in _LABELS]
    parts = [index for index, folder in enumerate(folders) if folder.lower() in _PARTS]
    above = folders[: parts[-1]] if parts else folders
    ids = [folder for folder in above if is_of_one_machine(folder)]
    return Description(
        kind=_kind([folder for folder in above if folder not in ids]),
        machine_id=_machine_id(path.stem, ids),
        part=_PARTS[folders[parts[-1]].lower()] if parts else Part.UNSPLIT,
        is_anomalous=_label(path),
        domain=_domain(path.stem),
    )


def _kind(above: list[str]) -> str:
    """The folder above, and with it the noise level that MIMII names one folder further up."""
    if not above:
        return "machine"
    noise = _NOISE_FOLDER.fullmatch(above[-2]) if len(above) > 1 else None
    return above[-2] if noise and noise["kind"] == above[-1] else above[-1]


def _machine_id(stem: str, folders: list[str]) -> str:
    in_name = _ID_IN_NAME.search(stem)
    if in_name:
        return in_name[1]
    return folders[-1] if folders else DEFAULT_ID


def _domain(stem: str) -> Domain | None:
    """Of sections only: a machine elsewhere may be called anything."""
    found = _DOMAIN_IN_NAME.search(stem) if stem.startswith("section_") else None
    return Domain(found[1]) if found else None


def _label(path: PurePath) -> bool | None:
    in_name = _LABEL_IN_NAME.search(path.stem.lower())
    if in_name:
        return _LABELS[in_name[1]]
    labels = [_LABELS[part.lower()] for part in path.parts[:-1] if part.lower() in _LABELS]
    return labels[-1] if labels else None
