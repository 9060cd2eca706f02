"""Models and calibrations that are not what they were."""

import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from asd_monitor.models.bundle import load_bundle, save_bundle
from asd_monitor.monitor.folders import MachineFolder
from tests.support.command_line import asd_monitor, complaint
from tests.support.configured import configure
from tests.support.fault_matrix import fault
from tests.system.conftest import Trained

pytestmark = pytest.mark.system

ROW = fault(
    17,
    "model or calibration truncated, flipped, of wrong shape, a pickle, missing",
    "exit code 78, one sentence that names the file; nothing of it is executed",
)


class Bomb:
    """What unpickles to a file on the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self._path,)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) * 2 // 3] ^= 0x10
    path.write_bytes(content)


def pickled(path: Path) -> None:
    path.write_bytes(pickle.dumps(Bomb(path.with_name("executed"))))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def missing(path: Path) -> None:
    path.unlink()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@ROW
@pytest.mark.parametrize(
    "spoil", [cut, flipped, pickled, emptied, missing, a_folder], ids=lambda s: s.__name__
)
@pytest.mark.parametrize("which", ["bundle", "calibration"])
def test_a_spoilt_file_is_one_sentence(
    which: str, spoil: Callable[[Path], None], trained: Trained, tmp_path: Path
) -> None:
    model = copied(trained, tmp_path)
    file: Path = getattr(model, which)
    if (which, spoil) == ("calibration", flipped):
        file.write_bytes(file.read_bytes().replace(b'"schema"', b'"skhema"', 1))
    else:
        spoil(file)
    said = refused(model, trained, tmp_path)
    assert str(file) in said
    assert not file.with_name("executed").exists()


@ROW
def test_a_bundle_of_wrong_shape_is_one_sentence(trained: Trained, tmp_path: Path) -> None:
    model = copied(trained, tmp_path)
    bundle = load_bundle(model.bundle)
    wrong = np.ones((bundle.features.n_mels, 7), np.float32)
    save_bundle(replace(bundle, mel_filters=wrong), model.bundle)
    assert str(model.bundle) in refused(model, trained, tmp_path)


@ROW
def test_a_calibration_of_another_bundle_is_one_sentence(trained: Trained, tmp_path: Path) -> None:
    model = copied(trained, tmp_path)
    bundle = load_bundle(model.bundle)
    save_bundle(replace(bundle, provenance=replace(bundle.provenance, seed=99)), model.bundle)
    assert "was made for the bundle" in refused(model, trained, tmp_path)


def copied(trained: Trained, folder: Path) -> MachineFolder:
    shutil.copytree(trained.data, folder / "data")
    return MachineFolder.of("machine", data=folder / "data")


def refused(model: MachineFolder, trained: Trained, folder: Path) -> str:
    config = configure(folder, model=model, recordings=trained.normal)
    outcome = asd_monitor("run", "--config", config, "--data-dir", folder / "state")
    return complaint(outcome, code=78)
