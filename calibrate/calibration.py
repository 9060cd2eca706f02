"""The calibration of a machine: one JSON file that turns a bundle's scores into verdicts."""

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.change import ChangeSettings
from asd_monitor.calibrate.cohort import CohortClips
from asd_monitor.calibrate.confirmation import DecisionSettings
from asd_monitor.calibrate.evidence import Evidence
from asd_monitor.calibrate.regimes import Regime, regime_faults, regime_voices
from asd_monitor.models.attribution import NormalBands
from asd_monitor.models.errors import CalibrationError, ConfigurationError
from asd_monitor.models.files import write_atomically
from asd_monitor.models.fusion import Combination, Fusion, Voice

SCHEMA = 1
MAX_SCORES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Clip scores above which a clip is `warning` or `critical`; ``warning <= critical``."""

    warning: float
    critical: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Mean, median and standard deviation of the clip scores of normal sound."""

    mean: float
    median: float
    std: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRange:
    """Lowest and highest level of normal clips, dBFS."""

    lowest: float
    highest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OffLevels:
    """Levels below which the machine is off, dBFS.

    Attributes:
        clip: of a clip.
        second: of any second in it, so that a clip in which the machine stops is not judged.
    """

    clip: float
    second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Turns the clip scores of one bundle into verdicts about one machine.

    Attributes:
        schema: of the file.
        bundle: fingerprint of the bundle.
        machine: the machine's id.
        created_at: RFC 3339 UTC.
        members: the voices of the bundle's detectors on this machine, and how each is pooled.
        combination: how their standardised scores become one.
        pooling_reason: why windows are pooled so, a sentence; empty where no sound has chosen it.
        clip_s: seconds per clip.
        hop_s: seconds from one clip to the next.
        shortest_clip_s: the shortest clip the thresholds have seen, seconds.
        decision: how clip scores become an event.
        thresholds: of clip scores.
        rule: kind of the rule that set them.
        rule_reason: why that rule, in words.
        rule_detail: the rule's own figures for the critical threshold.
        extrapolated: no observed score is as rare as the budget; a fitted tail is.
        budget: accepted rate of false alarms, as text.
        warning_budget: accepted rate of false warnings, as text.
        evidence: what the thresholds rest on.
        level_dbfs: levels that were normal.
        normal: the clip scores of normal sound in three numbers.
        n_scores: how many clip scores of normal sound there were.
        scores: those scores, ascending, thinned to 2000 at most, for p-values.
        regimes: that were told apart, the quietest first; none where the levels are not known.
        regime_reason: whether each has a scale of its own, a sentence; empty for fewer than two.
        bands: what normal sound scores by mel band; None where the detector cannot attribute.
        clip_bands: the same of normal clips judged as a whole; None where no detector does.
        change: the detector of lasting shifts; None where there is too little sound to set it.
        change_reason: why it is there or not, in words.
        off: levels below which the machine is off; None where that is not known.
        cohort: normal clips beside which each clip is judged; None where all are judged alike.
    """

    schema: int
    bundle: str
    machine: str
    created_at: str
    members: tuple[Voice, ...]
    clip_s: float
    hop_s: float
    shortest_clip_s: float
    decision: DecisionSettings
    thresholds: Thresholds
    rule: str
    rule_reason: str
    rule_detail: dict[str, float]
    extrapolated: bool
    budget: str
    warning_budget: str
    evidence: Evidence
    level_dbfs: LevelRange
    normal: Spread
    n_scores: int
    scores: tuple[float, ...]
    regimes: tuple[Regime, ...] = ()
    bands: NormalBands | None = None
    clip_bands: NormalBands | None = None
    change: ChangeSettings | None = None
    change_reason: str = ""
    off: OffLevels | None = None
    combination: Combination = Combination.MEAN
    cohort: CohortClips | None = None
    pooling_reason: str = ""
    regime_reason: str = ""

    def __post_init__(self) -> None:
        """Check what the types cannot say.

        Raises:
            CalibrationError: a number is not finite or contradicts another.
        """
        fault = next(_faults(self), None)
        if fault is not None:
            raise CalibrationError(f"{fault}; calibrate again.")

    @property
    def fusion(self) -> Fusion:
        """How the bundle's members become one score on this machine."""
        cohort = self.cohort.cohort if self.cohort else None
        regimes = regime_voices(self.regimes)
        return Fusion(self.members, self.combination, cohort, regimes)

    @property
    def clear_level(self) -> float:
        """Clip score below which an open event may end."""
        critical = self.thresholds.critical
        return critical - self.decision.hysteresis * (critical - self.normal.median)


def _faults(calibration: Calibration) -> Iterator[str]:
    thresholds, scores = calibration.thresholds, calibration.scores
    if not all(map(math.isfinite, _numbers(msgspec.to_builtins(calibration)))):
        yield "it holds a number that is not finite"
    if not calibration.normal.median < thresholds.critical:
        yield "its critical threshold is not above the median score of normal sound"
    if not thresholds.warning <= thresholds.critical:
        yield "its warning threshold is above the critical one"
    if not scores or any(low > high for low, high in pairwise(scores)):
        yield "its scores are not a sorted sample"
    if not calibration.members or any(voice.std < 0 for voice in calibration.members):
        yield "its members are missing or impossible"
    yield from regime_faults(calibration.regimes, n_voices=len(calibration.members))
    if len(scores) > calibration.n_scores:
        yield "it holds more scores than it counts"
    if not 0 < calibration.hop_s <= calibration.clip_s:
        yield "its hop is not between 0 and its clip length"
    if not 0 < calibration.shortest_clip_s <= calibration.clip_s:
        yield "its shortest clip is not between 0 and its clip length"
    change = calibration.change
    if change and min(change.std, change.reference, change.limit, change.alarm_level) <= 0:
        yield "its change detector has a number that is not positive"


def _numbers(value: object) -> Iterator[float]:
    """Every number in a tree of JSON values."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, int | float):
        yield value


def thin(scores: NDArray[np.float64]) -> tuple[float, ...]:
    """Sort scores and keep at most 2000 of them at even ranks, lowest and highest included.

    Args:
        scores: ``(n_scores,)``.
    """
    ranks = np.linspace(0, len(scores) - 1, min(len(scores), MAX_SCORES)).round().astype(int)
    return tuple(np.sort(scores)[ranks].tolist())


def p_value(calibration: Calibration, score: float) -> float:
    """How rare a clip score is in normal sound: (1 + scores at least as high) / (n + 1).

    The number of higher scores is scaled up from the thinned sample where there is one. The
    value is never below 1 / (n + 1), for n clips say no more.
    """
    sample, n = calibration.scores, calibration.n_scores
    at_least_as_high = len(sample) - bisect_left(sample, score)
    return (1 + at_least_as_high * n / len(sample)) / (n + 1)


def require_bundle(calibration: Calibration, fingerprint: str) -> None:
    """Refuse a calibration that was made for another bundle.

    Raises:
        CalibrationError: it was.
    """
    if calibration.bundle != fingerprint:
        raise CalibrationError(
            f"The calibration of '{calibration.machine}' was made for the bundle"
            f" {calibration.bundle[:12]} and not for {fingerprint[:12]}; make one for this bundle"
            " with asd-monitor calibrate."
        )


def save_calibration(calibration: Calibration, path: Path) -> None:
    """Write a calibration, wholly or not at all.

    Raises:
        CalibrationError: the file cannot be written.
    """
    data = msgspec.json.format(msgspec.json.encode(calibration), indent=1)
    try:
        write_atomically(path, data + b"\n")
    except OSError as error:
        raise CalibrationError(
            f"The calibration {path} cannot be written ({error.strerror}); choose another place."
        ) from error


def load_calibration(path: Path) -> Calibration:
    """Read a calibration and check everything in it.

    Raises:
        CalibrationError: it is missing, damaged, of another schema, or contradicts itself.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise CalibrationError(
            f"There is no calibration {path}; make one with asd-monitor calibrate."
        ) from error
    except OSError as error:
        raise CalibrationError(
            f"The calibration {path} cannot be read ({error.strerror})."
        ) from error
    try:
        _require_schema(msgspec.json.decode(data, type=_Header).schema)
        return msgspec.json.decode(data, type=Calibration)
    except CalibrationError as error:
        raise CalibrationError(f"The calibration {path} cannot be used: {error}") from error
    except (msgspec.DecodeError, UnicodeError, ConfigurationError) as error:
        raise CalibrationError(
            f"The calibration {path} is damaged ({str(error).rstrip('.')}); calibrate again."
        ) from error


class _Header(msgspec.Struct):
    schema: int


def _require_schema(schema: int) -> None:
    if schema != SCHEMA:
        raise CalibrationError(
            f"its schema is {schema} and this version reads {SCHEMA}; calibrate again."
        )
