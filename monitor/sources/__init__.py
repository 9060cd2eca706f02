"""Where samples come from, one file each; found by their ``kind``."""
