"""From recordings to the clip scores of normal sound that training has not seen."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, compress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.clip_length import clip_length_s
from asd_monitor.calibrate.cohort import beside_cohort
from asd_monitor.calibrate.cross_fit import CrossFit
from asd_monitor.calibrate.cross_fitted import score_shares
from asd_monitor.calibrate.durations import say_duration
from asd_monitor.calibrate.fresh import Span
from asd_monitor.calibrate.gathering import (
    Failure,
    Gathering,
    LeftOut,
    Progress,
    ScoredRun,
    covered_s,
    left_out_seconds,
)
from asd_monitor.calibrate.judge import MACHINE_OFF
from asd_monitor.calibrate.pooling_choice import (
    AUTO,
    PoolingChoice,
    choose,
    draft,
    places_of,
    pooling_of,
)
from asd_monitor.calibrate.reach import strangest
from asd_monitor.calibrate.regimes import Regime, regime_voices
from asd_monitor.calibrate.unlike import Unlike, deviations, to_leave_out
from asd_monitor.models.attribution import NormalBands
from asd_monitor.models.bundle import Bundle, Stretch
from asd_monitor.models.errors import AudioError, InsufficientSoundError
from asd_monitor.models.fusion import Combination, Fusion
from asd_monitor.models.recordings import Recording, find_recordings, group_sessions
from asd_monitor.models.scorer import CLIP_S
from asd_monitor.models.scores import ClipScore

CALIBRATED = "calibrated"
"""The role of a stretch that has set thresholds."""


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


def collect(
    paths: Sequence[Path],
    bundle: Bundle,
    *,
    siblings: Sequence[Bundle] = (),
    channel: int | None,
    clip_s: float = CLIP_S,
    hop_s: float = 1.0,
    pooling: str | None = None,
    off_below_dbfs: float | None = None,
    combination: Combination = Combination.MEAN,
    keep_all: bool = False,
    nearest: int | None = None,
    progress: Progress | None = None,
) -> NormalSound:
    """Score the normal sound among recordings that training has not seen.

    Left out are the stretches that the bundle's provenance names, whether they fitted the weights
    or chose the epoch, second copies of a file, and what is left of a partly seen stretch where
    that is shorter than a clip. What only the bundle's siblings have not seen is scored by the
    first of them that has not. A file that cannot be read is named and the others are done.

    Args:
        paths: files and folders of normal sound.
        bundle: the trained detector.
        siblings: of the bundle, each trained without a block (`asd_monitor.models.siblings`).
        channel: counted from 0; None mixes all channels.
        clip_s: length of a clip, whole seconds; where the recordings are shorter, that of the
            recordings (`asd_monitor.calibrate.clip_length`).
        hop_s: from one clip's beginning to the next's, whole seconds; at most a clip.
        pooling: of members that judge windows, see `asd_monitor.models.pooling.pool`; ``auto``
            for what suits the machine (`asd_monitor.calibrate.pooling_choice`); None for the
            papers' mean where there is one member, and the lower quartile otherwise.
        off_below_dbfs: leave out clips quieter than that, for the machine is off in them.
        combination: of several voices.
        keep_all: keep the few files that score unlike the rest
            (`asd_monitor.calibrate.unlike`).
        nearest: judge each clip beside so many normal clips that are most like it
            (`asd_monitor.calibrate.cohort`); None for all alike.
        progress: told how far the work has come.

    Raises:
        AudioError: a path does not exist, or no recording can be read.
        InsufficientSoundError: nothing is left that training has not seen, or too little for a
            cohort.
    """
    rate_hz = bundle.features.sample_rate_hz
    gathering = Gathering(
        sample_rate_hz=rate_hz,
        off_below_dbfs=-math.inf if off_below_dbfs is None else off_below_dbfs,
        keeps_spectra=nearest is not None,
    )
    networks = (bundle, *siblings)
    found = find_recordings(paths)
    spans = gathering.shared_out(found, [network.provenance.stretches for network in networks])
    clip_s = clip_length_s(_session_lengths_s(chain.from_iterable(spans)), longest_s=clip_s)
    runs = [gathering.runs(of_one, clip_s=clip_s) for of_one in spans]
    fusion = draft(bundle, pooling=pooling, combination=combination)
    scored, cross_fit = score_shares(
        gathering,
        list(zip(networks, runs, strict=True)),
        fusion,
        clip_s=clip_s,
        hop_s=hop_s,
        channel=channel,
        progress=progress,
    )
    scored = _in_order(scored, found)
    choice = None
    if pooling_of(bundle, pooling) == AUTO:
        fusion, scored, choice = _chosen(fusion, scored, gathering)
    regimes = gathering.levels.regimes()
    fusion = replace(fusion, regimes=regime_voices(regimes))
    unlike: tuple[Unlike, ...] = ()
    if not keep_all:
        scored, unlike = _without_unlike(scored, fusion, gathering)
    parts = [
        (clips, run.recordings) for run in scored for clips in gathering.usable_runs(run.clips)
    ]
    sessions = tuple(clips for clips, _ in parts)
    strange: tuple[ClipScore, ...] = ()
    if sessions:
        fusion, sessions = _fused(fusion, sessions)
        if nearest is not None:
            fusion, sessions = beside_cohort(
                fusion, sessions, nearest=nearest, clip_s=clip_s, hop_s=hop_s
            )
        sessions = tuple(
            tuple(replace(clip, spectrum_db=None) for clip in clips) for clips in sessions
        )
        level_dbfs = float(np.median([clip.level_dbfs for clips in sessions for clip in clips]))
        strange = strangest(bundle, fusion, clip_s=clip_s, hop_s=hop_s, level_dbfs=level_dbfs)
    sound = NormalSound(
        sessions=sessions,
        recordings=tuple(recordings for _, recordings in parts),
        seconds=sum(
            covered_s(filter(gathering.is_usable, run.clips), sample_rate_hz=rate_hz)
            for run in scored
        ),
        stretches=gathering.stretches(chain.from_iterable(runs), role=CALIBRATED),
        unlike=unlike,
        strangest=strange,
        left_out=tuple(gathering.left_out),
        flagged=_flagged(scored, gathering),
        failures=tuple(gathering.failures),
        sample_rate_hz=rate_hz,
        clip_s=clip_s,
        hop_s=hop_s,
        fusion=fusion,
        bands=gathering.bands.bands(),
        clip_bands=gathering.clip_bands.bands(),
        regimes=regimes,
        off_below_dbfs=off_below_dbfs,
        cross_fit=cross_fit,
        pooling_reason=choice.said() if choice else "",
    )
    _require_some(sound)
    return sound


def _in_order(scored: Iterable[ScoredRun], paths: Sequence[Path]) -> list[ScoredRun]:
    """Runs in the order in which their files were found, whoever scored them."""
    place = {path: number for number, path in enumerate(paths)}

    def key(run: ScoredRun) -> tuple[int, int]:
        return place[run.recordings[0].path], run.clips[0].first_sample

    return sorted(scored, key=key)


def _chosen(
    fusion: Fusion, scored: Sequence[ScoredRun], gathering: Gathering
) -> tuple[Fusion, list[ScoredRun], PoolingChoice | None]:
    """Keep the voices of the pooling that the usable clips speak for."""
    usable = [clip for run in scored for clip in run.clips if gathering.is_usable(clip)]
    choice = choose(fusion, np.array([clip.voices for clip in usable]))
    if choice is None:
        return fusion, list(scored), None
    places = places_of(fusion, choice.pooling)
    kept = [
        replace(run, clips=tuple(_of_voices(clip, places) for clip in run.clips)) for run in scored
    ]
    return fusion.only(places), kept, choice


def _of_voices(clip: ClipScore, places: Sequence[int]) -> ClipScore:
    return replace(clip, voices=tuple(clip.voices[place] for place in places if clip.voices))


def _without_unlike(
    scored: list[ScoredRun], fusion: Fusion, gathering: Gathering
) -> tuple[list[ScoredRun], tuple[Unlike, ...]]:
    """Leave out the few single files that score so unlike the rest that they may be no normal."""
    usable = [
        (run, clips) for run in scored if (clips := [*filter(gathering.is_usable, run.clips)])
    ]
    if not usable:
        return scored, ()
    _, sessions = _fused(fusion, tuple(tuple(clips) for _, clips in usable))
    scores = [float(np.median([clip.score for clip in session])) for session in sessions]
    is_left_out = to_leave_out(scores)
    unlike = []
    for (run, _), distance in compress(
        zip(usable, deviations(scores), strict=True), is_left_out & _is_single(usable)
    ):
        scored = [other for other in scored if other is not run]
        gathering.leave_out(run.recordings[0], "it sounds unlike the rest")
        unlike.append(Unlike(name=run.recordings[0].path.name, deviations=float(distance)))
    return scored, tuple(unlike)


def _is_single(usable: Sequence[tuple[ScoredRun, object]]) -> NDArray[np.bool_]:
    return np.array([len(run.recordings) == 1 for run, _ in usable])


def _session_lengths_s(spans: Iterable[Span]) -> list[float]:
    """Of the recording sessions that spans are of, what training has seen included."""
    recordings = dict.fromkeys(span.recording for span in spans)
    return [sum(each.duration_s for each in session) for session in group_sessions(recordings)]


def _flagged(scored: Sequence[ScoredRun], gathering: Gathering) -> dict[str, int]:
    unusable = (clip for run in scored for clip in run.clips if not gathering.is_usable(clip))
    return dict(sorted(Counter(fault for clip in unusable for fault in _faults(clip)).items()))


def _faults(clip: ClipScore) -> list[str]:
    """Why a clip was not used: faults of the input, or that the machine was off."""
    if clip.n_windows == 0 and not clip.quality:
        return []
    return [flag.value for flag in clip.quality] or [MACHINE_OFF]


def _fused(
    fusion: Fusion, sessions: tuple[tuple[ClipScore, ...], ...]
) -> tuple[Fusion, tuple[tuple[ClipScore, ...], ...]]:
    """Standardise the voices on these clips, and combine the clips' voices anew."""
    voices = np.array([clip.voices for session in sessions for clip in session])
    standardised = fusion.standardised_on(voices)
    return standardised, tuple(
        tuple(_settled(clip, standardised) for clip in session) for session in sessions
    )


def _settled(clip: ClipScore, fusion: Fusion) -> ClipScore:
    regime = None if clip.spectrum_db is None else fusion.regime_of(clip.spectrum_db)
    return replace(clip, score=fusion.fuse(clip.voices, regime), regime=regime)


def _require_some(sound: NormalSound) -> None:
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
