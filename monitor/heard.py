"""What listening has verified: hours judged and alarms opened, by calibration."""

import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.outcome import JudgedClip
from asd_monitor.monitor.store.database import Database
from asd_monitor.monitor.store.marks import Opinion

WRITE_EVERY_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a machine's listening has shown of one calibration.

    Attributes:
        seconds: sound that was judged, not unknown, while no event was open.
        alarms: events that opened and that nobody has marked as true.
    """

    seconds: float = 0.0
    alarms: int = 0


class HeardSound:
    """How long machines have been judged by each of their calibrations.

    A calibration is known by the time at which it was made. A power cut may lose the latest
    seconds, which only makes the evidence weaker.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, machine: str, calibration: str, *, seconds: float) -> None:
        """Count more sound.

        Raises:
            sqlite3.OperationalError: the disk is full or the file is held by another process.
        """
        with self._database.transaction(durable=False) as transaction:
            transaction.execute(
                "INSERT INTO heard VALUES (?, ?, ?) ON CONFLICT (machine, calibration)"
                " DO UPDATE SET seconds = seconds + excluded.seconds",
                (machine, calibration, seconds),
            )

    def of(self, machine: str, calibration: str) -> Heard:
        """What has been heard under a calibration, by what people think of the events now."""
        rows = self._database.query(
            "SELECT seconds FROM heard WHERE machine = ? AND calibration = ?", machine, calibration
        )
        ((alarms,),) = self._database.query(
            """SELECT count(*) FROM events LEFT JOIN marks USING (event_id)
            WHERE machine = ? AND json_extract(event, '$.calibration') = ?
            AND json_extract(event, '$.severity') = ? AND opinion IS NOT ?""",
            machine,
            calibration,
            Severity.CRITICAL,
            Opinion.TRUE_ALARM,
        )
        return Heard(seconds=float(rows[0][0]) if rows else 0.0, alarms=int(alarms))


class HeardMeter:
    """Counts the sound that a machine was judged on, and writes it down every minute or so."""

    def __init__(self, machine: str, heard: HeardSound) -> None:
        """Start with nothing.

        Args:
            machine: its id.
            heard: where to write.
        """
        self._machine = machine
        self._heard = heard
        self._calibration: str | None = None
        self._seconds = 0.0
        self._until: datetime | None = None

    def count(self, judged: JudgedClip, *, calibration: str, counts: bool) -> None:
        """Take the next clip; only what it holds beyond the one before is new.

        Args:
            judged: in order of time.
            calibration: it was judged by.
            counts: whether its machine could open an event.
        """
        if calibration != self._calibration:
            self.write()
            self._calibration = calibration
        new_s = judged.clip.duration_s
        if self._until is not None:
            new_s = min(new_s, max(0.0, (judged.ended_at - self._until).total_seconds()))
        self._until = judged.ended_at
        if counts and judged.verdict.severity is not Severity.UNKNOWN:
            self._seconds += new_s
        if self._seconds >= WRITE_EVERY_S:
            self.write()

    def write(self) -> None:
        """Write what was counted; where that fails, it is tried again with what follows."""
        if self._calibration is None or not self._seconds:
            return
        # The journal names a store that cannot be written.
        with suppress(sqlite3.OperationalError):
            self._heard.add(self._machine, self._calibration, seconds=self._seconds)
            self._seconds = 0.0
