"""Detectors trained for an evaluation, kept so that the same one is not trained twice."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec

from asd_monitor.calibrate.evaluation.files import file_name
from asd_monitor.calibrate.evaluation.labelled import LabelledMachine
from asd_monitor.models.bundle import Bundle, load_bundle, save_bundle
from asd_monitor.models.errors import InsufficientSoundError
from asd_monitor.models.training.progress import TrainingProgress
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.train import train
from asd_monitor.models.training.unfinished import discard_unfinished, unfinished_path


def trained_bundle(
    machine: LabelledMachine,
    settings: TrainingSettings,
    folder: Path,
    progress: Callable[[TrainingProgress], None],
) -> Bundle:
    """Train a detector on a machine's normal sound, unless the folder holds it already.

    A bundle's file name tells type, id and detector of it, and a digest of the settings and of
    the training recordings' names, sizes and times. A training that was interrupted in the same
    folder goes on where it stopped.

    Args:
        machine: with sound to train on.
        settings: what to train and how.
        folder: of the bundles; made where it does not exist.
        progress: see `asd_monitor.models.training.train.train`.

    Raises:
        InsufficientSoundError: there is too little sound to train on.
        BundleError: a bundle in the folder is damaged, or it cannot be written.
        AsdMonitorError: see `asd_monitor.models.training.train.train`.
    """
    if not machine.train:
        raise InsufficientSoundError(
            f"{machine.name} has no normal sound to train on; put it into a folder train, "
            "or evaluate a bundle with --bundle"
        )
    digest = _digest(machine, settings)
    names = (machine.kind, machine.machine_id, settings.detector, digest[:12])
    path = folder / f"{'_'.join(map(file_name, names))}.safetensors"
    if path.exists():
        return load_bundle(path)
    try:
        trained = train(
            machine.train_groups, replace(settings, checkpoint=unfinished_path(path)), progress
        )
    except InsufficientSoundError as error:
        raise InsufficientSoundError(f"{machine.name}: {error}") from error
    saved = save_bundle(trained, path)
    discard_unfinished(path)
    return saved


def _digest(machine: LabelledMachine, settings: TrainingSettings) -> str:
    digest = hashlib.sha256(repr(settings).encode())
    for path in machine.train:
        status = path.stat()
        digest.update(msgspec.json.encode((str(path), status.st_size, status.st_mtime_ns)))
    return digest.hexdigest()
