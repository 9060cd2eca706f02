"""Blocks of time: what is left out of the training of each sibling network."""

from dataclasses import dataclass

MIN_BLOCKS = 2

MAX_BLOCKS = 10
"""More cost more time than they bring sound: each network has nine tenths of it already."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of time, as shares of all seconds of sound, 0 to 1.

    Attributes:
        begin: its first moment.
        end: the moment after it.
    """

    begin: float
    end: float


def blocks_of_time(n: int, *, hold_out: float) -> tuple[Block, ...]:
    """Cut what is not held out into blocks of equal length, in the order of time.

    Args:
        n: how many.
        hold_out: share of all seconds at the end that belongs to none.
    """
    used = 1 - hold_out
    return tuple(Block(used * i / n, used * (i + 1) / n) for i in range(n))
