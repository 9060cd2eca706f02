import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.frontend import LogMel
from tests.support.sounds import Sound, clicks, hum, noise

FEATURES = FeatureConfig()
MEL_FILTERS = librosa.filters.mel(sr=16_000, n_fft=1024, n_mels=128)


def log_mel(sound: Sound, cuts: list[int] | None = None) -> Sound:
    front_end = LogMel(FEATURES, MEL_FILTERS)
    return np.concatenate([front_end.push(part) for part in np.split(sound, sorted(cuts or []))])


def librosa_log_mel(sound: Sound) -> Sound:
    power = librosa.feature.melspectrogram(
        y=sound.astype(np.float64),
        sr=16_000,
        n_fft=1024,
        hop_length=512,
        n_mels=128,
        power=2.0,
        center=False,
    )
    return np.asarray(10 * np.log10(power + FEATURES.epsilon), dtype=np.float32).T


@pytest.mark.parametrize(
    "sound",
    [
        noise(32_000),
        hum(32_000),
        np.sin(2 * np.pi * 1_000 * np.arange(32_000) / 16_000).astype(np.float32),
        clicks(32_000, every=9_001),
        noise(32_000, rms=1e-6),
    ],
    ids=["noise", "hum", "pure tone", "silence and clicks", "faint noise"],
)
def test_it_is_librosa_without_centring(sound: Sound) -> None:
    np.testing.assert_allclose(log_mel(sound), librosa_log_mel(sound), rtol=0, atol=1e-4)


@settings(max_examples=40, deadline=None)
@given(
    n_samples=st.integers(0, 60_000),
    cuts=st.lists(st.integers(0, 60_000), max_size=12),
)
def test_blocks_change_no_bit(n_samples: int, cuts: list[int]) -> None:
    sound = hum(n_samples)
    in_blocks = log_mel(sound, [min(cut, n_samples) for cut in cuts])
    np.testing.assert_array_equal(in_blocks, log_mel(sound))


def test_single_hops_change_no_bit() -> None:
    sound = noise(40_000)
    np.testing.assert_array_equal(log_mel(sound, list(range(0, 40_000, 160))), log_mel(sound))


@pytest.mark.parametrize(
    ("n_samples", "n_frames"), [(0, 0), (1_023, 0), (1_024, 1), (1_535, 1), (1_536, 2)]
)
def test_a_frame_comes_as_soon_as_its_samples_have(n_samples: int, n_frames: int) -> None:
    frames = log_mel(noise(n_samples))
    assert frames.shape == (n_frames, 128)
    assert frames.dtype == np.float32


def test_a_frame_depends_on_its_own_samples_alone() -> None:
    sound = noise(16_000)
    changed = sound.copy()
    changed[5_120:5_632] += 0.5
    differs = (log_mel(sound) != log_mel(changed)).any(axis=1)
    assert np.flatnonzero(differs).tolist() == [9, 10]


def test_reset_forgets_the_session_before() -> None:
    front_end = LogMel(FEATURES, MEL_FILTERS)
    front_end.push(noise(1_500, seed=1))
    front_end.reset()
    np.testing.assert_array_equal(front_end.push(noise(5_000)), log_mel(noise(5_000)))


def test_a_band_without_a_bin_is_as_quiet_as_epsilon() -> None:
    filters = MEL_FILTERS.copy()
    filters[3] = 0
    frames = LogMel(FEATURES, filters).push(noise(5_000))
    others = np.delete(np.arange(128), 3)
    np.testing.assert_allclose(frames[:, 3], 10 * np.log10(FEATURES.epsilon), rtol=1e-6)
    np.testing.assert_array_equal(frames[:, others], log_mel(noise(5_000))[:, others])


def test_filters_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="mel filters"):
        LogMel(FEATURES, MEL_FILTERS[:, :-1])
