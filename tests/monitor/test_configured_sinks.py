import json
from pathlib import Path

import pytest

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.config import Config, MachineConfig, NodeConfig, SinkConfig, load_config
from asd_monitor.monitor.configured_sinks import open_sinks
from asd_monitor.monitor.service import run_service
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import anomaly
from tests.support.machines import LENGTH_S, faulty, install, write_session
from tests.support.web_server import WebServer

PUMP = '[[machine]]\nid = "pump"\ndevice = "hw:1"\n'


def test_every_kind_that_can_be_configured_tells_of_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (tmp_path / "secret").write_text("open sesame\n")
    with WebServer() as server:
        path = tmp_path / "asd-monitor.toml"
        path.write_text(
            PUMP
            + '[[sink]]\nkind = "jsonl"\npath = "events.jsonl"\n'
            + '[[sink]]\nkind = "exec"\ncommand = ["tee", "'
            + f'{tmp_path}/tee"]\n'
            + f'[[sink]]\nkind = "webhook"\nurl = "{server.url}"\nsecret_file = "secret"\n'
        )
        configured = load_config(path).sink
        with Store(tmp_path / "s.sqlite") as store:
            sinks = open_sinks(configured, store)
            event = store.record(anomaly(), outgoing=False)
            for sink in sinks:
                sink.start()
                sink.publish_event(event)
            posted = server.wait_for(1)[0].body
            for sink in sinks:
                sink.close(20)
    told = [posted, (tmp_path / "events.jsonl").read_bytes(), (tmp_path / "tee").read_bytes()]
    assert [sink.kind for sink in sinks] == ["jsonl", "exec", "webhook"]
    assert [json.loads(each)["event_id"] for each in told] == [event.event_id] * 3


def test_the_daemon_tells_the_sinks_of_its_configuration(tmp_path: Path) -> None:
    install(tmp_path, "pump")
    write_session(tmp_path, faulty(), lengths_s=[LENGTH_S])
    told = tmp_path / "events.jsonl"
    machine = MachineConfig(id="pump", source="files", paths=(tmp_path,), speed="max")
    sink = SinkConfig(kind="jsonl", path=told)
    config = Config(node=NodeConfig(name="hall"), machine=(machine,), sink=(sink,))
    run_service(config, data=tmp_path, mqtt=None, sinks=[])
    events = [json.loads(line) for line in told.read_text().splitlines()]
    assert [each["event_type"] for each in events] == ["anomaly_started", "anomaly_ended"]
    assert len({each["event_id"] for each in events}) == 1


def test_a_secret_that_cannot_be_read_names_its_key(tmp_path: Path) -> None:
    configured = SinkConfig(kind="webhook", url="http://a/", secret_file=tmp_path / "nowhere")
    with (
        Store(tmp_path / "s.sqlite") as store,
        pytest.raises(ConfigurationError, match=r"webhook\.secret_file"),
    ):
        open_sinks([configured], store)


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ('kind = "jsonl"\n', "kind jsonl needs the key path"),
        ('kind = "exec"\n', "kind exec needs the key command"),
        ('kind = "webhook"\n', "kind webhook needs the key url"),
        ('kind = "webhook"\nurl = "ftp://example.org"\n', "no address of a web server"),
        ('kind = "webhook"\nurl = "http://[::1"\n', "no address of a web server"),
        ('kind = "exec"\ncommand = ["true"]\ntimeout_s = 0\n', "timeout_s has to be above 0"),
        ('kind = "exec"\ncommand = "true"\n', "sink[0].command"),
        ('kind = "jsonl"\npaht = "x"\n', "unknown key sink[0].paht; did you mean path?"),
        ('kind = "pigeon"\n', "sink[0].kind"),
        ("", "kind"),
        (
            'kind = "exec"\ncommand = ["a"]\n[[sink]]\nkind = "exec"\ncommand = ["b"]\n',
            "the id exec",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(tmp_path: Path, table: str, named: str) -> None:
    path = tmp_path / "asd-monitor.toml"
    path.write_text(f"{PUMP}[[sink]]\n{table}")
    with pytest.raises(ConfigurationError) as error:
        load_config(path)
    assert named in str(error.value)
