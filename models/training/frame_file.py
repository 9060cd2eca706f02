"""Frames on disk, so that days of sound need no more memory than the longest of their runs."""

import tempfile
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.training.sound import Runs


class FrameFile:
    """Collects runs of frames in a temporary file without a name, until its context is left.

    The mapping that `runs` gives outlasts it, and takes the file with it when it goes.

    Args:
        n_mels: values of a frame.
        folder: where there is room: half a kilobyte for each frame, 58 MB for an hour of sound.
    """

    def __init__(self, *, n_mels: int, folder: Path) -> None:
        self._n_mels = n_mels
        self._folder = folder
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - we are its context
        self._lengths: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, run: NDArray[np.float32]) -> None:
        """Add one run, ``(n_frames, n_mels)``.

        Raises:
            ConfigurationError: the disk is full.
        """
        try:
            self._file.write(np.ascontiguousarray(run, dtype=np.float32).data)
        except OSError as error:
            raise ConfigurationError(
                f"cannot keep the features of the sound in {self._folder}: {error.strerror}; "
                "make room there, or choose another place for the bundle"
            ) from error
        self._lengths.append(len(run))

    def runs(self) -> Runs:
        """All runs so far, mapped into memory; what is written to them stays in the file."""
        self._file.flush()
        shape = (sum(self._lengths), self._n_mels)
        if not shape[0]:
            return Runs(np.empty(shape, np.float32), ())
        mapped = np.memmap(self._file, dtype=np.float32, mode="r+", shape=shape)
        return Runs(mapped, tuple(self._lengths))
