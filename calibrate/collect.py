"""From recordings to the clip scores of normal sound that training has not seen."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np

from asd_monitor.calibrate.clip_length import clip_length_s, fills_clip
from asd_monitor.calibrate.decision import MACHINE_OFF
from asd_monitor.calibrate.durations import say_duration
from asd_monitor.calibrate.fresh import SEEN_AS, Span, fresh_spans, seen_spans, unbroken
from asd_monitor.calibrate.level_gatherer import LevelGatherer
from asd_monitor.calibrate.normal_bands import BandGatherer
from asd_monitor.calibrate.regimes import Regime
from asd_monitor.models.attribution import NormalBands
from asd_monitor.models.bundle import Bundle, Stretch
from asd_monitor.models.errors import AudioError, InsufficientSoundError
from asd_monitor.models.fusion import Combination, Fusion, voices_of
from asd_monitor.models.recordings import (
    Recording,
    file_sha256,
    find_recordings,
    group_sessions,
    open_recording,
    read_blocks,
)
from asd_monitor.models.scorer import CLIP_S, Scorer
from asd_monitor.models.scores import ClipScore

Progress = Callable[[float, str], None]
"""Called with the share done (0 to 1) and what is being done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Sound that was offered and is no evidence.

    Attributes:
        path: the file.
        seconds: how much of it.
        reason: why, in words.
        seen: whether the reason is that training has seen it.
    """

    path: Path
    seconds: float
    reason: str
    seen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A file that could not be read to its end, and why."""

    path: Path
    message: str


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
        regimes: the operating regimes in it, by their level; none where that is not known.
        off_below_dbfs: level below which clips were not used, for the machine was off; None where
            nobody said.
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
    regimes: tuple[Regime, ...] = ()
    off_below_dbfs: float | None = None

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
    channel: int | None,
    clip_s: float = CLIP_S,
    hop_s: float = 1.0,
    pooling: str | None = None,
    off_below_dbfs: float | None = None,
    combination: Combination = Combination.MEAN,
    progress: Progress | None = None,
) -> NormalSound:
    """Score the normal sound among recordings that training has not seen.

    Left out are the stretches that the bundle's provenance names, whether they fitted the weights
    or chose the epoch, second copies of a file, and what is left of a partly seen stretch where
    that is shorter than a clip. A file that cannot be read is named and the others are done.

    Args:
        paths: files and folders of normal sound.
        bundle: the trained detector.
        channel: counted from 0; None mixes all channels.
        clip_s: length of a clip, whole seconds; where the recordings are shorter, that of the
            recordings (`asd_monitor.calibrate.clip_length`).
        hop_s: from one clip's beginning to the next's, whole seconds; at most a clip.
        pooling: of members that judge windows, see `asd_monitor.models.pooling.pool`; None for
            what suits the bundle (`asd_monitor.models.fusion.voices_of`).
        off_below_dbfs: leave out clips quieter than that, for the machine is off in them.
        combination: of several voices.
        progress: told how far the work has come.

    Raises:
        AudioError: a path does not exist, or no recording can be read.
        InsufficientSoundError: nothing is left that training has not seen.
    """
    rate_hz = bundle.features.sample_rate_hz
    gathering = _Gathering(rate_hz, off_below_dbfs)
    spans = gathering.fresh(find_recordings(paths), bundle.provenance.stretches)
    clip_s = clip_length_s(_session_lengths_s(spans), longest_s=clip_s)
    runs = gathering.long_enough(unbroken(spans), clip_s)
    fusion = voices_of(bundle, pooling=pooling, combination=combination)
    scorer = Scorer(bundle, clip_s=clip_s, hop_s=hop_s, fusion=fusion)
    sessions = gathering.score(scorer, runs, channel=channel, progress=progress)
    usable = tuple(run for clips in sessions for run in gathering.usable(clips))
    if usable:
        fusion, usable = _fused(fusion, usable)
    sound = NormalSound(
        sessions=usable,
        seconds=sum(gathering.covered_samples(clips) for clips in sessions) / rate_hz,
        left_out=tuple(gathering.left_out),
        flagged=dict(sorted(gathering.flagged.items())),
        failures=tuple(gathering.failures),
        sample_rate_hz=rate_hz,
        clip_s=clip_s,
        hop_s=hop_s,
        fusion=fusion,
        bands=gathering.bands.bands(),
        regimes=gathering.levels.regimes(),
        off_below_dbfs=off_below_dbfs,
    )
    _require_some(sound)
    return sound


def _fused(
    fusion: Fusion, sessions: tuple[tuple[ClipScore, ...], ...]
) -> tuple[Fusion, tuple[tuple[ClipScore, ...], ...]]:
    """Standardise the voices on these clips, and combine the clips' voices anew."""
    voices = np.array([clip.voices for session in sessions for clip in session])
    standardised = fusion.standardised_on(voices)
    return standardised, tuple(
        tuple(replace(clip, score=standardised.fuse(clip.voices)) for clip in session)
        for session in sessions
    )


class _Gathering:
    """What was left out on the way, while `collect` works."""

    def __init__(self, sample_rate_hz: int, off_below_dbfs: float | None) -> None:
        self._sample_rate_hz = sample_rate_hz
        self._off_below_dbfs = -math.inf if off_below_dbfs is None else off_below_dbfs
        self.left_out: list[LeftOut] = []
        self.flagged: Counter[str] = Counter()
        self.failures: list[Failure] = []
        self.bands = BandGatherer()
        self.levels = LevelGatherer(sample_rate_hz=sample_rate_hz)

    def fresh(self, paths: Iterable[Path], stretches: Iterable[Stretch]) -> list[Span]:
        """Find what training has not seen of the files that can be read."""
        by_hash: defaultdict[str, list[Stretch]] = defaultdict(list)
        for stretch in stretches:
            by_hash[stretch.sha256].append(stretch)
        spans: list[Span] = []
        for recording, sha256 in self._distinct(paths):
            seen = seen_spans(recording, by_hash[sha256])
            for span, role in seen:
                self._leave_out(span, SEEN_AS.get(role, "training has seen it"), seen=True)
            spans += fresh_spans(recording, [span for span, _ in seen])
        return spans

    def _distinct(self, paths: Iterable[Path]) -> Iterator[tuple[Recording, str]]:
        """Open each file once, whatever copies of it there are."""
        first_by_hash: dict[str, Path] = {}
        for path in paths:
            try:
                recording, sha256 = open_recording(path), file_sha256(path)
            except AudioError as error:
                self.failures.append(Failure(path=path, message=str(error)))
                continue
            if first_by_hash.setdefault(sha256, path) == path:
                yield recording, sha256
            else:
                whole = Span(recording, 0, recording.n_samples)
                self._leave_out(whole, "it is a copy of another file")

    def long_enough(self, runs: Iterable[list[Span]], clip_s: float) -> list[list[Span]]:
        """Leave out what is shorter than a clip: whole files, and scraps beside seen sound."""
        kept = []
        for run in runs:
            is_whole, seconds = all(span.is_whole for span in run), _seconds(run)
            if seconds >= clip_s or (is_whole and fills_clip(seconds, clip_s)):
                kept.append(run)
                continue
            it = "it" if is_whole else "what training left of it"
            for span in run:
                self._leave_out(span, f"{it} is shorter than a clip of {say_duration(clip_s)}")
        return kept

    def score(
        self,
        scorer: Scorer,
        runs: Sequence[Sequence[Span]],
        *,
        channel: int | None,
        progress: Progress | None,
    ) -> list[list[ClipScore]]:
        """Score every run as a session; one that breaks at a damaged file goes on after it."""
        total_s = sum(span.seconds for run in runs for span in run)
        done_s = 0.0
        sessions: list[list[ClipScore]] = []
        for run in runs:
            clips: list[ClipScore] = []
            for span in run:
                if not self._score_span(scorer, span, channel, clips):
                    sessions.append([*clips, *self._levelled(scorer.finish().clips)])
                    clips = []
                done_s += span.seconds
                if progress is not None:
                    progress(done_s / total_s, span.recording.path.name)
            sessions.append([*clips, *self._levelled(scorer.finish().clips)])
        return sessions

    def _score_span(
        self, scorer: Scorer, span: Span, channel: int | None, clips: list[ClipScore]
    ) -> bool:
        """Add the clips that end in a span; False where the file could not be read to its end."""
        try:
            for block in read_blocks(
                span.recording,
                channel=channel,
                first_sample=span.first_sample,
                n_samples=span.n_samples,
            ):
                scored = scorer.push(replace(block, gap_before=False))
                clips += self._levelled(scored.clips)
                self.bands.add(scored.windows)
        except AudioError as error:
            self.failures.append(Failure(path=span.recording.path, message=str(error)))
            return False
        return True

    def _levelled(self, clips: Sequence[ClipScore]) -> list[ClipScore]:
        """Take note of the levels of clips; a week of spectra would fill the memory."""
        self.levels.add(filter(self._is_usable, clips))
        return [replace(clip, spectrum_db=None) for clip in clips]

    def usable(self, clips: Iterable[ClipScore]) -> Iterator[tuple[ClipScore, ...]]:
        """Cut a session at the clips that cannot be judged, as the decision does."""
        for is_usable, run in groupby(clips, key=self._is_usable):
            if is_usable:
                yield tuple(run)
            else:
                self.flagged.update(fault for clip in run for fault in _faults(clip))

    def covered_samples(self, clips: Iterable[ClipScore]) -> int:
        """Samples in at least one usable clip of a session."""
        covered = end_of_last = 0
        for clip in filter(self._is_usable, clips):
            end = clip.first_sample + round(clip.duration_s * self._sample_rate_hz)
            covered += end - max(clip.first_sample, end_of_last)
            end_of_last = end
        return covered

    def _is_usable(self, clip: ClipScore) -> bool:
        is_off = clip.level_dbfs < self._off_below_dbfs
        return not clip.quality and clip.n_windows > 0 and not is_off

    def _leave_out(self, span: Span, reason: str, *, seen: bool = False) -> None:
        self.left_out.append(
            LeftOut(path=span.recording.path, seconds=span.seconds, reason=reason, seen=seen)
        )


def _session_lengths_s(spans: Iterable[Span]) -> list[float]:
    """Of the recording sessions that spans are of, what training has seen included."""
    recordings = dict.fromkeys(span.recording for span in spans)
    return [sum(each.duration_s for each in session) for session in group_sessions(recordings)]


def _seconds(run: Iterable[Span]) -> float:
    return sum(span.seconds for span in run)


def _faults(clip: ClipScore) -> list[str]:
    """Why a clip was not used: faults of the input, or that the machine was off."""
    if clip.n_windows == 0 and not clip.quality:
        return []
    return [flag.value for flag in clip.quality] or [MACHINE_OFF]


def _require_some(sound: NormalSound) -> None:
    if sound.sessions:
        return
    if sound.failures and not sound.left_out and not sound.flagged:
        raise AudioError(f"None of the recordings can be read; {sound.failures[0].message}")
    causes = [
        f"{say_duration(seconds)} because {reason}"
        for reason, seconds in left_out_seconds(sound).items()
    ]
    causes += [f"{n} clips because of {fault}" for fault, n in sound.flagged.items()]
    causes += [f"{failure.path.name} because it cannot be read" for failure in sound.failures]
    train_again = ", or train again and leave some of this out (--hold-out)"
    raise InsufficientSoundError(
        f"No sound is left to calibrate on (left out: {', '.join(causes) or 'sound too short'});"
        f" record more normal sound{train_again if sound.seen_s else ''}."
    )


def left_out_seconds(sound: NormalSound) -> dict[str, float]:
    """Seconds of sound that were left out, by the reason."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for left_out in sound.left_out:
        seconds[left_out.reason] += left_out.seconds
    return dict(seconds)
