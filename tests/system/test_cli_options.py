"""Options that cannot be meant, refused before anything is read or written."""

from pathlib import Path

import pytest

from tests.support.command_line import asd_monitor, complaint
from tests.system.conftest import Trained

pytestmark = pytest.mark.system


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("train normal --seed -1", "'--seed'"),
        ("train normal --epochs 0", "'--epochs'"),
        ("train normal --components 0", "'--components'"),
        ("train normal --ordering sideways", "'idnn'"),
        ("train normal --hold-out 1.5", "'--hold-out'"),
        ("train normal --machine Pump!", "a-z, 0-9"),
        ("train", "PATH"),
        ("calibrate normal --budget often", "1/week, 2/day or 0.5/h"),
        ("calibrate normal --rule dice", "'conformal'"),
        ("calibrate normal --pooling median", "pooling"),
        ("calibrate normal --bundle b.safetensors", "--bundle needs --out"),
        ("replay normal --speed 2", "'--speed'"),
        ("replay normal --mqtt host:port", "HOST:PORT"),
        ("record --device d --duration soon --out o", "90s, 30m or 1.5h"),
        ("listen", "'listen'"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence_with_the_way_out(
    arguments: str, named: str, tmp_path: Path
) -> None:
    outcome = asd_monitor(*arguments.split(), cwd=tmp_path)
    said = complaint(outcome, code=2)
    assert named in said
    assert "--help)" in said
    assert outcome.stderr == f"{said}\n"
    assert outcome.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_channel_that_a_recording_has_not_is_refused(trained: Trained, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "out")
    for command in (
        ["train", *out],
        ["calibrate", "--bundle", trained.machine.bundle, *out],
        ["replay", *trained.model],
    ):
        outcome = asd_monitor(*command, trained.faulty, "--channel", 3)
        assert outcome.code == 2
        assert "has no channel 3; it has 1" in outcome.stderr
        assert "Traceback" not in outcome.stderr
    assert list(tmp_path.iterdir()) == []
