from asd_monitor.models.audio import AudioBlock
from asd_monitor.monitor.vitals.tally import Tally
from tests.support.machines import RATE_HZ, a_pipeline, healthy
from tests.support.sounds import blocks


def hear(seconds: int) -> list[AudioBlock]:
    cuts = range(RATE_HZ, seconds * RATE_HZ, RATE_HZ)
    return list(blocks(healthy()[: seconds * RATE_HZ], cuts=cuts))


def after(seconds: int) -> Tally:
    pipeline, tally = a_pipeline(), Tally()
    for second, block in enumerate(hear(seconds)):
        tally = tally.after(pipeline.push(block), now_s=float(second))
    return tally


def test_nothing_has_been_scored_at_first() -> None:
    assert Tally() == Tally(n_windows=0, scored_s=None, score=None, threshold=None)


def test_every_window_is_counted_and_the_last_one_dated() -> None:
    few, more = after(12), after(20)
    assert (few.scored_s, more.scored_s) == (11.0, 19.0)
    assert more.n_windows - few.n_windows == 8 * RATE_HZ // 512


def test_the_newest_clip_says_the_score() -> None:
    pipeline = a_pipeline()
    clips = [clip for block in hear(20) for clip in pipeline.push(block).clips]
    tally = after(20)
    assert (tally.score, tally.threshold) == (clips[-1].verdict.score, clips[-1].verdict.threshold)
    assert tally.level_dbfs == clips[-1].clip.level_dbfs


def test_what_says_nothing_now_goes_when_nothing_is_heard_and_the_counts_stay() -> None:
    heard = after(20)
    deaf = heard.when_deaf()
    assert (deaf.n_windows, deaf.scored_s) == (heard.n_windows, heard.scored_s)
    assert (deaf.score, deaf.threshold, deaf.level_dbfs) == (None, None, None)
