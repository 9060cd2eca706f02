import json

import pytest

from tests.support.command_line import asd_monitor
from tests.system.conftest import Trained

pytestmark = pytest.mark.system


def test_the_machines_bundle_is_measured(trained: Trained) -> None:
    outcome = asd_monitor("bench", "--data-dir", trained.data, "--seconds", "0.2", "--json")
    assert outcome.code == 0
    assert json.loads(outcome.stdout)["microphones"] >= 1
    assert "untrained" not in outcome.stderr


def test_nothing_need_be_trained(tmp_path: object) -> None:
    outcome = asd_monitor("bench", "--data-dir", tmp_path, "--seconds", "0.2")
    assert outcome.code == 0
    assert outcome.stdout.splitlines()[-1].startswith("microphones")
    assert "untrained" in outcome.stderr
