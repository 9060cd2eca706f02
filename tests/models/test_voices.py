from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asd_monitor.models.bundle import Bundle
from asd_monitor.models.detectors.spectral import Spectral
from asd_monitor.models.frontend import LogMel
from asd_monitor.models.fusion import voices_of
from asd_monitor.models.scorer import Scorer
from asd_monitor.models.scores import ClipScore, WindowScores
from tests.support.bundles import tiny_bundle, tiny_ensemble
from tests.support.sounds import blocks, hum

ENSEMBLE = tiny_ensemble()
ALONE = replace(ENSEMBLE, members=ENSEMBLE.members[1:])
SOUND = hum(5 * 16_000 + 700)


def scored(
    bundle: Bundle, *, cuts: list[int] | None = None
) -> tuple[list[WindowScores], list[ClipScore]]:
    scorer = Scorer(bundle, clip_s=2, hop_s=1, fusion=voices_of(bundle, pooling="mean"))
    parts = [
        *(scorer.push(block) for block in blocks(SOUND, sample_rate_hz=16_000, cuts=cuts or [])),
        scorer.finish(),
    ]
    return [w for part in parts for w in part.windows], [c for part in parts for c in part.clips]


@settings(max_examples=10)
@given(st.lists(st.integers(0, len(SOUND)), max_size=5))
@pytest.mark.parametrize("bundle", [ENSEMBLE, ALONE], ids=["ensemble", "clip detector alone"])
def test_a_stream_equals_the_file_for_every_member(bundle: Bundle, cuts: list[int]) -> None:
    assert [repr(clip) for clip in scored(bundle, cuts=cuts)[1]] == [
        repr(clip) for clip in scored(bundle)[1]
    ]


def test_a_window_detector_says_the_same_alone_and_among_others() -> None:
    alone, together = scored(tiny_bundle())[1], scored(ENSEMBLE)[1]
    assert [clip.voices[0] for clip in together] == [clip.score for clip in alone]


def test_a_clip_detector_judges_the_frames_wholly_inside_the_clip() -> None:
    (member,) = ALONE.members
    assert isinstance(member.detector, Spectral)
    frames = LogMel(ENSEMBLE.features, ENSEMBLE.mel_filters).push(SOUND)
    for second, clip in enumerate(scored(ALONE)[1]):
        begin = second * 16_000
        inside = [
            index
            for index in range(len(frames))
            if begin <= index * 512 and index * 512 + 1024 <= begin + 2 * 16_000
        ]
        expected, _ = member.detector.score_clip(frames[inside], member.standardiser)
        assert clip.score == pytest.approx(expected)


def test_a_clip_detector_alone_has_no_window_scores_but_counts_its_windows() -> None:
    windows, clips = scored(ALONE)
    counted = scored(tiny_bundle())[1]
    assert [clip.n_windows for clip in clips] == [clip.n_windows for clip in counted]
    assert windows == []
    assert all(np.isfinite(clip.score) for clip in clips)
