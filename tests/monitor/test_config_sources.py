"""Sources besides the microphone, as a configuration names them."""

from pathlib import Path
from typing import get_args

import pytest

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.config import MachineConfig, load_config
from asd_monitor.monitor.config.machine import SampleFormat
from asd_monitor.monitor.configured_source import open_source
from asd_monitor.monitor.pcm import PcmFormat
from asd_monitor.monitor.sources.watch import Watch


def loaded(folder: Path, *lines: str) -> MachineConfig:
    path = folder / "asd-monitor.toml"
    path.write_text("\n".join(["[[machine]]", *lines]))
    return load_config(path).machine[0]


def test_a_watched_folder_is_relative_to_the_file_(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    machine = loaded(tmp_path, 'source = "watch"', 'paths = ["drop"]', "pause_s = 60")
    source = open_source(machine)
    assert isinstance(source, Watch)
    assert source.status.name == str(tmp_path / "drop")


def test_standard_input_says_how_it_is_read(tmp_path: Path) -> None:
    machine = loaded(
        tmp_path, 'source = "stdin"', 'format = "S32_LE"', "rate_hz = 48000", "channels = 2"
    )
    assert open_source(machine).status.name == "standard input (S32_LE, 48000 Hz, 2 channels)"


def test_the_address_of_a_stream_comes_from_its_file_and_shows_no_password(
    tmp_path: Path,
) -> None:
    (tmp_path / "camera").write_text("rtsp://me:topsecret@camera/audio\n")
    address = loaded(tmp_path, 'source = "stream"', 'url_file = "camera"').stream_address()
    assert address.url == "rtsp://me:topsecret@camera/audio"
    assert address.shown == "rtsp://camera/audio"


def test_every_format_there_is_has_a_name_in_the_configuration() -> None:
    assert [each.value for each in PcmFormat] == list(get_args(SampleFormat))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (['source = "watch"'], "needs the key paths"),
        (['source = "stream"'], "needs either the key url or the key url_file"),
        (['source = "stream"', 'url = "http://h/"', 'url_file = "x"'], "needs either the key url"),
        (['source = "stream"', 'url = "camera"'], "the address of a stream begins with its kind"),
        (['source = "stream"', 'url = "http://me:topsecret@h/"'], "holds a password"),
        (['source = "stdin"', "rate_hz = 0"], "rate_hz has to be above 0"),
        (['source = "stdin"', 'format = "S17"'], "machine[0].format: invalid enum value 'S17'"),
        (
            ['source = "stdin"', "[[machine]]", 'id = "b"', 'source = "stdin"'],
            "of which there is one",
        ),
    ],
)
def test_what_cannot_be_listened_to_is_refused_with_the_key(
    lines: list[str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        loaded(tmp_path, *lines)
    assert said in str(caught.value)
    assert "topsecret" not in str(caught.value)
