"""What a calibration rests on, and what fresh sound has shown of it since."""

from dataclasses import dataclass, field

from asd_monitor.calibrate.cross_fit import CrossFit
from asd_monitor.calibrate.recorded import Recorded
from asd_monitor.models.provenance import Stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What normal sound that set no threshold has shown of the false alarms.

    Attributes:
        seconds: how much of it could be judged.
        alarms: events that the decision code opened on it.
        most_per_week: false alarms per week that this certifies at 95 % as an upper bound.
        verified_at: of the latest such sound, RFC 3339 UTC.
        stretches: what was judged, so that nothing counts twice.
    """

    seconds: float
    alarms: int
    most_per_week: float
    verified_at: str
    stretches: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the thresholds rest on.

    Attributes:
        fitted_s: seconds of sound the weights were fitted on.
        held_out_s: seconds of normal sound that training has not seen, which set the thresholds.
        clips: clips scored in it.
        blocks: non-overlapping blocks the clips fall into.
        block_s: mean seconds per block.
        alarms: events that the decision code opens on that very sound with these thresholds.
        certified_per_week: upper bound at 95 % that as many alarms in fresh sound would certify.
        left_out_s: seconds of sound that were offered and not used, by the reason.
        flagged: clips not used because of a fault of the input, by fault.
        unreadable: names of files that could not be read.
        stretches: the sound that set the thresholds, so that it cannot verify them.
        recorded: what the recordings cover and what is strange about them; None without any.
        verified: what fresh normal sound has since shown; None before there was any.
        monitored: from when to when (RFC 3339 UTC), of sound that was not recorded but monitored.
        cross_fit: what of it siblings of the bundle have scored; None where they have not.
    """

    fitted_s: float
    held_out_s: float
    clips: int
    blocks: int
    block_s: float
    alarms: int
    certified_per_week: float
    left_out_s: dict[str, float] = field(default_factory=dict)
    flagged: dict[str, int] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    recorded: Recorded | None = None
    verified: Verified | None = None
    monitored: tuple[str, str] | None = None
    cross_fit: CrossFit | None = None
