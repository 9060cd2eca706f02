from dataclasses import replace
from pathlib import Path

import pytest

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.config import Config, EvidenceConfig, MachineConfig, MqttConfig, NodeConfig
from asd_monitor.monitor.daemon.changes import Changes, changes_between, require_no_restart
from asd_monitor.monitor.daemon.loaded import LoadedMachine
from asd_monitor.monitor.pipeline import Pipeline
from tests.support.machines import knowing_bundle, knowing_calibration


def loaded(machine: str, *, device: str = "hw:1", made: str = "2026-01-02") -> LoadedMachine:
    bundle = knowing_bundle()
    calibration = replace(knowing_calibration(), created_at=made)
    return LoadedMachine(
        settings=MachineConfig(id=machine, device=device),
        bundle=bundle,
        calibration=calibration,
        pipeline=Pipeline(bundle, calibration),
    )


def names(changes: Changes) -> tuple[tuple[str, ...], ...]:
    """Who ended, began, and is judged otherwise."""
    begun = tuple(machine.name for machine in changes.begun)
    return changes.ended, begun, tuple(machine.name for machine in changes.rejudged)


def test_what_has_not_changed_is_left_as_it_was() -> None:
    before = [loaded("pump"), loaded("fan")]
    changes = changes_between(before, [loaded("pump"), loaded("fan")])
    assert names(changes) == ((), (), ())
    assert changes.machines == tuple(before)
    assert str(changes) == "no machine has changed"


def test_where_the_model_files_lie_decides_nothing_but_what_is_in_them() -> None:
    pump = loaded("pump")
    moved = replace(pump, settings=replace(pump.settings, bundle=Path("elsewhere")))
    assert names(changes_between([pump], [moved])) == ((), (), ())


def test_each_change_has_its_own_consequence() -> None:
    before = [loaded("gone"), loaded("moved"), loaded("learned"), loaded("same")]
    after = [loaded("moved", device="hw:2"), loaded("learned", made="2026-03-01"), before[3]]
    changes = changes_between(before, [*after, loaded("new")])
    assert names(changes) == (("gone", "moved"), ("moved", "new"), ("learned",))
    assert [machine.name for machine in changes.machines] == ["moved", "learned", "same", "new"]
    assert str(changes) == (
        "gone no longer listened to; moved, new listened to anew; learned judged by another model"
    )


def test_a_machine_that_moved_is_judged_by_what_was_loaded_for_it() -> None:
    after = loaded("pump", device="hw:2", made="2026-03-01")
    changes = changes_between([loaded("pump")], [after])
    assert changes.machines == changes.begun == (after,)


def test_what_takes_a_restart_is_refused_by_name() -> None:
    before = Config(node=NodeConfig(name="hall"), machine=(MachineConfig(device="hw:1"),))
    require_no_restart(before, replace(before, machine=()))
    after = replace(before, evidence=EvidenceConfig(audio=False), node=NodeConfig(name="attic"))
    with pytest.raises(ConfigurationError, match=r"^\[node\] and \[evidence\] cannot change"):
        require_no_restart(before, after)


def test_a_broker_may_change_and_not_come_or_go() -> None:
    without, here, there = (Config(mqtt=MqttConfig(host=host)) for host in (None, "here", "there"))
    require_no_restart(here, there)
    for before, after in ((without, here), (here, without)):
        with pytest.raises(ConfigurationError, match=r"^\[mqtt\] host cannot be added or taken"):
            require_no_restart(before, after)
