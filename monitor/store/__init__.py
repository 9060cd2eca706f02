"""What the monitor remembers, in one SQLite file."""
