"""Where judgements go, one file each; found by their ``kind``."""
