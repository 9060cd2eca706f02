"""One bundle for several machines, by the commands that the documentation shows."""

import json
import re
from pathlib import Path

import numpy as np

from asd_monitor.monitor.synth import normal_sound
from tests.support.command_line import asd_monitor
from tests.support.recorded import with_fault, write_session
from tests.test_docs import ROOT, commands_in

_SECTION = re.compile(r"^## Several machines, one bundle\n(.*?)^## ", re.MULTILINE | re.DOTALL)


def test_machines_share_a_bundle_and_are_each_calibrated_on_their_own_sound(
    tmp_path: Path,
) -> None:
    section = _SECTION.search((ROOT / "docs" / "calibration.md").read_text(encoding="utf-8"))
    assert section is not None
    train, *others = commands_in(section[1])
    for name, gain, seed in (("fan-a", 1.0, 1), ("fan-b", 0.25, 2)):
        sound = (gain * normal_sound(720, seed=seed)).astype(np.float32)
        write_session(tmp_path / name, sound)
    write_session(tmp_path / "tuesday", with_fault(before_s=15, fault_s=20, after_s=25, seed=3))
    for arguments in ([*train, "--epochs", "2"], *others):
        done = asd_monitor(*arguments, cwd=tmp_path)
        assert done.code == 0, done.stderr
    made = [json.loads((tmp_path / f"fan-{unit}.json").read_text()) for unit in "ab"]
    assert made[0]["bundle"] == made[1]["bundle"]
    assert [each["evidence"]["held_out_s"] for each in made] == [240, 240]
    levels = [each["level_dbfs"]["highest"] for each in made]
    assert levels[0] - levels[1] > 6
