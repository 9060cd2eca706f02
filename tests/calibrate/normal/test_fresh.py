from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.calibrate.normal.fresh import Span, fresh_spans, seen_spans, share_out, unbroken
from asd_monitor.models.bundle import Stretch
from asd_monitor.models.recordings import Recording

N = 1000


def _recording(
    name: str = "a.wav", *, session: str | None = None, first_sample: int = 0
) -> Recording:
    return Recording(
        path=Path(name),
        sample_rate_hz=100,
        n_channels=1,
        n_samples=N,
        session=session,
        first_sample=first_sample,
        recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def _stretch(first_sample: int, n_samples: int) -> Stretch:
    return Stretch(
        sha256="ab", name="a.wav", first_sample=first_sample, n_samples=n_samples, role="fitted"
    )


@given(st.lists(st.tuples(st.integers(0, N + 50), st.integers(0, N)), max_size=5))
def test_every_sample_is_either_seen_or_fresh(stretches: list[tuple[int, int]]) -> None:
    recording = _recording()
    seen = [span for span, _ in seen_spans(recording, [_stretch(*s) for s in stretches])]
    fresh = fresh_spans(recording, seen)
    assert not set(_samples(seen)) & set(_samples(fresh))
    assert sorted({*_samples(seen), *_samples(fresh)}) == list(range(N))
    assert len(_samples(fresh)) == len(set(_samples(fresh)))


def _samples(spans: list[Span]) -> list[int]:
    return [i for s in spans for i in range(s.first_sample, s.first_sample + s.n_samples)]


seen_by_one = st.lists(st.tuples(st.integers(0, N + 50), st.integers(0, N)), max_size=3)


@given(st.lists(seen_by_one, min_size=1, max_size=4))
def test_every_sample_goes_to_the_first_network_that_has_not_seen_it(
    seen_by: list[list[tuple[int, int]]],
) -> None:
    stretches = [[_stretch(*s) for s in of_one] for of_one in seen_by]
    given_to, left = share_out(_recording(), stretches)
    unseen = [
        set(range(N)) - set(_samples([span for span, _ in seen_spans(_recording(), of_one)]))
        for of_one in stretches
    ]
    taken: set[int] = set()
    for spans, own in zip(given_to, unseen, strict=True):
        assert sorted(_samples(spans)) == sorted(own - taken)
        taken |= own
    assert set(_samples([span for span, _ in left])) == set(range(N)) - taken


def test_files_of_one_session_join_where_nothing_is_missing_between() -> None:
    first, second, third = (
        _recording(f"{i}.wav", session="s", first_sample=i * N) for i in range(3)
    )
    tail = Span(first, 600, 400)
    whole = Span(second, 0, N)
    late = Span(third, 10, N - 10)
    assert unbroken([tail, whole, late]) == [[tail, whole], [late]]


def test_files_without_a_session_never_join() -> None:
    spans = [Span(_recording(name), 0, N) for name in ("a.wav", "b.wav")]
    assert unbroken(spans) == [[span] for span in spans]
