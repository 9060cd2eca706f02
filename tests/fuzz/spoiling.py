"""Files that were valid once: cut, with bits flipped, with parts of them moved."""

from hypothesis import strategies as st


@st.composite
def spoilt(draw: st.DrawFn, *seeds: bytes) -> bytes:
    """One of the seeds, after up to four accidents."""
    content = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 4))):
        if not content:
            break
        at = draw(st.integers(0, len(content) - 1))
        match draw(st.sampled_from(["cut", "flip", "splice", "insert", "repeat"])):
            case "cut":
                del content[at:]
            case "flip":
                content[at] ^= 1 << draw(st.integers(0, 7))
            case "splice":
                other = draw(st.sampled_from(seeds))
                content[at:] = other[draw(st.integers(0, len(other))) :]
            case "insert":
                content[at:at] = draw(st.binary(min_size=1, max_size=16))
            case _:
                length = draw(st.integers(1, 64))
                content[at:at] = content[at : at + length]
    return bytes(content)
