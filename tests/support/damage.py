"""Files that are damaged on purpose."""

import sqlite3
from contextlib import closing
from pathlib import Path


def damage_middle(path: Path) -> None:
    """Overwrite a little in the middle: the file still opens, and reading it fails there."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 200] = bytes(200)
    path.write_bytes(content)


def damage_store(path: Path) -> bytes:
    """Overwrite a database that others have open, so that they see it; what it holds after that."""
    with closing(sqlite3.connect(path)) as other:
        # What stands in the write-ahead log would hide the damage for a while.
        other.execute("INSERT INTO meta VALUES ('damaged', 1)")
        other.commit()
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    damaged = content[:4096] + bytes(len(content) - 4096)
    path.write_bytes(damaged)
    return damaged
