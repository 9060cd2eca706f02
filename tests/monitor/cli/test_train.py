"""Options of `train` that concern some detectors only."""

from dataclasses import fields

import pytest
from click.testing import CliRunner

from asd_monitor.models.detector import detector_class, detector_kinds, settings_of
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.monitor.cli.main import cli

VALUES = {"ordering": "lr", "components": "3", "hidden": "8,8", "score": "mse", "epochs": "2"}
GIVEN = [(kind, name) for kind in detector_kinds() for name in VALUES]


@pytest.mark.parametrize(("kind", "name"), GIVEN)
def test_an_option_that_does_not_concern_the_detector_is_refused(kind: str, name: str) -> None:
    arguments = ["train", "/nowhere", "--detector", kind, f"--{name}", VALUES[name]]
    refused = CliRunner().invoke(cli, arguments)
    if name in settings_of(kind):
        assert "concern" not in refused.output
    else:
        assert f"--{name} does not concern the detector {kind}" in refused.output
        assert refused.exit_code == 2


@pytest.mark.parametrize("kind", detector_kinds())
def test_defaults_are_refused_by_no_detector(kind: str) -> None:
    assert (
        "concern" not in CliRunner().invoke(cli, ["train", "/nowhere", "--detector", kind]).output
    )


@pytest.mark.parametrize("kind", detector_kinds())
def test_a_detector_names_settings_that_exist(kind: str) -> None:
    assert detector_class(kind).settings <= {field.name for field in fields(TrainingSettings)}
