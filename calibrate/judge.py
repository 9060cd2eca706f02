"""From a clip score to a verdict. Pure."""

import math

from asd_monitor.calibrate.calibration import Calibration, OffLevels, p_value
from asd_monitor.calibrate.level_shift import LOUDEST_DB
from asd_monitor.calibrate.regimes import regime_name
from asd_monitor.calibrate.verdict import Severity, Verdict
from asd_monitor.models.fusion import CLIP
from asd_monitor.models.scores import ClipScore, Quality

WARMING_UP = "warming_up"
LEVEL_SHIFT = "level_shift"
MACHINE_OFF = "machine_off"

# One clip can have several faults; the reason given is the one nearest to the cause.
PRECEDENCE = (
    Quality.NOT_FINITE,
    Quality.SILENCE,
    Quality.STUCK,
    Quality.DC_OFFSET,
    Quality.OVERLOAD,
)

# A clip this much shorter than any the thresholds have seen varies more than they allow for.
SHORTEST_SHARE = 0.5

# The score of a member that judges whole clips moves with their length: on `fan`, 8 s instead of
# 10 s raise it by 0.4 standard deviations, 5 s by 1.2 and 2 s by 3.3.
SHORTEST_WHOLE_SHARE = 0.8


def judge(clip: ClipScore, calibration: Calibration) -> Verdict:
    """Judge one clip by itself.

    A clip with a fault of the input or without a score is unknown, and one that is shorter than
    half the shortest clip of the calibration, or than four fifths of it where a member judges
    whole clips. So is every clip while the whole level is shifted, but by more than `LOUDEST_DB`,
    which is critical; and one that is so quiet, for a second or all the time, that the machine
    must be off.

    Args:
        clip: to judge.
        calibration: of the bundle that scored it.
    """
    reason = _reason_unknown(clip, calibration)
    thresholds = calibration.thresholds
    far_too_loud = clip.level_shift_db is not None and clip.level_shift_db > LOUDEST_DB
    if reason is not None:
        severity = Severity.UNKNOWN
    elif far_too_loud or clip.score > thresholds.critical:
        severity = Severity.CRITICAL
    elif clip.score > thresholds.warning:
        severity = Severity.WARNING
    else:
        severity = Severity.NORMAL
    score = None if math.isnan(clip.score) else clip.score
    return Verdict(
        severity=severity,
        reason=reason,
        score=score,
        threshold=thresholds.critical,
        p_value=None if score is None else p_value(calibration, score),
        level_shift_db=clip.level_shift_db,
        regime=None if clip.regime is None else regime_name(clip.regime, len(calibration.regimes)),
    )


def _reason_unknown(clip: ClipScore, calibration: Calibration) -> str | None:
    fault = next((flag for flag in PRECEDENCE if flag in clip.quality), None)
    if fault is not None:
        return fault.value
    too_short = clip.duration_s < _shortest_s(calibration)
    if math.isnan(clip.score) or clip.n_windows == 0 or too_short:
        return WARMING_UP
    if clip.level_shift_db is not None and clip.level_shift_db <= LOUDEST_DB:
        return LEVEL_SHIFT
    return MACHINE_OFF if _is_off(clip, calibration.off) else None


def _is_off(clip: ClipScore, off: OffLevels | None) -> bool:
    if off is None:
        return False
    stops = clip.quietest_dbfs is not None and clip.quietest_dbfs < off.second
    return clip.level_dbfs < off.clip or stops


def _shortest_s(calibration: Calibration) -> float:
    whole = any(voice.pooling == CLIP for voice in calibration.members)
    return (SHORTEST_WHOLE_SHARE if whole else SHORTEST_SHARE) * calibration.shortest_clip_s
