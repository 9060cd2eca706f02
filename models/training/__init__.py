"""Everything that needs torch, librosa or numba: fitting detectors to normal sound."""
