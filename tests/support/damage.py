"""Files that are damaged on purpose."""

from pathlib import Path


def damage_middle(path: Path) -> None:
    """Overwrite a little in the middle: the file still opens, and reading it fails there."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 200] = bytes(200)
    path.write_bytes(content)
