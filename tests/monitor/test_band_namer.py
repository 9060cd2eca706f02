"""An event names the frequencies of its fault, from sound to message."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from asd_monitor.calibrate.calibration import Calibration, Spread
from asd_monitor.calibrate.normal.bands import BandGatherer
from asd_monitor.models.attribution import band_edges_hz
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.scorer import Scorer
from asd_monitor.monitor.events import Band
from asd_monitor.monitor.pipeline import Pipeline
from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, normal_sound
from tests.support.clip_scores import a_calibration
from tests.support.per_band import knowing, per_band_bundle
from tests.support.sounds import Sound, blocks

FINGERPRINT = "cd" * 32
FAULT_FROM_S, FAULT_S, LENGTH_S = 14, 12, 50
SECONDS = range(SAMPLE_RATE_HZ, LENGTH_S * SAMPLE_RATE_HZ, SAMPLE_RATE_HZ)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return replace(per_band_bundle(normal_sound(60, seed=1)), fingerprint=FINGERPRINT)


@pytest.fixture(scope="module")
def calibration(bundle: Bundle) -> Calibration:
    """A calibration on a minute of normal sound, under which half a standard deviation alarms."""
    scorer, bands, scores = Scorer(bundle), BandGatherer(), list[float]()
    for block in blocks(normal_sound(60, seed=2), cuts=SECONDS):
        scored = scorer.push(block)
        bands.add(scored.windows)
        scores += [clip.score for clip in scored.clips]
    mean, std = float(np.mean(scores)), float(np.std(scores))
    made = a_calibration(
        warning=mean + 4 * std, critical=mean + 5 * std, scores=scores, bundle=FINGERPRINT
    )
    return replace(made, normal=Spread(mean=mean, median=mean, std=std), bands=bands.bands())


def tone(frequency_hz: float, *, rms: float, from_s: float = 0.0) -> Sound:
    """A tone from a moment of the fault on, ``(FAULT_S * SAMPLE_RATE_HZ,)``."""
    t_s = np.arange(FAULT_S * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    sound = rms * np.sqrt(2) * np.sin(2 * np.pi * frequency_hz * t_s)
    return np.where(t_s >= from_s, sound, 0.0).astype(np.float32)


def with_fault(fault: Sound, *, seed: int) -> Sound:
    sound = normal_sound(LENGTH_S, seed=seed)
    begin = FAULT_FROM_S * SAMPLE_RATE_HZ
    sound[begin : begin + len(fault)] += fault
    return sound


def named(pipeline: Pipeline, sound: Sound) -> list[tuple[Band, ...] | None]:
    """The bands of each transition."""
    outcomes = [pipeline.push(block) for block in blocks(sound, cuts=SECONDS)]
    return [dated.bands for outcome in outcomes for dated in outcome.transitions]


def holds(bands: Sequence[Band], frequency_hz: float, bundle: Bundle) -> bool:
    """Whether the first band has a frequency in it or no further off than one mel band."""
    edges_hz = band_edges_hz(bundle.mel_filters, sample_rate_hz=SAMPLE_RATE_HZ)
    first = bands[0]
    low = int(np.argmin(np.abs(edges_hz - first.low_hz)))
    high = int(np.argmin(np.abs(edges_hz - first.high_hz)))
    return bool(edges_hz[max(0, low - 1)] <= frequency_hz <= edges_hz[min(128, high + 1)])


@pytest.mark.parametrize("rms", [0.015, 0.05])
@pytest.mark.parametrize("frequency_hz", [1234.5, 2150.0, 3000.0, 5100.0, 7400.0])
def test_an_event_names_a_tone_within_one_mel_band_from_beginning_to_end(
    frequency_hz: float, rms: float, bundle: Bundle, calibration: Calibration
) -> None:
    sound = with_fault(tone(frequency_hz, rms=rms), seed=3)
    opened, closed = named(Pipeline(bundle, calibration), sound)
    for bands in (opened, closed):
        assert bands
        assert len(bands) <= 3
        assert holds(bands, frequency_hz, bundle)
        assert bands[0].share > 0.5


def test_what_is_named_at_the_end_is_what_was_heard_in_the_highest_clip(
    bundle: Bundle, calibration: Calibration
) -> None:
    fault = tone(1234.5, rms=0.02) + tone(5100.0, rms=0.08, from_s=7.0)
    pipeline = Pipeline(bundle, calibration)
    opened, closed = named(pipeline, with_fault(fault, seed=4))
    assert opened
    assert closed
    assert holds(opened, 1234.5, bundle)
    assert holds(closed, 5100.0, bundle)


def test_bands_are_of_the_open_event_only(bundle: Bundle, calibration: Calibration) -> None:
    pipeline, is_open = Pipeline(bundle, calibration), False
    for block in blocks(with_fault(tone(3000.0, rms=0.03), seed=5), cuts=SECONDS):
        for dated in pipeline.push(block).transitions:
            is_open = dated.ended_at is None
        assert bool(pipeline.bands) is is_open


def test_the_newest_clip_names_its_bands_whether_or_not_an_event_is_open(
    bundle: Bundle, calibration: Calibration
) -> None:
    thresholds = replace(calibration.thresholds, critical=1e6)
    pipeline = Pipeline(bundle, replace(calibration, thresholds=thresholds))
    found = []
    for block in blocks(with_fault(tone(3000.0, rms=0.03), seed=7), cuts=SECONDS):
        pipeline.push(block)
        assert pipeline.bands is None
        found.append(pipeline.newest_bands)
    assert found[FAULT_FROM_S - 5] == found[-1] == ()
    in_fault = found[FAULT_FROM_S + 10]
    assert in_fault
    assert holds(in_fault, 3000.0, bundle)
    pipeline.interrupt()
    assert pipeline.newest_bands is None


@pytest.mark.parametrize("seed", range(10, 16))
def test_normal_sound_that_alarms_names_nothing(
    seed: int, bundle: Bundle, calibration: Calibration
) -> None:
    touchy = replace(
        calibration,
        thresholds=replace(
            calibration.thresholds, warning=-10.0, critical=calibration.normal.median + 1e-9
        ),
    )
    found = named(Pipeline(bundle, touchy), normal_sound(LENGTH_S, seed=seed))
    assert found
    assert set(found) == {()}


def test_without_what_is_normal_nothing_is_known_of_bands(
    bundle: Bundle, calibration: Calibration
) -> None:
    sound = with_fault(tone(3000.0, rms=0.05), seed=6)
    assert named(Pipeline(bundle, replace(calibration, bands=None)), sound) == [None, None]


@pytest.mark.parametrize("members", ["spectral", "ensemble"])
@pytest.mark.parametrize("frequency_hz", [1234.5, 3000.0, 5100.0])
def test_an_event_names_a_tone_through_whoever_heard_it(frequency_hz: float, members: str) -> None:
    bundle, calibration = knowing(members)
    sound = with_fault(tone(frequency_hz, rms=0.03), seed=3)
    opened, closed = named(Pipeline(bundle, calibration), sound)
    assert opened
    assert closed
    assert holds(closed, frequency_hz, bundle)
    assert closed[0].approximate is (members == "spectral")


def test_a_calibration_that_knows_no_clips_leaves_the_clip_detector_silent() -> None:
    bundle, calibration = knowing("spectral")
    sound = with_fault(tone(3000.0, rms=0.05), seed=3)
    older = replace(calibration, clip_bands=None)
    assert named(Pipeline(bundle, older), sound) == [None, None]
