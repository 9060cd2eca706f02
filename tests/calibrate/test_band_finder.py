"""A fault's frequencies are named through the clip detector and the ensemble alike."""

import numpy as np
import pytest

from asd_monitor.calibrate.band_finder import BandFinder
from asd_monitor.models.attribution import BandExcess, band_edges_hz
from asd_monitor.models.scorer import Scorer
from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, normal_sound
from tests.support.per_band import clip_bundle, knowing
from tests.support.sounds import Sound, blocks

LENGTH_S = 10


def named(members: str, sound: Sound) -> tuple[BandExcess, ...] | None:
    bundle, calibration = knowing(members)
    scorer = Scorer(bundle, fusion=calibration.fusion)
    scored = [*(scorer.push(block) for block in blocks(sound)), scorer.finish()]
    (clip,) = (clip for part in scored for clip in part.clips)
    rows = [w.per_bin for part in scored for w in part.windows if w.per_bin is not None]
    finder = BandFinder(bundle, windows=calibration.bands, clips=calibration.clip_bands)
    return finder.find(
        np.concatenate(rows) if rows else None,
        [clip],
        first_sample=0,
        carried=calibration.fusion.carried(clip.voices, clip.regime),
    )


def with_tone(frequency_hz: float, *, rms: float, seed: int) -> Sound:
    t_s = np.arange(LENGTH_S * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    tone = rms * np.sqrt(2) * np.sin(2 * np.pi * frequency_hz * t_s)
    sound: Sound = (normal_sound(LENGTH_S, seed=seed) + tone).astype(np.float32)
    return sound


def holds_within_a_band(band: BandExcess, frequency_hz: float) -> bool:
    bundle, _ = knowing("ensemble")
    edges_hz = band_edges_hz(bundle.mel_filters, sample_rate_hz=SAMPLE_RATE_HZ)
    low, high = np.searchsorted(edges_hz, [band.low_hz, band.high_hz])
    wider = edges_hz[max(0, low - 1)], edges_hz[min(len(edges_hz) - 1, high + 1)]
    return bool(wider[0] <= frequency_hz <= wider[1])


@pytest.mark.parametrize("members", ["spectral", "ensemble"])
@pytest.mark.parametrize("rms", [0.012, 0.03, 0.08])
@pytest.mark.parametrize("frequency_hz", [440.0, 1234.5, 1700.0, 2150.0, 3000.0, 5100.0, 7400.0])
def test_a_tone_in_normal_sound_is_named_within_one_mel_band(
    frequency_hz: float, rms: float, members: str
) -> None:
    bands = named(members, with_tone(frequency_hz, rms=rms, seed=3))
    assert bands
    assert holds_within_a_band(bands[0], frequency_hz)
    assert bands[0].high_hz - bands[0].low_hz < 0.25 * frequency_hz
    assert bands[0].share > 0.3
    assert sum(band.share for band in bands) <= 1 + 1e-9


@pytest.mark.parametrize("members", ["spectral", "ensemble"])
@pytest.mark.parametrize("seed", range(10, 30))
def test_normal_sound_names_nothing(seed: int, members: str) -> None:
    assert named(members, normal_sound(LENGTH_S, seed=seed)) == ()


def test_what_only_the_clip_detector_names_is_marked_approximate() -> None:
    bands = named("spectral", with_tone(2150.0, rms=0.03, seed=3))
    assert bands
    assert all(band.approximate for band in bands)
    assert (bands[0].from_s, bands[0].to_s) == (0.0, LENGTH_S)


def test_what_the_density_names_too_is_exact() -> None:
    bands = named("ensemble", with_tone(2150.0, rms=0.03, seed=3))
    assert bands
    assert not bands[0].approximate


def test_without_what_is_normal_nothing_is_known() -> None:
    bundle, calibration = knowing("ensemble")
    scorer = Scorer(clip_bundle())
    (clip,) = scorer.push(next(iter(blocks(normal_sound(LENGTH_S, seed=4))))).clips
    nothing = BandFinder(bundle, windows=None, clips=None)
    assert nothing.find(np.zeros((300, 128)), [clip], first_sample=0, carried={}) is None
    unjudged = BandFinder(bundle, windows=None, clips=calibration.clip_bands)
    assert unjudged.find(None, [], first_sample=0, carried={}) is None
