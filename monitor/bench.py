"""How much sound this computer can judge: what `asd-monitor bench` measures.

Costs are the processor time of one thread, the median of several rounds, so that what else runs
does not count; only how many streams all cores take together is measured by the wall clock.
"""

import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.detector import Detector
from asd_monitor.models.frontend import LogMel
from asd_monitor.models.quality import measure
from asd_monitor.models.scorer import Scorer
from asd_monitor.monitor.listening_cost import ListeningCost
from asd_monitor.monitor.matrix_rate import FLOP, MatrixProduct
from asd_monitor.monitor.vitals import memory

MARGIN = 2
ROUNDS = 15
SHORTEST_ROUND_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """What was measured.

    Attributes:
        gflops: billions of operations a second of one core in single-precision matrix products.
        windows_per_s: context windows that one core scores in a second, by all members that
            judge windows; None where none does.
        share_of_limit: of the windows that ``gflops`` would allow.
        stream_ms: of one core for a second of a recording: faults of the input, log-mel.
        machine_ms: of one core for a second of a recording: detectors, pooling.
        cores: that this process may use.
        streams: judged in real time by all of them together, one second right after another.
        listening: what a daemon takes that listens in real time.
        capture_mb: of the process that records a microphone, mebibytes.
        available_mb: what the computer has left.
        microphones: that this computer can take with a margin of `MARGIN` in processor and
            memory.
    """

    gflops: float
    windows_per_s: float | None
    share_of_limit: float | None
    stream_ms: float
    machine_ms: float
    cores: int
    streams: float
    listening: ListeningCost
    capture_mb: float
    available_mb: float
    microphones: int


def benchmark(bundle: Bundle, listening: ListeningCost, *, cores: int, seconds: float) -> Benchmark:
    """Measure.

    Args:
        bundle: the detector that would listen.
        listening: what it takes to listen with it.
        cores: that may be used together.
        seconds: how long to keep all of them busy.
    """
    sound = _second(bundle.features.sample_rate_hz)
    gflops = FLOP / _median_s(MatrixProduct()) / 1e9
    window_s, flop = _window_s(bundle), _flop(bundle)
    stream_s = _stream_s(bundle, sound)
    feeds = [_Feed(bundle, sound) for _ in range(cores)]
    scoring_s = _median_s(feeds[0])
    streams = _streams(feeds, seconds=seconds)
    capture_mb, available_mb = memory.capture_mb(), memory.available_mb()
    by_memory = (available_mb / MARGIN - listening.daemon_mb) / (listening.machine_mb + capture_mb)
    microphone_ms = listening.machine_ms + (listening.capture_ms or 0)
    by_processor = (1e3 * cores / MARGIN - listening.daemon_ms) / microphone_ms
    return Benchmark(
        gflops=gflops,
        windows_per_s=1 / window_s if window_s else None,
        share_of_limit=flop / gflops / 1e9 / window_s if window_s else None,
        stream_ms=1e3 * stream_s,
        machine_ms=1e3 * max(0.0, scoring_s - stream_s),
        cores=cores,
        streams=streams,
        listening=listening,
        capture_mb=capture_mb,
        available_mb=available_mb,
        microphones=max(0, int(min(streams / MARGIN, by_processor, by_memory))),
    )


class _Feed:
    """A microphone that brings one and the same second again and again, and its scorer."""

    def __init__(self, bundle: Bundle, second: NDArray[np.float32]) -> None:
        self._scorer = Scorer(bundle)
        self._second = second
        self._n_fed = 0
        for _ in range(12):  # until clips come
            self()

    def __call__(self) -> None:
        self._scorer.push(
            AudioBlock(
                samples=self._second,
                sample_rate_hz=len(self._second),
                first_sample=self._n_fed * len(self._second),
                captured_at=datetime.now(UTC),
                gap_before=self._n_fed == 0,
            )
        )
        self._n_fed += 1


def _second(sample_rate_hz: int) -> NDArray[np.float32]:
    noise = np.random.default_rng(0).standard_normal(sample_rate_hz, dtype=np.float32)
    return noise * np.float32(0.05)


def _median_s(function: Callable[[], object]) -> float:
    """Processor time of a call; every round is long enough for the clock."""
    function()
    begun_s = time.perf_counter()
    function()
    n_calls = max(1, round(SHORTEST_ROUND_S / max(1e-6, time.perf_counter() - begun_s)))
    rounds = []
    for _ in range(ROUNDS):
        begun_s = time.thread_time()
        for _ in range(n_calls):
            function()
        rounds.append((time.thread_time() - begun_s) / n_calls)
    return statistics.median(rounds)


def _judges(bundle: Bundle) -> list[Detector]:
    return [each.detector for each in bundle.members if isinstance(each.detector, Detector)]


def _flop(bundle: Bundle) -> int:
    """Operations for a window: two for each weight."""
    matrices = [t for judge in _judges(bundle) for t in judge.tensors().values() if t.ndim > 1]
    return 2 * sum(matrix.size for matrix in matrices)


def _window_s(bundle: Bundle) -> float:
    """Processor time for a window of a second of them, by all members that judge windows."""
    features = bundle.features
    n_windows = features.sample_rate_hz // features.hop_length
    shape = (n_windows, features.n_frames, features.n_mels)
    windows = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    scorings = [partial(judge.score_windows, windows) for judge in _judges(bundle)]
    return sum(map(_median_s, scorings)) / n_windows


def _stream_s(bundle: Bundle, sound: NDArray[np.float32]) -> float:
    """Processor time for a second of sound up to its log-mel frames."""
    log_mel = LogMel(bundle.features, bundle.mel_filters)

    def step() -> None:
        measure(sound, sample_rate_hz=len(sound))
        log_mel.push(sound)

    return _median_s(step)


def _streams(feeds: list[_Feed], *, seconds: float) -> float:
    """Seconds of sound that threads of this process judge in a second, all at once."""
    stop = threading.Event()

    def work(feed: _Feed) -> int:
        n_judged = 0
        while not stop.is_set():
            feed()
            n_judged += 1
        return n_judged

    with ThreadPoolExecutor(len(feeds)) as pool:
        begun_s = time.monotonic()
        working = [pool.submit(work, feed) for feed in feeds]
        stop.wait(seconds)
        stop.set()
        n_judged = sum(each.result() for each in working)
        return n_judged / (time.monotonic() - begun_s)
