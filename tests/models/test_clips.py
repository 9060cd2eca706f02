import numpy as np
import pytest

from asd_monitor.models.clip_sound import ScoredSecond
from asd_monitor.models.clips import ClipPooler
from asd_monitor.models.fusion import voices_of
from asd_monitor.models.quality import SlotQuality, measure
from asd_monitor.models.scores import ClipScore, Quality, WindowScores
from tests.support.bundles import tiny_bundle
from tests.support.sounds import noise

BUNDLE = tiny_bundle()
FEATURES = BUNDLE.features
START = 1_000_000


def second_between(start: int, end: int) -> ScoredSecond:
    """The windows of a session that end in ``(start, end]``; each one's score is its index."""
    first = max(0, -(-(start + 1 - FEATURES.window_samples) // 512))
    index = np.arange(first, max(first, (end - FEATURES.window_samples) // 512 + 1))
    windows = WindowScores(
        score=index[np.newaxis].astype(np.float64),
        per_bin=None,
        first_sample=START + first * 512,
        hop_samples=512,
        window_samples=FEATURES.window_samples,
    )
    by_band = np.zeros((FEATURES.n_mels, len(index)), np.float32)
    return ScoredSecond(windows, by_band, START + first * 512)


def slot(value: float | None = None) -> SlotQuality:
    sound = noise(16_000) if value is None else np.full(16_000, value, dtype=np.float32)
    return measure(sound, sample_rate_hz=16_000)


def pooler(*, clip_s: int = 10, hop_s: int = 1, pooling: str = "mean") -> ClipPooler:
    fusion = voices_of(BUNDLE, pooling=pooling)
    return ClipPooler(BUNDLE, fusion, clip_s=clip_s, hop_s=hop_s, first_sample=START)


def whole_seconds(clips: ClipPooler, n_seconds: int) -> list[ClipScore]:
    return [
        clip
        for second in range(n_seconds)
        for clip in clips.push(second_between(second * 16_000, (second + 1) * 16_000), slot())
    ]


@pytest.mark.parametrize(("clip_s", "hop_s"), [(10, 1), (10, 10), (3, 2), (2, 5), (1, 1)])
def test_a_clip_pools_the_windows_wholly_inside_it(clip_s: int, hop_s: int) -> None:
    clips = whole_seconds(pooler(clip_s=clip_s, hop_s=hop_s), 14)
    assert len(clips) == (14 - clip_s) // hop_s + 1
    for k, clip in enumerate(clips):
        start = k * hop_s * 16_000
        inside = [
            index
            for index in range(1_000)
            if start <= index * 512 and index * 512 + 3_072 <= start + clip_s * 16_000
        ]
        assert clip.first_sample == START + start
        assert clip.duration_s == clip_s
        assert clip.n_windows == len(inside)
        assert clip.score == pytest.approx(np.mean(inside))


def test_a_session_of_a_clip_or_more_leaves_no_remainder() -> None:
    clips = pooler(clip_s=3)
    whole_seconds(clips, 4)
    assert clips.finish(second_between(64_000, 70_000), [slot()], n_samples=6_000) == ()


def test_a_shorter_session_is_one_short_clip() -> None:
    clips = pooler(pooling="max")
    assert whole_seconds(clips, 2) == []
    (clip,) = clips.finish(second_between(32_000, 40_000), [slot()], n_samples=8_000)
    assert (clip.first_sample, clip.duration_s) == (START, 2.5)
    assert clip.n_windows == (40_000 - 3_072) // 512 + 1
    assert clip.score == clip.n_windows - 1


def test_a_session_without_a_window_is_told_of() -> None:
    (clip,) = pooler().finish(second_between(0, 3_071), [slot()], n_samples=3_071)
    assert clip.n_windows == 0
    assert np.isnan(clip.score)


def test_a_session_without_a_sample_is_none() -> None:
    assert pooler().finish(second_between(0, 0), [], n_samples=0) == ()


@pytest.mark.parametrize(
    ("value", "fault"),
    [(0.0, Quality.SILENCE), (0.2, Quality.STUCK), (np.nan, Quality.NOT_FINITE)],
)
def test_a_fault_takes_the_score_of_every_clip_it_touches(value: float, fault: Quality) -> None:
    clips = pooler(clip_s=3)
    emitted: list[ClipScore] = []
    for second in range(9):
        scored = second_between(second * 16_000, (second + 1) * 16_000)
        emitted += clips.push(scored, slot(value if second == 4 else None))
    touched = [fault in clip.quality for clip in emitted]
    assert touched == [False, False, True, True, True, False, False]
    assert [bool(np.isnan(clip.score)) for clip in emitted] == touched
    assert [clip.n_windows == 0 for clip in emitted] == touched
