import numpy as np
import pytest

from asd_monitor.monitor.capture.protocol import Message, Moved, Sound
from asd_monitor.monitor.capture.sound_gate import SoundGate


def sound(n: int) -> Sound:
    return Sound(np.zeros(n, np.float32), n, 0)


@pytest.fixture
def sent() -> list[Message]:
    return []


def test_sound_passes_unless_it_is_doubted_and_then_in_its_order(sent: list[Message]) -> None:
    gate = SoundGate(sent.append)
    one, two, three, four = (sound(n) for n in range(1, 5))
    gate(one)
    gate.doubt()
    gate(two)
    gate.doubt()
    gate(three)
    assert sent == [one]
    gate.trust()
    gate(four)
    assert sent == [one, two, three, four]


def test_that_it_was_another_microphone_passes_and_what_was_heard_of_it_does_not(
    sent: list[Message],
) -> None:
    gate = SoundGate(sent.append)
    gate.doubt()
    gate(sound(1))
    moved = Moved("cellar")
    gate(moved)
    gate(sound(2))
    assert sent == [moved]


def test_trust_without_doubt_changes_nothing(sent: list[Message]) -> None:
    gate = SoundGate(sent.append)
    gate.trust()
    only = sound(1)
    gate(only)
    assert sent == [only]
