from pathlib import Path

import pytest

from tests.support.command_line import asd_monitor, complaint
from tests.support.mosquitto import Mosquitto, free_port, needs_mosquitto

pytestmark = [pytest.mark.system, needs_mosquitto]
SESAME = "open sesame"


def configured(folder: Path, broker: Mosquitto, password: str) -> Path:
    (folder / "password").write_text(f"{password}\n")
    path = folder / "asd-monitor.toml"
    path.write_text(
        '[[machine]]\nid = "pump"\ndevice = "hw:1"\n[mqtt]\nhost = "127.0.0.1"\n'
        f'port = {broker.port}\nusername = "hall"\npassword_file = "password"\n'
    )
    return path


def test_every_stage_is_told_and_the_one_that_fails_decides(tmp_path: Path) -> None:
    with Mosquitto(tmp_path, users={"hall": SESAME}) as broker:
        good = asd_monitor("test-mqtt", "--config", configured(tmp_path, broker, SESAME))
        wrong = asd_monitor("test-mqtt", "--config", configured(tmp_path, broker, "wrong secret"))
    assert good.code == 0
    assert [line.partition(":")[0].split("  ")[-1] for line in good.stdout.splitlines()] == [
        *("resolve", "connect", "authenticate", "publish", "read back"),
    ]
    assert wrong.code == 1
    assert wrong.stdout.splitlines()[-1].startswith("FAILED  authenticate: ")
    everything = good.stdout + good.stderr + wrong.stdout + wrong.stderr
    assert SESAME not in everything
    assert "wrong secret" not in everything


def test_name_and_password_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASD_MONITOR_MQTT_USERNAME", "hall")
    monkeypatch.setenv("ASD_MONITOR_MQTT_PASSWORD", SESAME)
    with Mosquitto(tmp_path, users={"hall": SESAME}) as broker:
        outcome = asd_monitor("test-mqtt", "--mqtt", f"{broker.host}:{broker.port}")
    assert outcome.code == 0
    assert "authenticate: as 'hall'" in outcome.stdout


def test_a_broker_has_to_be_named(tmp_path: Path) -> None:
    path = tmp_path / "asd-monitor.toml"
    path.write_text('[[machine]]\nid = "pump"\ndevice = "hw:1"\n')
    assert "give --mqtt or --config" in complaint(asd_monitor("test-mqtt"), code=2)
    assert "names no broker" in complaint(asd_monitor("test-mqtt", "--config", path), code=78)
    assert asd_monitor("test-mqtt", "--mqtt", f"127.0.0.1:{free_port()}").code == 1
