"""How a line of the log is written: for the journal, or for programs. Formatters only."""

import logging
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from asd_monitor.models.timestamps import format_utc

# Levels of logging as priorities of syslog(3), which journald reads at the beginning of a line.
_PRIORITIES: Final = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4))
_INFO: Final = 6
_OF_EVERY_RECORD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JournalFormatter(logging.Formatter):
    """``<4>name: message``, the prefix on every line of it; the journal adds time and host.

    sd-daemon(3), "SD_WARNING".
    """

    def __init__(self) -> None:
        super().__init__("%(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Write the record, each line with its priority."""
        prefix = f"<{_priority(record.levelno)}>"
        return "\n".join(prefix + line for line in super().format(record).splitlines())


class JsonFormatter(logging.Formatter):
    """One JSON object on one line: ``ts, level, logger, message``, and what ``extra`` gave."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record; a traceback becomes the field ``traceback``."""
        fields: dict[str, Any] = {
            "ts": format_utc(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        extra = {k: v for k, v in vars(record).items() if k not in _OF_EVERY_RECORD}
        return msgspec.json.encode(fields | extra, enc_hook=str).decode()


def _priority(level: int) -> int:
    return next((priority for least, priority in _PRIORITIES if level >= least), _INFO)
