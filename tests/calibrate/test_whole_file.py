"""Files as wholes, from the scores of the stream that they are part of."""

import math

import numpy as np
import pytest

from asd_monitor.calibrate.whole_file import StreamScores
from asd_monitor.models.fusion import voices_of
from asd_monitor.models.scores import ClipScore, Quality, WindowScores
from tests.support.bundles import tiny_bundle

RATE_HZ = 16_000
HOP = 512


def a_stream(*, seconds: int, silent: tuple[int, ...] = ()) -> StreamScores:
    """Windows that score their own position in seconds, and a clip for each second."""
    bundle = tiny_bundle()
    stream = StreamScores(bundle, voices_of(bundle, pooling="mean"))
    starts = np.arange(0, seconds * RATE_HZ - 3072, HOP)
    windows = WindowScores(
        score=(starts / RATE_HZ)[np.newaxis],
        per_bin=None,
        first_sample=0,
        hop_samples=HOP,
        window_samples=3072,
    )
    clips = [
        ClipScore(
            first_sample=second * RATE_HZ,
            duration_s=1.0,
            score=math.nan if second in silent else float(second),
            n_windows=0 if second in silent else 31,
            level_dbfs=-30.0,
            quality=frozenset({Quality.SILENCE} if second in silent else ()),
            voices=() if second in silent else (float(second),),
        )
        for second in range(seconds)
    ]
    stream.keep([windows], clips)
    return stream


def whole(stream: StreamScores, begin_s: int, end_s: int) -> ClipScore:
    return stream.whole(
        begin=begin_s * RATE_HZ, end=end_s * RATE_HZ, duration_s=float(end_s - begin_s)
    )


def test_a_file_has_the_mean_of_the_windows_that_begin_in_it() -> None:
    stream = a_stream(seconds=10)
    assert whole(stream, 0, 4).score == pytest.approx(2.0, abs=HOP / RATE_HZ)
    assert whole(stream, 4, 8).score == pytest.approx(6.0, abs=HOP / RATE_HZ)
    assert whole(stream, 4, 8).n_windows == 125


def test_sound_with_a_fault_is_left_out_and_named_only_where_all_of_it_has_it() -> None:
    stream = a_stream(seconds=8, silent=(0, 1, 4, 5, 6, 7))
    partly, wholly = whole(stream, 0, 4), whole(stream, 4, 8)
    assert partly.score == pytest.approx(3.0, abs=HOP / RATE_HZ)
    assert partly.quality == frozenset()
    assert math.isnan(wholly.score)
    assert wholly.quality == {Quality.SILENCE}
