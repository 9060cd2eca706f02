"""A source that need not be there yet: it is looked for until it is found, then listened to."""

import logging
import queue
import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import ClassVar

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.errors import DeviceError
from asd_monitor.monitor.back_off import DEFAULT_BACK_OFF, BackOff
from asd_monitor.monitor.source import TICK_S, CaptureState, CaptureStatus, Source

logger = logging.getLogger(__name__)


class AwaitedSource:
    """Finds what may be missing when a service starts, and listens to it from then on.

    The search has a thread of its own, because a sound system that hangs takes its time to answer.

    Args:
        find: finds the source; raises `DeviceError` as long as it is not there.
        name: what is looked for.
        back_off: pauses between two looks.
    """

    kind: ClassVar[str] = "microphone"

    def __init__(
        self, find: Callable[[], Source], *, name: str, back_off: BackOff = DEFAULT_BACK_OFF
    ) -> None:
        self._find = find
        self._back_off = back_off
        self._found: Source | None = None
        self._searching = CaptureStatus(state=CaptureState.STARTING, name=name)

    @property
    def status(self) -> CaptureStatus:
        """Of the source once it is found; until then ``lost`` after the first look in vain."""
        return self._found.status if self._found else self._searching

    def blocks(self, stop: threading.Event) -> Generator[AudioBlock | None, None, None]:
        """Yield None until the source is found, then what it yields."""
        given_up = threading.Event()
        results: queue.Queue[Source] = queue.Queue()
        # Daemonic and never joined: it may be in the middle of a question to the sound system.
        threading.Thread(
            target=self._search, args=(given_up, results), name="search", daemon=True
        ).start()
        try:
            while self._found is None and not stop.is_set():
                with suppress(queue.Empty):
                    self._found = results.get(timeout=TICK_S)
                yield None
        finally:
            given_up.set()
        if self._found is not None:
            yield from self._found.blocks(stop)

    def _search(self, given_up: threading.Event, results: "queue.Queue[Source]") -> None:
        failures = 0
        while not given_up.is_set():
            try:
                results.put(self._find())
            except DeviceError as error:
                failures += 1
                self._miss(error)
                given_up.wait(self._back_off.pause_s(failures))
            else:
                return

    def _miss(self, error: DeviceError) -> None:
        if str(error) != self._searching.last_error:
            logger.warning("%s; looking for it again and again", error)
        self._searching = CaptureStatus(
            state=CaptureState.LOST, name=self._searching.name, last_error=str(error)
        )
