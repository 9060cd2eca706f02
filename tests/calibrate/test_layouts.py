"""What the names of recordings say, as the data sets really name them."""

from pathlib import PurePath

import pytest

from asd_monitor.calibrate.layouts import Description, Domain, Part, describe

# (name, type, id, what for, whether anomalous)
NAMES: list[tuple[str, str, str, Part, bool | None]] = [
    # DCASE 2020 Task 2, development, additional training and evaluation data
    ("dev/fan/train/normal_id_00_00000012.wav", "fan", "id_00", Part.TRAIN, False),
    ("dev/fan/test/anomaly_id_06_00000003.wav", "fan", "id_06", Part.TEST, True),
    ("dev/ToyCar/test/normal_id_01_00000000.wav", "ToyCar", "id_01", Part.TEST, False),
    ("eval/ToyCar/test/id_05_00000000.wav", "ToyCar", "id_05", Part.TEST, None),
    # 2021
    (
        "gearbox/source_test/section_00_source_test_anomaly_0001.wav",
        "gearbox",
        "section_00",
        Part.TEST,
        True,
    ),
    (
        "gearbox/target_test/section_02_target_test_normal_0099.wav",
        "gearbox",
        "section_02",
        Part.TEST,
        False,
    ),
    (
        "gearbox/train/section_01_source_train_normal_0000_strength_1_ambient.wav",
        "gearbox",
        "section_01",
        Part.TRAIN,
        False,
    ),
    # 2022 to 2024
    (
        "dev_data/bearing/train/section_00_target_train_normal_0009_vel_20_loc_A.wav",
        "bearing",
        "section_00",
        Part.TRAIN,
        False,
    ),
    (
        "dev_data/bearing/test/section_00_source_test_normal_0001_vel_6_loc_B.wav",
        "bearing",
        "section_00",
        Part.TEST,
        False,
    ),
    (
        "dev_data/ToyTrain/test/section_00_target_test_anomaly_0049_car_B1_noise_2.wav",
        "ToyTrain",
        "section_00",
        Part.TEST,
        True,
    ),
    ("eval_data/AirCompressor/test/section_00_0001.wav", "AirCompressor", "section_00", Part.TEST,
     None),
    # 2025
    (
        "dev_data/fan/supplemental/section_00_supplemental_normal_0000_clean.wav",
        "fan",
        "section_00",
        Part.SUPPLEMENTAL,
        False,
    ),
    # MIMII, as its archives unpack and as people rearrange them
    ("mimii/-6_dB_fan/fan/id_00/normal/00000000.wav", "-6_dB_fan", "id_00", Part.UNSPLIT, False),
    ("mimii/-6_dB_fan/id_02/abnormal/00000000.wav", "-6_dB_fan", "id_02", Part.UNSPLIT, True),
    ("mimii/6_dB_valve/valve/id_04/abnormal/1.wav", "6_dB_valve", "id_04", Part.UNSPLIT, True),
    ("pump/id_06/abnormal/00000007.wav", "pump", "id_06", Part.UNSPLIT, True),
    # anything else
    ("press/train/monday.flac", "press", "id_00", Part.TRAIN, None),
    ("press/test/normal3.flac", "press", "id_00", Part.TEST, False),
    ("press/test/anomaly_slow_0049.flac", "press", "id_00", Part.TEST, True),
    ("press/test/abnormal/0049.flac", "press", "id_00", Part.TEST, True),
    ("press/test/normal/0049.flac", "press", "id_00", Part.TEST, False),
    ("press/test/0049.flac", "press", "id_00", Part.TEST, None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind", "machine_id", "part", "is_anomalous"), NAMES)
def test_a_name_says_which_machine_what_for_and_how_it_sounds(
    name: str, kind: str, machine_id: str, part: Part, is_anomalous: bool | None
) -> None:
    said = describe(PurePath(name))
    assert said == Description(
        kind=kind,
        machine_id=machine_id,
        part=part,
        is_anomalous=is_anomalous,
        domain=said.domain,
    )


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("gearbox/target_test/section_02_target_test_normal_0099.wav", Domain.TARGET),
        ("bearing/test/section_00_source_test_normal_0001_vel_6_loc_B.wav", Domain.SOURCE),
        ("AirCompressor/test/section_00_0001.wav", None),
        ("fan/test/anomaly_id_06_00000003.wav", None),
        ("press/test/normal_target_1.wav", None),
    ],
)
def test_sections_say_their_domain(name: str, domain: Domain | None) -> None:
    assert describe(PurePath(name)).domain is domain


@pytest.mark.parametrize("word", ["paranormal", "normality", "abnormally"])
def test_a_label_within_another_word_is_none(word: str) -> None:
    assert describe(PurePath(f"press/test/{word}_1.wav")).is_anomalous is None


def test_the_folder_that_was_given_may_be_the_machine_itself_or_any_above_it() -> None:
    whole = PurePath("data/dev/fan/test/anomaly_id_00_1.wav")
    parts = [PurePath(*whole.parts[first:]) for first in range(3)]
    assert len({describe(path) for path in parts}) == 1
