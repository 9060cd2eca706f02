"""Detectors, one file each; found by their ``kind`` (see `asd_monitor.models.detector`)."""
