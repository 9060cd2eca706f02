"""Recordings on their way to clip scores, and what was left out on the way."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np

from asd_monitor.calibrate.durations import say_duration
from asd_monitor.calibrate.level_shift import LevelWatch
from asd_monitor.calibrate.normal.bands import BandGatherer, ClipBandGatherer
from asd_monitor.calibrate.normal.clip_length import fills_clip
from asd_monitor.calibrate.normal.fresh import SEEN_AS, Span, share_out, unbroken
from asd_monitor.calibrate.normal.left_out import Failure, LeftOut
from asd_monitor.calibrate.normal.level_gatherer import LevelGatherer
from asd_monitor.calibrate.regimes import Regime
from asd_monitor.models.bundle import Stretch
from asd_monitor.models.errors import AudioError
from asd_monitor.models.recordings import Recording, file_sha256, open_recording, read_blocks
from asd_monitor.models.same_sound import sound_sha256
from asd_monitor.models.scorer import Scorer
from asd_monitor.models.scores import ClipScore

Progress = Callable[[float, str], None]
"""Called with the share done (0 to 1) and what is being done."""


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """An unbroken stretch of sound with all its clips, those with a fault of the input included.

    Attributes:
        clips: in order of time.
        recordings: the files that hold it, in order of time.
    """

    clips: tuple[ClipScore, ...]
    recordings: tuple[Recording, ...]


class Gathering:
    """Finds fresh sound, scores it, and remembers what was left out and why.

    Attributes:
        left_out: sound that was offered and not scored.
        failures: files that could not be read.
        bands: what windows scored by mel band.
        clip_bands: what each mel band had of the score of usable clips.
        levels: the levels of usable clips.
        sample_rate_hz: rate of the clips' ``first_sample``.
    """

    def __init__(
        self,
        *,
        sample_rate_hz: int,
        off_below_dbfs: float = -math.inf,
        known: Sequence[Regime] | None = None,
        keeps_spectra: bool = False,
    ) -> None:
        """Start with nothing.

        Args:
            sample_rate_hz: rate of the clips' ``first_sample``.
            off_below_dbfs: clips quieter than that are not usable, for the machine is off in them.
            known: regimes of a calibration, to note shifts of the level from; None where they
                are still to be found, for which the clips keep their spectra in half precision.
            keeps_spectra: leave clips their spectra as they are, half a kilobyte each.
        """
        self._keeps_spectra = keeps_spectra
        self.sample_rate_hz = sample_rate_hz
        self._off_below_dbfs = off_below_dbfs
        self.left_out: list[LeftOut] = []
        self.failures: list[Failure] = []
        self.bands = BandGatherer()
        self.clip_bands = ClipBandGatherer()
        self.levels = LevelGatherer(sample_rate_hz=sample_rate_hz)
        self._shifts = LevelWatch(known or (), sample_rate_hz=sample_rate_hz)
        self._finds_regimes = known is None
        self._hashes: dict[Path, _Hashes] = {}

    def fresh(self, paths: Iterable[Path], stretches: Iterable[Stretch]) -> list[Span]:
        """Find what has not been seen of the files that can be read.

        Args:
            paths: the files; second copies of one are left out.
            stretches: what has been seen, and as what (`Stretch.role`).
        """
        return self.shared_out(paths, [stretches])[0]

    def shared_out(
        self, paths: Iterable[Path], seen_by: Sequence[Iterable[Stretch]]
    ) -> list[list[Span]]:
        """Give all that can be read to the first of some networks that has not seen it.

        Args:
            paths: the files; second copies of one are left out.
            seen_by: for each network what it has seen, and as what (`Stretch.role`).

        Returns:
            The spans of each network.
        """
        by_hash = [_by_hash(stretches) for stretches in seen_by]
        spans: list[list[Span]] = [[] for _ in by_hash]
        for recording, file in self._distinct(paths):
            seen_of_it = [known.get(file.sha256) or known[file.sound] for known in by_hash]
            given, seen = share_out(recording, seen_of_it)
            for span, role in seen:
                self._leave_out(span, SEEN_AS.get(role, "training has seen it"), seen=True)
            for of_one, more in zip(spans, given, strict=True):
                of_one.extend(more)
        return spans

    def runs(self, spans: Sequence[Span], *, clip_s: float) -> list[list[Span]]:
        """Join spans to unbroken runs, and leave out those that are shorter than a clip."""
        return [run for run in unbroken(spans) if self._is_long_enough(run, clip_s)]

    def _distinct(self, paths: Iterable[Path]) -> Iterator[tuple[Recording, "_Hashes"]]:
        """Open each file once, whatever copies of it there are, converted ones included."""
        known: set[str | None] = {None}
        for path in paths:
            try:
                recording, sha256 = open_recording(path), file_sha256(path)
            except AudioError as error:
                self.failures.append(Failure(path=path, message=str(error)))
                continue
            hashes = self._hashes[path] = _Hashes(sha256, sound_sha256(recording))
            whole = Span(recording, 0, recording.n_samples)
            if sha256 in known:
                self._leave_out(whole, "it is a copy of another file")
            elif hashes.sound is not None and hashes.sound in known:
                self._leave_out(whole, "its samples are those of another file")
            else:
                yield recording, hashes
            known |= {sha256, hashes.sound}

    def _is_long_enough(self, run: Sequence[Span], clip_s: float) -> bool:
        """Leave out what is shorter than a clip: whole files, and scraps beside seen sound."""
        is_whole, seconds = all(span.is_whole for span in run), sum(span.seconds for span in run)
        if seconds >= clip_s or (is_whole and fills_clip(seconds, clip_s)):
            return True
        it = "it" if is_whole else "what training left of it"
        for span in run:
            self._leave_out(span, f"{it} is shorter than a clip of {say_duration(clip_s)}")
        return False

    def score(
        self,
        scorer: Scorer,
        runs: Sequence[Sequence[Span]],
        *,
        channel: int | None,
        progress: Progress | None,
    ) -> list[ScoredRun]:
        """Score every run as a session; one that breaks at a damaged file goes on after it."""
        total_s = sum(span.seconds for run in runs for span in run)
        done_s = 0.0
        scored: list[ScoredRun] = []
        for run in runs:
            clips: list[ClipScore] = []
            recordings: list[Recording] = []
            for span in run:
                recordings.append(span.recording)
                if not self._score_span(scorer, span, channel, clips):
                    scored.append(self._ended(scorer, clips, recordings))
                    clips, recordings = [], []
                done_s += span.seconds
                if progress is not None:
                    progress(done_s / total_s, span.recording.path.name)
            scored.append(self._ended(scorer, clips, recordings))
        return [part for part in scored if part.clips]

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

    def _ended(
        self, scorer: Scorer, clips: Sequence[ClipScore], recordings: Sequence[Recording]
    ) -> ScoredRun:
        last = self._levelled(scorer.finish().clips)
        self._shifts.reset()
        return ScoredRun((*clips, *last), tuple(recordings))

    def _levelled(self, clips: Sequence[ClipScore]) -> list[ClipScore]:
        """Note the levels and bands of clips; a week of whole ones would fill the memory."""
        usable = [clip for clip in clips if self.is_usable(clip)]
        self.levels.add(usable)
        self.clip_bands.add(usable)
        return [self._lighter(clip) for clip in map(self._shifts.push, clips)]

    def _lighter(self, clip: ClipScore) -> ClipScore:
        spectrum_db = clip.spectrum_db if self._finds_regimes or self._keeps_spectra else None
        if spectrum_db is not None and not self._keeps_spectra:
            spectrum_db = spectrum_db.astype(np.float16)
        return replace(clip, spectrum_db=spectrum_db, per_bin=None)

    def is_usable(self, clip: ClipScore) -> bool:
        """Whether a clip has a score and no fault of the input, and the machine runs in it."""
        is_off = clip.level_dbfs < self._off_below_dbfs
        return not clip.quality and clip.n_windows > 0 and not is_off

    def usable_runs(self, clips: Iterable[ClipScore]) -> Iterator[tuple[ClipScore, ...]]:
        """Cut a session at the clips that cannot be judged, as the decision does."""
        for usable, run in groupby(clips, key=self.is_usable):
            if usable:
                yield tuple(run)

    def stretches(self, runs: Iterable[Iterable[Span]], *, role: str) -> tuple[Stretch, ...]:
        """The spans of some runs as stretches that are known again by their file's hash."""
        return tuple(
            Stretch(
                sha256=self._hashes[span.recording.path].sha256,
                sound=self._hashes[span.recording.path].sound,
                name=span.recording.path.name,
                first_sample=span.first_sample,
                n_samples=span.n_samples,
                role=role,
            )
            for run in runs
            for span in run
        )

    def leave_out(self, recording: Recording, reason: str) -> None:
        """Note that a file was left out after it was scored."""
        self._leave_out(Span(recording, 0, recording.n_samples), reason)

    def _leave_out(self, span: Span, reason: str, *, seen: bool = False) -> None:
        self.left_out.append(
            LeftOut(path=span.recording.path, seconds=span.seconds, reason=reason, seen=seen)
        )


@dataclass(frozen=True, slots=True)
class _Hashes:
    """Of a file, and of the sound in it (`sound_sha256`)."""

    sha256: str
    sound: str | None


def _by_hash(stretches: Iterable[Stretch]) -> defaultdict[str | None, list[Stretch]]:
    """Stretches by the hash of their file, and by that of the sound in it; none by None."""
    by_hash: defaultdict[str | None, list[Stretch]] = defaultdict(list)
    for stretch in stretches:
        by_hash[stretch.sha256].append(stretch)
        if stretch.sound is not None:
            by_hash[stretch.sound].append(stretch)
    return by_hash


def covered_s(clips: Iterable[ClipScore], *, sample_rate_hz: int) -> float:
    """Seconds of sound in at least one of a session's clips."""
    covered = end_of_last = 0
    for clip in clips:
        end = clip.first_sample + round(clip.duration_s * sample_rate_hz)
        covered += end - max(clip.first_sample, end_of_last)
        end_of_last = end
    return covered / sample_rate_hz
