import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np

from asd_monitor.monitor.capture.protocol import (
    CaptureProtocolError,
    Failed,
    FrameDecoder,
    Message,
    Opened,
    Sound,
    pack,
)

SOUNDS = st.builds(
    Sound,
    st_np.arrays(np.float32, st.integers(0, 50)),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 2**32 - 1),
)
MESSAGES = (
    st.builds(Opened, st.integers(1, 2**32 - 1), st.text()) | SOUNDS | st.builds(Failed, st.text())
)


def same(one: Message, other: Message) -> bool:
    if isinstance(one, Sound) and isinstance(other, Sound):
        return (
            one.samples.tobytes() == other.samples.tobytes()
            and one.captured_at_ns == other.captured_at_ns
            and one.lost_samples == other.lost_samples
        )
    return one == other


@given(messages=st.lists(MESSAGES, max_size=5), data=st.data())
def test_messages_survive_any_cutting_of_the_stream(
    messages: list[Message], data: st.DataObject
) -> None:
    stream = b"".join(pack(message) for message in messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    decoder = FrameDecoder()
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    decoded = [message for piece in pieces for message in decoder.feed(piece)]
    assert len(decoded) == len(messages)
    assert all(same(one, other) for one, other in zip(decoded, messages, strict=True))


@pytest.mark.parametrize(
    "frame",
    [
        b"ALSA lib pcm.c: something",
        struct.pack("<4sBBxxI", b"ASDC", 2, 1, 0),
        struct.pack("<4sBBxxI", b"ASDC", 1, 9, 0),
        struct.pack("<4sBBxxI", b"ASDC", 1, 1, 0),
        struct.pack("<4sBBxxI", b"ASDC", 1, 3, 2**32 - 1),
        struct.pack("<4sBBxxI", b"ASDC", 1, 3, 1) + b"\xff",
        struct.pack("<4sBBxxI", b"ASDC", 1, 2, 13) + b"\x00" * 13,
    ],
)
def test_what_is_no_frame_is_refused(frame: bytes) -> None:
    with pytest.raises(CaptureProtocolError):
        FrameDecoder().feed(frame)
