"""An evaluation as files."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from asd_monitor.calibrate.evaluation.files import as_csv, as_json, file_name, write_submission
from asd_monitor.calibrate.evaluation.metrics import Costs
from asd_monitor.calibrate.evaluation.pictures import roc_picture, score_picture
from asd_monitor.calibrate.evaluation.table import evaluate
from tests.support.scored import a_trial

PNG = b"\x89PNG\r\n\x1a\n"


def test_scores_and_decisions_are_written_as_dcase_takes_them(tmp_path: Path) -> None:
    write_submission(tmp_path, a_trial([1.5], [4.0], threshold=2.0))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "anomaly_score_fan_id_00.csv": "normal_0000.wav,1.5\nanomaly_0000.wav,4.0\n",
        "decision_result_fan_id_00.csv": "normal_0000.wav,0\nanomaly_0000.wav,1\n",
    }


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    trial = a_trial([1.5], [4.0], threshold=None)
    paths = (Path("fan/id_00/normal/0000.wav"), Path("fan/id_00/abnormal/0000.wav"))
    files = tuple(replace(file, path=path) for file, path in zip(trial.files, paths, strict=True))
    write_submission(tmp_path, replace(trial, files=files))
    (written,) = tmp_path.iterdir()
    assert written.read_text() == "normal/0000.wav,1.5\nabnormal/0000.wav,4.0\n"


def test_sections_are_named_as_they_are_since_2022(tmp_path: Path) -> None:
    write_submission(tmp_path, a_trial(machine_id="section_00"))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "anomaly_score_fan_section_00_test.csv",
        "decision_result_fan_section_00_test.csv",
    ]


def test_without_a_threshold_nothing_is_decided(tmp_path: Path) -> None:
    write_submission(tmp_path, a_trial(threshold=None))
    assert [path.name for path in tmp_path.iterdir()] == ["anomaly_score_fan_id_00.csv"]


def test_what_is_undefined_is_null_in_json_and_empty_in_csv() -> None:
    rows = evaluate([a_trial(anomalous=[])], costs=Costs(miss=2.0), seed=0)
    document = json.loads(as_json(rows, [], costs=Costs(miss=2.0), budget="1/h", notes=["none"]))
    assert document["rows"][0]["figures"]["auc"] == {"value": None, "low": None, "high": None}
    assert document["costs"] == {"miss": 2.0, "false_alarm": 1.0}
    assert document["partial_auc"] == {"max_fpr": 0.1, "standardised": True}
    (line,) = csv.DictReader(as_csv(rows).splitlines())
    assert (line["auc"], line["auc_low"]) == ("", "")
    assert float(line["false_alarm_rate"]) == 0.0
    assert None not in line.values()


@pytest.mark.parametrize(
    ("name", "written"), [("-6_dB_fan", "-6_dB_fan"), ("a/b c.safetensors", "a_b_c.safetensors")]
)
def test_names_become_file_names(name: str, written: str) -> None:
    assert file_name(name) == written


@pytest.mark.parametrize("threshold", [None, 3.5])
def test_pictures_can_be_drawn_of_any_trials(threshold: float | None) -> None:
    for trials in (
        [a_trial(threshold=threshold), a_trial(detector="gaussian", threshold=threshold)],
        [a_trial(anomalous=[], threshold=threshold)],
        [a_trial([1.0], [1.0], threshold=threshold)],
    ):
        assert roc_picture(trials).startswith(PNG)
        assert score_picture(trials).startswith(PNG)
