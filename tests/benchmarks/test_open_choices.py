from pathlib import Path

import numpy as np
import pytest

from asd_monitor.models import masks, mixture
from asd_monitor.models.detectors import spectral
from asd_monitor.models.detectors.group_made import Architecture
from asd_monitor.models.training import mixture_gradient, network, train
from asd_monitor.models.training import spectral as spectral_training
from asd_monitor.models.training.settings import HIDDEN
from benchmarks import mixtures, open_choices
from benchmarks.alternatives import ALTERNATIVES, Alternative
from benchmarks.open_choices import table
from benchmarks.outcomes import Outcome
from tests.support.sounds import noise

EVERY = [each for of_one in ALTERNATIVES.values() for each in of_one]


def state() -> tuple[object, ...]:
    """What the alternatives change."""
    return (
        masks.ordering("idnn", n_frames=5),
        masks.hidden_degrees,
        *(module.LOG_SIGMA_MIN for module in (mixture, mixture_gradient, network)),
        vars(train)["fit_standardiser"],
        vars(train)["detector_class"],
        spectral.describe,
        *(vars(spectral_training)[name] for name in ("correlation", "FACTORS_MAX")),
    )


@pytest.mark.parametrize("alternative", EVERY, ids=lambda each: each.name)
def test_an_alternative_holds_no_longer_than_it_is_asked_for(alternative: Alternative) -> None:
    before = state()
    with alternative.changed():
        pass
    assert state() == before


@pytest.mark.parametrize("alternative", ALTERNATIVES["degrees"], ids=lambda each: each.name)
def test_whatever_the_degrees_no_frame_sees_itself_or_a_later_one(alternative: Alternative) -> None:
    n_frames, n_mels = 5, 4
    with alternative.changed():
        layers = Architecture(ordering="lr", components=1, hidden=HIDDEN).masks(
            n_frames=n_frames, n_mels=n_mels
        )
    reach = layers[-1].astype(int)
    for layer in reversed(layers[:-1]):
        reach = np.minimum(reach @ layer.astype(int), 1)
    by_frame = reach.reshape(-1, n_frames, n_mels, n_frames - 1, n_mels).any(axis=(0, 2, 4))
    np.testing.assert_array_equal(by_frame, np.tri(n_frames, n_frames - 1, -1, dtype=bool))


@pytest.mark.parametrize("alternative", ALTERNATIVES["floors"][1:], ids=lambda each: each.name)
def test_another_floor_of_sigma_is_another_in_training(alternative: Alternative) -> None:
    def score() -> float:
        parameters = np.full((1, 2, 1, 3), -20, np.float32)
        targets = np.full((1, 3), -20, np.float32)
        return mixture_gradient.replace_by_gradient(parameters, targets, share=1.0)

    before = score()
    with alternative.changed():
        assert score() != before
    assert score() == before


def test_another_description_of_a_clip_is_another() -> None:
    frames = noise(128 * 100).reshape(100, 128)
    described = []
    for alternative in ALTERNATIVES["spectral"][:6]:
        with alternative.changed():
            described.append(spectral.describe(frames))
    assert {each.shape for each in described} == {(256,)}
    assert len({each.tobytes() for each in described}) == len(described)


def test_the_table_compares_the_alternatives_with_what_is_used() -> None:
    wins = np.full((2, 8, 5, 5), 0.75)
    wins[1] = 0.5
    rows = list(
        table(
            ALTERNATIVES["degrees"][:2],
            [Outcome(condition="fan:clean", machine="fan", wins=wins)],
            ["fan:clean"],
        )
    )
    assert rows[2] == "| `lr`, degrees spread evenly | 0.750 | 0.750 |  |"
    assert rows[3] == "| degree 0 as well | 0.500 | 0.500 | -0.250 (-0.250 to -0.250) |"


def test_without_the_recordings_it_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mixtures, "DATA", tmp_path / "none")
    monkeypatch.setattr("sys.argv", ["open_choices.py"])
    assert open_choices.main() == 0
    assert capsys.readouterr().out == f"skipped: there are no recordings in {tmp_path / 'none'}\n"
