from pathlib import Path

import numpy as np
import pytest

from asd_monitor.calibrate.normal.pooling_choice import PoolingChoice
from asd_monitor.models.detector import ENSEMBLE_KINDS
from benchmarks import development, mixtures
from benchmarks.candidates import CANDIDATES, CHOSEN
from benchmarks.development import Mixer, mixed, parts, voice_scores
from benchmarks.development_page import Measured, Run, page
from benchmarks.mixtures import RATE_HZ, RMS, root_mean_square, scaled
from benchmarks.outcomes import Outcome
from tests.support.bundles import tiny_ensemble
from tests.support.sounds import noise

RUN = Run(conditions=("pump:clean", "pump:-6"), epochs=30, seeds=1, minutes=5.0)


def measured(condition: str, areas: dict[tuple[str, ...], float]) -> Measured:
    """Of candidates that win so often, whichever the clips; 0.5 where nothing is said."""
    by_candidate = np.array([areas.get(names, 0.5) for names in CANDIDATES])
    wins = np.broadcast_to(by_candidate[:, None, None, None], (len(CANDIDATES), 8, 5, 5))
    return Measured(
        outcome=Outcome(condition=condition, machine="pump", wins=wins),
        choice=PoolingChoice(pooling="quantile:0.25", recurrence=1.234),
        recurring=(0.3, 0.2, 0.1),
    )


def test_without_the_recordings_it_says_so_in_one_line_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mixtures, "DATA", tmp_path / "none")
    monkeypatch.setattr("sys.argv", ["development.py", "--out", str(tmp_path / "page.md")])
    assert development.main() == 0
    assert capsys.readouterr().out == f"skipped: there are no recordings in {tmp_path / 'none'}\n"
    assert not (tmp_path / "page.md").exists()


def test_no_clip_is_in_two_parts_and_their_order_is_kept() -> None:
    clips = [np.full(4, number, dtype=np.float32) for number in range(75)]
    divided = parts(clips)
    assert [len(part) for part in divided] == [41, 11, 23]
    assert [clip[0] for part in divided for clip in part] == list(range(75))


def test_noise_is_as_much_louder_as_the_ratio_says_and_clean_sound_is_left_alone() -> None:
    clip, noises = scaled(noise(RATE_HZ), RMS), [noise(RATE_HZ // 3, seed=1)]
    generator = np.random.default_rng(0)
    copies = mixed([clip], noises, Mixer(-6.0, generator))
    assert len(copies) == development.COPIES
    for copy in copies:
        assert root_mean_square(copy - clip) == pytest.approx(RMS * 10**0.3, rel=1e-4)
    assert not np.array_equal(copies[0], copies[1])
    (same,) = mixed([clip], noises, Mixer(None, generator))
    np.testing.assert_array_equal(same, clip)


def test_in_strokes_a_machine_is_heard_now_and_then_above_a_steady_floor() -> None:
    clip = scaled(noise(4 * RATE_HZ), RMS)
    (struck,) = mixed([clip], [], Mixer.of("strokes", np.random.default_rng(0)))
    levels = np.sqrt(np.square(struck.reshape(-1, RATE_HZ // 100)).mean(axis=1)) / RMS
    heard = levels > 0.5
    assert 0.1 < heard.mean() < 0.35
    assert 5 <= np.count_nonzero(np.diff(heard.astype(int)) == 1) <= 9
    assert np.median(levels[~heard]) == pytest.approx(0.1, rel=0.3)


@pytest.mark.parametrize("seconds", [1.5, 10.0])
def test_every_voice_scores_every_clip_once(seconds: float) -> None:
    clips = [noise(round(seconds * RATE_HZ), seed=seed) for seed in range(2)]
    scores = voice_scores(tiny_ensemble(), clips)
    assert scores.shape == (2, 6)
    assert np.isfinite(scores).all()
    assert (scores[:, 1] < scores[:, 3]).all(), "the lower quartile is below the mean of the top"
    assert (scores[:, 3] <= scores[:, 2]).all(), "which is not above the maximum"


def test_the_page_gives_each_condition_and_the_difference_from_the_chosen_one() -> None:
    spectral = (ENSEMBLE_KINDS[1],)
    both = [
        measured("pump:clean", {CHOSEN: 0.8, spectral: 0.9, ("max",): 0.8}),
        measured("pump:-6", {CHOSEN: 0.6, spectral: 0.7, ("max",): 0.6}),
    ]
    lines = page(both, RUN).splitlines()
    assert "| **`auto + spectral`** | 0.800 | 0.600 | 0.700 |  |" in lines
    assert "| pump:-6 | `quantile:0.25` | 1.23 | 30% | 20% | 10% |" in lines
    assert "| `spectral` | 0.900 | 0.700 | 0.800 | +0.100 (+0.100 to +0.100) |" in lines
    assert "Better than the chosen one: `spectral`." in lines
    assert "Not told from it: `max`." in lines
    assert not [line for line in lines if "{" in line]
