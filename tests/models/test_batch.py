import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from asd_monitor.models.batch import Scores, ScoringBatch, Windows
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.scorer import Scorer
from asd_monitor.models.scores import Scored
from tests.models.test_scorer import assert_same, score_session
from tests.support.bundles import tiny_ensemble
from tests.support.daemons import wait_until
from tests.support.sounds import hum

LONGEST_S = 10.0


def sharing(cores: int) -> Bundle:
    """A bundle whose machines must gather where there are more of them than cores."""
    bundle = tiny_ensemble()
    members = [replace(member, batch=ScoringBatch(cores=cores)) for member in bundle.members]
    return replace(bundle, members=tuple(members))


@settings(max_examples=15, deadline=None)
@given(
    cores=st.integers(1, 2),
    lengths_s=st.lists(st.floats(0.1, 5.0), min_size=2, max_size=6),
    data=st.data(),
)
def test_machines_that_share_a_bundle_score_to_the_last_bit_as_each_alone(
    cores: int, lengths_s: list[float], data: st.DataObject
) -> None:
    bundle = sharing(cores)
    sounds = [hum(round(s * 16_000), seed=seed) for seed, s in enumerate(lengths_s)]
    cuts = [data.draw(st.lists(st.integers(0, len(s)), max_size=6)) for s in sounds]
    begin = threading.Barrier(len(sounds))

    def listen(index: int) -> Scored:
        scorer = Scorer(bundle, clip_s=2)
        begin.wait(LONGEST_S)
        return score_session(sounds[index], cuts=cuts[index], scorer=scorer)

    with ThreadPoolExecutor(len(sounds)) as pool:
        together = list(pool.map(listen, range(len(sounds))))
    for sound, scored in zip(sounds, together, strict=True):
        assert_same(scored, score_session(sound, scorer=Scorer(tiny_ensemble(), clip_s=2)))


class Detector:
    """Scores a window by its first value, and can be held up.

    Attributes:
        threads: which thread scored which value, in order.
    """

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.threads: dict[float, int] = {}

    def score_windows(self, windows: Windows) -> Scores:
        value = float(windows[0, 0, 0])
        self.threads[value] = threading.get_ident()
        if value == 0:
            assert self.goes_on.wait(LONGEST_S)
        if value < 0:
            raise FloatingPointError(value)
        return np.array([value]), None


def second(value: float) -> NDArray[np.float32]:
    return np.full((1, 5, 4), value, np.float32)


def scored_as_zero(windows: Windows) -> Scores:
    return np.zeros(len(windows)), None


def is_long(batch: ScoringBatch, n_waiting: int) -> bool:
    return len(batch._waiting) == n_waiting


@contextmanager
def asked_of(
    detector: Detector, batch: ScoringBatch, *values: float
) -> Iterator[list[Future[Scores]]]:
    """Each value by a thread of its own, the later ones while the first, 0, is being scored."""
    with ThreadPoolExecutor(1 + len(values)) as pool:
        first = pool.submit(batch.score, detector.score_windows, second(0))
        wait_until(lambda: 0 in detector.threads)
        others = []
        for value in values:
            others.append(pool.submit(batch.score, detector.score_windows, second(value)))
            wait_until(partial(is_long, batch, len(others)))
        detector.goes_on.set()
        yield [first, *others]


def test_what_comes_while_a_second_is_scored_is_scored_in_one_batch() -> None:
    detector, batch = Detector(), ScoringBatch(cores=1)
    with asked_of(detector, batch, 1, 2, 3) as asked:
        scores = [each.result(LONGEST_S)[0].item() for each in asked]
    assert scores == [0, 1, 2, 3], "each has its own"
    assert list(detector.threads) == [0, 1, 2, 3], "in the order in which they came"
    assert len({detector.threads[value] for value in (1, 2, 3)}) == 1


def test_a_batch_that_fails_leaves_nobody_waiting() -> None:
    detector, batch = Detector(), ScoringBatch(cores=1)
    with asked_of(detector, batch, 1, -1, 2) as (first, leading, bad, other):
        assert [each.result(LONGEST_S)[0].item() for each in (first, other)] == [0, 2]
        for failed in (leading, bad):
            with pytest.raises(FloatingPointError):
                failed.result(LONGEST_S)
    assert batch.score(detector.score_windows, second(4))[0].item() == 4, "and it goes on"


def test_nobody_waits_while_there_is_a_core_to_spare() -> None:
    detector, batch = Detector(), ScoringBatch(cores=2)
    with ThreadPoolExecutor(1) as pool:
        held_up = pool.submit(batch.score, detector.score_windows, second(0))
        wait_until(lambda: 0 in detector.threads)
        assert batch.score(detector.score_windows, second(1))[0].item() == 1
        detector.goes_on.set()
        held_up.result(LONGEST_S)


def test_every_core_is_to_spare_again_however_often_threads_have_met() -> None:
    batch, n_cores, n_threads = ScoringBatch(cores=2), 2, 3

    def ask_often(_thread: int) -> None:
        for _ in range(3000):
            batch.score(scored_as_zero, second(0))

    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads meet between any two steps
    try:
        with ThreadPoolExecutor(n_threads) as pool:
            list(pool.map(ask_often, range(n_threads)))
    finally:
        sys.setswitchinterval(usual_s)
    together = threading.Barrier(n_cores)

    def with_the_other(windows: Windows) -> Scores:
        together.wait(LONGEST_S)
        return scored_as_zero(windows)

    with ThreadPoolExecutor(n_cores) as pool:
        asked = [pool.submit(batch.score, with_the_other, second(0)) for _ in range(n_cores)]
        assert [each.result(LONGEST_S)[0].item() for each in asked] == [0, 0]
