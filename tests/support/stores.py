"""A store in trouble."""

from collections.abc import Iterator
from contextlib import contextmanager

from asd_monitor.monitor.store.store import Store


@contextmanager
def unwritable(store: Store) -> Iterator[None]:
    """SQLite refuses every write, as it does on a full disk."""
    store._database.query("PRAGMA query_only = ON")
    try:
        yield
    finally:
        store._database.query("PRAGMA query_only = OFF")
