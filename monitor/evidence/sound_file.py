"""A take as the bytes of a sound file. Pure."""

from datetime import timedelta

from asd_monitor.models.recording_writer import encode_recording
from asd_monitor.models.tags import SessionTag
from asd_monitor.models.timestamps import format_utc
from asd_monitor.monitor.evidence.take import Take


def sound_file_of(take: Take) -> bytes:
    """The clip as a 16-bit FLAC file at the rate of its source.

    It is a recording like any other (its session is the event), so that `explain` and `replay`
    know its place in time, and says in its comment what it shows: machine, event id, when the event
    began and was at its worst, in UTC and in seconds from the beginning of the clip.
    """
    event, sound = take.event, take.sound
    remarks = {
        "machine": event.machine,
        "event_id": event.event_id,
        "started_at": format_utc(event.started_at),
        "onset_s": f"{take.onset_s:.3f}",
    }
    if event.peak_at is not None:
        peak_s = take.onset_s + (event.peak_at - event.started_at) / timedelta(seconds=1)
        remarks |= {"peak_at": format_utc(event.peak_at), "peak_s": f"{peak_s:.3f}"}
    return encode_recording(
        sound.samples,
        file_format="FLAC",
        sample_rate_hz=sound.sample_rate_hz,
        tag=SessionTag(
            session=event.event_id,
            first_sample=sound.first_sample,
            recorded_at=sound.captured_at,
        ),
        remarks=remarks,
    )
