import re
import signal
from pathlib import Path

import pytest

from asd_monitor.monitor.config import load_config
from tests.support.command_line import asd_monitor, complaint, running
from tests.support.configured import configure
from tests.support.mosquitto import Mosquitto, free_port, needs_mosquitto
from tests.support.refusing_broker import RefusingBroker
from tests.system.conftest import Trained

pytestmark = pytest.mark.system


def test_run_wants_either_a_device_or_a_configuration() -> None:
    for arguments in ([], ["--device", "default", "--config", "x.toml"]):
        assert "either --device or --config" in complaint(asd_monitor("run", *arguments), code=2)


@pytest.mark.parametrize("option", ["--machine", "--channel", "--bundle", "--calibration"])
def test_an_option_that_the_configuration_decides_is_refused_and_not_ignored(
    option: str, trained: Trained, tmp_path: Path
) -> None:
    config = configure(tmp_path, model=trained.machine, recordings=trained.faulty)
    said = complaint(asd_monitor("run", "--config", config, option, "0"), code=2)
    assert option in said


def test_a_device_that_does_not_exist_is_answered_with_those_that_do(
    trained: Trained, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    outcome = asd_monitor(
        "run", "--device", "no such microphone", *trained.model, "--data-dir", data
    )
    said = complaint(outcome, code=2)
    assert "'no such microphone'" in said
    listed = [
        line.split()[0] for line in asd_monitor("devices").stdout.splitlines()[1:] if line.strip()
    ]
    assert all(name in said for name in listed)
    assert listed or "there is none at all" in said
    assert not data.exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('devcie = "hw:1"', "machine[0].devcie; did you mean device?"),
        ('channel = "left"', "machine[0].channel: expected `int | null`"),
        ("channel = ", "cannot read the configuration"),
    ],
)
@pytest.mark.parametrize("command", ["run", "check"])
def test_a_configuration_that_cannot_be_used_is_refused_with_the_key_that_is_wrong(
    command: str, line: str, said: str, tmp_path: Path
) -> None:
    config = tmp_path / "asd-monitor.toml"
    config.write_text(f"[[machine]]\n{line}\n")
    outcome = asd_monitor(command, "--config", config)
    sentence = complaint(outcome, code=78)
    assert said in sentence
    assert str(config) in sentence


def test_run_judges_recordings_to_their_end_and_tells_on_standard_error(
    trained: Trained, tmp_path: Path
) -> None:
    config = configure(tmp_path, model=trained.machine, recordings=trained.faulty)
    outcome = asd_monitor("run", "--config", config, "--data-dir", tmp_path / "data")
    assert outcome.code == 0, outcome.stderr
    assert outcome.stderr.count("anomaly_started") == outcome.stderr.count("anomaly_ended") == 1
    assert outcome.stdout == ""


def test_a_broker_that_refuses_is_told_once_and_listening_goes_on(
    trained: Trained, tmp_path: Path
) -> None:
    with RefusingBroker() as broker:
        config = configure(
            tmp_path,
            model=trained.machine,
            recordings=trained.normal,
            speed="1",
            broker_port=broker.port,
        )
        with running("run", "--config", config, "--data-dir", tmp_path / "data") as daemon:
            broker.wait_for(3)
            assert daemon.poll() is None
            daemon.send_signal(signal.SIGTERM)
            _, stderr = daemon.communicate(timeout=60)
    assert daemon.returncode == 0, stderr
    assert "Traceback" not in stderr
    assert len(re.findall("does not authorise", stderr)) == 1


def test_check_says_not_ok_of_a_broker_that_refuses_and_ok_of_all_else(
    trained: Trained, tmp_path: Path
) -> None:
    config = configure(
        tmp_path, model=trained.machine, recordings=trained.faulty, broker_port=free_port()
    )
    outcome = asd_monitor("check", "--config", config)
    assert outcome.code == 1
    *others, broker = outcome.stdout.splitlines()
    assert len(others) == 3
    assert all(line.startswith("ok      ") for line in others)
    assert broker.startswith("NOT OK  broker: ")
    assert "refuses connections" in broker
    assert outcome.stderr == ""


@needs_mosquitto
def test_check_is_content_where_everything_is_there(trained: Trained, tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        config = configure(
            tmp_path, model=trained.machine, recordings=trained.faulty, broker_port=broker.port
        )
        outcome = asd_monitor("check", "--config", config)
    assert outcome.code == 0
    assert [line.startswith("ok      ") for line in outcome.stdout.splitlines()] == [True] * 4


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_run_cleanly(
    sent: signal.Signals, code: int, trained: Trained, tmp_path: Path
) -> None:
    config = configure(tmp_path, model=trained.machine, recordings=trained.normal, speed="1")
    assert load_config(config).machine[0].id == "pump"
    with running("run", "--config", config, "--data-dir", tmp_path / "data") as daemon:
        assert daemon.stderr is not None
        heard = next(line for line in daemon.stderr if " pump " in line)
        daemon.send_signal(sent)
        _, stderr = daemon.communicate(timeout=60)
    assert daemon.returncode == code, stderr
    assert "unknown" in heard
    assert "Traceback" not in stderr
    assert not list((tmp_path / "data").glob("*.tmp"))
