import ctypes
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from asd_monitor.monitor.events import Clock
from asd_monitor.monitor.vitals.host_clock import host_clock


@pytest.mark.parametrize(
    ("answer", "clock"),
    [(0, Clock.SYNCED), (1, Clock.SYNCED), (4, Clock.SYNCED), (5, Clock.UNSYNCED)],
)
def test_the_kernel_knows_whether_the_clock_is_synchronised(
    monkeypatch: pytest.MonkeyPatch, answer: int, clock: Clock
) -> None:
    library = SimpleNamespace(adjtimex=_answering(answer))
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    assert host_clock() is clock


def test_a_kernel_that_refuses_to_answer_vouches_for_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace(adjtimex=_answering(-1)))
    assert host_clock() is Clock.UNSYNCED


def test_a_system_without_the_call_vouches_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace())
    assert host_clock() is Clock.UNSYNCED


def test_the_call_only_reads_and_has_room_for_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[bytes] = []

    def adjtimex(timex: "ctypes.Array[ctypes.c_char]") -> int:
        given.append(timex.raw)
        return 0

    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace(adjtimex=adjtimex))
    host_clock()
    assert not any(given[0])
    assert len(given[0]) >= 208  # sizeof(struct timex) on 64-bit Linux


def test_this_very_host_can_be_asked() -> None:
    assert host_clock() in set(Clock)


def _answering(answer: int) -> Callable[[object], int]:
    return lambda _: answer
