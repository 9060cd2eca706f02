"""Everything that needs torch or librosa: fitting detectors to normal sound."""
