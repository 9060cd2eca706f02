"""Where the log goes, and how it looks there: a terminal, the journal, or another program."""

import enum
import logging
import os
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.logging import RichHandler

from asd_monitor.models.timestamps import format_utc
from asd_monitor.monitor.log_format import JournalFormatter, JsonFormatter
from asd_monitor.monitor.log_limit import LogLimit, RepetitionFilter

_SAME_LINE_EVERY_S: Final = 300.0
_LINES_KEPT: Final = 1000


class LogFormat(enum.StrEnum):
    """How lines of the log are written."""

    TEXT = "text"
    JOURNAL = "journal"
    JSON = "json"


def usual_format() -> LogFormat:
    """``journal`` where systemd leads standard error to the journal, else ``text``.

    systemd.exec(5), "$JOURNAL_STREAM": device and inode of the stream it has set up; a program
    whose standard error was led elsewhere since finds others there.
    """
    stream = os.environ.get("JOURNAL_STREAM")
    if stream is None:
        return LogFormat.TEXT
    error = os.fstat(sys.stderr.fileno())
    is_journal = stream == f"{error.st_dev}:{error.st_ino}"
    return LogFormat.JOURNAL if is_journal else LogFormat.TEXT


def start_logging(form: LogFormat | None = None) -> None:
    """Log to standard error, no line more than once in 5 min.

    Args:
        form: of the lines; None for the usual one.
    """
    _log_to(_handler(form or usual_format()))


@contextmanager
def keeping_the_log() -> Iterator[deque[str]]:
    """Keep the newest lines of the log while something else has the terminal, then print them.

    Yields:
        The lines, the newest last; they grow.
    """
    lines: deque[str] = deque(maxlen=_LINES_KEPT)
    _log_to(_LineKeeper(lines))
    try:
        yield lines
    finally:
        sys.stderr.writelines(f"{line}\n" for line in lines)


class _LineKeeper(logging.Handler):
    def __init__(self, lines: deque[str]) -> None:
        super().__init__()
        self._lines = lines
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line; those of events and states begin with their own time."""
        line = self.format(record)
        is_dated = hasattr(record, "severity")
        at = datetime.fromtimestamp(record.created, UTC)
        self._lines.append(line if is_dated else f"{format_utc(at)} {line}")


def _log_to(handler: logging.Handler) -> None:
    handler.addFilter(RepetitionFilter(LogLimit(every_s=_SAME_LINE_EVERY_S)))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _handler(form: LogFormat) -> logging.Handler:
    console = Console(stderr=True)
    if form is LogFormat.TEXT and console.is_terminal:
        handler = RichHandler(console=console, show_path=False, log_time_format="%H:%M:%S")
        handler.setFormatter(logging.Formatter("%(message)s"))
        return handler
    plain = logging.StreamHandler()
    plain.setFormatter(_formatter(form))
    return plain


def _formatter(form: LogFormat) -> logging.Formatter:
    match form:
        case LogFormat.JSON:
            return JsonFormatter()
        case LogFormat.JOURNAL:
            return JournalFormatter()
        case LogFormat.TEXT:
            return logging.Formatter("%(levelname)s %(name)s: %(message)s")
