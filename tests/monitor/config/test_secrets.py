from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.config import MqttConfig, find_secret, mqtt_settings
from asd_monitor.monitor.config.secrets import variable_of


@pytest.fixture(autouse=True)
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which systemd puts credentials, with the variable beside it."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    monkeypatch.setenv("ASD_MONITOR_MQTT_PASSWORD", "from the environment")
    return folder


def test_a_secret_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("secret\nsecond line\n")
    assert find_secret("mqtt-password", file=path) == "secret"


def test_a_file_goes_before_a_credential_and_that_before_the_environment(
    tmp_path: Path, credentials: Path
) -> None:
    assert find_secret("mqtt-password") == "from the environment"
    (credentials / "mqtt-password").write_text("from systemd\n")
    assert find_secret("mqtt-password") == "from systemd"
    (tmp_path / "password").write_text("from a file\n")
    assert find_secret("mqtt-password", file=tmp_path / "password") == "from a file"


def test_nobody_has_it_where_none_of_them_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    monkeypatch.setenv("ASD_MONITOR_MQTT_PASSWORD", "")
    assert find_secret("mqtt-password") is None


@pytest.mark.parametrize("content", [b"\n", b"", b"\xff\n"])
def test_a_file_that_holds_none_is_refused_by_its_key(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"mqtt\.password_file .*password") as error:
        find_secret("mqtt-password", file=path, key="mqtt.password_file")
    assert "from the environment" not in str(error.value)


def test_a_file_that_is_missing_does_not_let_another_place_answer(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot read mqtt\.password_file"):
        find_secret("mqtt-password", file=tmp_path / "nowhere", key="mqtt.password_file")


def test_the_broker_gets_user_and_password_from_credentials(credentials: Path) -> None:
    (credentials / "mqtt-username").write_text("hall\n")
    (credentials / "mqtt-password").write_text("open sesame\n")
    settings = mqtt_settings(MqttConfig(host="localhost"), node="hall")
    assert settings is not None
    assert (settings.username, settings.password) == ("hall", "open sesame")
    assert "open sesame" not in repr(settings)


@given(name=st.text(min_size=1))
def test_every_name_has_a_variable_that_a_shell_can_set(name: str) -> None:
    assert variable_of(name).isidentifier()


def test_variables_are_called_like_credentials() -> None:
    assert variable_of("mqtt-password") == "ASD_MONITOR_MQTT_PASSWORD"
