import io
import re
from datetime import timedelta
from pathlib import Path

import numpy as np
import soundfile

from asd_monitor.models.recordings import open_recording
from asd_monitor.models.timestamps import format_utc
from asd_monitor.monitor.evidence.sound_file import sound_file_of
from tests.support.takes import takes_of_the_fault


def test_a_clip_is_kept_to_the_bit_and_says_what_it_shows() -> None:
    take = takes_of_the_fault()[-1]
    with soundfile.SoundFile(io.BytesIO(sound_file_of(take))) as file:
        assert (file.format, file.samplerate) == ("FLAC", take.sound.sample_rate_hz)
        assert np.array_equal(file.read(dtype="float32"), take.sound.samples)
        said = dict(re.findall(r"(\w+)=(\S+)", file.comment))
    event = take.event
    assert said["machine"] == "pump"
    assert said["event_id"] == event.event_id
    assert said["started_at"] == format_utc(event.started_at)
    assert event.peak_at is not None
    assert said["peak_at"] == format_utc(event.peak_at)
    begun_at = take.sound.captured_at
    assert abs((event.peak_at - begun_at) / timedelta(seconds=1) - float(said["peak_s"])) < 0.002
    assert float(said["onset_s"]) == 10.0


def test_a_clip_is_a_recording_that_knows_its_place_in_time(tmp_path: Path) -> None:
    take = takes_of_the_fault()[-1]
    path = tmp_path / "clip.flac"
    path.write_bytes(sound_file_of(take))
    recording = open_recording(path)
    assert recording.session == take.event.event_id
    assert recording.first_sample == take.sound.first_sample
    assert abs(recording.recorded_at - take.sound.captured_at) < timedelta(milliseconds=1)
