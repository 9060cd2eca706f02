"""The bands of frequency in which a machine sounds unlike normal, as events name them. Pure."""

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.models.attribution import attribute, band_edges_hz
from asd_monitor.models.bundle import Bundle
from asd_monitor.monitor.events import Band


class BandNamer:
    """Attributes the excess of a stretch of sound to bands, by what is normal for the machine.

    Args:
        bundle: the trained detectors.
        calibration: of that bundle; knows what normal sound scores by mel band.
    """

    def __init__(self, bundle: Bundle, calibration: Calibration) -> None:
        features = bundle.features
        self._normal = calibration.bands
        self._edges_hz = band_edges_hz(bundle.mel_filters, sample_rate_hz=features.sample_rate_hz)
        self._hop_s = features.hop_length / features.sample_rate_hz
        self._window_s = features.window_samples / features.sample_rate_hz

    def name(self, per_bin: NDArray[np.float64] | None) -> tuple[Band, ...] | None:
        """Name up to three bands, the one with the largest share of the excess first.

        Args:
            per_bin: score by mel band, ``(n_windows, n_mels)``; None where the detector cannot
                attribute.

        Returns:
            Bands; none where none stands out; None where the detector cannot attribute, or the
            calibration does not know what is normal in each band.
        """
        if per_bin is None or self._normal is None:
            return None
        found = attribute(
            per_bin, self._normal, self._edges_hz, hop_s=self._hop_s, window_s=self._window_s
        )
        return tuple(
            Band(round(band.low_hz, 1), round(band.high_hz, 1), round(band.share, 3))
            for band in found
        )
