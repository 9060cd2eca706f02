"""When Home Assistant starts, it says so; our machines are then introduced to it once more."""

import random
from collections.abc import Iterable
from typing import Final

STATUS_TOPIC: Final = "homeassistant/status"
BIRTH: Final = b"online"
LONGEST_WAIT_S = 10.0


class BirthWatch:
    """Remembers a birth until it is time to answer it.

    The time is chosen by chance, so that the clients of a broker do not all speak at once, and one
    answer is enough for all births before it.
    """

    def __init__(self) -> None:
        self._answer_at_s: float | None = None

    def hear(self, payloads: Iterable[bytes], *, now_s: float) -> None:
        """Take what came on `STATUS_TOPIC`.

        Args:
            payloads: in order.
            now_s: monotonic time.
        """
        if self._answer_at_s is None and BIRTH in payloads:
            wait_s = random.uniform(0.0, LONGEST_WAIT_S)  # noqa: S311 - nothing secret
            self._answer_at_s = now_s + wait_s

    def is_due(self, *, now_s: float) -> bool:
        """Whether to answer now; the answer yes counts as having answered."""
        if self._answer_at_s is None or now_s < self._answer_at_s:
            return False
        self._answer_at_s = None
        return True
