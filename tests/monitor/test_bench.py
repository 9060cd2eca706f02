from dataclasses import replace

import librosa
import pytest

from asd_monitor.models.scorer import Scorer
from asd_monitor.monitor.bench import MARGIN, benchmark
from asd_monitor.monitor.listening_cost import ListeningCost
from asd_monitor.monitor.untrained import untrained_bundle
from asd_monitor.monitor.vitals import memory
from tests.support.bundles import tiny_bundle, tiny_ensemble
from tests.support.sounds import blocks, noise

LISTENING = ListeningCost(
    daemon_ms=2.0, machine_ms=5.0, capture_ms=3.0, daemon_mb=60.0, machine_mb=2.0
)


def test_what_is_measured_fits_together() -> None:
    result = benchmark(tiny_ensemble(), LISTENING, cores=2, seconds=0.2)
    assert result.gflops > 0
    assert result.windows_per_s is not None
    assert result.share_of_limit is not None
    assert result.share_of_limit > 0
    assert result.stream_ms > 0
    assert result.machine_ms >= 0
    assert result.streams > 0
    assert result.microphones <= result.streams / MARGIN
    assert 2.0 + result.microphones * (5.0 + 3.0) <= 1e3 * 2 / MARGIN
    room_mb = result.available_mb / MARGIN
    assert 60.0 + result.microphones * (2.0 + result.capture_mb) <= room_mb


def test_a_machine_that_takes_all_of_a_core_leaves_room_for_none() -> None:
    slow = replace(LISTENING, machine_ms=1100.0)
    assert benchmark(tiny_bundle(), slow, cores=2, seconds=0.1).microphones == 0


def test_a_bundle_that_judges_no_windows_has_no_rate_of_them() -> None:
    ensemble = tiny_ensemble()
    result = benchmark(
        replace(ensemble, members=ensemble.members[1:]), LISTENING, cores=1, seconds=0.1
    )
    assert result.windows_per_s is None
    assert result.share_of_limit is None
    assert result.machine_ms > 0


def test_the_untrained_detector_is_as_large_as_a_trained_one() -> None:
    bundle = untrained_bundle()
    trained = librosa.filters.mel(sr=16_000, n_fft=1024, n_mels=128)
    assert (bundle.mel_filters > 0).sum() == pytest.approx((trained > 0).sum(), rel=0.05)
    scorer = Scorer(bundle)
    for block in blocks(noise(12 * 16_000), sample_rate_hz=16_000, cuts=[]):
        assert scorer.push(block).clips
    assert bundle.kind == "group-made+spectral"


def test_memory_is_that_of_processes() -> None:
    assert 20 < memory.resident_mb() < memory.resident_mb() + memory.available_mb()
    assert 5 < memory.capture_mb() < 100


def test_tiny_detectors_count_their_own_weights() -> None:
    tiny, full = (
        benchmark(bundle, LISTENING, cores=1, seconds=0.1)
        for bundle in (tiny_bundle(), untrained_bundle())
    )
    assert tiny.windows_per_s is not None
    assert full.windows_per_s is not None
    assert tiny.windows_per_s > full.windows_per_s
