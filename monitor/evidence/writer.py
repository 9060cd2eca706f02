"""Writes evidence on a thread of its own.

Drawing and encoding take tenths of a second, a slow disk takes seconds; nobody waits for either.
The thread has the urgency of every other: the sandbox of the unit lets nobody change it, and a
thread of less would hold the interpreter while it waits for a processor.
What cannot be written is named in the log and given up: an alarm needs no evidence.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Final

from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.config import EvidenceConfig
from asd_monitor.monitor.events import Kept
from asd_monitor.monitor.evidence.folder import PICTURE, SOUND, EvidenceFolder, name_of
from asd_monitor.monitor.evidence.sound_file import sound_file_of
from asd_monitor.monitor.evidence.take import Take
from asd_monitor.monitor.log_limit import LogLimit

logger = logging.getLogger(__name__)

TIDY_EVERY_S: Final = 3600.0
MOST_WAITING: Final = 8
"""A minute of sound at 48 kHz takes 11 MB: what waits beyond that is given up."""

_SAME_COMPLAINT_EVERY_S: Final = 3600.0


class EvidenceWriter:
    """Takes takes, writes their files, and keeps the folder within its limits.

    Args:
        folder: where to.
        settings: what is kept.
        attach: tells the store what is kept of an event, by its id.
        show: is given the picture of a machine's event, as PNG.
    """

    def __init__(
        self,
        folder: EvidenceFolder,
        settings: EvidenceConfig,
        *,
        attach: Callable[[str, Kept], None],
        show: Callable[[str, bytes], None],
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._attach = attach
        self._show = show
        self._waiting: dict[str, Take] = {}
        self._changed = threading.Condition()
        self._kept: dict[str, Kept] = {}
        self._closing = False
        self._given_up = False
        self._complaints = LogLimit(every_s=_SAME_COMPLAINT_EVERY_S)
        self._thread = threading.Thread(target=self._run, name="evidence", daemon=True)

    def start(self) -> None:
        """Begin; called once."""
        self._thread.start()

    def submit(self, take: Take) -> None:
        """Write a take as soon as there is time, and none of its event that waits still."""
        event_id = take.event.event_id
        with self._changed:
            has_room = event_id in self._waiting or len(self._waiting) < MOST_WAITING
            if has_room:
                self._waiting[event_id] = take
                self._changed.notify()
        if not has_room:
            self._complain(
                "More events come than evidence can be written of; that of some is given up."
            )

    def withdraw(self, event_id: str) -> Kept | None:
        """What lies on the disk of an event, asked once as it ends; None where nothing does yet."""
        return self._kept.pop(event_id, None)

    def close(self, timeout_s: float) -> None:
        """Write what waits, within a time; what is left then is given up."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        self._given_up = True

    def _run(self) -> None:
        self._dare(self._folder.sweep)
        tidy_s = time.monotonic()
        while not self._given_up:
            if time.monotonic() >= tidy_s:
                tidy_s = time.monotonic() + TIDY_EVERY_S
                self._dare(lambda: self._folder.tidy(utc_now()))
            take = self._next(timeout_s=tidy_s - time.monotonic())
            if take is not None:
                self._keep(take)
            elif self._closing:
                return

    def _next(self, *, timeout_s: float) -> Take | None:
        """The take that has waited longest; None where none comes in time, or we are closing."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing, timeout_s)
            oldest = next(iter(self._waiting), None)
            return None if oldest is None else self._waiting.pop(oldest)

    def _keep(self, take: Take) -> None:
        picture = self._picture(take)
        clip = self._put(take, SOUND, self._sound(take))
        kept = Kept(
            clip=clip,
            spectrogram=self._put(take, PICTURE, picture),
            pre_roll_s=round(take.onset_s, 6) if clip else None,
        )
        event = take.event
        if event.is_open:
            self._kept[event.event_id] = kept
        else:
            self._kept.pop(event.event_id, None)
        if picture is not None:
            self._show(event.machine, picture)
        self._dare(lambda: self._attach(event.event_id, kept))

    def _picture(self, take: Take) -> bytes | None:
        # Drawing is not loaded before there is something to draw.
        from asd_monitor.monitor.evidence.picture import picture_of  # noqa: PLC0415

        return picture_of(take)

    def _sound(self, take: Take) -> bytes | None:
        if not self._settings.audio:
            return None
        if self._settings.speech == "drop" and _is_speech_likely(take):
            logger.info(
                "The sound of event %s is not kept: somebody may be speaking in it.",
                take.event.event_id,
            )
            return None
        return sound_file_of(take)

    def _put(self, take: Take, suffix: str, data: bytes | None) -> str | None:
        """Write a file of a take, or remove an earlier one where nothing is to be kept.

        Returns:
            Its path under the folder; None where there is none.
        """
        name = name_of(take.event, suffix)
        try:
            if data is None:
                self._folder.remove(name)
                return None
            if not self._folder.write(name, data):
                self._complain(
                    "There is no room for evidence: the disk is fuller, or the folder smaller, "
                    "than [evidence] min_free_bytes and max_bytes allow."
                )
        except OSError as error:
            self._complain(f"Evidence cannot be written ({error.strerror or error}).")
        return str(name) if self._folder.has(name) else None

    def _dare(self, action: Callable[[], None]) -> None:
        """Do what the outside world may refuse."""
        try:
            action()
        except OSError as error:
            self._complain(f"The evidence folder cannot be tidied ({error.strerror or error}).")
        except sqlite3.OperationalError as error:
            self._complain(f"The store cannot be told what is kept of an event ({error}).")
        except sqlite3.ProgrammingError:
            # The store is closed when the time for writing is over, whatever is being written.
            if not self._given_up:
                raise

    def _complain(self, sentence: str) -> None:
        if self._complaints.is_due(sentence):
            logger.warning("%s", sentence)


def _is_speech_likely(take: Take) -> bool:
    from asd_monitor.monitor.evidence.speech import is_speech_likely  # noqa: PLC0415 - see above

    return is_speech_likely(take.sound.samples, sample_rate_hz=take.sound.sample_rate_hz)
