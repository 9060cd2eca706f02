"""Tables on the terminal: plain columns, never cut, so that what they hold can be copied."""

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table


def new_table(*names: str) -> Table:
    """A table with these columns and no rows."""
    return Table(*names, box=None, pad_edge=False, header_style="dim")


def show(table: Table) -> None:
    """Print a table on standard output, as wide as it is."""
    console = Console()
    unlimited = console.options.update(width=10_000)
    console.width = max(1, Measurement.get(console, unlimited, table).maximum)
    console.print(table, crop=False)
