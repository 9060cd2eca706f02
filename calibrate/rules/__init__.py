"""Threshold rules, one file each; found by their ``kind`` (see `asd_monitor.calibrate.rule`)."""
