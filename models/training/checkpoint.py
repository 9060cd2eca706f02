"""An unfinished fit in a file, so that an interrupted one can go on."""

import dataclasses
import hashlib
from importlib.metadata import version
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.files import write_atomically
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.sound import TrainingSound

_KEY = "key"
_PACKAGES = ("asd-monitor", "torch", "numpy", "numba", "llvmlite")

State = dict[str, Tensor]


class Checkpoint:
    """Keeps the state of one fit. The file is safetensors; nothing in it can execute.

    Args:
        path: the file.
        key: uint8 ``(32,)``, tells this fit from any other, see `fit_key`.
    """

    def __init__(self, path: Path, *, key: Tensor) -> None:
        self._path = path
        self._key = key

    def save(self, state: State) -> None:
        """Replace what was kept.

        Raises:
            ConfigurationError: the file cannot be written.
        """
        tensors = {name: tensor.contiguous() for name, tensor in state.items()}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path, safetensors.torch.save(tensors | {_KEY: self._key}))
        except OSError as error:
            raise ConfigurationError(
                f"cannot keep the unfinished training in {self._path}: {error.strerror}; "
                "choose another place for the bundle"
            ) from error

    def load(self) -> State | None:
        """What was kept of this very fit; None where there is nothing that can be used."""
        try:
            tensors = safetensors.torch.load(self._path.read_bytes())
        except (OSError, SafetensorError):
            return None
        key = tensors.pop(_KEY, None)
        return tensors if key is not None and torch.equal(key, self._key) else None


def fit_key(network: nn.Module, sound: TrainingSound, settings: TrainingSettings) -> Tensor:
    """SHA-256 of all that a fit depends on, uint8 ``(32,)``.

    Args:
        network: before it is fitted; its first weights count.
        sound: its values count.
        settings: all count but where the unfinished fit is kept.
    """
    digest = hashlib.sha256()
    versions = [version(name) for name in _PACKAGES]
    chosen = dataclasses.replace(settings, checkpoint=None)
    digest.update(repr((versions, chosen, sound.features)).encode())
    for name, tensor in network.state_dict().items():
        digest.update(f"{name} {tuple(tensor.shape)}".encode())
        digest.update(np.ascontiguousarray(tensor.numpy()).data)
    digest.update(f"{sound.fitted.lengths} {sound.stopping.lengths}".encode())
    for values in (sound.fitted.frames, sound.stopping.frames, sound.std_db):
        digest.update(np.ascontiguousarray(values).data)
    return torch.frombuffer(bytearray(digest.digest()), dtype=torch.uint8)
