import json

import pytest

from asd_monitor.monitor.pulse import source_of

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
