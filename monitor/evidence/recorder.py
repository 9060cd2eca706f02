"""Cuts the sound of events out of what one machine is heard to do; a fold, without I/O.

The clip of an event begins exactly ``pre_roll_s`` before its onset and ends exactly
``post_roll_s`` after its end, both counted in samples of the source, unless the recording session
began later or ends sooner, or the clip would grow longer than ``max_clip_s``. What there is goes
out as soon as the event opens, so that nobody has to wait for its end, and once more when it is
complete.
"""

from dataclasses import dataclass, replace
from typing import Protocol

from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.bundle import Bundle
from asd_monitor.monitor.config import EvidenceConfig
from asd_monitor.monitor.events import Event, Kept
from asd_monitor.monitor.evidence.recent_sound import RecentSound
from asd_monitor.monitor.evidence.score_track import ScoreTrack
from asd_monitor.monitor.evidence.take import Take
from asd_monitor.monitor.outcome import Outcome
from asd_monitor.monitor.pipeline import remembered_s_of


class Keeper(Protocol):
    """Who keeps what is recorded."""

    def submit(self, take: Take) -> None:
        """Keep a take, in place of an earlier one of the same event; must not block."""
        ...

    def withdraw(self, event_id: str) -> Kept | None:
        """What is kept of an event by now; asked once, as it ends."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """An event whose clip is not complete; moments are seconds of the source's time line.

    Attributes:
        event: as far as it is known.
        started_s: its onset.
        from_sample: where its clip begins, if that is still remembered.
        ended_s: its end; None while it is open.
        is_told: whether its first take has gone out.
    """

    event: Event
    started_s: float
    from_sample: int
    ended_s: float | None = None
    is_told: bool = False


class EvidenceRecorder:
    """Remembers a machine's recent sound and scores, and hands out takes of its events."""

    def __init__(
        self,
        settings: EvidenceConfig,
        bundle: Bundle,
        calibration: Calibration,
        *,
        keeper: Keeper,
    ) -> None:
        """Start with nothing heard.

        Args:
            settings: lengths.
            bundle: judges the sound.
            calibration: of that bundle.
            keeper: is given the takes.
        """
        self._settings = settings
        self._keeper = keeper
        remembered_s = remembered_s_of(calibration)
        self._sound = RecentSound(kept_s=settings.pre_roll_s + remembered_s)
        self._open: _Open | None = None
        self.judge_with(bundle, calibration)

    def judge_with(self, bundle: Bundle, calibration: Calibration) -> None:
        """The sound goes on, and is judged by another model; so does an open event."""
        self._bundle = bundle
        self._calibration = calibration
        self._rate_hz = bundle.features.sample_rate_hz
        self._scores = ScoreTrack(sample_rate_hz=self._rate_hz)

    def begin(self, event: Event, *, started_sample: int) -> None:
        """An event has opened; call `hear` with the block that showed it after this.

        Args:
            event: that opened.
            started_sample: its onset, at the model's rate.
        """
        self._complete()
        started_s = started_sample / self._rate_hz
        self._open = _Open(event=event, started_s=started_s, from_sample=self._beginning(started_s))

    def end(self, event: Event, *, ended_sample: int) -> Event:
        """The event has closed; one that an earlier process began has no clip here to complete.

        Args:
            event: in its new form.
            ended_sample: its end, at the model's rate.

        Returns:
            The event with what is kept of it by now.
        """
        kept = self._keeper.withdraw(event.event_id)
        if kept is not None:
            event = replace(
                event,
                clip=kept.clip,
                spectrogram=kept.spectrogram,
                pre_roll_s=kept.pre_roll_s,
            )
        if self._open is not None:
            self._open = replace(self._open, event=event, ended_s=ended_sample / self._rate_hz)
        return event

    def hear(self, block: AudioBlock, outcome: Outcome) -> None:
        """Take a block of sound after what it led to has been told.

        Args:
            block: of the source.
            outcome: what the pipeline made of it.
        """
        if not self._sound.is_continued_by(block):
            self._complete()
        keep_from = self._open.from_sample if self._open else None
        self._sound.push(block, keep_from=keep_from)
        begin_s = self._sound.begin_sample / self._sound.sample_rate_hz
        self._scores.push(outcome, forget_before_s=begin_s)
        if self._open is not None:
            self._advance(self._open)

    def leave(self) -> None:
        """No more sound follows: hand out what there is."""
        self._complete()

    def _advance(self, event: _Open) -> None:
        """Hand out the event's clip where it has just begun, or is complete."""
        if self._sound.end_sample >= self._wanted_until(event):
            self._complete()
        elif not event.is_told:
            self._open = replace(event, is_told=True)
            self._hand_out(event)

    def _complete(self) -> None:
        event, self._open = self._open, None
        if event is not None:
            self._hand_out(event)

    def _beginning(self, started_s: float) -> int:
        """Where the clip of an event begins: with the pre-roll, if its onset is remembered.

        A lasting shift is noticed long after it began; its clip is the sound around that moment.
        """
        rate_hz, settings = self._sound.sample_rate_hz, self._settings
        onset = round(started_s * rate_hz)
        if onset < self._sound.begin_sample:
            return self._sound.end_sample - round(settings.max_clip_s / 2 * rate_hz)
        return onset - round(settings.pre_roll_s * rate_hz)

    def _wanted_until(self, event: _Open) -> int:
        rate_hz = self._sound.sample_rate_hz
        begin = max(event.from_sample, self._sound.begin_sample)
        longest = begin + round(self._settings.max_clip_s * rate_hz)
        if event.ended_s is None:
            return longest
        ended = round(event.ended_s * rate_hz) + round(self._settings.post_roll_s * rate_hz)
        return min(longest, ended)

    def _hand_out(self, event: _Open) -> None:
        rate_hz = self._sound.sample_rate_hz
        sound = self._sound.cut(event.from_sample, self._wanted_until(event))
        if sound is None:
            return
        begin_s = sound.first_sample / rate_hz
        end_s = begin_s + len(sound.samples) / rate_hz
        is_whole = event.ended_s is not None and event.ended_s <= end_s
        self._keeper.submit(
            Take(
                event=event.event,
                sound=sound,
                onset_s=event.started_s - begin_s,
                ended_s=event.ended_s - begin_s if event.ended_s and is_whole else None,
                windows=self._scores.windows(begin_s, end_s),
                clips=self._scores.clips(begin_s, end_s),
                bundle=self._bundle,
                calibration=self._calibration,
            )
        )
