"""`evaluate` and `explain` as their user meets them."""

import csv
import json
from pathlib import Path

import pytest

from tests.support.command_line import asd_monitor, complaint
from tests.support.labelled_sound import write_machine
from tests.system.conftest import Trained

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_machine(tmp_path_factory.mktemp("set") / "pump", n_train=110, n_test=6)


def test_a_detector_is_trained_once_and_its_table_is_written(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "results"
    arguments = ("evaluate", root, "--detector", "group-made", "--epochs", 2, "--out", out)
    first = asd_monitor(*arguments, "--budget", "6/h")
    assert first.code == 0, first.stderr
    assert "pAUC is scikit-learn's standardised one" in first.stdout
    assert "…" not in first.stdout, "a figure was cut"
    (bundle,) = (out / "bundles").iterdir()
    written = bundle.stat().st_mtime_ns
    again = asd_monitor(*arguments, "--budget", "6/h", "--json")
    assert again.code == 0, again.stderr
    assert bundle.stat().st_mtime_ns == written
    (row,) = json.loads(again.stdout)["rows"]
    assert (row["kind"], row["machine_id"], row["n_normal"]) == ("pump", "id_00", 6)
    assert row["figures"]["auc"]["value"] > 0.9
    with (out / "results.csv").open() as file:
        (line,) = csv.DictReader(file)
    assert float(line["auc"]) == row["figures"]["auc"]["value"]
    assert sorted(path.name for path in out.iterdir()) == [
        "bundles", "results.csv", "results.json", "roc_pump_id_00.png", "scores",
        "scores_pump_id_00.png",
    ]  # fmt: skip
    assert sorted(path.name for path in (out / "scores" / "group-made").iterdir()) == [
        "anomaly_score_pump_id_00.csv",
        "decision_result_pump_id_00.csv",
    ]


def test_a_class_without_a_member_is_said_and_null(
    root: Path, trained: Trained, tmp_path: Path
) -> None:
    labels = tmp_path / "labels.csv"
    train = "".join(f"train/normal_{n:03d}.wav,train\n" for n in range(40))
    labels.write_text(f"file,label\ntest/normal_000.wav,normal\n{train}")
    outcome = asd_monitor(
        "evaluate", root, "--labels", labels, "--bundle", trained.machine.bundle, "--json"
    )
    assert outcome.code == 0, outcome.stderr
    document = json.loads(outcome.stdout)
    assert document["rows"][0]["figures"]["auc"]["value"] is None
    assert "no anomalous test recording, so that its AUC is undefined" in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["nowhere"], 2, "does not exist"),
        (["pump/train"], 2, "--labels"),
        (["pump", "--labels", "labels.csv"], 2, "matches no file"),
        (["pump", "--bundle", "none.safetensors"], 78, "cannot read the bundle"),
        (["pump", "--cost-miss", "0"], 78, "above zero"),
        (["pump", "--detector", "magic"], 2, "magic"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_in_one_sentence(
    root: Path, arguments: list[str], code: int, reason: str
) -> None:
    labels = root.parent / "labels.csv"
    labels.write_text("file,label\nnobody.wav,normal\n")
    outcome = asd_monitor("evaluate", *arguments, cwd=root.parent)
    assert reason in complaint(outcome, code=code)
    assert outcome.stdout == ""


def test_a_fault_is_explained_in_words_as_json_and_as_a_picture(
    trained: Trained, root: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "pictures" / "fault.png"
    faulty = root / "test" / "anomaly_000.wav"
    data = ("--data-dir", trained.data)
    told = asd_monitor("explain", faulty, *data, "--out", picture)
    assert told.code == 0, told.stderr
    assert "excess at " in told.stdout
    assert "compared with the normal sound of the calibration" in told.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")
    fields = json.loads(asd_monitor("explain", faulty, *data, "--json").stdout)
    assert fields["score"] > fields["threshold"]
    assert any(band["low_hz"] <= 3100 <= band["high_hz"] for band in fields["bands"])
    normal = asd_monitor("explain", root / "test" / "normal_000.wav", *data)
    assert "no band stands out" in normal.stdout
    other = asd_monitor("explain", faulty, *data, "--out", tmp_path / "fault.pdf")
    assert other.code == 2
    assert "name it fault.png" in other.stderr
    assert not (tmp_path / "fault.pdf").exists()


def test_without_a_calibration_explain_says_what_it_compares_with(
    trained: Trained, root: Path
) -> None:
    faulty = root / "test" / "anomaly_000.wav"
    outcome = asd_monitor("explain", faulty, "--bundle", trained.machine.bundle)
    assert outcome.code == 0, outcome.stderr
    assert "no calibration, so no threshold" in outcome.stdout
    assert "compared with the quietest fifth" in outcome.stdout
