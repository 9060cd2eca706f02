"""A preallocated ring of samples between one producer and one consumer.

The producer never waits for the consumer: when the ring is full, all that waits is given up at
once, and the consumer learns of it as a gap. Giving up a little with every write would leave a slow
consumer with nothing but gaps, in which no clip fits; this way it gets long unbroken stretches.
"""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.audio import AudioBlock


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where one write began: its place in the ring, in the source and in time."""

    stored: int
    sample: int
    captured_at: datetime
    gap_before: bool


class RingBuffer:
    """Holds up to ``capacity_samples`` samples of one channel.

    Two counters run side by side: samples stored, which give the place in the ring, and samples
    of the source, which also count those that were lost. Every write leaves a mark that ties one
    to the other and to UTC, so that a date is never further from its anchor than one write.

    Threads: one may write and close while another reads; each call holds the lock for one copy.
    """

    def __init__(self, capacity_samples: int, sample_rate_hz: int) -> None:
        self.sample_rate_hz = sample_rate_hz
        self._ring = np.zeros(capacity_samples, dtype=np.float32)
        self._marks: deque[_Mark] = deque()
        self._n_written = 0
        self._n_read = 0
        self._n_dropped = 0
        self._next_sample = 0
        self._gap_before_write = True
        self._gap_before_read = False
        self._closed = False
        self._changed = threading.Condition()

    @property
    def dropped_samples(self) -> int:
        """Samples given up before they were read, since the beginning."""
        return self._n_dropped

    @property
    def waiting_samples(self) -> int:
        """Samples written and not yet read."""
        with self._changed:
            return self._n_written - self._n_read

    @property
    def closed(self) -> bool:
        """Whether `close` was called; what is left can still be read."""
        return self._closed

    def write(
        self, samples: NDArray[np.float32], *, captured_at: datetime, gap_samples: int = 0
    ) -> None:
        """Append samples, in place of all that waits where there is no room.

        Args:
            samples: float32 ``(n_samples,)``.
            captured_at: UTC time of ``samples[0]``.
            gap_samples: samples known or estimated to be lost before these.
        """
        with self._changed:
            self._next_sample += gap_samples
            self._gap_before_write |= gap_samples > 0
            if not len(samples):
                return
            self._marks.append(
                _Mark(self._n_written, self._next_sample, captured_at, self._gap_before_write)
            )
            self._gap_before_write = False
            if self._n_written - self._n_read + len(samples) > len(self._ring):
                self._give_up(self._n_written)
            self._store(samples)
            self._give_up(self._n_written - len(self._ring))
            self._changed.notify()

    def read(self, max_samples: int, *, timeout_s: float) -> AudioBlock | None:
        """Take the oldest samples, up to the next gap.

        The first block of all has ``gap_before``, for a session begins with it.

        Returns:
            A block of 1 to ``max_samples`` samples of its own, or None where none came within
            ``timeout_s`` seconds or the ring is closed and empty.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or self._n_written > self._n_read, timeout_s
            )
            return self._take(max_samples) if self._n_written > self._n_read else None

    def close(self) -> None:
        """Say that no more will be written, and wake the reader."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _store(self, samples: NDArray[np.float32]) -> None:
        kept = samples[-len(self._ring) :]
        self._n_written += len(samples)
        self._next_sample += len(samples)
        begin = (self._n_written - len(kept)) % len(self._ring)
        head = min(len(kept), len(self._ring) - begin)
        self._ring[begin : begin + head] = kept[:head]
        self._ring[: len(kept) - head] = kept[head:]

    def _give_up(self, until: int) -> None:
        """Drop what waits before a place in the ring."""
        if until > self._n_read:
            self._n_dropped += until - self._n_read
            self._n_read = until
            self._gap_before_read = True
            self._forget_passed_marks()

    def _forget_passed_marks(self) -> None:
        """Keep the newest mark at or before the read position as the first."""
        while len(self._marks) > 1 and self._marks[1].stored <= self._n_read:
            self._marks.popleft()

    def _take(self, max_samples: int) -> AudioBlock:
        self._forget_passed_marks()
        mark = self._marks[0]
        offset = self._n_read - mark.stored
        block = AudioBlock(
            samples=self._copy(self._n_read, self._end_of_block(max_samples)),
            sample_rate_hz=self.sample_rate_hz,
            first_sample=mark.sample + offset,
            captured_at=mark.captured_at + timedelta(seconds=offset / self.sample_rate_hz),
            gap_before=self._gap_before_read or (mark.gap_before and offset == 0),
        )
        self._gap_before_read = False
        self._n_read += len(block.samples)
        return block

    def _end_of_block(self, max_samples: int) -> int:
        end = min(self._n_written, self._n_read + max_samples)
        gaps = (mark.stored for mark in self._marks if mark.gap_before)
        return min((gap for gap in gaps if self._n_read < gap < end), default=end)

    def _copy(self, begin: int, end: int) -> NDArray[np.float32]:
        first = begin % len(self._ring)
        head = self._ring[first : first + end - begin]
        return np.concatenate([head, self._ring[: end - begin - len(head)]])
