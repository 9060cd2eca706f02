"""Files as a part of a page, so that the page is all there is to hand on."""

import base64
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 40_000_000
"""Together: browsers and mail programs refuse pages that are much larger."""

_MEDIA_TYPES: Final = {".flac": "audio/flac", ".wav": "audio/wav", ".png": "image/png"}


class Embedder:
    """Turns files into addresses that hold them, as long as there is room.

    Args:
        folder: under which the files lie.
        most_bytes: of all files together, before they are encoded.
    """

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._room_bytes = most_bytes

    def address(self, name: str | None) -> str | None:
        """The file as a ``data:`` address; None where there is none, or no room left for it.

        Args:
            name: of the file under the folder.
        """
        if name is None:
            return None
        path = self._folder / name
        kind = _MEDIA_TYPES.get(path.suffix.lower())
        try:
            if kind is None or path.stat().st_size > self._room_bytes:
                return None
            data = path.read_bytes()
        except OSError:
            return None  # kept no longer, or not to be read by us: the page names it
        self._room_bytes -= len(data)
        return f"data:{kind};base64,{base64.b64encode(data).decode()}"
