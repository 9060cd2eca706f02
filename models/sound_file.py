"""Sound files as libsndfile reads them, with whatever is wrong with one said in a sentence."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import soundfile
from numpy.typing import NDArray

from asd_monitor.models.errors import AudioError

SUFFIXES = (".wav", ".wave", ".flac", ".ogg", ".oga", ".aif", ".aiff")
"""File names that are taken for sound files, in lower case."""

# A program that writes a WAV file into a pipe states a size that no real file of it can have.
_PIPED_BYTES = 0x7FFF_FF00
# libsndfile takes what is there of a cut WAV, AIFF or Ogg file and tells only its log.
_STATED_AND_FOUND = re.compile(r"^ ?(?:data|SSND) : (\d+) \(should be (\d+)\)$", re.MULTILINE)
_OGG_WITHOUT_END = re.compile(r"^Ogg: (?:Junk after|Last page lacks)", re.MULTILINE)
_UNKNOWN_LENGTH = 2**62
_VALUES_AT_ONCE = 2**18
_STEPS_AT_ONCE = 16  # who reads tenths of a second plays them, and is in no hurry


def seconds_at_once(*, sample_rate_hz: int, n_channels: int) -> int:
    """Whole seconds, one at least, that are read together where a file is read for its own sake."""
    return max(1, _VALUES_AT_ONCE // (sample_rate_hz * n_channels))


class SoundFile:
    """A sound file open for reading; a context manager.

    Attributes:
        path: the file.
        sample_rate_hz: its rate.
        n_channels: its channels.
        n_samples: samples per channel, at least 1.
        comment: its comment, empty where it has none.
    """

    def __init__(self, path: Path) -> None:
        """Open a file and see that it is there to its end, as far as that shows without reading.

        Raises:
            AudioError: it is missing, empty, no sound file, cut short, or holds no samples.
        """
        if path.suffix.lower() not in SUFFIXES:
            raise AudioError(f"{path} is no sound file by its name ({', '.join(SUFFIXES)}).")
        with named_errors(path):
            # libsndfile would not say why it cannot open a file.
            with path.open("rb") as raw:
                empty = not raw.read(1)
            if empty:
                raise AudioError(f"{path} is empty; record it again or leave it out.")
            self._file = soundfile.SoundFile(path)
        self.path = path
        self.sample_rate_hz = int(self._file.samplerate)
        self.n_channels = int(self._file.channels)
        self.n_samples = int(self._file.frames)
        self.comment = str(self._file.comment)
        try:
            self._require_whole()
        except AudioError:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def seek(self, position: int) -> None:
        """Go to a sample."""
        with named_errors(self.path):
            self._file.seek(position)

    def read(self, n_samples: int) -> NDArray[np.float32]:
        """Read on: float32 ``(n_samples, n_channels)``, full scale is 1.0.

        Raises:
            AudioError: the file is damaged, or ends before.
        """
        with named_errors(self.path):
            frames: NDArray[np.float32] = self._file.read(
                n_samples, dtype="float32", always_2d=True
            )
        if len(frames) < n_samples:
            raise self._cut()
        return frames

    def read_steps(
        self, position: int, end: int, step: int
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Read on from where the file is to ``end``, step by step, the last one shorter.

        Many steps are read at a time: after each reading soundfile seeks to where it is already,
        for which libsndfile decodes FLAC anew. A damaged file is read up to the second in which the
        damage is, or the step where those are shorter.

        Args:
            position: where the file is.
            end: the sample to stop at.
            step: samples of a step.

        Yields:
            The position of each step, and its samples, see `read`.

        Raises:
            AudioError: the file is damaged, or ends before.
        """
        n_steps = min(_STEPS_AT_ONCE, _VALUES_AT_ONCE // (step * self.n_channels))
        at_once = step * max(1, n_steps)
        for begin in range(position, end, at_once):
            n_samples = min(at_once, end - begin)
            try:
                frames = self.read(n_samples)
            except AudioError:
                yield from _read_each_step(self.path, begin, end, min(step, self.sample_rate_hz))
                return
            for first in range(0, n_samples, step):
                yield begin + first, frames[first : first + step]

    def _require_whole(self) -> None:
        if self.n_samples >= _UNKNOWN_LENGTH:
            raise AudioError(f"{self.path} does not say how long it is; convert it to a new file.")
        if _log_tells_of_a_cut(self._file.extra_info):
            raise self._cut()
        if not self.n_samples:
            raise AudioError(f"{self.path} holds no samples; record it again or leave it out.")
        if self._file.seekable():
            self._require_last_sample()

    def _require_last_sample(self) -> None:
        try:
            self._file.seek(self.n_samples - 1)
            self.read(1)
            self._file.seek(0)
        except soundfile.LibsndfileError as error:
            raise self._cut() from error

    def _cut(self) -> AudioError:
        return AudioError(
            f"{self.path} is cut short: its end is missing; record it again or leave it out."
        )


def _read_each_step(
    path: Path, position: int, end: int, step: int
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    # Opened again: after an error libsndfile cannot even seek.
    with SoundFile(path) as file:
        file.seek(position)
        for first in range(position, end, step):
            yield first, file.read(min(step, end - first))


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Turn what reading a file raises into an AudioError that names the file."""
    try:
        yield
    except OSError as error:
        raise AudioError(f"{path} cannot be read: {error.strerror or error}.") from error
    except soundfile.LibsndfileError as error:
        reason = error.error_string.strip().rstrip(".")
        raise AudioError(
            f"{path} is no sound file or is damaged ({reason}); record it again or leave it out."
        ) from error


def _log_tells_of_a_cut(log: str) -> bool:
    sizes = _STATED_AND_FOUND.search(log)
    if sizes and int(sizes[2]) < int(sizes[1]) < _PIPED_BYTES:
        return True
    return _OGG_WITHOUT_END.search(log) is not None
