"""What machines are judged with, loaded and checked before anything is started or changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from asd_monitor.calibrate.calibration import Calibration, load_calibration
from asd_monitor.models.bundle import Bundle, load_bundle
from asd_monitor.models.errors import CalibrationError, ConfigurationError
from asd_monitor.monitor.config import MachineConfig
from asd_monitor.monitor.folders import find_model
from asd_monitor.monitor.pipeline import Pipeline


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LoadedMachine:
    """A machine with its model.

    Attributes:
        settings: what the configuration says of it.
        bundle: its detectors; the same object for all machines whose files hold the same.
        calibration: what is normal for it.
        pipeline: judges its sound with both; has heard nothing yet.
    """

    settings: MachineConfig
    bundle: Bundle
    calibration: Calibration
    pipeline: Pipeline

    @property
    def name(self) -> str:
        """The machine's id."""
        return self.settings.id


def load_machines(
    machines: Iterable[MachineConfig], *, data: Path, known: Iterable[Bundle] = ()
) -> tuple[LoadedMachine, ...]:
    """Load bundle and calibration of every machine, all or none.

    Bundles are the bulk of the memory that a machine takes, and are only read: one file is loaded
    once, and equal files are kept once.

    Args:
        machines: as configured.
        data: folder of machines and store.
        known: bundles in memory already, to use in place of equal ones.

    Raises:
        BundleError: a bundle is missing or cannot be used.
        CalibrationError: a calibration is missing, cannot be used, or is for another bundle.
    """
    shelf = _Shelf(known)
    return tuple(_load(machine, data, shelf) for machine in machines)


class _Shelf:
    """Every bundle once."""

    def __init__(self, known: Iterable[Bundle]) -> None:
        self._by_fingerprint = {bundle.fingerprint: bundle for bundle in known}
        self._by_file: dict[Path, Bundle] = {}

    def load(self, path: Path) -> Bundle:
        file = path.resolve()
        if file not in self._by_file:
            bundle = load_bundle(path)
            self._by_file[file] = self._by_fingerprint.setdefault(bundle.fingerprint, bundle)
        return self._by_file[file]


def _load(machine: MachineConfig, data: Path, shelf: _Shelf) -> LoadedMachine:
    files = find_model(
        machine.id, data=data, bundle=machine.bundle, calibration=machine.calibration
    )
    bundle, calibration = shelf.load(files.bundle), load_calibration(files.calibration)
    try:
        pipeline = Pipeline(bundle, calibration)
    except (CalibrationError, ConfigurationError) as error:
        raise CalibrationError(f"cannot use {files.calibration}: {error}") from error
    return LoadedMachine(
        settings=machine, bundle=bundle, calibration=calibration, pipeline=pipeline
    )
