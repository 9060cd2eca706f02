import json
import os
import select

import pytest

from asd_monitor.monitor.capture.pulse import LOOK_ANYWAY_S, LOOK_EVERY_S, _look_until, source_of

SOURCES = json.dumps([{"index": 0, "name": "attic"}, {"index": 4, "name": "cellar"}]).encode()


def recordings(*pids_and_sources: tuple[int, int]) -> bytes:
    return json.dumps(
        [
            {"index": 7, "source": source, "properties": {"application.process.id": str(pid)}}
            for pid, source in pids_and_sources
        ]
    ).encode()


def test_the_source_of_a_recording_is_that_of_its_process() -> None:
    answer = recordings((10, 0), (11, 4))
    assert source_of(answer, SOURCES, pid=10) == "attic"
    assert source_of(answer, SOURCES, pid=11) == "cellar"


@pytest.mark.parametrize(
    "answer", [b"", b"{}", b"[]", b'[{"source": 0}]', recordings((12, 0)), recordings((10, 9))]
)
def test_what_the_server_does_not_tell_is_unknown(answer: bytes) -> None:
    assert source_of(answer, SOURCES, pid=10) is None


def test_an_answer_without_sources_is_unknown() -> None:
    assert source_of(recordings((10, 0)), b"", pid=10) is None


def do_nothing() -> None:
    """Whether the sound is held back meanwhile is another matter."""


def waited_s(
    monkeypatch: pytest.MonkeyPatch, changes: int, *, seen: list[str | None]
) -> list[float]:
    """How long each wait may last that comes before the next look; the last one sees a move."""
    patience: list[float] = []

    def wait(watched: list[int], _: object, __: object, timeout_s: float) -> object:
        patience.append(timeout_s)
        return really_wait(watched, [], [], 0)

    really_wait = select.select
    monkeypatch.setattr("asd_monitor.monitor.capture.pulse.select.select", wait)
    looks = iter(seen)
    where = _look_until(
        lambda: next(looks), wanted="attic", changes=changes, doubt=do_nothing, trust=do_nothing
    )
    assert where == "cellar"
    return patience


def test_a_server_that_tells_of_changes_is_asked_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    seen = ["attic", None, "attic", "cellar"]
    try:
        assert waited_s(monkeypatch, reading, seen=seen) == [LOOK_EVERY_S, *[LOOK_ANYWAY_S] * 2]
    finally:
        os.close(reading)
        os.close(writing)


def test_a_server_that_tells_nothing_any_more_is_asked_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading, writing = os.pipe()
    os.close(writing)
    try:
        patience = waited_s(monkeypatch, reading, seen=["attic", "attic", "attic", "cellar"])
        assert patience == [LOOK_EVERY_S] * 3
    finally:
        os.close(reading)
