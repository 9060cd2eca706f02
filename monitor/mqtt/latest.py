"""What a broker keeps for who comes later: the latest message of each topic, and what is due."""

import threading
from collections.abc import Iterable


class LatestMessages:
    """A later message takes the place of an earlier one of its topic; every thread may use it."""

    def __init__(self) -> None:
        self._latest: dict[str, bytes] = {}
        self._due: dict[str, None] = {}
        self._lock = threading.Lock()

    def put(self, topic: str, payload: bytes) -> None:
        """Have it published."""
        with self._lock:
            self._latest[topic] = payload
            self._due[topic] = None

    def forget(self, topics: Iterable[str]) -> None:
        """Publish them no more."""
        with self._lock:
            for topic in topics:
                self._latest.pop(topic, None)
                self._due.pop(topic, None)

    def repeat_all(self) -> None:
        """Have all that is known published again, in the order in which it was first said."""
        with self._lock:
            self._due = dict.fromkeys(self._latest)

    def repeat(self, topics: Iterable[str]) -> None:
        """Have what is known of some topics published again."""
        with self._lock:
            self._due |= dict.fromkeys(self._latest.keys() & set(topics))

    def take_due(self) -> list[tuple[str, bytes]]:
        """The topics and messages to be published now, which are not due any more."""
        with self._lock:
            due = [(topic, self._latest[topic]) for topic in self._due]
            self._due.clear()
        return due
