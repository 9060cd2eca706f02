import os

import pytest

from asd_monitor.models.cores import n_cores


def test_only_cores_that_this_process_may_use_are_counted() -> None:
    assert n_cores() == len(os.sched_getaffinity(0))


def test_a_system_without_affinity_has_all_its_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert n_cores() == 3
