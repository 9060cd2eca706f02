"""How the voices of normal clips come to speak as one: chosen, cleared of the unlike, and fused."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.normal.gathering import Gathering, ScoredRun
from asd_monitor.calibrate.normal.pooling_choice import PoolingChoice, choose, places_of
from asd_monitor.calibrate.regimes import Regime, regime_voices
from asd_monitor.calibrate.unlike import Unlike, deviations, to_leave_out
from asd_monitor.models.fusion import Fusion
from asd_monitor.models.recordings import Recording
from asd_monitor.models.scores import ClipScore


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Normal clips with the score that their voices have together.

    Attributes:
        scored: the runs that they are of, in order; their clips hold the voices of the fusion.
        sessions: consecutive usable clips, one tuple per unbroken stretch; none is empty.
        recordings: the files that hold each session.
        fusion: standardised on these clips; as it was where there are none.
        unlike: files that were left out because they score unlike the rest.
        choice: of the pooling; None where there was nothing to choose.
    """

    scored: tuple[ScoredRun, ...]
    sessions: tuple[tuple[ClipScore, ...], ...]
    recordings: tuple[tuple[Recording, ...], ...]
    fusion: Fusion
    unlike: tuple[Unlike, ...]
    choice: PoolingChoice | None


def settle(
    scored: Sequence[ScoredRun],
    fusion: Fusion,
    gathering: Gathering,
    *,
    regimes: tuple[Regime, ...],
    chooses_pooling: bool,
    keep_all: bool,
) -> Settled:
    """Settle by normal clips alone how their voices are heard together.

    Args:
        scored: in order.
        fusion: with all voices that there are to choose from.
        gathering: that they come of; it is told what is left out.
        regimes: in which the machine ran.
        chooses_pooling: keep the voices of the pooling that suits the machine
            (`asd_monitor.calibrate.normal.pooling_choice`), rather than all.
        keep_all: keep the few files that score unlike the rest.
    """
    kept, choice = list(scored), None
    if chooses_pooling:
        fusion, kept, choice = _chosen(fusion, kept, gathering)
    fusion = replace(fusion, regimes=regime_voices(regimes))
    unlike: tuple[Unlike, ...] = ()
    if not keep_all:
        kept, unlike = _without_unlike(kept, fusion, gathering)
    parts = [(clips, run.recordings) for run in kept for clips in gathering.usable_runs(run.clips)]
    sessions = tuple(clips for clips, _ in parts)
    if sessions:
        fusion, sessions = _fused(fusion, sessions)
    return Settled(
        scored=tuple(kept),
        sessions=sessions,
        recordings=tuple(recordings for _, recordings in parts),
        fusion=fusion,
        unlike=unlike,
        choice=choice,
    )


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
