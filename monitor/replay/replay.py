"""Recordings judged by the very pipeline that listens live, as records of what was found.

Each recording session is a stream of its own: an event that is open at its end closes there. A
file that turns out to be damaged ends its session; what follows it is another one.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.judge import judge
from asd_monitor.calibrate.transition import TransitionKind
from asd_monitor.calibrate.verdict import Verdict
from asd_monitor.calibrate.whole_file import StreamScores
from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.errors import AudioError
from asd_monitor.models.recordings import Recording, read_blocks
from asd_monitor.models.scores import Quality, WindowScores
from asd_monitor.models.sound_file import seconds_at_once
from asd_monitor.monitor.alarms import Identity, begin_alarm, end_alarm
from asd_monitor.monitor.events import Clock, Event
from asd_monitor.monitor.outcome import DatedTransition, JudgedClip, Outcome
from asd_monitor.monitor.pipeline import Pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRecord:
    """A judged clip of a file.

    Attributes:
        file: the file in which the clip begins.
        start_s: where in that file.
        duration_s: its length.
        verdict: what is said about it.
        quality: faults of the input.
    """

    file: str
    start_s: float
    duration_s: float
    verdict: Verdict
    quality: frozenset[Quality]


@dataclass(frozen=True, slots=True)
class EventRecord:
    """The beginning or the end of an event."""

    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """A file as a whole: the verdict on the pooled score of all its windows, as in the paper."""

    file: str
    duration_s: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """A file that could not be read to its end."""

    file: str
    message: str


Record = ClipRecord | EventRecord | FileRecord | ErrorRecord


class Replay:
    """Judges recording sessions one after the other."""

    def __init__(
        self,
        bundle: Bundle,
        calibration: Calibration,
        identity: Identity,
        *,
        channel: int | None,
        block_s: float | None = None,
        before_block: Callable[[AudioBlock], None] = lambda _: None,
    ) -> None:
        """Prepare.

        Args:
            bundle: the trained detector.
            calibration: of that bundle.
            identity: who speaks about what, in events.
            channel: counted from 0; None mixes all channels.
            block_s: seconds that are judged at a time; None for as many as are read at a time.
            before_block: called before each block is judged; may wait until it is due.

        Raises:
            CalibrationError: the calibration was made for another bundle.
        """
        self._pipeline = Pipeline(bundle, calibration)
        self._calibration = calibration
        self._bundle = bundle
        self._identity = identity
        self._channel = channel
        self._block_s = block_s
        self._before_block = before_block
        self._event: Event | None = None

    def session(self, session: Sequence[Recording]) -> Iterator[Record]:
        """Judge a session; every file of it ends with a file or an error record."""
        rest = list(session)
        while rest:
            stream = _Stream(self._bundle, self._calibration)
            error = None
            while rest and error is None:
                recording = rest.pop(0)
                begins = stream.is_empty
                stream.add(recording)
                try:
                    for block in self._blocks(recording, begins_stream=begins):
                        yield from self._records(self._pipeline.push(block), stream)
                except AudioError as damage:
                    stream.drop(recording)
                    error = ErrorRecord(str(recording.path), str(damage))
            yield from self._records(self._pipeline.finish(), stream)
            yield from stream.files()
            if error is not None:
                yield error

    def _blocks(self, recording: Recording, *, begins_stream: bool) -> Iterator[AudioBlock]:
        block_s = self._block_s or seconds_at_once(
            sample_rate_hz=recording.sample_rate_hz, n_channels=recording.n_channels
        )
        for block in read_blocks(recording, channel=self._channel, block_s=block_s):
            self._before_block(block)
            yield replace(block, gap_before=block.gap_before and begins_stream)

    def _records(self, outcome: Outcome, stream: "_Stream") -> Iterator[Record]:
        stream.keep(outcome.windows, outcome.clips)
        waiting = deque(outcome.transitions)
        for judged in outcome.clips:
            yield stream.clip(judged)
            while waiting and waiting[0].transition.clip is judged.clip:
                yield EventRecord(self._follow(waiting.popleft()))
        for dated in waiting:
            yield EventRecord(self._follow(dated))

    def _follow(self, dated: DatedTransition) -> Event:
        if dated.transition.kind is TransitionKind.OPENED:
            self._event = begin_alarm(dated, self._identity, Clock.SYNCED)
            return self._event
        if self._event is None:
            raise ValueError("an event closed that was not open")
        event, self._event = end_alarm(self._event, dated), None
        return event


class _Stream:
    """The files of one unbroken stretch, and the scores that fall into each."""

    def __init__(self, bundle: Bundle, calibration: Calibration) -> None:
        self._rate_hz = bundle.features.sample_rate_hz
        self._calibration = calibration
        self._scores = StreamScores(bundle, calibration.fusion)
        self._files: list[Recording] = []
        self._damaged: list[Recording] = []

    @property
    def is_empty(self) -> bool:
        return not self._files

    def add(self, recording: Recording) -> None:
        self._files.append(recording)

    def drop(self, recording: Recording) -> None:
        """Say nothing about a file as a whole that was not read as a whole."""
        self._damaged.append(recording)

    def keep(self, windows: Sequence[WindowScores], clips: Sequence[JudgedClip]) -> None:
        self._scores.keep(windows, [judged.clip for judged in clips])

    def clip(self, judged: JudgedClip) -> ClipRecord:
        clip = judged.clip
        # A clip begins in the last file that begins no later.
        file = next(
            (f for f in reversed(self._files) if self._begin(f) <= clip.first_sample),
            self._files[0],
        )
        return ClipRecord(
            file=str(file.path),
            start_s=(clip.first_sample - self._begin(file)) / self._rate_hz,
            duration_s=clip.duration_s,
            verdict=judged.verdict,
            quality=clip.quality,
        )

    def files(self) -> Iterator[FileRecord]:
        for recording in self._files:
            if recording not in self._damaged:
                whole = self._scores.whole(
                    begin=self._begin(recording),
                    end=self._end(recording),
                    duration_s=recording.duration_s,
                )
                yield FileRecord(
                    file=str(recording.path),
                    duration_s=recording.duration_s,
                    verdict=judge(whole, self._calibration),
                )

    def _begin(self, recording: Recording) -> int:
        return round(recording.first_sample * self._rate_hz / recording.sample_rate_hz)

    def _end(self, recording: Recording) -> int:
        return round(recording.end_sample * self._rate_hz / recording.sample_rate_hz)
