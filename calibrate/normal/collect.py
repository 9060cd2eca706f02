"""From recordings to the clip scores of normal sound that training has not seen."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np

from asd_monitor.calibrate.cohort import beside_cohort
from asd_monitor.calibrate.cross_fit import CrossFit
from asd_monitor.calibrate.judge import MACHINE_OFF
from asd_monitor.calibrate.normal.clip_length import clip_length_s
from asd_monitor.calibrate.normal.cross_fitted import score_shares
from asd_monitor.calibrate.normal.fresh import Span
from asd_monitor.calibrate.normal.gathering import Gathering, Progress, ScoredRun, covered_s
from asd_monitor.calibrate.normal.pooling_choice import AUTO, draft, pooling_of
from asd_monitor.calibrate.normal.settle import Settled, settle
from asd_monitor.calibrate.normal.sound import NormalSound, require_some
from asd_monitor.calibrate.reach import strangest
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.fusion import Combination, Fusion
from asd_monitor.models.recordings import find_recordings, group_sessions
from asd_monitor.models.scorer import CLIP_S
from asd_monitor.models.scores import ClipScore

CALIBRATED = "calibrated"
"""The role of a stretch that has set thresholds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectSettings:
    """How recordings of normal sound are taken.

    Attributes:
        channel: counted from 0; None mixes all channels.
        clip_s: length of a clip, whole seconds; where the recordings are shorter, that of the
            recordings (`asd_monitor.calibrate.normal.clip_length`).
        hop_s: from one clip's beginning to the next's, whole seconds; at most a clip.
        pooling: of members that judge windows, see `asd_monitor.models.pooling.pool`; ``auto``
            for what suits the machine (`asd_monitor.calibrate.normal.pooling_choice`); None for the
            papers' mean where there is one member, and ``auto`` otherwise.
        combination: of several voices.
        off_below_dbfs: leave out clips quieter than that, for the machine is off in them.
        keep_all: keep the few files that score unlike the rest
            (`asd_monitor.calibrate.unlike`).
        nearest: judge each clip beside so many normal clips that are most like it
            (`asd_monitor.calibrate.cohort`); None for all alike.
    """

    channel: int | None = None
    clip_s: float = CLIP_S
    hop_s: float = 1.0
    pooling: str | None = None
    combination: Combination = Combination.MEAN
    off_below_dbfs: float | None = None
    keep_all: bool = False
    nearest: int | None = None


AS_USUAL: Final = CollectSettings()


def collect(
    paths: Sequence[Path],
    bundle: Bundle,
    settings: CollectSettings = AS_USUAL,
    *,
    siblings: Sequence[Bundle] = (),
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
        settings: how they are taken.
        siblings: of the bundle, each trained without a block (`asd_monitor.models.siblings`).
        progress: told how far the work has come.

    Raises:
        AudioError: a path does not exist, or no recording can be read.
        InsufficientSoundError: nothing is left that training has not seen, or too little for a
            cohort.
    """
    gathering = Gathering(
        sample_rate_hz=bundle.features.sample_rate_hz,
        off_below_dbfs=-math.inf if settings.off_below_dbfs is None else settings.off_below_dbfs,
        keeps_spectra=settings.nearest is not None,
    )
    shared = _score((bundle, *siblings), find_recordings(paths), settings, gathering, progress)
    regimes = gathering.levels.regimes()
    settled = settle(
        shared.scored,
        shared.fusion,
        gathering,
        regimes=regimes,
        chooses_pooling=pooling_of(bundle, settings.pooling) == AUTO,
        keep_all=settings.keep_all,
    )
    clip_s, hop_s = shared.clip_s, settings.hop_s
    fusion, sessions = _compared(settled, nearest=settings.nearest, clip_s=clip_s, hop_s=hop_s)
    sound = NormalSound(
        sessions=sessions,
        recordings=settled.recordings,
        seconds=_usable_s(settled.scored, gathering),
        stretches=gathering.stretches(shared.runs, role=CALIBRATED),
        unlike=settled.unlike,
        strangest=_strangest(bundle, fusion, sessions, clip_s=clip_s, hop_s=hop_s),
        left_out=tuple(gathering.left_out),
        flagged=_flagged(settled.scored, gathering),
        failures=tuple(gathering.failures),
        sample_rate_hz=gathering.sample_rate_hz,
        clip_s=clip_s,
        hop_s=hop_s,
        fusion=fusion,
        bands=gathering.bands.bands(),
        clip_bands=gathering.clip_bands.bands(),
        regimes=regimes,
        off_below_dbfs=settings.off_below_dbfs,
        cross_fit=shared.cross_fit,
        pooling_reason=settled.choice.said() if settled.choice else "",
    )
    require_some(sound)
    return sound


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """Fresh sound, each stretch scored by the first network that has not seen it.

    Attributes:
        runs: unbroken stretches of it.
        scored: the same with their clips, in the order of the files.
        clip_s: length of a clip.
        fusion: what they were scored with, not standardised yet.
        cross_fit: what of it siblings have scored; None where there are none.
    """

    runs: tuple[list[Span], ...]
    scored: list[ScoredRun]
    clip_s: float
    fusion: Fusion
    cross_fit: CrossFit | None


def _score(
    networks: Sequence[Bundle],
    found: Sequence[Path],
    settings: CollectSettings,
    gathering: Gathering,
    progress: Progress | None,
) -> _Shared:
    spans = gathering.shared_out(found, [network.provenance.stretches for network in networks])
    lengths_s = _session_lengths_s(chain.from_iterable(spans))
    clip_s = clip_length_s(lengths_s, longest_s=settings.clip_s)
    runs = [gathering.runs(of_one, clip_s=clip_s) for of_one in spans]
    fusion = draft(networks[0], pooling=settings.pooling, combination=settings.combination)
    scored, cross_fit = score_shares(
        gathering,
        list(zip(networks, runs, strict=True)),
        fusion,
        clip_s=clip_s,
        hop_s=settings.hop_s,
        channel=settings.channel,
        progress=progress,
    )
    return _Shared(
        runs=tuple(chain.from_iterable(runs)),
        scored=_in_order(scored, found),
        clip_s=clip_s,
        fusion=fusion,
        cross_fit=cross_fit,
    )


def _usable_s(scored: Iterable[ScoredRun], gathering: Gathering) -> float:
    rate_hz = gathering.sample_rate_hz
    usable = (filter(gathering.is_usable, run.clips) for run in scored)
    return sum(covered_s(clips, sample_rate_hz=rate_hz) for clips in usable)


def _strangest(
    bundle: Bundle,
    fusion: Fusion,
    sessions: Sequence[Sequence[ClipScore]],
    *,
    clip_s: float,
    hop_s: float,
) -> tuple[ClipScore, ...]:
    """Clips of the strangest sounds as loud as these; none where there are none of these."""
    if not sessions:
        return ()
    level_dbfs = float(np.median([clip.level_dbfs for clips in sessions for clip in clips]))
    return strangest(bundle, fusion, clip_s=clip_s, hop_s=hop_s, level_dbfs=level_dbfs)


def _compared(
    settled: Settled, *, nearest: int | None, clip_s: float, hop_s: float
) -> tuple[Fusion, tuple[tuple[ClipScore, ...], ...]]:
    """Judge clips beside those most like them, where asked; then their spectra have served."""
    fusion, sessions = settled.fusion, settled.sessions
    if sessions and nearest is not None:
        fusion, sessions = beside_cohort(
            fusion, sessions, nearest=nearest, clip_s=clip_s, hop_s=hop_s
        )
    return fusion, tuple(
        tuple(replace(clip, spectrum_db=None) for clip in clips) for clips in sessions
    )


def _in_order(scored: Iterable[ScoredRun], paths: Sequence[Path]) -> list[ScoredRun]:
    """Runs in the order in which their files were found, whoever scored them."""
    place = {path: number for number, path in enumerate(paths)}

    def key(run: ScoredRun) -> tuple[int, int]:
        return place[run.recordings[0].path], run.clips[0].first_sample

    return sorted(scored, key=key)


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
