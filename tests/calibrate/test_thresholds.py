import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.calibrate.budget import parse_budget
from asd_monitor.calibrate.confirmation import DecisionSettings
from asd_monitor.calibrate.rehearsal import count_alarms
from asd_monitor.calibrate.thresholds import BlockMaxima, Session, block_maxima, fit_thresholds
from asd_monitor.models.errors import ConfigurationError, InsufficientSoundError
from tests.support.clip_scores import RATE_HZ, a_calibration, autoregressive, session

DAILY, WEEKLY = parse_budget("1/day"), parse_budget("1/week")


def _blocks(sessions: list[Session], settings: DecisionSettings | None = None) -> BlockMaxima:
    return block_maxima(
        sessions,
        seconds=sum(len(s) + 9.0 for s in sessions),
        clip_s=10.0,
        hop_s=1.0,
        settings=settings or DecisionSettings(),
    )


def test_files_of_one_clip_are_one_block_each() -> None:
    blocks = _blocks([session([float(i)]) for i in range(75)])
    assert blocks.maxima.tolist() == [float(i) for i in range(75)]
    assert blocks.block_s == 10.0


def test_a_long_session_has_a_block_for_every_ten_clips() -> None:
    blocks = _blocks([session(autoregressive(741, lag_one=0.9))])
    assert len(blocks.maxima) == 74
    assert blocks.block_s == pytest.approx(750 / 74)


SETTINGS = st.builds(
    DecisionSettings,
    confirm_m=st.integers(1, 5),
    confirm_n=st.just(5),
    clear_n=st.integers(1, 5),
    cooldown_s=st.just(20.0),
)


@given(
    lengths=st.lists(st.integers(1, 70), min_size=1, max_size=6),
    lag_one=st.floats(0, 0.95),
    seed=st.integers(0, 10_000),
    critical=st.floats(0.1, 3),
    settings=SETTINGS,
)
def test_no_more_events_open_than_blocks_exceed(
    *, lengths: list[int], lag_one: float, seed: int, critical: float, settings: DecisionSettings
) -> None:
    scores = autoregressive(sum(lengths), lag_one=lag_one, seed=seed)
    sessions: list[Session] = [session(part) for part in np.split(scores, np.cumsum(lengths)[:-1])]
    calibration = a_calibration(warning=critical, critical=critical, decision=settings)
    alarms = count_alarms(sessions, calibration, sample_rate_hz=RATE_HZ)
    exceeding = int((_blocks(sessions, settings).maxima > critical).sum())
    assert alarms <= exceeding
    assert (alarms > 0) == (exceeding > 0)


def test_a_cooldown_too_short_for_a_block_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="cooldown"):
        _blocks([session([0.0])], DecisionSettings(cooldown_s=0.0))


@pytest.mark.parametrize("rule", [None, "conformal", "extreme"])
@pytest.mark.parametrize("warning_budget", ["1/month", "1/day", "10/h"])
def test_the_warning_threshold_is_never_above_the_critical_one(
    rule: str | None, warning_budget: str
) -> None:
    blocks = BlockMaxima(np.random.default_rng(0).normal(size=400), 10.0)
    fitted = fit_thresholds(
        blocks,
        budget=parse_budget("2/h"),
        warning_budget=parse_budget(warning_budget),
        rule=rule,
    )
    assert fitted.warning.value <= fitted.critical.value


def test_the_rule_follows_from_sound_and_budget() -> None:
    blocks = BlockMaxima(np.random.default_rng(0).normal(size=400), 10.0)
    weekly = fit_thresholds(blocks, budget=WEEKLY, warning_budget=DAILY)
    hourly = fit_thresholds(blocks, budget=parse_budget("1/h"), warning_budget=DAILY)
    assert (weekly.critical.rule, hourly.critical.rule) == ("extreme", "conformal")
    assert weekly.critical.value > hourly.critical.value


def test_too_few_blocks_say_how_much_is_missing() -> None:
    blocks = BlockMaxima(np.arange(12.0), 10.0)
    with pytest.raises(
        InsufficientSoundError, match=r"20 blocks of 10\.0 s .* 12; .* 80\.0 s more\."
    ):
        fit_thresholds(blocks, budget=WEEKLY, warning_budget=DAILY)


@pytest.mark.parametrize(
    ("seen_s", "advice"),
    [(400.0, r"more, or train again with --hold-out 0\.45\."), (60.0, r"more\.")],
)
def test_what_training_saw_could_be_left_to_calibration_where_that_is_enough(
    seen_s: float, advice: str
) -> None:
    blocks = BlockMaxima(np.arange(12.0), 10.0)
    with pytest.raises(InsufficientSoundError, match=advice):
        fit_thresholds(blocks, budget=WEEKLY, warning_budget=DAILY, seen_s=seen_s)


def test_a_budget_that_every_block_could_spend_is_refused() -> None:
    blocks = BlockMaxima(np.arange(40.0), 10.0)
    with pytest.raises(ConfigurationError, match="more than one alarm in every two blocks"):
        fit_thresholds(blocks, budget=parse_budget("1/10s"), warning_budget=DAILY)


@pytest.mark.parametrize("lag_one", [0.0, 0.8])
def test_fresh_sound_keeps_the_budget_whatever_the_correlation(lag_one: float) -> None:
    budget = parse_budget("6/h")
    alarms = 0
    for seed in range(20):
        scores = autoregressive(4000, lag_one=lag_one, seed=seed)
        fitted = fit_thresholds(
            _blocks([session(scores[:1000])]), budget=budget, warning_budget=budget
        )
        critical = fitted.critical.value
        calibration = a_calibration(warning=critical, critical=critical)
        alarms += count_alarms([session(scores[1000:])], calibration, sample_rate_hz=RATE_HZ)
    accepted = 20 * 3009 * budget.rate_per_s
    # Four standard deviations of a Poisson count, and those of the thresholds beside it.
    assert alarms <= accepted + 8 * accepted**0.5
