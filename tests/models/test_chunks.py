import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.models.chunks import Chunks


@given(sizes=st.lists(st.integers(0, 25), max_size=12), length=st.integers(1, 10))
def test_pieces_have_one_length_and_lose_no_sample(sizes: list[int], length: int) -> None:
    chunks = Chunks(length)
    stream = np.arange(sum(sizes), dtype=np.float32)
    pieces = [piece for part in np.split(stream, np.cumsum(sizes)) for piece in chunks.push(part)]
    rest = chunks.finish()
    assert all(len(piece) == length for piece in pieces)
    assert len(rest) < length
    np.testing.assert_array_equal(np.concatenate([*pieces, rest]), stream)


def test_nothing_is_left_after_finish() -> None:
    chunks = Chunks(4)
    chunks.push(np.ones(3, dtype=np.float32))
    chunks.finish()
    assert len(chunks.push(np.ones(3, dtype=np.float32))) == 0
