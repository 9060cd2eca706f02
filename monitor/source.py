"""The contract of a source: where sound comes from, as blocks."""

import enum
import threading
from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar, Protocol

from asd_monitor.models.audio import AudioBlock

TICK_S = 0.5


class CaptureState(enum.StrEnum):
    """Whether sound arrives."""

    STARTING = "starting"
    HEALTHY = "healthy"
    LOST = "lost"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureStatus:
    """A snapshot of how a source is doing.

    Attributes:
        state: never ``ended`` for a microphone, which is opened again for ever.
        name: the source in words, such as the name of the device.
        last_audio_s: when sound last arrived, on the monotonic clock; None before the first.
        overruns: times the sound system threw sound away because it was not fetched in time.
        gaps: times sound was lost in all, overruns included.
        restarts: times the device was opened again.
        dropped_samples: samples overwritten because the reader of the blocks was behind.
        behind_s: seconds of sound that wait to be read.
        last_error: why sound was last lost, one sentence; None as long as it never was.
        wrong_device: it is lost because another microphone was recorded in its place.
        pause_s: how much longer than usual sound may stay away now, because it comes in files.
        dropped_s: ``dropped_samples`` in seconds.
        measured_rate_hz: samples that arrive in a second by our clock; None as long as that has
            not been measured.
    """

    state: CaptureState
    name: str
    last_audio_s: float | None = None
    overruns: int = 0
    gaps: int = 0
    restarts: int = 0
    dropped_samples: int = 0
    behind_s: float = 0.0
    last_error: str | None = None
    wrong_device: bool = False
    pause_s: float = 0.0
    dropped_s: float = 0.0
    measured_rate_hz: float | None = None


class Source(Protocol):
    """Yields sound. One file in `asd_monitor.monitor.sources`, found by its ``kind``.

    Attributes:
        kind: the name under which the configuration knows it.
    """

    kind: ClassVar[str]

    @property
    def status(self) -> CaptureStatus:
        """How it is doing now; may be asked from any thread."""
        ...

    def blocks(self, stop: threading.Event) -> Generator[AudioBlock | None, None, None]:
        """Yield consecutive blocks until the sound ends or ``stop`` is set.

        The first block of every recording session has ``gap_before``, and ``first_sample`` never
        runs backwards. Closing the iterator releases what the source holds. Called once.

        Yields:
            A block, or None about every `TICK_S` seconds without one, so that the caller can
            see that time passes.
        """
        ...
