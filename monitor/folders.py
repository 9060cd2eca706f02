"""Where a machine's bundle and calibration live on disk.

``<data>/machines/<id>/bundle.safetensors`` and ``calibration.json``, older ones beside them under
the time they were replaced at.
"""

import itertools
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import platformdirs

from asd_monitor.models.errors import BundleError, CalibrationError, ConfigurationError

DEFAULT_MACHINE = "machine"
_STAMP = "%Y%m%dT%H%M%SZ"
_MACHINE_ID = re.compile(r"[a-z0-9_-]+")


def data_dir(option: Path | None) -> Path:
    """The folder that holds machines, store and evidence.

    ``--data-dir`` if given, else systemd's ``$STATE_DIRECTORY``, else the XDG data directory.
    """
    if option is not None:
        return option
    state_directory = os.environ.get("STATE_DIRECTORY")
    if state_directory:
        return Path(state_directory.split(":")[0])
    return platformdirs.user_data_path("asd-monitor")


def check_machine_id(machine: str) -> str:
    """Return the id.

    Raises:
        ConfigurationError: it has characters other than ``a-z 0-9 _ -``.
    """
    if not _MACHINE_ID.fullmatch(machine):
        raise ConfigurationError(
            f"the machine id {machine!r} may only have the characters a-z, 0-9, '_' and '-'"
        )
    return machine


@dataclass(frozen=True, slots=True)
class MachineFolder:
    """The files of one machine."""

    path: Path

    @classmethod
    def of(cls, machine: str, *, data: Path) -> "MachineFolder":
        """The folder of a machine id under a data directory."""
        return cls(data / "machines" / check_machine_id(machine))

    @property
    def bundle(self) -> Path:
        """The machine's current bundle."""
        return self.path / "bundle.safetensors"

    @property
    def calibration(self) -> Path:
        """The machine's current calibration."""
        return self.path / "calibration.json"

    @property
    def watched(self) -> Path:
        """Which files of a watched folder were judged."""
        return self.path / "watched.jsonl"


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The two files that turn sound into verdicts."""

    bundle: Path
    calibration: Path


def find_bundle(machine: str, *, data: Path, bundle: Path | None) -> Path:
    """The bundle that was named, or the machine's.

    Raises:
        BundleError: the machine has not been trained yet; says which commands come first.
    """
    folder = MachineFolder.of(machine, data=data)
    if bundle is None and not folder.bundle.exists():
        option = machine_option(machine)
        raise BundleError(
            f"there is no bundle for the machine {machine} in {folder.path}; first "
            "asd-monitor record --device DEVICE --duration 1h --out normal/, then "
            f"asd-monitor train normal/{option}, then asd-monitor calibrate normal/{option}"
        )
    return bundle or folder.bundle


def find_model(
    machine: str, *, data: Path, bundle: Path | None, calibration: Path | None
) -> ModelFiles:
    """The files that were named, or those in the machine's folder.

    Raises:
        BundleError: the machine has not been trained yet.
        CalibrationError: it has not been calibrated yet; says how.
    """
    found = find_bundle(machine, data=data, bundle=bundle)
    folder = MachineFolder.of(machine, data=data)
    if calibration is None and not folder.calibration.exists():
        raise CalibrationError(
            f"there is no calibration for the machine {machine} in {folder.path}; make one with "
            f"asd-monitor calibrate PATH...{machine_option(machine)}"
        )
    return ModelFiles(found, calibration or folder.calibration)


def machine_option(machine: str) -> str:
    """The option that names a machine in a command to type next; empty for the default one."""
    return "" if machine == DEFAULT_MACHINE else f" --machine {machine}"


def set_aside(path: Path, *, now: datetime) -> Path | None:
    """Keep a copy of what is about to be replaced, under the time of its replacement.

    The file itself stays where it is until its successor is renamed over it, so that a reader
    finds one or the other at any moment. What was set aside before is never overwritten: in the
    same second, the copy takes the next second that is free.

    Returns:
        Where the copy is, or None where there was nothing.
    """
    if not path.exists():
        return None
    seconds = (now.astimezone(UTC) + timedelta(seconds=later) for later in itertools.count())
    names = (f"{path.stem}-{at:{_STAMP}}{path.suffix}" for at in seconds)
    older = next(each for each in map(path.with_name, names) if not each.exists())
    os.link(path, older)
    return older


def set_aside_before(path: Path) -> tuple[Path, ...]:
    """What `set_aside` has kept of a file, the latest first."""
    return tuple(sorted(path.parent.glob(f"{path.stem}-*Z{path.suffix}"), reverse=True))
