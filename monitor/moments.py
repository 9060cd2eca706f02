"""When an event began and ended, from the scores around the clips that opened and closed it.

Clips are ten seconds long and are confirmed, so that one clip knows these moments only roughly;
windows know them to a fraction of a second. A window counts as abnormal above the middle between
normal sound and the event's own highest clip, which a moderate threshold would put too low for a
strong fault and then date its end by ordinary fluctuations.

Where the windows do not show the event (their pooled score may be deaf to short sounds, or the
member that found it judges whole clips) the sequence of clips dates it to a second or two: clips
advance by a second, so what made the first abnormal one abnormal lies in its last second.
"""

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.onset import EstimatedEnd, estimate_end, estimate_onset
from asd_monitor.calibrate.transition import Transition
from asd_monitor.models.fusion import CLIP, MEAN, Voice
from asd_monitor.monitor.history import Stretch

ABNORMAL_WINDOWS: Final = 93
"""The level of an event is the highest mean of so many windows, three seconds at the usual hop: of
fewer, the highest is mostly chance."""


@dataclass(frozen=True, slots=True)
class _Levels:
    """What scores are compared with: those of normal sound, and those of the event."""

    normal: float
    abnormal: float


@dataclass(frozen=True, slots=True)
class Peak:
    """The highest clip of an event.

    Attributes:
        score: of the clip.
        voices: the scores that it combined; empty where they are not known.
    """

    score: float
    voices: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Abnormal:
    """What an event has been like up to an interruption: a gap, or a fault of the input.

    After it the scores before it cannot be looked back at.

    Attributes:
        end: where it was last abnormal.
        level: score of its windows where they were most abnormal.
    """

    end: EstimatedEnd = field(default_factory=EstimatedEnd)
    level: float = float("-inf")


def onset_sample(
    transition: Transition, *, windows: Stretch, clips: Stretch, calibration: Calibration
) -> int:
    """Where an event began.

    Args:
        transition: the opening.
        windows: the window scores before it.
        clips: the clip scores up to the deciding clip.
        calibration: tells what is normal.

    Returns:
        First sample of what is abnormal, at the model's rate. A lasting shift knows its own.
    """
    if transition.estimated_sample is not None:
        return transition.estimated_sample
    peak = Peak(transition.peak_score, transition.peak_voices)
    levels = _window_levels(peak, windows, calibration)
    if levels is not None and len(windows.score):
        return _first_abnormal(windows, levels)
    if not len(clips.score):
        return transition.clip.first_sample
    normal, critical = calibration.normal.mean, calibration.thresholds.critical
    begin = _first_abnormal(clips, _Levels(normal, critical))
    return begin + max(0, clips.window_samples - clips.hop_samples)


def last_abnormal(
    peak: Peak,
    *,
    windows: Stretch,
    clips: Stretch,
    calibration: Calibration,
    before: Abnormal | None = None,
) -> Abnormal:
    """Where an open event was last abnormal.

    Args:
        peak: of the event so far.
        windows: the window scores since the last interruption, from the onset or later.
        clips: the clip scores likewise.
        calibration: tells what is normal.
        before: what was found at that interruption.
    """
    before = before or Abnormal()
    levels = _window_levels(peak, windows, calibration)
    if levels is not None and len(windows.score):
        level = max(levels.abnormal, before.level)
        end = _last_abnormal(windows, _Levels(levels.normal, level), before.end)
        return Abnormal(end, level)
    if not len(clips.score):
        return before
    end = _last_abnormal(clips, _Levels(calibration.normal.mean, peak.score), before.end)
    if end.sample is None or end.sample == before.end.sample:
        return replace(before, end=end)
    # A clip that is half as abnormal as the event at its highest is abnormal in one half.
    return replace(before, end=replace(end, sample=end.sample - clips.window_samples // 2))


def end_sample(
    transition: Transition,
    *,
    windows: Stretch,
    clips: Stretch,
    calibration: Calibration,
    before: Abnormal | None = None,
) -> int:
    """Where an event ended: `onset_sample` mirrored.

    Args:
        transition: the closing.
        windows: the window scores before it, from the onset or later.
        clips: the clip scores up to the deciding clip.
        calibration: tells what is normal.
        before: what was known where the session was last interrupted within the event.

    Returns:
        The sample after the last that is abnormal. A lasting shift knows its own.
    """
    if transition.estimated_sample is not None:
        return transition.estimated_sample
    peak = Peak(transition.peak_score, transition.peak_voices)
    found = last_abnormal(
        peak, windows=windows, clips=clips, calibration=calibration, before=before
    )
    if found.end.sample is not None:
        return found.end.sample
    return windows.first_sample if len(windows.score) else transition.sample


def _first_abnormal(stretch: Stretch, levels: _Levels) -> int:
    return estimate_onset(
        stretch.score,
        first_sample=stretch.first_sample,
        hop_samples=stretch.hop_samples,
        normal_mean=levels.normal,
        critical=levels.abnormal,
    )


def _last_abnormal(stretch: Stretch, levels: _Levels, before: EstimatedEnd) -> EstimatedEnd:
    return estimate_end(
        stretch.score,
        first_sample=stretch.first_sample,
        hop_samples=stretch.hop_samples,
        window_samples=stretch.window_samples,
        normal_mean=levels.normal,
        critical=levels.abnormal,
        before=before,
    )


def _window_levels(peak: Peak, windows: Stretch, calibration: Calibration) -> _Levels | None:
    """In units of the first member that judges windows; None where that does not see the event."""
    normal, voices = calibration.normal, calibration.members
    if calibration.fusion.is_by_regime:
        return None  # windows of several regimes have no level in common
    if len(voices) == 1 and voices[0].pooling != CLIP and calibration.cohort is None:
        abnormal = max(calibration.thresholds.critical, peak.score)
        return _levels(voices[0], windows, calibration) or _Levels(normal.mean, abnormal)
    for voice, score in zip(voices, peak.voices, strict=False):
        if voice.pooling != CLIP:
            seen = score > voice.mean + 2 * voice.std
            own = _levels(voice, windows, calibration)
            return (own or _Levels(voice.mean, score)) if seen else None
    return None


def _levels(voice: Voice, windows: Stretch, calibration: Calibration) -> _Levels | None:
    """The levels of single windows, where their pooled score has others.

    A low quantile of the windows lies below most normal ones and hardly rises with a fault that
    spares every third window, so it says nothing of where single windows stand.

    Returns:
        The mean of normal windows, and of the most abnormal seconds; None where they are pooled by
        their mean, or it is not known how normal ones score.
    """
    bands = calibration.bands
    if voice.pooling == MEAN or bands is None or not len(windows.score):
        return None
    n = min(ABNORMAL_WINDOWS, len(windows.score))
    seconds = np.convolve(windows.score, np.full(n, 1 / n), mode="valid")
    return _Levels(float(np.mean(bands.mean)), float(seconds.max()))
