"""Labelled recordings: which machine, which sound is for training, which is tested."""

from dataclasses import dataclass
from pathlib import Path

from asd_monitor.calibrate.layouts import Domain


@dataclass(frozen=True, slots=True)
class TestFile:
    """A recording with a label.

    Attributes:
        path: the recording.
        is_anomalous: its label.
        domain: its conditions; None where nobody says.
    """

    __test__ = False  # no test case, whatever pytest makes of the name

    path: Path
    is_anomalous: bool
    domain: Domain | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledMachine:
    """The recordings of one machine.

    Attributes:
        kind: type of machine, such as ``fan``.
        machine_id: which one of its type, such as ``id_00`` or ``section_00``.
        train_groups: normal sound to train and calibrate on, each domain's by itself, so that what
            is held out of one is not all that there is of another.
        test: labelled recordings, at least one.
    """

    kind: str
    machine_id: str
    train_groups: tuple[tuple[Path, ...], ...]
    test: tuple[TestFile, ...]

    @property
    def train(self) -> tuple[Path, ...]:
        """All normal sound to train and calibrate on."""
        return tuple(path for group in self.train_groups for path in group)

    @property
    def name(self) -> str:
        """Type and id, for people and file names: ``fan id_00``."""
        return f"{self.kind} {self.machine_id}"


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Everything under a folder that has labels.

    Attributes:
        machines: in the order of their names, at least one.
        notes: what was left out or is missing, a sentence each.
    """

    machines: tuple[LabelledMachine, ...]
    notes: tuple[str, ...]
