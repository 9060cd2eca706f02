"""A moved microphone is told from a machine that grew louder."""

import numpy as np
import pytest

from asd_monitor.calibrate.level_shift import EVEN_SPREADS, LevelWatch
from asd_monitor.calibrate.normal.level_gatherer import LevelGatherer
from asd_monitor.calibrate.regimes import N_GROUPS, Regime
from asd_monitor.models.scores import ClipScore
from tests.support.clip_scores import RATE_HZ, clip
from tests.support.levels import N_MELS, level_clips, spectra


def _regimes(*parts_db: float) -> tuple[Regime, ...]:
    gatherer = LevelGatherer(sample_rate_hz=RATE_HZ)
    for index, offset_db in enumerate(parts_db):
        gatherer.add(level_clips(spectra(60, seed=index), offset_db=offset_db, hop_s=10.0))
    return gatherer.regimes()


def _seen(clips: list[ClipScore], regimes: tuple[Regime, ...] | None = None) -> list[float | None]:
    watch = LevelWatch(regimes or _regimes(0.0), sample_rate_hz=RATE_HZ)
    return [watch.push(each).level_shift_db for each in clips]


def _stream(*parts: tuple[int, float]) -> list[ClipScore]:
    """Clips of a stream whose level changes: so many of them, so much louder."""
    offsets = np.concatenate([np.full(n, offset_db) for n, offset_db in parts])
    return level_clips(spectra(len(offsets), seed=9) + offsets[:, None])


@pytest.mark.parametrize("offset_db", [-15.0, -6.0, -3.0, 3.0, 6.0, 10.0, 15.0])
def test_a_lasting_even_step_is_seen_within_a_minute_with_its_size(offset_db: float) -> None:
    seen = _seen(_stream((100, 0.0), (100, offset_db)))
    assert seen[:130] == [None] * 130, "one half of the minute does not show it yet"
    assert None not in seen[160:]
    assert seen[-1] == pytest.approx(offset_db, abs=0.5)


@pytest.mark.parametrize("offset_db", [-25.0, -1.0, 0.0, 1.0])
def test_what_is_within_the_usual_or_hardly_any_sound_is_no_shift(offset_db: float) -> None:
    assert set(_seen(_stream((100, 0.0), (100, offset_db)))) == {None}


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75, 0.9, 0.95])
@pytest.mark.parametrize("offset_db", [-12.0, -6.0, 6.0, 15.0])
@pytest.mark.parametrize("top", [False, True])
def test_a_machine_that_grew_louder_in_some_bands_is_left_to_its_score(
    share: float, offset_db: float, top: bool
) -> None:
    louder = spectra(100, seed=9)
    louder[:, :: -1 if top else 1][:, : round(share * N_MELS)] += offset_db
    assert set(_seen(level_clips(louder))) == {None}


def test_bands_that_always_vary_may_lack_of_a_shift_no_more_than_half_of_it() -> None:
    """The top of the spectrum wanders by 8 dB: it cannot disprove a shift, unless it stays."""
    wander = 8 * np.random.default_rng(5).standard_normal((160, 1))
    varied = spectra(160, seed=1)
    varied[:, -16:] += wander
    gatherer = LevelGatherer(sample_rate_hz=RATE_HZ)
    gatherer.add(level_clips(varied[:60], hop_s=10.0))
    regimes = gatherer.regimes()
    shifted, partly = varied[60:] + 10.0, varied[60:].copy()
    partly[:, :-16] += 10.0
    assert None not in _seen(level_clips(shifted), regimes)[60:]
    assert set(_seen(level_clips(partly), regimes)) == {None}


@pytest.mark.parametrize(("times_borne", "is_held"), [(1.1, True), (1.3, False)])
def test_a_shift_that_is_recognised_bears_a_little_more_unevenness_than_a_new_one(
    times_borne: float, is_held: bool
) -> None:
    (regime,) = _regimes(0.0)
    even = np.tile(np.array(regime.middle_db) + 6.0, (100, 1))
    uneven = even.copy()
    uneven[:, : N_MELS // N_GROUPS] += times_borne * EVEN_SPREADS * regime.group_spread_db[0]
    assert set(_seen(level_clips(uneven), (regime,))) == {None}
    seen = _seen(level_clips(np.concatenate([even, uneven])), (regime,))
    assert (None not in seen[60:]) is is_held


def test_a_shift_is_seen_though_the_machine_changes_its_regime_all_the_time() -> None:
    """Twenty seconds of load and twenty of idling, in other bands, by turns."""
    load, idle = spectra(400, seed=1), spectra(400, seed=2)
    idle[:, 40:80] += 10.0
    gatherer = LevelGatherer(sample_rate_hz=RATE_HZ)
    gatherer.add(level_clips(load[:60], hop_s=10.0))
    gatherer.add(level_clips(idle[:60], offset_db=-15.0, hop_s=10.0))
    regimes = gatherer.regimes()
    assert len(regimes) == 2
    by_turns = np.where((np.arange(300) // 20 % 2 == 0)[:, None], load[100:], idle[100:] - 15.0)
    by_turns[150:] += 6.0
    seen = _seen(level_clips(by_turns), regimes)
    assert set(seen[:150]) == {None}
    assert seen[-90:] == pytest.approx([6.0] * 90, abs=0.7)


@pytest.mark.parametrize(("length_s", "offset_db"), [(10, 10.0), (25, 20.0)])
def test_a_burst_is_no_step(length_s: int, offset_db: float) -> None:
    assert set(_seen(_stream((100, 0.0), (length_s, offset_db), (100, 0.0)))) == {None}


def test_a_shift_ends_when_the_level_is_back() -> None:
    seen = _seen(_stream((100, 6.0), (100, 0.0)))
    assert seen[99] == pytest.approx(6.0, abs=0.5)
    assert set(seen[140:]) == {None}


def test_another_regime_is_no_shift_and_a_shift_is_measured_from_the_nearest() -> None:
    regimes = _regimes(0.0, -15.0)
    assert set(_seen(_stream((100, 0.0), (100, -15.0)), regimes)) == {None}
    assert _seen(_stream((100, -10.0)), regimes)[-1] == pytest.approx(5.0, abs=0.5)


def test_a_stream_that_begins_anew_is_watched_anew() -> None:
    watch = LevelWatch(_regimes(0.0), sample_rate_hz=RATE_HZ)
    for each in _stream((100, 6.0)):
        watch.push(each)
    assert {watch.push(each).level_shift_db for each in _stream((30, 0.0))} == {None}


def test_what_one_stream_has_shown_says_nothing_of_the_next_wherever_that_begins() -> None:
    watch = LevelWatch(_regimes(0.0), sample_rate_hz=RATE_HZ)
    stream = _stream((130, 6.0))
    assert watch.push(stream[0]) == stream[0]
    for each in stream[1:100]:
        watch.push(each)
    watch.reset()
    assert {watch.push(each).level_shift_db for each in stream[100:130]} == {None}


def test_clips_that_cannot_be_scored_and_calibrations_without_levels_see_no_shift() -> None:
    watch = LevelWatch(_regimes(0.0), sample_rate_hz=RATE_HZ)
    assert watch.push(clip(float("nan"), n_windows=0)).level_shift_db is None
    shifted = _stream((1, 6.0))[0]
    assert LevelWatch((), sample_rate_hz=RATE_HZ).push(shifted) == shifted
