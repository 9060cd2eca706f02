from pathlib import Path

import pytest

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.config import load_config

PUMP = '[[machine]]\nid = "pump"\ndevice = "hw:1"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "asd-monitor.toml"
    path.write_text(text)
    return path


def test_defaults_are_filled_in(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, PUMP))
    assert config.machine[0].id == "pump"
    assert config.machine[0].source == "microphone"
    assert config.mqtt.host is None
    assert config.node.name


def test_relative_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, PUMP + 'bundle = "b.safetensors"\n'))
    assert config.machine[0].bundle == tmp_path / "b.safetensors"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (PUMP + 'devcie = "x"\n', "machine[0].devcie; did you mean device?"),
        (PUMP + "[mqt]\n", "mqt; did you mean mqtt?"),
        (PUMP + "[mqtt]\nzzzzzz = 1\n", "mqtt.zzzzzz; known are host"),
        (PUMP + 'channel = "left"\n', "machine[0].channel: expected `int | null`"),
        (PUMP + "channel = -1\n", "channel -1 is negative"),
        (PUMP + PUMP, "two machines have the id pump"),
        ('[[machine]]\nid = "Pump 1"\ndevice = "x"\n', "'Pump 1' may only have"),
        ('[[machine]]\nid = "pump"\n', "needs the key device"),
        ('[[machine]]\nid = "pump"\nsource = "files"\n', "needs the key paths"),
        ('[[machine]]\nid = "pump"\nsource = "ear"\n', "machine[0].source"),
        ('[node]\nname = "a/b"\n' + PUMP, "node.name 'a/b'"),
        ("", "no [[machine]] is configured"),
        ("machine =", "cannot read the configuration"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigurationError) as error:
        load_config(path)
    assert named in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml"):
        load_config(tmp_path / "nowhere.toml")
