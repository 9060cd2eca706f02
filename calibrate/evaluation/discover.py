"""From a folder, or a CSV of labels, to the labelled machines in it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from asd_monitor.calibrate.evaluation.labelled import LabelledMachine, LabelledSet, TestFile
from asd_monitor.calibrate.evaluation.labels import LabelRow, read_labels
from asd_monitor.calibrate.layouts import Description, Domain, Part, describe, is_of_one_machine
from asd_monitor.models.errors import AudioError, LabelError
from asd_monitor.models.recordings import find_recordings, open_recording

Described = tuple[Path, Description]


def discover(root: Path, *, labels: Path | None = None) -> LabelledSet:
    """Find the labelled recordings under a folder.

    Where nothing says which normal sound is for training, the last files of it, as many as there
    are anomalous ones but at most half, are tested, as the makers of MIMII split theirs.

    Args:
        root: the folder.
        labels: CSV of labels (`asd_monitor.calibrate.evaluation.labels`); None reads the names
            (`asd_monitor.calibrate.layouts`).

    Raises:
        AudioError: the folder does not exist or holds no sound file.
        LabelError: the labels do not fit the files, nothing has one, sound to train on is
            labelled an anomaly, or the recordings of a machine differ in sample rate.
    """
    described = _labelled(root, labels) if labels else _named(root)
    notes: list[str] = []
    by_machine: defaultdict[tuple[str, str], list[Described]] = defaultdict(list)
    for path, description in _with_a_part(described, notes):
        by_machine[description.kind, description.machine_id].append((path, description))
    machines = [
        _machine(kind, machine_id, files)
        for (kind, machine_id), files in sorted(by_machine.items())
    ]
    tested = tuple(machine for machine in machines if machine.test)
    if not tested:
        raise LabelError(
            f"no recording under {root} says whether it is normal or an anomaly; name them "
            "normal* and anomaly* in a folder test, or give --labels"
        )
    for machine in tested:
        _require_one_rate(machine)
    return LabelledSet(tested, (*notes, *_missing(machines), *_empty(root, described)))


def _named(root: Path) -> list[Described]:
    return [(path, _describe(path, root)) for path in find_recordings([root])]


def _describe(path: Path, root: Path) -> Description:
    """Describe a recording by the folders from the root on, wherever links lead."""
    return describe(root.resolve().name / path.absolute().relative_to(root.absolute()))


def _labelled(root: Path, labels: Path) -> list[Described]:
    described = []
    for row in read_labels(labels, root=root.absolute()):
        named = _describe(row.path, root)
        description = replace(
            named,
            machine_id=row.machine_id or named.machine_id,
            part=_part(row, named.part),
            is_anomalous=bool(row.is_anomalous),
        )
        described.append((row.path, description))
    return described


def _part(row: LabelRow, by_name: Part) -> Part:
    """What a recording is for: the label comes first, then the folder."""
    if row.is_anomalous is None:
        return Part.TRAIN
    if by_name is Part.SUPPLEMENTAL or (row.is_anomalous and by_name is Part.TRAIN):
        return Part.TEST
    return by_name


def _with_a_part(described: Iterable[Described], notes: list[str]) -> list[Described]:
    """Leave out what is neither training nor labelled, and say how much that is."""
    kept: list[Described] = []
    left_out: Counter[str] = Counter()
    for path, description in described:
        if description.part is Part.SUPPLEMENTAL:
            left_out["supplemental recordings"] += 1
        elif description.part is not Part.TRAIN and description.is_anomalous is None:
            left_out["recordings without a label"] += 1
        elif description.part is Part.TRAIN and description.is_anomalous:
            raise LabelError(f"{path} is sound to train on and an anomaly by its name; move it")
        else:
            kept.append((path, description))
    notes += [f"{n} {what} are left out" for what, n in left_out.items()]
    return kept


def _machine(kind: str, machine_id: str, files: Sequence[Described]) -> LabelledMachine:
    of_part = {part: [file for file in files if file[1].part is part] for part in Part}
    train = of_part[Part.TRAIN]
    test = of_part[Part.TEST] + of_part[Part.UNSPLIT]
    if not train and not of_part[Part.TEST]:
        train, test = _split(test)
    return LabelledMachine(
        kind=kind,
        machine_id=machine_id,
        train_groups=_by_domain(train),
        test=tuple(TestFile(path, bool(said.is_anomalous), said.domain) for path, said in test),
    )


def _by_domain(files: Sequence[Described]) -> tuple[tuple[Path, ...], ...]:
    """The files of each domain that there are any of, and those of none."""
    groups = (
        tuple(path for path, said in files if said.domain is domain) for domain in (None, *Domain)
    )
    return tuple(group for group in groups if group)


def _split(files: Sequence[Described]) -> tuple[list[Described], list[Described]]:
    normal = [file for file in files if not file[1].is_anomalous]
    anomalous = [file for file in files if file[1].is_anomalous]
    n_train = len(normal) - min(len(anomalous), len(normal) // 2)
    return normal[:n_train], normal[n_train:] + anomalous


def _missing(machines: Iterable[LabelledMachine]) -> Iterable[str]:
    for machine in machines:
        labels = {file.is_anomalous for file in machine.test}
        if not labels:
            yield f"{machine.name} has nothing to test and is left out"
        elif len(labels) == 1:
            lacking = "normal" if labels == {True} else "anomalous"
            yield f"{machine.name} has no {lacking} test recording, so that its AUC is undefined"


def _empty(root: Path, described: Iterable[Described]) -> Iterable[str]:
    """Folders of machine ids in which nothing was found."""
    holding = {folder for path, _ in described for folder in path.absolute().parents}
    for folder in sorted(root.absolute().rglob("*/")):
        if is_of_one_machine(folder.name) and folder not in holding:
            yield f"{folder.relative_to(root.absolute())} holds no recordings and is left out"


def _require_one_rate(machine: LabelledMachine) -> None:
    """See that all recordings of a machine that can be opened have one sample rate."""
    first_of_rate: dict[int, Path] = {}
    for path in (*machine.train, *(file.path for file in machine.test)):
        try:
            first_of_rate.setdefault(open_recording(path).sample_rate_hz, path)
        except AudioError:
            continue  # who reads it will say so
    if len(first_of_rate) > 1:
        found = " and ".join(f"{rate} Hz ({path.name})" for rate, path in first_of_rate.items())
        raise LabelError(
            f"the recordings of {machine.name} differ in sample rate: {found}; bring them to one, "
            "or a detector tells rates apart instead of faults"
        )
