"""Labels from a CSV file."""

from pathlib import Path

import pytest

from asd_monitor.calibrate.evaluation.labels import LabelRow, read_labels
from asd_monitor.models.errors import LabelError
from tests.support.labelled_sets import write_set


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_set(tmp_path / "press", ["a.wav", "b.wav", "shift/c.wav"])


def written(root: Path, text: str) -> Path:
    labels = root / "labels.csv"
    labels.write_text(text, encoding="utf-8")
    return labels


def test_rows_name_recordings_their_labels_and_machines(root: Path) -> None:
    labels = written(root, "file,label,id\na.wav,normal,id_01\n\nshift/c.wav, Anomaly ,id_02\n")
    assert read_labels(labels, root=root) == [
        LabelRow(root / "a.wav", is_anomalous=False, machine_id="id_01"),
        LabelRow(root / "shift" / "c.wav", is_anomalous=True, machine_id="id_02"),
    ]


def test_the_id_may_be_left_out_and_a_byte_order_mark_may_stand_first(root: Path) -> None:
    labels = written(root, "\ufefffile,label\nb.wav,train\n")
    assert read_labels(labels, root=root) == [LabelRow(root / "b.wav", None, None)]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "first line"),
        ("name,verdict\na.wav,normal\n", "first line"),
        ("file,label\n", "no row"),
        ("file,label\nz.wav,normal\n", "line 2 .* matches no file: .*z.wav"),
        ("file,label\nshift,normal\n", "matches no file"),
        ("file,label\n,normal\n", "matches no file"),
        ("file,label\na.wav,fine\n", "the label 'fine'; write one of train, normal"),
        ("file,label\na.wav\n", "line 2 .* has 1 fields and the first line 2"),
        ("file,label,id\na.wav,normal,\n", "empty machine id"),
        ("file,label\na.wav,normal\na.wav,anomaly\n", "twice"),
        ("file,label\n../elsewhere.wav,normal\n", "not under"),
    ],
)
def test_labels_that_fit_no_recordings_are_refused_in_one_sentence(
    root: Path, text: str, complaint: str
) -> None:
    with pytest.raises(LabelError, match=complaint) as refusal:
        read_labels(written(root, text), root=root)
    assert "\n" not in str(refusal.value)


def test_a_file_of_labels_that_cannot_be_read_is_named(root: Path) -> None:
    with pytest.raises(LabelError, match=r"none\.csv cannot be read"):
        read_labels(root / "none.csv", root=root)
    (root / "labels.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LabelError, match=r"labels\.csv are no CSV in UTF-8"):
        read_labels(root / "labels.csv", root=root)
