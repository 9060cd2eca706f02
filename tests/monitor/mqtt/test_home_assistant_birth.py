import random

import pytest

from asd_monitor.monitor.mqtt.home_assistant_birth import BirthWatch


@pytest.fixture(autouse=True)
def _wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: (low + high) / 2)


def test_a_birth_is_answered_once_after_the_wait() -> None:
    watch = BirthWatch()
    watch.hear([b"online"], now_s=100.0)
    assert not watch.is_due(now_s=104.9)
    assert watch.is_due(now_s=105.0)
    assert not watch.is_due(now_s=200.0)


def test_births_before_the_answer_share_it() -> None:
    watch = BirthWatch()
    watch.hear([b"online"], now_s=100.0)
    watch.hear([b"offline", b"online"], now_s=104.0)
    assert watch.is_due(now_s=105.0)
    assert not watch.is_due(now_s=200.0)


def test_a_death_is_not_answered() -> None:
    watch = BirthWatch()
    watch.hear([b"offline"], now_s=100.0)
    assert not watch.is_due(now_s=200.0)
