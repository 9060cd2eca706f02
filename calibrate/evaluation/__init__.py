"""How well detectors tell anomalous from normal sound, on labelled recordings."""
