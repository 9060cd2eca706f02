"""Progress of long work: a bar on a terminal, plain lines elsewhere, always on stderr."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Column

PLAIN_INTERVAL_S = 10.0
TIME_WIDTH = len("0:00:00")

Advance = Callable[[float, str], None]


@contextmanager
def progress(what: str) -> Iterator[Advance]:
    """Show how far some work has come.

    Args:
        what: the work, in two or three words.

    Yields:
        A function to call with the share done (0 to 1) and a detail in a few words.
    """
    console = Console(stderr=True)
    if console.is_terminal:
        # Where the terminal is narrow the bar gives way, then the detail; never the time left.
        whole = Column(no_wrap=True, min_width=TIME_WIDTH)
        columns = (
            TextColumn("{task.description}", table_column=Column(no_wrap=True)),
            BarColumn(bar_width=None, table_column=Column(ratio=1, min_width=4)),
            TaskProgressColumn(table_column=Column(no_wrap=True, min_width=4)),
            TimeRemainingColumn(table_column=whole),
            TextColumn("[dim]{task.fields[detail]}", table_column=Column(no_wrap=True)),
        )
        # The bar makes room for what is printed beside it, but by printing that itself on stderr:
        # a file or program that stdout leads to would get nothing.
        is_seen = sys.stdout.isatty()
        with Progress(*columns, console=console, redirect_stdout=is_seen, expand=True) as bar:
            task = bar.add_task(what, total=1.0, detail="")
            yield lambda share, detail: bar.update(task, completed=share, detail=detail)
            bar.update(task, completed=1.0)
    else:
        yield _plain_lines(what, console)


def _plain_lines(what: str, console: Console) -> Advance:
    """At most a line every few seconds, so that a log stays readable."""
    last_s = time.monotonic()

    def advance(share: float, detail: str) -> None:
        nonlocal last_s
        now_s = time.monotonic()
        if now_s - last_s >= PLAIN_INTERVAL_S:
            last_s = now_s
            console.print(f"{what}: {share:.0%} {detail}".rstrip(), highlight=False, soft_wrap=True)

    return advance
