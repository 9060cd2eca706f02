from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.calibrate.fresh import Span, fresh_spans, seen_spans, unbroken
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

    def samples(spans: list[Span]) -> list[int]:
        return [i for s in spans for i in range(s.first_sample, s.first_sample + s.n_samples)]

    assert not set(samples(seen)) & set(samples(fresh))
    assert sorted({*samples(seen), *samples(fresh)}) == list(range(N))
    assert len(samples(fresh)) == len(set(samples(fresh)))


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
