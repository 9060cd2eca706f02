"""The live view of a data folder, drawn again and again on somebody's terminal."""

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console, RenderableType
from rich.text import Text

from asd_monitor.models.errors import AsdMonitorError
from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.cli.live_view import Frame, live_view
from asd_monitor.monitor.cli.snapshot import Snapshot, take_snapshot


class LiveScreen:
    """Draws what a data folder holds now; what cannot be read now is said, over the last view.

    Args:
        data: the folder.
        console: its size is that of the view.
        footer: the last line.
        log: gives the newest lines of the log.
    """

    def __init__(
        self,
        data: Path,
        console: Console,
        *,
        footer: str,
        log: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._data = data
        self._console = console
        self._footer = footer
        self._log = log
        self._last: Snapshot | None = None

    def draw(self) -> RenderableType:
        """The view as it is now."""
        footer = self._footer
        try:
            self._last = take_snapshot(self._data, now=utc_now())
        except AsdMonitorError as error:
            footer = str(error)
        if self._last is None:
            return Text(footer)
        width, height = self._console.size
        return live_view(
            self._last, Frame(width=width, height=height, log=self._log(), footer=footer)
        )
