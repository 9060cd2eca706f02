import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.models.audio import AudioBlock
from asd_monitor.monitor.capture.ring import RingBuffer

RATE_HZ = 1000
BEGINNING = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Write:
    n_samples: int
    gap_samples: int


@dataclass(frozen=True)
class Read:
    max_samples: int


def date_of(sample: int) -> datetime:
    return BEGINNING + timedelta(seconds=sample / RATE_HZ)


STEPS = st.lists(
    st.builds(Write, st.integers(0, 12), st.sampled_from([0, 0, 0, 1, 5]))
    | st.builds(Read, st.integers(1, 12)),
    max_size=40,
)


class Model:
    """The ring as a list: every sample's value is its position in the source, plus one."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.waiting: list[int] = []
        self.next_sample = 0
        self.next_read: int | None = None
        self.dropped = 0

    def write(self, ring: RingBuffer, step: Write) -> None:
        first = self.next_sample + step.gap_samples
        positions = range(first, first + step.n_samples)
        ring.write(
            np.array([position + 1 for position in positions], dtype=np.float32),
            captured_at=date_of(first),
            gap_samples=step.gap_samples,
        )
        self.next_sample = positions.stop
        if len(self.waiting) + len(positions) > self.capacity:
            self.dropped += len(self.waiting)
            self.waiting.clear()
        kept = positions[-self.capacity :]
        self.dropped += len(positions) - len(kept)
        self.waiting += kept

    def check(self, block: AudioBlock | None, max_samples: int) -> None:
        assert (block is None) == (not self.waiting)
        if block is None:
            return
        n_samples = len(block.samples)
        positions = list(range(block.first_sample, block.first_sample + n_samples))
        assert positions == self.waiting[:n_samples]
        assert list(block.samples) == [position + 1 for position in positions]
        assert block.gap_before == (block.first_sample != self.next_read)
        assert abs(block.captured_at - date_of(block.first_sample)) < timedelta(microseconds=2)
        del self.waiting[:n_samples]
        self.next_read = positions[-1] + 1
        ended_by_gap = bool(self.waiting) and self.waiting[0] != self.next_read
        assert n_samples == max_samples or not self.waiting or ended_by_gap


@given(capacity=st.integers(1, 20), steps=STEPS)
def test_what_is_read_is_what_was_written_and_every_loss_is_a_gap(
    capacity: int, steps: list[Write | Read]
) -> None:
    ring, model = RingBuffer(capacity, RATE_HZ), Model(capacity)
    for step in [*steps, *[Read(7)] * 20]:
        if isinstance(step, Write):
            model.write(ring, step)
        else:
            model.check(ring.read(step.max_samples, timeout_s=0), step.max_samples)
    assert ring.dropped_samples == model.dropped
    assert ring.waiting_samples == len(model.waiting) == 0


def test_a_block_is_the_readers_own() -> None:
    ring = RingBuffer(4, RATE_HZ)
    ring.write(np.ones(4, dtype=np.float32), captured_at=BEGINNING)
    block = ring.read(4, timeout_s=0)
    ring.write(np.zeros(4, dtype=np.float32), captured_at=BEGINNING)
    assert block is not None
    assert block.samples.tolist() == [1, 1, 1, 1]


def test_dates_follow_the_newest_anchor() -> None:
    ring = RingBuffer(100, RATE_HZ)
    drifted = BEGINNING + timedelta(seconds=5)
    ring.write(np.ones(10, dtype=np.float32), captured_at=BEGINNING)
    ring.write(np.ones(10, dtype=np.float32), captured_at=drifted)
    ring.read(12, timeout_s=0)
    block = ring.read(1, timeout_s=0)
    assert block is not None
    assert block.captured_at == drifted + timedelta(milliseconds=2)


def test_a_reader_waits_for_the_writer() -> None:
    ring = RingBuffer(1000, RATE_HZ)
    heard: list[AudioBlock] = []
    taken = threading.Semaphore(0)

    def read() -> None:
        while (block := ring.read(3, timeout_s=10)) is not None:
            heard.append(block)
            taken.release()

    reader = threading.Thread(target=read)
    reader.start()
    for first in range(0, 30, 3):
        ring.write(np.arange(first, first + 3, dtype=np.float32), captured_at=BEGINNING)
        assert taken.acquire(timeout=10)
    ring.close()
    reader.join()
    assert np.concatenate([block.samples for block in heard]).tolist() == list(range(30))
    assert [block.gap_before for block in heard] == [True] + [False] * 9


def test_what_is_left_at_closing_can_still_be_read() -> None:
    ring = RingBuffer(10, RATE_HZ)
    ring.write(np.ones(2, dtype=np.float32), captured_at=BEGINNING)
    ring.close()
    block = ring.read(10, timeout_s=10)
    assert block is not None
    assert len(block.samples) == 2
    assert ring.read(10, timeout_s=10) is None


@pytest.mark.parametrize("n_samples", [5, 6, 100])
def test_a_write_longer_than_the_ring_leaves_its_end(n_samples: int) -> None:
    ring = RingBuffer(5, RATE_HZ)
    ring.write(np.arange(n_samples, dtype=np.float32), captured_at=BEGINNING)
    block = ring.read(100, timeout_s=0)
    assert block is not None
    assert block.samples.tolist() == list(range(n_samples - 5, n_samples))
    assert block.first_sample == ring.dropped_samples == n_samples - 5


def test_a_reader_five_times_too_slow_gets_long_unbroken_stretches() -> None:
    ring = RingBuffer(60 * RATE_HZ, RATE_HZ)
    second = np.zeros(RATE_HZ, dtype=np.float32)
    stretches: list[float] = []
    for now_s in range(1200):
        ring.write(second, captured_at=date_of(now_s * RATE_HZ))
        block = ring.read(RATE_HZ, timeout_s=0) if now_s % 5 == 4 else None
        if block is not None:
            if block.gap_before:
                stretches.append(0.0)
            stretches[-1] += len(block.samples) / RATE_HZ
        assert len(ring._marks) <= 61
    assert len(stretches) > 10
    assert min(stretches[:-1]) >= 14
    n_read = round(sum(stretches) * RATE_HZ)
    assert n_read + ring.dropped_samples + ring.waiting_samples == 1200 * RATE_HZ
