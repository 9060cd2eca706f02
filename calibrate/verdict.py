"""What is said about a clip."""

import enum
from dataclasses import dataclass


class Severity(enum.StrEnum):
    """How wrong a machine sounds. ``UNKNOWN`` means that nothing can be said, never 'normal'."""

    NORMAL = "normal"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one clip by itself, before confirmation.

    Attributes:
        severity: the clip's own severity; an event opens only where several clips agree.
        reason: why nothing can be said, where ``severity`` is unknown; else None.
        score: the clip score, or None where there is none.
        threshold: the critical threshold the score was compared with.
        p_value: (1 + calibration scores at least as high) / (n + 1), or None without a score.
        level_shift_db: by how much the whole level has shifted for good, where it has; it explains
            a severity of ``unknown``, or of ``critical`` below the threshold.
        regime: the way of running that the clip is in (`asd_monitor.calibrate.regimes`); None
            where the calibration tells none apart, or the clip has no score.
    """

    severity: Severity
    reason: str | None
    score: float | None
    threshold: float
    p_value: float | None
    level_shift_db: float | None = None
    regime: str | None = None
