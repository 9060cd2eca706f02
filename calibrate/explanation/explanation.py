"""What makes a recording sound wrong: its scores over time, and the bands that raise them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.band_finder import BandFinder
from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.hertz import say_band
from asd_monitor.calibrate.judge import judge
from asd_monitor.calibrate.level_shift import LevelWatch
from asd_monitor.calibrate.verdict import Severity, Verdict
from asd_monitor.calibrate.whole_file import StreamScores
from asd_monitor.models.attribution import (
    BandExcess,
    NormalBands,
    band_edges_hz,
    quiet_reference,
)
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.errors import AudioError
from asd_monitor.models.frames import frames_of
from asd_monitor.models.fusion import Fusion, voices_of
from asd_monitor.models.recordings import Recording, read_blocks
from asd_monitor.models.scorer import Scorer
from asd_monitor.models.scores import ClipScore, WindowScores

CALIBRATED = "the normal sound of the calibration"
QUIETEST = "the quietest fifth of the recording itself"
WHY_UNKNOWN = (
    "a detector of whole clips compares them with those of a calibration, where they are long "
    "enough to be judged"
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Explanation:
    """A recording's sound and scores, ready to be drawn or told.

    Attributes:
        path: the recording.
        duration_s: its length.
        score: pooled over all its windows; None where nothing can be scored.
        verdict: of the recording as a whole; None without a calibration.
        log_mel: dB, ``(n_frames, n_mels)``.
        frame_hop_s: from one frame to the next.
        edges_hz: of the mel bands, ``(n_mels + 1,)``.
        window_scores: of the first member that judges windows, ``(n_windows,)``.
        window_s: length of a window.
        excess: mean excess over normal by mel band, ``(n_mels,)``, of windows where those are
            judged and of clips otherwise; None where nothing can be attributed.
        clips: clip scores, combined over all members.
        sample_rate_hz: that the clips' positions count at.
        bands: that carry the excess; None where nothing can be attributed.
        compared_with: what was taken for normal, in words.
        is_one_voice: whether window and clip scores have one unit.
    """

    path: Path
    duration_s: float
    score: float | None
    verdict: Verdict | None
    log_mel: NDArray[np.float32]
    frame_hop_s: float
    edges_hz: NDArray[np.float64]
    window_scores: NDArray[np.float64]
    window_s: float
    excess: NDArray[np.float64] | None
    clips: tuple[ClipScore, ...]
    sample_rate_hz: int
    bands: tuple[BandExcess, ...] | None
    compared_with: str
    is_one_voice: bool


def explain(
    recording: Recording, bundle: Bundle, calibration: Calibration | None, *, channel: int | None
) -> Explanation:
    """Score a recording by itself, with the one scorer, and attribute its excess.

    Args:
        recording: of the machine.
        bundle: the trained detectors.
        calibration: of that bundle; None leaves the score without a judgement.
        channel: counted from 0; None mixes all channels.

    Raises:
        AudioError: the recording cannot be read to its end, has no such channel, or is shorter
            than one context window.
    """
    windows, clips, whole = _scored(recording, bundle, calibration, channel)
    features = bundle.features
    hop_s, window_s = (
        samples / features.sample_rate_hz
        for samples in (features.hop_length, features.window_samples)
    )
    edges_hz = band_edges_hz(bundle.mel_filters, sample_rate_hz=features.sample_rate_hz)
    verdict = judge(whole, calibration) if calibration else None
    per_bin = _per_bin(windows)
    normal, compared_with = calibration.bands if calibration else None, CALIBRATED
    if per_bin is not None and normal is None:
        normal, compared_with = quiet_reference(per_bin, hop_s=hop_s), QUIETEST
    normal_clips = calibration.clip_bands if calibration else None
    # Of a clip too short to be judged, each band may have more than in normal ones.
    judged = clips if verdict is not None and verdict.severity is not Severity.UNKNOWN else ()
    return Explanation(
        path=recording.path,
        duration_s=recording.duration_s,
        score=None if np.isnan(whole.score) else whole.score,
        verdict=verdict,
        log_mel=_log_mel(recording, bundle, channel),
        frame_hop_s=hop_s,
        edges_hz=edges_hz,
        window_scores=np.concatenate([np.empty(0), *(part.score[0] for part in windows)]),
        window_s=window_s,
        excess=_mean_excess(per_bin, normal)
        if per_bin is not None
        else _mean_excess(_per_clip(judged), normal_clips),
        clips=clips,
        sample_rate_hz=features.sample_rate_hz,
        bands=BandFinder(bundle, windows=normal, clips=normal_clips).find(
            per_bin,
            judged,
            first_sample=clips[0].first_sample,
            carried=_fusion(bundle, calibration).carried(whole.voices, whole.regime),
        ),
        compared_with=compared_with,
        is_one_voice=_is_one_voice(_fusion(bundle, calibration)),
    )


def say_bands(explanation: Explanation) -> list[str]:
    """The bands in words, a line each: ``excess at 1.9-2.4 kHz from 3.2 s to 4.1 s (63 %)``."""
    if explanation.bands is None:
        return [f"at which frequencies is not known: {WHY_UNKNOWN}"]
    return [
        f"excess at {say_band(band)} from {band.from_s:.1f} s to {band.to_s:.1f} s "
        f"({band.share:.0%})"
        for band in explanation.bands
    ] or ["no band stands out"]


def _scored(
    recording: Recording, bundle: Bundle, calibration: Calibration | None, channel: int | None
) -> tuple[list[WindowScores], tuple[ClipScore, ...], ClipScore]:
    fusion = _fusion(bundle, calibration)
    scorer, scores = _scorer(bundle, fusion, calibration), StreamScores(bundle, fusion)
    levels = LevelWatch(
        calibration.regimes if calibration else (), sample_rate_hz=bundle.features.sample_rate_hz
    )
    windows: list[WindowScores] = []
    clips: list[ClipScore] = []
    for block in [*read_blocks(recording, channel=channel), None]:
        scored = scorer.push(block) if block else scorer.finish()
        heard = [levels.push(clip) for clip in scored.clips]
        scores.keep(scored.windows, heard)
        windows += scored.windows
        clips += heard
    if not any(clip.n_windows for clip in clips):
        faults = sorted({flag.value for clip in clips for flag in clip.quality})
        raise AudioError(
            f"{recording.path} holds nothing to explain ({', '.join(faults) or 'too short'}); "
            "name a recording with a second of sound or more"
        )
    ratio = bundle.features.sample_rate_hz / recording.sample_rate_hz
    whole = scores.whole(
        begin=round(recording.first_sample * ratio),
        end=round(recording.end_sample * ratio),
        duration_s=recording.duration_s,
    )
    return windows, tuple(clips), whole


def _fusion(bundle: Bundle, calibration: Calibration | None) -> Fusion:
    """How members combine; without a calibration the first one speaks alone."""
    if calibration:
        return calibration.fusion
    return Fusion(voices_of(bundle, pooling="mean").voices[:1])


def _is_one_voice(fusion: Fusion) -> bool:
    """Whether a clip's score is in the units of its windows'."""
    return len(fusion.voices) == 1 and fusion.cohort is None


def _scorer(bundle: Bundle, fusion: Fusion, calibration: Calibration | None) -> Scorer:
    if calibration is None:
        return Scorer(bundle, fusion=fusion)
    return Scorer(bundle, clip_s=calibration.clip_s, hop_s=calibration.hop_s, fusion=fusion)


def _per_bin(windows: list[WindowScores]) -> NDArray[np.float64] | None:
    parts = [part.per_bin for part in windows if part.per_bin is not None]
    return np.concatenate(parts) if parts else None


def _mean_excess(
    per_bin: NDArray[np.float64] | None, normal: NormalBands | None
) -> NDArray[np.float64] | None:
    if per_bin is None or normal is None:
        return None
    excess: NDArray[np.float64] = per_bin.mean(axis=0) - np.array(normal.mean)
    return excess


def _per_clip(clips: Sequence[ClipScore]) -> NDArray[np.float64] | None:
    parts = [clip.per_bin for clip in clips if clip.per_bin is not None]
    return np.array(parts) if parts else None


def _log_mel(recording: Recording, bundle: Bundle, channel: int | None) -> NDArray[np.float32]:
    """The frames that were scored, for the picture, ``(n_frames, n_mels)``."""
    parts = (block.samples for block in read_blocks(recording, channel=channel))
    return frames_of(parts, sample_rate_hz=recording.sample_rate_hz, bundle=bundle)
