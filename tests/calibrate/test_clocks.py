from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from asd_monitor.calibrate.clocks import backwards, hours_of_day, say_hours, told_at
from asd_monitor.models.recordings import Recording

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def _recording(
    name: str, *, session: str | None = None, first_sample: int = 0, at: datetime = AT
) -> Recording:
    return Recording(
        path=Path("folder") / name,
        sample_rate_hz=16_000,
        n_channels=1,
        n_samples=160_000,
        session=session,
        first_sample=first_sample,
        recorded_at=at,
    )


@pytest.mark.parametrize(
    "name",
    ["20260301T083015.wav", "pump_2026-03-01_08-30-15.flac", "mic1 2026.03.01 08:30:15 x.wav",
     "a_20260301_083015_000123.wav"],
)  # fmt: skip
def test_a_name_tells_when_the_recording_began(name: str) -> None:
    assert told_at(_recording(name)) == datetime(2026, 3, 1, 8, 30, 15)  # noqa: DTZ001 - local


@pytest.mark.parametrize(
    "name", ["normal_id_00_00000012.wav", "20261301T083015.wav", "20260231T083015.wav", "1.wav",
             "120260301T0830155.wav"],
)  # fmt: skip
def test_numbers_that_are_no_time_tell_nothing(name: str) -> None:
    assert told_at(_recording(name)) is None


def test_the_tag_of_a_session_tells_when_it_began() -> None:
    local = AT.astimezone().replace(tzinfo=None)
    assert told_at(_recording("1.wav", session="s")) == local


def test_a_clock_that_runs_backwards_in_names_is_found() -> None:
    names = ["r1_20260301T120000.wav", "r2_20260301T115900.wav", "r10_20260301T121000.wav"]
    assert backwards(map(_recording, names)) == ((names[1], names[0]),)


def test_a_clock_that_runs_backwards_within_a_session_is_found() -> None:
    first = _recording("a.wav", session="s")
    second = _recording("b.wav", session="s", first_sample=160_000, at=AT - timedelta(hours=1))
    assert backwards([second, first]) == (("b.wav", "a.wav"),)


def test_recordings_of_two_microphones_do_not_contradict_each_other() -> None:
    names = ["mica_20260301T120000.wav", "mica_20260301T130000.wav", "micb_20260301T110000.wav"]
    assert backwards(map(_recording, names)) == ()


def test_hours_are_said_as_a_clock_shows_them() -> None:
    times = [datetime(2026, 3, day, hour) for day in (1, 2) for hour in (9, 8, 14)]  # noqa: DTZ001
    assert hours_of_day(times) == (8, 9, 14)
    assert say_hours((8, 9, 14)) == "08:00 to 10:00 and 14:00 to 15:00"
