"""One detector tried on one machine's labelled recordings, as it would be used on that machine."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.calibrate import CalibrationSettings, calibrate
from asd_monitor.calibrate.evaluation.labelled import LabelledMachine
from asd_monitor.calibrate.layouts import Domain
from asd_monitor.calibrate.normal.collect import CollectSettings, collect
from asd_monitor.calibrate.whole_file import StreamScores
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.errors import AudioError, InsufficientSoundError
from asd_monitor.models.fusion import Fusion, voices_of
from asd_monitor.models.recordings import Recording, file_sha256, open_recording, read_blocks
from asd_monitor.models.same_sound import sound_sha256
from asd_monitor.models.scorer import CLIP_S, Scorer
from asd_monitor.models.scores import ClipScore

Progress = Callable[[float, str], None]
"""Called with the share done (0 to 1) and the file that is being scored."""


@dataclass(frozen=True, slots=True)
class ScoredFile:
    """A test recording with its label and score.

    Attributes:
        path: the recording.
        is_anomalous: its label.
        score: pooled over all its windows; higher is worse.
        domain: its conditions; None where nobody says.
    """

    path: Path
    is_anomalous: bool
    score: float
    domain: Domain | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a detector made of a machine's recordings.

    Attributes:
        detector: its name.
        kind: type of machine.
        machine_id: which one of its type.
        files: those that have a score.
        threshold: critical threshold that the calibration on held-out normal sound set; None where
            there was too little of that.
        notes: how windows came to be pooled, and what could not be done or used; a sentence each.
    """

    detector: str
    kind: str
    machine_id: str
    files: tuple[ScoredFile, ...]
    threshold: float | None
    notes: tuple[str, ...]

    @property
    def are_target(self) -> NDArray[np.bool_] | None:
        """Which normal files are of the target domain; None where not all say their domain."""
        domains = [file.domain for file in self.files if not file.is_anomalous]
        if not domains or None in domains:
            return None
        return np.array([domain is Domain.TARGET for domain in domains])

    def scores(self, *, anomalous: bool) -> NDArray[np.float64]:
        """The scores of one class, ``(n_files,)``."""
        return np.array([file.score for file in self.files if file.is_anomalous is anomalous])


def try_out(
    detector: str,
    bundle: Bundle,
    machine: LabelledMachine,
    settings: CalibrationSettings,
    *,
    channel: int | None,
    created_at: datetime,
    progress: Progress | None = None,
) -> Trial:
    """Calibrate a detector on a machine's normal sound and score its test recordings.

    Each recording is scored by itself, as `replay` scores one, with the one scorer. What has a
    fault of the input, cannot be read or was trained on is left out and said.

    Args:
        detector: its name in tables and files.
        bundle: the trained detector.
        machine: its recordings.
        settings: of the calibration.
        channel: counted from 0; None mixes all channels.
        created_at: the time to note in the calibration, with a time zone.
        progress: told how far the work has come.

    Raises:
        AudioError: no recording can be read.
        InsufficientSoundError: several detectors are to be combined, and there is no normal sound
            to standardise their scores on.
        ConfigurationError: the budget is beyond any use.
        CalibrationError: the scores of normal sound do not vary.
    """
    limits = _calibrated(bundle, machine, settings, channel, created_at)
    notes = [limits.pooling_reason] if limits.pooling_reason else []
    if limits.why_none:
        notes.append(f"no threshold: {limits.why_none}")
    stretches = bundle.provenance.stretches
    seen = {each for stretch in stretches for each in (stretch.sha256, stretch.sound) if each}
    files, trained_on = [], []
    for n_done, file in enumerate(machine.test, start=1):
        try:
            recording = open_recording(file.path)
            if seen.isdisjoint({file_sha256(file.path), sound_sha256(recording)}):
                score = _score(recording, bundle, limits, channel=channel)
                files.append(ScoredFile(file.path, file.is_anomalous, score, file.domain))
            else:
                trained_on.append(file.path)
        except AudioError as error:
            notes.append(f"left out: {error}")
        if progress is not None:
            progress(n_done / len(machine.test), file.path.name)
    notes += _say_trained_on(trained_on)
    if not files:
        raise AudioError(f"no test recording of {machine.name} can be scored; {notes[-1]}")
    return Trial(
        detector=detector,
        kind=machine.kind,
        machine_id=machine.machine_id,
        files=tuple(files),
        threshold=limits.threshold,
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    """How a machine's recordings are scored and why so, and the threshold or why there is none."""

    fusion: Fusion
    pooling_reason: str = ""
    clip_s: float = CLIP_S
    threshold: float | None = None
    why_none: str | None = None


def _calibrated(
    bundle: Bundle,
    machine: LabelledMachine,
    settings: CalibrationSettings,
    channel: int | None,
    created_at: datetime,
) -> _Limits:
    if not machine.train:
        if len(bundle.members) > 1:
            raise InsufficientSoundError(
                f"{bundle.kind} combines several detectors and needs normal sound of "
                f"{machine.name} to compare their scores by; put some into a folder train"
            )
        alone = voices_of(bundle, pooling="mean")
        return _Limits(fusion=alone, why_none="there is no normal sound beside the tested")
    normal = collect(machine.train, bundle, CollectSettings(channel=channel))
    limits = _Limits(
        fusion=normal.fusion, pooling_reason=normal.pooling_reason, clip_s=normal.clip_s
    )
    try:
        made = calibrate(normal, bundle, settings, machine="machine", created_at=created_at)
    except InsufficientSoundError as error:
        return replace(limits, why_none=str(error))
    return replace(limits, fusion=made.fusion, threshold=made.thresholds.critical)


def _say_trained_on(paths: Sequence[Path]) -> list[str]:
    """One sentence, for they may be all that training had."""
    if not paths:
        return []
    which = f"{paths[0]} was" if len(paths) == 1 else f"{len(paths)} files, {paths[0]} first, were"
    return [f"left out: {which} trained on and can test nothing"]


def _score(recording: Recording, bundle: Bundle, limits: _Limits, *, channel: int | None) -> float:
    whole = _score_recording(recording, bundle, limits, channel=channel)
    if whole.quality or math.isnan(whole.score):
        faults = ", ".join(sorted(whole.quality)) or "too short"
        raise AudioError(f"{recording.path} cannot be judged ({faults})")
    return whole.score


def _score_recording(
    recording: Recording, bundle: Bundle, limits: _Limits, *, channel: int | None
) -> ClipScore:
    """Score a recording by itself, as one clip of all its windows.

    Raises:
        AudioError: it cannot be read to its end, or has no such channel.
    """
    scorer = Scorer(bundle, clip_s=limits.clip_s, fusion=limits.fusion)
    scores = StreamScores(bundle, limits.fusion)
    for block in read_blocks(recording, channel=channel):
        scored = scorer.push(block)
        scores.keep(scored.windows, scored.clips)
    scored = scorer.finish()
    scores.keep(scored.windows, scored.clips)
    rate_hz, ratio = bundle.features.sample_rate_hz, recording.sample_rate_hz
    return scores.whole(
        begin=round(recording.first_sample * rate_hz / ratio),
        end=round(recording.end_sample * rate_hz / ratio),
        duration_s=recording.duration_s,
    )


def notes_of(trials: Sequence[Trial]) -> list[str]:
    """What the trials have to say, each sentence once with whom it concerns."""
    return [
        f"{trial.detector} on {trial.kind} {trial.machine_id}: {note}"
        for trial in trials
        for note in trial.notes
    ]
