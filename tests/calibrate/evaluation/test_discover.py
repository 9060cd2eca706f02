"""Trees of recordings with the names that data sets use."""

from pathlib import Path

import pytest

from asd_monitor.calibrate.evaluation.discover import discover
from asd_monitor.calibrate.evaluation.labelled import LabelledMachine, LabelledSet
from asd_monitor.models.errors import AudioError, LabelError
from tests.support.labelled_sets import write_set


def names(machine: LabelledMachine) -> tuple[list[str], list[str], list[str]]:
    """Of its training sound, its normal and its anomalous test recordings."""
    return (
        [path.name for path in machine.train],
        [file.path.name for file in machine.test if not file.is_anomalous],
        [file.path.name for file in machine.test if file.is_anomalous],
    )


def by_name(found: LabelledSet) -> dict[str, LabelledMachine]:
    return {machine.name: machine for machine in found.machines}


def test_every_machine_id_of_dcase_2020_is_a_machine_of_its_own(tmp_path: Path) -> None:
    root = write_set(
        tmp_path,
        [
            f"{kind}/{folder}_id_{machine_id}_{n:08d}.wav"
            for kind in ("fan", "ToyCar")
            for machine_id in ("00", "02")
            for folder in ("train/normal", "test/normal", "test/anomaly")
            for n in range(2)
        ],
    )
    machines = by_name(discover(root))
    assert list(machines) == ["ToyCar id_00", "ToyCar id_02", "fan id_00", "fan id_02"]
    assert names(machines["fan id_02"]) == (
        ["normal_id_02_00000000.wav", "normal_id_02_00000001.wav"],
        ["normal_id_02_00000000.wav", "normal_id_02_00000001.wav"],
        ["anomaly_id_02_00000000.wav", "anomaly_id_02_00000001.wav"],
    )
    assert by_name(discover(root / "fan")) == {
        name: machine for name, machine in machines.items() if name.startswith("fan")
    }


def test_sections_join_their_domains_and_leave_the_supplement_out(tmp_path: Path) -> None:
    root = write_set(
        tmp_path / "dev_data",
        [
            "bearing/train/section_00_source_train_normal_0000_vel_20.wav",
            "bearing/train/section_00_target_train_normal_0000_vel_8.wav",
            "bearing/test/section_00_source_test_normal_0000_vel_20.wav",
            "bearing/test/section_00_target_test_anomaly_0000_vel_8.wav",
            "bearing/supplemental/section_00_supplemental_normal_0000.wav",
        ],
    )
    found = discover(root)
    (machine,) = found.machines
    assert machine.name == "bearing section_00"
    assert [len(files) for files in names(machine)] == [2, 1, 1]
    assert [[path.name[11:17] for path in group] for group in machine.train_groups] == [
        ["source"],
        ["target"],
    ]
    assert found.notes == ("1 supplemental recordings are left out",)


def test_mimii_is_split_into_as_many_normal_as_anomalous_recordings_to_test(
    tmp_path: Path,
) -> None:
    folder = "-6_dB_fan/fan/id_00"
    normal = [f"{folder}/normal/{n:08d}.wav" for n in range(7)]
    root = write_set(tmp_path, [*normal, *[f"{folder}/abnormal/{n:08d}.wav" for n in range(2)]])
    (machine,) = discover(root).machines
    assert machine.name == "-6_dB_fan id_00"
    train, tested, anomalous = names(machine)
    assert train == [f"{n:08d}.wav" for n in range(5)]
    assert tested == ["00000005.wav", "00000006.wav"]
    assert len(anomalous) == 2
    assert not {file.path for file in machine.test} & set(machine.train)


def test_at_most_half_of_the_normal_recordings_are_tested_where_nothing_splits_them(
    tmp_path: Path,
) -> None:
    root = write_set(tmp_path / "press", [f"normal_{n}.wav" for n in range(5)])
    write_set(root, [f"anomaly_{n}.wav" for n in range(9)])
    train, tested, anomalous = names(discover(root).machines[0])
    assert (len(train), len(tested), len(anomalous)) == (3, 2, 9)


def test_the_folder_may_be_given_from_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_set(tmp_path / "press", ["test/normal_1.wav", "test/anomaly_1.wav"])
    monkeypatch.chdir(tmp_path)
    assert list(by_name(discover(Path("press")))) == ["press id_00"]
    monkeypatch.chdir(root)
    assert list(by_name(discover(Path()))) == ["press id_00"]


def test_labels_of_a_file_come_before_names(tmp_path: Path) -> None:
    root = write_set(
        tmp_path / "press", ["train/a.wav", "b.wav", "anomaly_c.wav", "d.wav", "unnamed.wav"]
    )
    labels = tmp_path / "labels.csv"
    labels.write_text(
        "file,label,id\ntrain/a.wav,anomaly,press_1\nb.wav,train,press_1\n"
        "anomaly_c.wav,normal,press_1\nd.wav,train,press_1\n"
    )
    (machine,) = discover(root, labels=labels).machines
    assert machine.name == "press press_1"
    assert names(machine) == (["b.wav", "d.wav"], ["anomaly_c.wav"], ["a.wav"])


def test_what_has_no_label_is_left_out_and_counted(tmp_path: Path) -> None:
    root = write_set(tmp_path / "press", ["test/normal_1.wav", "test/anomaly_1.wav", "test/x.wav"])
    found = discover(root)
    assert [len(files) for files in names(found.machines[0])] == [0, 1, 1]
    assert found.notes == ("1 recordings without a label are left out",)


@pytest.mark.parametrize(("present", "lacking"), [("anomaly", "normal"), ("normal", "anomalous")])
def test_a_class_without_a_member_is_said_to_leave_the_area_undefined(
    tmp_path: Path, present: str, lacking: str
) -> None:
    root = write_set(tmp_path / "fan", ["train/normal_1.wav", f"test/{present}_1.wav"])
    (note,) = discover(root).notes
    assert note == (
        f"fan id_00 has no {lacking} test recording, so that its AUC is undefined"
    )  # fmt: skip


def test_a_machine_with_nothing_to_test_is_left_out_and_said(tmp_path: Path) -> None:
    root = write_set(
        tmp_path / "fan",
        [
            "train/normal_id_00_1.wav",
            "train/normal_id_01_1.wav",
            "test/normal_id_00_1.wav",
            "test/anomaly_id_00_1.wav",
        ],
    )
    found = discover(root)
    assert list(by_name(found)) == ["fan id_00"]
    assert found.notes == ("fan id_01 has nothing to test and is left out",)


def test_recordings_without_any_label_are_refused(tmp_path: Path) -> None:
    root = write_set(tmp_path / "press", ["a.wav", "train/b.wav"])
    with pytest.raises(LabelError, match="--labels"):
        discover(root)


def test_an_anomaly_among_the_sound_to_train_on_is_refused(tmp_path: Path) -> None:
    root = write_set(tmp_path / "press", ["train/anomaly_1.wav", "test/normal_1.wav"])
    with pytest.raises(LabelError, match=r"anomaly_1\.wav is sound to train on"):
        discover(root)


def test_mixed_sample_rates_of_one_machine_are_refused_and_named(tmp_path: Path) -> None:
    root = write_set(tmp_path / "press", ["train/normal_1.wav", "test/normal_2.wav"])
    write_set(root, ["test/anomaly_1.wav"], sample_rate_hz=44_100)
    with pytest.raises(LabelError, match=r"press id_00 differ .* 16000 Hz .* 44100 Hz") as refusal:
        discover(root)
    assert "\n" not in str(refusal.value)


def test_machines_may_differ_in_sample_rate(tmp_path: Path) -> None:
    for kind, rate in (("fan", 16_000), ("press", 44_100)):
        write_set(tmp_path / kind, ["test/normal_1.wav", "test/anomaly_1.wav"], sample_rate_hz=rate)
    assert list(by_name(discover(tmp_path))) == ["fan id_00", "press id_00"]


def test_a_folder_without_sound_or_none_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="does not exist"):
        discover(tmp_path / "none")
    with pytest.raises(AudioError, match="holds no recordings"):
        discover(tmp_path)


def test_a_folder_of_a_machine_id_without_recordings_is_named(tmp_path: Path) -> None:
    labels = ("normal", "abnormal")
    root = write_set(tmp_path, [f"fan/id_00/{label}/{n}.wav" for label in labels for n in (0, 1)])
    (root / "fan" / "id_02" / "normal").mkdir(parents=True)
    found = discover(root)
    assert [machine.name for machine in found.machines] == ["fan id_00"]
    assert found.notes == ("fan/id_02 holds no recordings and is left out",)
