import pytest

from asd_monitor.monitor.source import CaptureState
from asd_monitor.monitor.vitals.vitals import SCORED_WITHIN_S
from tests.support.vitals import machine_vitals, vitals


def test_a_machine_that_is_scored_is_well() -> None:
    assert machine_vitals().complaint() is None


@pytest.mark.parametrize("state", [CaptureState.LOST, CaptureState.ENDED])
def test_a_machine_that_is_known_to_be_lost_is_no_fault_of_the_daemon(state: CaptureState) -> None:
    assert machine_vitals(capture=state, scored_age_s=3600.0).complaint() is None
    assert machine_vitals(capture=state, scored_age_s=None).complaint() is None


@pytest.mark.parametrize("state", [CaptureState.STARTING, CaptureState.HEALTHY])
def test_a_machine_that_should_be_scored_and_is_not_is_named(state: CaptureState) -> None:
    old = machine_vitals(capture=state, scored_age_s=SCORED_WITHIN_S + 2)
    assert old.complaint() == "nothing has been scored for 12 s"
    assert machine_vitals(capture=state, scored_age_s=None).complaint()


@pytest.mark.parametrize("state", list(CaptureState))
def test_a_thread_that_hangs_is_never_well(state: CaptureState) -> None:
    assert "hangs" in str(machine_vitals(capture=state, hangs=True).complaint())


def test_complaints_are_by_machine() -> None:
    seen = vitals(machine_vitals(), machine_vitals(machine="fan", scored_age_s=None))
    assert seen.complaints() == {"fan": "nothing has been scored yet"}
