from pathlib import Path

from asd_monitor.monitor.arrivals import Arrivals, Sighting

A, B = Path("a.wav"), Path("b.wav")


def small(path: Path = A, n_bytes: int = 1) -> dict[Path, Sighting]:
    return {path: Sighting(n_bytes, 1)}


def test_a_file_is_complete_once_it_has_stayed_the_same_for_long_enough() -> None:
    arrivals = Arrivals({}, settle_s=2)
    assert arrivals.look(small(), now_s=0) == []
    assert arrivals.look(small(n_bytes=2), now_s=1) == []
    assert arrivals.look(small(n_bytes=2), now_s=2.5) == []
    assert arrivals.look(small(n_bytes=2), now_s=3) == [A]
    assert arrivals.unchanged_for_s(A, now_s=4) == 3


def test_it_is_told_again_until_it_is_done_and_then_no_more() -> None:
    arrivals = Arrivals({}, settle_s=0)
    assert arrivals.look(small(), now_s=0) == [A]
    assert arrivals.look(small(), now_s=1) == [A]
    arrivals.done([A])
    assert arrivals.look(small(), now_s=2) == []


def test_a_name_that_is_used_again_is_a_new_file() -> None:
    arrivals = Arrivals({}, settle_s=0)
    arrivals.look(small(), now_s=0)
    arrivals.done([A])
    assert arrivals.look(small(n_bytes=2), now_s=1) == [A]
    arrivals.done([A])
    arrivals.look(small(B), now_s=2)
    assert arrivals.look(small(n_bytes=2), now_s=3) == [A]


def test_a_folder_that_is_empty_for_a_while_brings_nothing_new() -> None:
    arrivals = Arrivals(small(), settle_s=0)
    assert arrivals.look({}, now_s=1) == []
    assert arrivals.look(small(), now_s=2) == []


def test_what_lay_there_before_is_left_alone_until_it_changes() -> None:
    arrivals = Arrivals(small(), settle_s=0)
    assert arrivals.look(small() | small(B), now_s=1) == [B]
    assert arrivals.look(small(n_bytes=2), now_s=2) == [A]
