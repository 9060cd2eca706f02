"""The bands of frequency in which a machine sounds unlike normal, as events name them. Pure."""

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.band_finder import BandFinder
from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.scores import ClipScore
from asd_monitor.monitor.events import Band


class BandNamer:
    """Attributes the excess of a stretch of sound to bands, by what is normal for the machine.

    Args:
        bundle: the trained detectors.
        calibration: of that bundle; knows what normal sound scores by mel band, and how the
            members' scores become one.
    """

    def __init__(self, bundle: Bundle, calibration: Calibration) -> None:
        self._finder = BandFinder(bundle, windows=calibration.bands, clips=calibration.clip_bands)
        self._fusion = calibration.fusion

    def name(self, per_bin: NDArray[np.float64] | None, clip: ClipScore) -> tuple[Band, ...] | None:
        """Name up to three bands, the one with the largest share of the excess first.

        Args:
            per_bin: score of the stretch's windows by mel band, ``(n_windows, n_mels)``; None
                where no detector of windows attributes.
            clip: the abnormal clip of the stretch.

        Returns:
            Bands; none where none stands out; None where no detector can attribute, or the
            calibration does not know what is normal in each band.
        """
        found = self._finder.find(
            per_bin,
            [clip],
            first_sample=clip.first_sample,
            carried=self._fusion.carried(clip.voices, clip.regime),
        )
        if found is None:
            return None
        return tuple(
            Band(
                low_hz=round(band.low_hz, 1),
                high_hz=round(band.high_hz, 1),
                share=round(band.share, 3),
                approximate=band.approximate,
            )
            for band in found
        )
