"""Whatever is in a file: it is read, or it is an error of the domain."""

import contextlib

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from asd_monitor.models.errors import AsdMonitorError
from tests.fuzz.spoiling import spoilt
from tests.fuzz.targets import (
    CONFIGURATION,
    TARGETS,
    bundle_file,
    calibration_file,
    read_audio,
    seed,
    sound_files,
)

MANY = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
SOUND_FILES = sound_files()
BUNDLE, CALIBRATION = bundle_file(), calibration_file()


@pytest.mark.parametrize("suffix", SOUND_FILES)
@MANY
@given(data=st.data())
def test_the_audio_reader(suffix: str, data: st.DataObject) -> None:
    content = data.draw(spoilt(*SOUND_FILES.values()) | spoilt(SOUND_FILES[suffix]))
    with contextlib.suppress(AsdMonitorError):
        read_audio(content, suffix=suffix)


@MANY
@given(content=spoilt(BUNDLE) | spoilt(BUNDLE[:4096]) | st.binary(max_size=64))
@example(content=b"\xff" * 8 + b"{}")
def test_the_bundle_reader(content: bytes) -> None:
    read("bundle", content)


@MANY
@given(content=spoilt(CALIBRATION) | st.binary(max_size=64))
@example(content=b"[" * 5_000)
@example(content=b'{"schema": 1, "machine": "\xff"}')
def test_the_calibration_reader(content: bytes) -> None:
    read("calibration", content)


@MANY
@given(content=spoilt(CONFIGURATION.encode()) | st.binary(max_size=64))
@example(content=b"a = " + b"[" * 5_000)
@example(content=b"[[machine]]\nid = 1979-05-27\n")
def test_the_configuration_reader(content: bytes) -> None:
    read("configuration", content)


@pytest.mark.parametrize(
    ("name", "seeds"),
    [
        ("budget", [b"1/week", b"0.5/10min", b"2/day"]),
        ("broker", [b"localhost:1883", b"[::1]:1883", b"10.0.0.1"]),
    ],
)
@MANY
@given(data=st.data())
def test_what_is_typed(name: str, seeds: list[bytes], data: st.DataObject) -> None:
    read(name, data.draw(spoilt(*seeds) | st.text(max_size=12).map(str.encode)))


def read(name: str, content: bytes) -> None:
    with contextlib.suppress(AsdMonitorError):
        TARGETS[name](content)


@pytest.mark.parametrize("name", TARGETS)
def test_the_fuzzer_begins_with_what_can_be_read(name: str) -> None:
    TARGETS[name](seed(name))
