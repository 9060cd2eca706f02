"""The bands of frequency in which a stretch of sound is unlike normal, by all who can say. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.attribution import BandExcess, NormalBands, attribute, band_edges_hz
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.clip_attribution import attribute_clips, join
from asd_monitor.models.detector import Attribution, ClipDetector
from asd_monitor.models.scores import ClipScore


class BandFinder:
    """Attributes the excess of a stretch over normal sound to bands.

    The first member of a bundle that judges windows speaks, and the first that judges whole clips,
    where it is known what is normal for them; what both say is joined by what each has carried of
    the score.

    Args:
        bundle: the trained detectors.
        windows: what windows of normal sound score by mel band; None where that is not known.
        clips: what each mel band has of the score of normal clips; None likewise.
    """

    def __init__(
        self, bundle: Bundle, *, windows: NormalBands | None, clips: NormalBands | None
    ) -> None:
        features = bundle.features
        self._windows, self._clips = windows, clips
        self._edges_hz = band_edges_hz(bundle.mel_filters, sample_rate_hz=features.sample_rate_hz)
        self._rate_hz = features.sample_rate_hz
        self._hop_s = features.hop_length / features.sample_rate_hz
        self._window_s = features.window_samples / features.sample_rate_hz
        self._window_judge = _first(bundle, of_clips=False)
        self._clip_judge = _first(bundle, of_clips=True)

    def find(
        self,
        per_bin: NDArray[np.float64] | None,
        clips: Sequence[ClipScore],
        *,
        first_sample: int,
        carried: Mapping[int, float],
    ) -> tuple[BandExcess, ...] | None:
        """Name up to three bands, the one with the largest share of the excess first.

        Args:
            per_bin: the windows' score by mel band, ``(n_windows, n_mels)``; None where there is
                none.
            clips: of the stretch, as the scorer yielded them.
            first_sample: of the stretch, from which times count.
            carried: how much of the score each member has carried
                (`asd_monitor.models.fusion.Fusion.carried`).

        Returns:
            Bands; none where none stands out; None where no member can say.
        """
        said = (
            (self._window_judge, self._by_windows(per_bin)),
            (self._clip_judge, self._by_clips(clips, first_sample)),
        )
        found = [
            (carried.get(judge.place, 0.0), bands)
            for judge, bands in said
            if judge is not None and bands is not None
        ]
        return join(found) if found else None

    def _by_windows(self, per_bin: NDArray[np.float64] | None) -> tuple[BandExcess, ...] | None:
        if self._window_judge is None or self._windows is None or per_bin is None:
            return None
        bands = attribute(
            per_bin, self._windows, self._edges_hz, hop_s=self._hop_s, window_s=self._window_s
        )
        return tuple(replace(band, approximate=self._window_judge.is_approximate) for band in bands)

    def _by_clips(
        self, clips: Sequence[ClipScore], first_sample: int
    ) -> tuple[BandExcess, ...] | None:
        parted = [(clip, clip.per_bin) for clip in clips if clip.per_bin is not None]
        if self._clip_judge is None or self._clips is None or not parted:
            return None
        begins_s = [(clip.first_sample - first_sample) / self._rate_hz for clip, _ in parted]
        ends_s = [
            begin_s + clip.duration_s for begin_s, (clip, _) in zip(begins_s, parted, strict=True)
        ]
        return attribute_clips(
            np.array([per_bin for _, per_bin in parted]),
            self._clips,
            self._edges_hz,
            times_s=list(zip(begins_s, ends_s, strict=True)),
            approximate=self._clip_judge.is_approximate,
        )


@dataclass(frozen=True, slots=True)
class _Judge:
    """A member's place in the bundle, and whether its attribution is approximate."""

    place: int
    is_approximate: bool


def _first(bundle: Bundle, *, of_clips: bool) -> _Judge | None:
    """The first member that judges clips, or windows."""
    return next(
        (
            _Judge(place, member.detector.attribution is Attribution.APPROXIMATE)
            for place, member in enumerate(bundle.members)
            if isinstance(member.detector, ClipDetector) is of_clips
        ),
        None,
    )
