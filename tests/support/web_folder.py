"""A folder on a web server of this host."""

from http.server import SimpleHTTPRequestHandler


class QuietFolder(SimpleHTTPRequestHandler):
    """Serves the files of a folder and does not talk about it."""

    def log_message(self, *_: object) -> None:
        """Keep quiet."""
