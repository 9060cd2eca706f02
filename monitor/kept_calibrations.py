"""The calibrations of a machine: the current one, and older ones that were set aside by date."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from asd_monitor.calibrate.calibration import (
    Calibration,
    load_calibration,
    require_bundle,
    save_calibration,
)
from asd_monitor.models.bundle import load_bundle
from asd_monitor.models.errors import CalibrationError
from asd_monitor.monitor.folders import MachineFolder, find_bundle, set_aside, set_aside_before

CURRENT: Final = "current"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCalibration:
    """A calibration in a machine's folder.

    Attributes:
        name: `CURRENT`, or the time at which it was set aside.
        path: its file.
        calibration: None where it cannot be read.
        fault: why it cannot be read.
        fits: whether it was made for the machine's current bundle.
    """

    name: str
    path: Path
    calibration: Calibration | None
    fault: str | None
    fits: bool

    @property
    def is_current(self) -> bool:
        """Whether the machine is judged by it."""
        return self.name == CURRENT


def kept_calibrations(machine: str, *, data: Path) -> tuple[KeptCalibration, ...]:
    """All calibrations of a machine: the current one, then older ones, the latest first.

    Raises:
        BundleError: the machine has not been trained, or its bundle is damaged.
    """
    current = MachineFolder.of(machine, data=data).calibration
    bundle = _current_bundle(machine, data=data)
    paths = [*([current] if current.exists() else []), *set_aside_before(current)]
    return tuple(_kept(path, current, bundle) for path in paths)


def restore_calibration(name: str, *, machine: str, data: Path, now: datetime) -> Path | None:
    """Make an older calibration the current one. The current one is set aside, none is lost.

    Args:
        name: of the older one, or of its file.
        machine: the machine's id.
        data: folder of machines.
        now: the time to keep the current one under.

    Returns:
        Where the one before is now; None where there was none.

    Raises:
        CalibrationError: there is no such calibration, it is damaged, or it was made for another
            bundle than the machine's.
        BundleError: the machine has not been trained, or its bundle is damaged.
        OSError: the folder cannot be written to.
    """
    current = MachineFolder.of(machine, data=data).calibration
    older = _find(name, machine, current)
    calibration = load_calibration(older)
    require_bundle(calibration, _current_bundle(machine, data=data))
    aside = set_aside(current, now=now)
    save_calibration(calibration, current)
    older.unlink()
    return aside


def _find(name: str, machine: str, current: Path) -> Path:
    names = {_name(path, current): path for path in set_aside_before(current)}
    wanted = name.removesuffix(current.suffix).removeprefix(f"{current.stem}-")
    if wanted not in names:
        raise CalibrationError(
            f"The machine {machine} has no older calibration {name!r}; "
            f"it has {', '.join(names) or 'none'}."
        )
    return names[wanted]


def _kept(path: Path, current: Path, bundle: str) -> KeptCalibration:
    calibration, fault = None, None
    try:
        calibration = load_calibration(path)
    except CalibrationError as error:
        fault = str(error)
    return KeptCalibration(
        name=_name(path, current),
        path=path,
        calibration=calibration,
        fault=fault,
        fits=calibration is not None and calibration.bundle == bundle,
    )


def _name(path: Path, current: Path) -> str:
    return CURRENT if path == current else path.stem.removeprefix(f"{current.stem}-")


def _current_bundle(machine: str, *, data: Path) -> str:
    """The fingerprint of the machine's bundle."""
    return load_bundle(find_bundle(machine, data=data, bundle=None)).fingerprint
