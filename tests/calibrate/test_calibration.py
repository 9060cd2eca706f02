import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.calibrate.calibration import (
    MAX_SCORES,
    load_calibration,
    p_value,
    require_bundle,
    save_calibration,
    thin,
)
from asd_monitor.models.errors import CalibrationError
from tests.support.clip_scores import a_calibration, with_thresholds


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "calibration.json"
    save_calibration(a_calibration(), path)
    return path


def _edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_calibration_is_read_as_it_was_written(path: Path) -> None:
    assert load_calibration(path) == a_calibration()


def test_the_file_keeps_the_keys_of_its_schema(path: Path) -> None:
    assert set(json.loads(path.read_text())) == {
        "schema", "bundle", "machine", "created_at", "members", "clip_s", "hop_s",
        "shortest_clip_s", "decision", "thresholds", "rule", "rule_reason", "rule_detail",
        "extrapolated", "budget", "warning_budget", "evidence", "level_dbfs", "normal",
        "n_scores", "scores", "regimes", "bands", "clip_bands", "change", "change_reason", "off",
        "combination", "cohort", "pooling_reason", "regime_reason",
    }  # fmt: skip


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match="asd-monitor calibrate"):
        load_calibration(tmp_path / "calibration.json")


@given(share=st.floats(0, 0.999))
def test_a_truncated_file_is_refused(
    tmp_path_factory: pytest.TempPathFactory, share: float
) -> None:
    path = tmp_path_factory.getbasetemp() / "cut.json"
    whole = msgspec.json.encode(a_calibration())
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(CalibrationError, match=r"cut\.json"):
        load_calibration(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema": 2}, "schema is 2"),
        ({"schema": "1"}, "schema"),
        ({"thresholds": {"warning": 1.0}}, "critical"),
        ({"thresholds": {"warning": None, "critical": 2.0}}, "warning"),
        ({"thresholds": {"warning": 3.0, "critical": 2.0}}, "warning threshold is above"),
        ({"thresholds": {"warning": -2.0, "critical": -1.0}}, "not above the median"),
        ({"scores": []}, "sorted sample"),
        ({"scores": [2.0, 1.0]}, "sorted sample"),
        ({"n_scores": 1}, "more scores than it counts"),
        ({"hop_s": 11.0}, "hop"),
        ({"shortest_clip_s": 0.0}, "shortest clip"),
        ({"clip_s": "10"}, "clip_s"),
        ({"decision": {"confirm_m": 9}}, "confirm_m"),
    ],
)
def test_a_contradictory_file_is_refused(path: Path, changes: dict[str, Any], message: str) -> None:
    _edit(path, **changes)
    with pytest.raises(CalibrationError, match=message) as refusal:
        load_calibration(path)
    assert str(path) in str(refusal.value)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_refused(path: Path, number: str) -> None:
    path.write_text(path.read_text().replace('"clip_s": 10.0', f'"clip_s": {number}'))
    with pytest.raises(CalibrationError, match=r"calibration\.json"):
        load_calibration(path)


def test_a_threshold_that_is_not_finite_cannot_be_made() -> None:
    with pytest.raises(CalibrationError, match="not finite"):
        with_thresholds(a_calibration(), warning=1.0, critical=float("inf"))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match="cannot be written"):
        save_calibration(a_calibration(), tmp_path / "missing" / "calibration.json")


def test_another_bundles_calibration_is_refused() -> None:
    require_bundle(a_calibration(bundle="aa"), "aa")
    with pytest.raises(CalibrationError, match="made for the bundle"):
        require_bundle(a_calibration(bundle="aa"), "bb")


def test_the_clear_level_lies_between_threshold_and_normal() -> None:
    assert a_calibration(critical=2.0).clear_level == pytest.approx(1.8)


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=50), st.floats(-20, 20))
def test_the_p_value_counts_scores_at_least_as_high(scores: list[float], score: float) -> None:
    calibration = a_calibration(scores=scores, critical=100.0)
    expected = (1 + sum(s >= score for s in scores)) / (len(scores) + 1)
    assert p_value(calibration, score) == pytest.approx(expected)


def test_a_thinned_sample_gives_nearly_the_same_p_values() -> None:
    scores = np.random.default_rng(0).normal(size=50_000)
    kept = thin(scores)
    calibration = replace(a_calibration(critical=10.0), scores=kept, n_scores=len(scores))
    assert len(kept) == MAX_SCORES
    assert (kept[0], kept[-1]) == (scores.min(), scores.max())
    for score in (-1.0, 0.0, 2.0):
        assert p_value(calibration, score) == pytest.approx(np.mean(scores >= score), abs=1e-3)
    assert p_value(calibration, 20.0) == pytest.approx(1 / 50_001)
