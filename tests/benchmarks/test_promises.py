from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.mixtures import ROOT
from benchmarks.promises import N_SPLITS, say_delays, splits
from benchmarks.ratio_picture import Ratios, ratio_picture


@pytest.mark.parametrize("n", [25, 46, 264])
def test_splits_are_halves_by_time_in_which_every_clip_is_judged_as_often(n: int) -> None:
    clips = [Path(str(i)) for i in range(n)]
    judged = dict.fromkeys(clips, 0)
    for calibrating, judging in splits(clips):
        assert len(calibrating) == n // 2
        assert sorted([*calibrating, *judging]) == sorted(clips)
        order = [int(path.name) for path in calibrating]
        assert all((b - a) % n == 1 for a, b in pairwise(order))
        for clip in judging:
            judged[clip] += 1
    mean = sum(judged.values()) / n
    assert mean == pytest.approx(N_SPLITS / 2, abs=N_SPLITS / n)
    assert max(judged.values()) - min(judged.values()) <= 2


def test_delays_are_said_in_minutes_with_how_many_there_are_where_not_all() -> None:
    assert say_delays([30.0, 60.0, 90.0]) == "1.00"
    assert say_delays([30.0, None, None]) == "0.50 (1 of 3)"
    assert say_delays([None, None]) == "-"


def test_a_picture_of_ratios_has_a_panel_for_every_kind_and_amount() -> None:
    ratios: Ratios = {"percentile": {"1 h": [1.0, 30.0], "8 h": [1.0, None]}}
    picture = ratio_picture({"calm": ratios, "wild": ratios}, budgets=["1/h", "1/day"])
    assert picture.startswith("<svg ")
    assert picture.count('id="axes_') == 4
    assert picture.count("percentile") == 1


def test_the_picture_in_the_documentation_is_small_enough_to_load_with_its_page() -> None:
    assert (ROOT / "docs" / "false-alarms.svg").stat().st_size < 100_000
