from collections.abc import Mapping
from typing import Any, ClassVar, Self

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import resample_poly

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.bundle import Bundle, Member, Provenance, Standardiser
from asd_monitor.models.context import ContextWindows
from asd_monitor.models.detector import Attribution
from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.frontend import LogMel
from asd_monitor.models.fusion import voices_of
from asd_monitor.models.scorer import Scorer
from asd_monitor.models.scores import Quality, Scored
from tests.support.sounds import Sound, blocks, hum, noise

FEATURES = FeatureConfig()


class MiddleFrame:
    """The mean square of the middle frame's standardised bins."""

    kind: ClassVar[str] = "middle_frame"
    attribution: ClassVar[Attribution] = Attribution.EXACT

    def score_windows(
        self, windows: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        per_bin = windows[:, 2].astype(np.float64) ** 2
        return per_bin.mean(axis=1), per_bin

    def hyperparameters(self) -> dict[str, Any]:
        return {}

    def tensors(self) -> dict[str, NDArray[Any]]:
        return {}

    @classmethod
    def from_tensors(
        cls,
        tensors: Mapping[str, NDArray[Any]],  # noqa: ARG003
        hyperparameters: Mapping[str, Any],  # noqa: ARG003
        features: FeatureConfig,  # noqa: ARG003
    ) -> Self:
        return cls()


STANDARDISER = Standardiser(
    mean=np.linspace(-20, -60, 128, dtype=np.float32),
    std=np.linspace(4, 9, 128, dtype=np.float32),
)
BUNDLE = Bundle(
    members=(Member(MiddleFrame(), STANDARDISER),),
    features=FEATURES,
    mel_filters=librosa.filters.mel(sr=16_000, n_fft=1024, n_mels=128),
    provenance=Provenance(
        created_at="2025-03-01T06:30:00.000Z",
        seed=0,
        versions={},
        fitted_s=0.0,
        stopping_s=0.0,
        nll_fitted=0.0,
        nll_held_out=0.0,
        epochs=0,
        stretches=(),
    ),
)


def joined(parts: list[Scored]) -> Scored:
    return Scored(
        windows=tuple(windows for part in parts for windows in part.windows),
        clips=tuple(clip for part in parts for clip in part.clips),
    )


def score_session(
    sound: Sound,
    *,
    rate: int = 16_000,
    cuts: list[int] | None = None,
    first_sample: int = 0,
    scorer: Scorer | None = None,
) -> Scored:
    scorer = scorer or Scorer(BUNDLE, clip_s=2, hop_s=1)
    session = blocks(sound, sample_rate_hz=rate, cuts=cuts or [], first_sample=first_sample)
    return joined([*(scorer.push(block) for block in session), scorer.finish()])


def window_scores(scored: Scored) -> NDArray[np.float64]:
    return np.concatenate([np.empty(0)] + [windows.score[0] for windows in scored.windows])


def assert_same(one: Scored, other: Scored) -> None:
    """Equal to the last bit."""
    np.testing.assert_equal([clip.score for clip in one.clips], [c.score for c in other.clips])
    assert [repr(clip) for clip in one.clips] == [repr(clip) for clip in other.clips]
    np.testing.assert_array_equal(window_scores(one), window_scores(other))
    for a, b in zip(one.windows, other.windows, strict=True):
        assert a.first_sample == b.first_sample
        np.testing.assert_array_equal(a.per_bin, b.per_bin)


@settings(max_examples=25, deadline=None)
@given(
    rate=st.sampled_from([8_000, 16_000, 44_100, 48_000]),
    lengths_s=st.lists(st.floats(0.01, 4.0), min_size=1, max_size=3),
    gap=st.integers(1, 100_000),
    data=st.data(),
)
def test_a_stream_with_gaps_equals_its_files(
    rate: int, lengths_s: list[float], gap: int, data: st.DataObject
) -> None:
    stream = Scorer(BUNDLE, clip_s=2, hop_s=1)
    first_sample = 0
    for seed, length_s in enumerate(lengths_s):
        n_samples = round(length_s * rate)
        sound = hum(n_samples, sample_rate_hz=rate, seed=seed)
        cuts = data.draw(st.lists(st.integers(0, n_samples), max_size=6))
        in_blocks = score_session(
            sound, rate=rate, cuts=cuts, first_sample=first_sample, scorer=stream
        )
        as_file = score_session(sound, rate=rate, first_sample=first_sample)
        assert_same(in_blocks, as_file)
        first_sample += n_samples + gap


def test_the_chain_is_log_mel_then_context_then_detector() -> None:
    sound = hum(70_000)
    frames = LogMel(FEATURES, BUNDLE.mel_filters).push(sound)
    standardised = (frames - STANDARDISER.mean) / STANDARDISER.std
    windows = ContextWindows(n_frames=5, n_mels=128).push(standardised)
    expected, _ = MiddleFrame().score_windows(windows)
    scored = score_session(sound)
    np.testing.assert_array_equal(window_scores(scored), expected)
    positions = [
        windows.first_sample + i * windows.hop_samples
        for windows in scored.windows
        for i in range(windows.score.shape[1])
    ]
    assert positions == list(range(0, 70_000 - 3_071, 512))


def test_a_recording_at_another_rate_scores_alike() -> None:
    at_16k = noise(80_000)
    at_48k = resample_poly(at_16k.astype(np.float64), 3, 1).astype(np.float32)
    expected = score_session(at_16k).clips
    clips = score_session(at_48k, rate=48_000).clips
    assert [(c.first_sample, c.n_windows) for c in clips] == [
        (c.first_sample, c.n_windows) for c in expected
    ]
    # The filters' edge near 8 kHz takes a little of the highest bands.
    np.testing.assert_allclose([c.score for c in clips], [c.score for c in expected], rtol=0.05)


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_clip_comes_with_the_samples_that_complete_it(rate: int) -> None:
    scorer = Scorer(BUNDLE, clip_s=3, hop_s=2)
    sound = noise(9 * rate)
    emitted_at = []
    for block in blocks(sound, sample_rate_hz=rate, cuts=list(range(0, 9 * rate, rate // 10))):
        emitted_at += [
            (block.first_sample + len(block.samples)) / rate for _ in scorer.push(block).clips
        ]
    late_s = np.array(emitted_at) - [3.0, 5.0, 7.0, 9.0][: len(emitted_at)]
    assert len(emitted_at) + len(scorer.finish().clips) == 4
    assert np.all((late_s >= -1e-9) & (late_s <= 0.2))


def test_clips_cover_the_session_second_by_second() -> None:
    clips = score_session(noise(160_000), scorer=Scorer(BUNDLE, clip_s=4, hop_s=3)).clips
    assert [clip.first_sample for clip in clips] == [0, 48_000, 96_000]
    assert {clip.duration_s for clip in clips} == {4.0}
    assert {clip.n_windows for clip in clips[:1]} == {(64_000 - 3_072) // 512 + 1}


@pytest.mark.parametrize(
    ("n_samples", "n_windows"),
    [(1, 0), (3_071, 0), (3_072, 1), (24_000, 41), (31_999, 57)],
)
def test_a_short_session_is_one_short_clip(n_samples: int, n_windows: int) -> None:
    scored = score_session(noise(n_samples))
    (clip,) = scored.clips
    assert clip.n_windows == n_windows
    assert clip.duration_s == n_samples / 16_000
    assert np.isnan(clip.score) == (n_windows == 0)
    assert len(window_scores(scored)) == n_windows


@pytest.mark.parametrize("n_missing", [0, 1])
def test_a_file_that_resamples_to_a_whole_clip_is_one(n_missing: int) -> None:
    scored = score_session(noise(2 * 44_100 - n_missing), rate=44_100)
    assert [clip.duration_s for clip in scored.clips] == [2.0]


def test_no_window_spans_a_gap() -> None:
    scorer = Scorer(BUNDLE, clip_s=2, hop_s=1)
    score_session(hum(41_234), scorer=scorer)
    after = score_session(noise(50_000), first_sample=60_000, scorer=scorer)
    assert_same(after, score_session(noise(50_000), first_sample=60_000))
    assert after.windows[0].first_sample == 60_000


def test_positions_are_counted_at_the_model_s_rate() -> None:
    scored = score_session(noise(3 * 48_000), rate=48_000, first_sample=480_000)
    assert [clip.first_sample for clip in scored.clips] == [160_000, 176_000]
    assert scored.windows[0].first_sample == 160_000


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_sample_that_is_no_number_costs_only_the_clips_it_is_in(rate: int) -> None:
    sound = noise(8 * rate)
    sound[4 * rate + 99] = np.nan
    scored = score_session(sound, rate=rate)
    clips = scored.clips
    assert np.all(np.isfinite(window_scores(scored)))
    flagged = [Quality.NOT_FINITE in clip.quality for clip in clips]
    assert flagged == [False, False, False, True, True, False, False]
    assert [bool(np.isnan(clip.score)) for clip in clips] == flagged


def test_an_overloaded_clip_keeps_its_score() -> None:
    (clip,) = score_session(np.clip(noise(32_000, rms=1.0), -1, 1)).clips
    assert clip.quality == {Quality.OVERLOAD}
    assert np.isfinite(clip.score)
    assert clip.n_windows == 57


def test_the_level_is_that_of_the_source() -> None:
    sine = 0.5 * np.sin(2 * np.pi * 12_000 * np.arange(96_000) / 48_000)
    (clip,) = score_session(sine.astype(np.float32) + noise(96_000, rms=1e-4), rate=48_000).clips
    assert clip.level_dbfs == pytest.approx(-9.03, abs=0.01)


def block_at(first_sample: int, *, rate: int = 16_000, gap_before: bool = False) -> AudioBlock:
    (block,) = blocks(noise(1_000), sample_rate_hz=rate, first_sample=first_sample)
    return AudioBlock(block.samples, rate, first_sample, block.captured_at, gap_before)


@pytest.mark.parametrize(
    "block",
    [block_at(1_001), block_at(999), block_at(1_000, rate=8_000), block_at(1_000, gap_before=True)],
    ids=["samples missing", "samples twice", "another rate", "a gap"],
)
def test_a_new_session_needs_the_old_one_finished(block: AudioBlock) -> None:
    scorer = Scorer(BUNDLE)
    scorer.push(block_at(0))
    with pytest.raises(ValueError, match="finish"):
        scorer.push(block)
    scorer.finish()
    scorer.push(block)


def test_finishing_nothing_yields_nothing() -> None:
    assert Scorer(BUNDLE).finish() == Scored(windows=(), clips=())


@pytest.mark.parametrize("seconds", [0.0, -1.0, 1.5, float("inf"), float("nan")])
def test_clips_and_hops_are_whole_seconds(seconds: float) -> None:
    with pytest.raises(ValueError, match="clip_s"):
        Scorer(BUNDLE, clip_s=seconds)
    with pytest.raises(ValueError, match="hop_s"):
        Scorer(BUNDLE, hop_s=seconds)


def test_an_unknown_pooling_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match="median"):
        Scorer(BUNDLE, fusion=voices_of(BUNDLE, pooling="median"))
