"""Normal sound as it has been scored: what a calibration is made of."""

from dataclasses import dataclass

from asd_monitor.calibrate.cross_fit import CrossFit
from asd_monitor.calibrate.durations import say_duration
from asd_monitor.calibrate.normal.left_out import Failure, LeftOut, left_out_seconds
from asd_monitor.calibrate.regimes import Regime
from asd_monitor.calibrate.unlike import Unlike
from asd_monitor.models.attribution import NormalBands
from asd_monitor.models.bundle import Stretch
from asd_monitor.models.errors import AudioError, InsufficientSoundError
from asd_monitor.models.fusion import Fusion
from asd_monitor.models.recordings import Recording
from asd_monitor.models.scores import ClipScore


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalSound:
    """Normal sound that training has not seen, scored.

    Attributes:
        sessions: consecutive usable clips, one tuple per unbroken stretch; none is empty.
        seconds: sound that the clips cover.
        left_out: what was offered and not scored.
        flagged: clips that were not used because of a fault of the input, or because the machine
            was off, by the reason.
        failures: files that could not be read.
        sample_rate_hz: rate of the clips' ``first_sample``.
        clip_s: nominal length of a clip.
        hop_s: from one clip's beginning to the next's.
        fusion: how the members of the bundle were pooled and combined.
        bands: what was scored by mel band; None where the detector cannot attribute.
        clip_bands: what each mel band has of the score of whole clips, likewise.
        regimes: the operating regimes in it, by their level; none where that is not known.
        off_below_dbfs: level below which clips were not used, for the machine was off; None where
            nobody said.
        recordings: the files that hold each session; empty where nobody knows.
        stretches: what was scored, so that it is known again.
        unlike: files that were left out because they score unlike the rest.
        strangest: clips of the strangest sounds of that level
            (`asd_monitor.calibrate.reach.strangest`).
        cross_fit: what of it siblings of the bundle have scored; None where they have not.
        pooling_reason: why windows are pooled as they are, in a sentence; empty where the user
            has said how, or there was nothing to choose.
    """

    sessions: tuple[tuple[ClipScore, ...], ...]
    seconds: float
    left_out: tuple[LeftOut, ...]
    flagged: dict[str, int]
    failures: tuple[Failure, ...]
    sample_rate_hz: int
    clip_s: float
    hop_s: float
    fusion: Fusion
    bands: NormalBands | None = None
    clip_bands: NormalBands | None = None
    regimes: tuple[Regime, ...] = ()
    off_below_dbfs: float | None = None
    recordings: tuple[tuple[Recording, ...], ...] = ()
    stretches: tuple[Stretch, ...] = ()
    unlike: tuple[Unlike, ...] = ()
    strangest: tuple[ClipScore, ...] = ()
    cross_fit: CrossFit | None = None
    pooling_reason: str = ""

    @property
    def clips(self) -> tuple[ClipScore, ...]:
        """The clips of all sessions."""
        return tuple(clip for session in self.sessions for clip in session)

    @property
    def seen_s(self) -> float:
        """Seconds that were left out because training has seen them."""
        return sum(left_out.seconds for left_out in self.left_out if left_out.seen)


def require_some(sound: NormalSound) -> None:
    """Let nothing pass of which nothing is left to calibrate on.

    Raises:
        AudioError: no recording could be read.
        InsufficientSoundError: all that could be read was left out; names the reasons.
    """
    if sound.sessions:
        return
    if sound.failures and not sound.left_out and not sound.flagged:
        raise AudioError(f"None of the recordings can be read; {sound.failures[0].message}")
    causes = [
        f"{say_duration(seconds)} because {reason}"
        for reason, seconds in left_out_seconds(sound.left_out).items()
    ]
    causes += [f"{n} clips because of {fault}" for fault, n in sound.flagged.items()]
    causes += [f"{failure.path.name} because it cannot be read" for failure in sound.failures]
    train_again = ", or train again and leave some of this out (--hold-out, --cross-fit)"
    raise InsufficientSoundError(
        f"No sound is left to calibrate on (left out: {', '.join(causes) or 'sound too short'});"
        f" record more normal sound{train_again if sound.seen_s else ''}."
    )
