"""Which sound is fresh: the stretches of recordings that nothing has been learnt from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from asd_monitor.models.bundle import Stretch
from asd_monitor.models.recordings import Recording, group_sessions

SEEN_AS = {
    "fitted": "the weights were fitted on it",
    "stopping": "it chose when training stopped",
    "calibrated": "it set the thresholds",
    "verified": "it has verified them before",
}


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a recording, in samples of the file at its own rate."""

    recording: Recording
    first_sample: int
    n_samples: int

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.n_samples / self.recording.sample_rate_hz

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the recording."""
        return self.n_samples == self.recording.n_samples

    @property
    def begins_at(self) -> int:
        """Position of its first sample in the session's source."""
        return self.recording.first_sample + self.first_sample

    @property
    def ends_at(self) -> int:
        """Position after its last sample in the session's source."""
        return self.begins_at + self.n_samples


def seen_spans(recording: Recording, stretches: Iterable[Stretch]) -> list[tuple[Span, str]]:
    """Find the parts of a recording that training has seen, and the role each had.

    Args:
        recording: the file.
        stretches: those of this very file, by its hash.
    """
    found = []
    for stretch in stretches:
        first = max(0, stretch.first_sample)
        end = min(recording.n_samples, stretch.first_sample + stretch.n_samples)
        if first < end:
            found.append((Span(recording, first, end - first), stretch.role))
    return found


def fresh_spans(recording: Recording, seen: Iterable[Span]) -> list[Span]:
    """Find the parts of a recording outside all `seen` ones, in order."""
    fresh: list[Span] = []
    position = 0
    for span in sorted(seen, key=lambda span: span.first_sample):
        if span.first_sample > position:
            fresh.append(Span(recording, position, span.first_sample - position))
        position = max(position, span.first_sample + span.n_samples)
    if position < recording.n_samples:
        fresh.append(Span(recording, position, recording.n_samples - position))
    return fresh


def share_out(
    recording: Recording, seen_by: Sequence[Sequence[Stretch]]
) -> tuple[list[list[Span]], list[tuple[Span, str]]]:
    """Give every part of a recording to the first of some networks that has not seen it.

    Args:
        recording: the file.
        seen_by: for each network the stretches of this very file, by its hash.

    Returns:
        The spans of each network, in order, and what all of them have seen with the role that it
        had for the first.
    """
    seen = [seen_spans(recording, stretches) for stretches in seen_by]
    given: list[list[Span]] = []
    taken: list[Span] = []
    for of_one in seen:
        given.append(fresh_spans(recording, [*taken, *(span for span, _ in of_one)]))
        taken += given[-1]
    left = [
        (part, role)
        for span, role in seen[0]
        for part in fresh_spans(recording, [*taken, *fresh_spans(recording, [span])])
    ]
    return given, left


def unbroken(spans: Sequence[Span]) -> list[list[Span]]:
    """Join spans that continue each other within their recording session.

    Args:
        spans: fresh ones, of one recording in order.

    Returns:
        Runs of spans, each run an unbroken stretch of one source.
    """
    runs: list[list[Span]] = []
    for session in group_sessions(list(dict.fromkeys(span.recording for span in spans))):
        begin_of_session = len(runs)
        for span in _of(session, spans):
            continues = len(runs) > begin_of_session and runs[-1][-1].ends_at == span.begins_at
            if continues:
                runs[-1].append(span)
            else:
                runs.append([span])
    return runs


def _of(session: Sequence[Recording], spans: Sequence[Span]) -> list[Span]:
    return [span for recording in session for span in spans if span.recording == recording]
