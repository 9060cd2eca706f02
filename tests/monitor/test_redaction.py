import json
from collections.abc import Iterator
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.monitor.config import Config, MachineConfig, MqttConfig, SinkConfig
from asd_monitor.monitor.redaction import REMOVED, redacted, secrets_in, strike_out

secret = st.text(min_size=8, max_size=40).filter(lambda text: text not in REMOVED)
surroundings = st.text(alphabet="0123456789 {}\n", max_size=20)


@given(before=surroundings, secret=secret, after=surroundings)
def test_a_secret_is_struck_out_as_it_is_and_as_json_and_python_write_it(
    before: str, secret: str, after: str
) -> None:
    for written in (secret, json.dumps(secret), json.dumps(secret, ensure_ascii=False)):
        assert secret not in strike_out(before + written + after, [secret])
    assert repr(secret)[1:-1] not in strike_out(f"{before}{secret!r}{after}", [secret])


def test_the_longest_secret_goes_first_so_that_no_end_of_it_stays() -> None:
    assert strike_out("open sesame", ["open", "open sesame"]) == REMOVED


def test_a_text_without_secrets_stays_as_it_is() -> None:
    assert strike_out("nothing here", []) == "nothing here"
    assert strike_out("a b c", ["a", ""]) == "a b c"


@given(secret=secret)
def test_no_value_of_the_configuration_that_may_be_secret_is_shown(secret: str) -> None:
    config = Config(
        machine=(MachineConfig(id="pump", device="hw:1"),),
        mqtt=MqttConfig(host="broker.example", username=secret, password_file=Path("/etc/secret")),
        sink=(
            SinkConfig(kind="exec", command=("curl", "-u", secret)),
            SinkConfig(kind="webhook", url=f"https://{secret}@example.org/?token={secret}"),
        ),
    )
    shown = list(texts(redacted(config)))
    assert not any(secret in text for text in shown)
    assert {"broker.example", "hw:1"} <= set(shown)
    assert secret in secrets_in(config)


def texts(tree: object) -> Iterator[str]:
    """Every text in a tree of plain values."""
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, list):
        for each in tree:
            yield from texts(each)
    elif isinstance(tree, str):
        yield tree


def test_an_address_is_never_shown_whatever_key_it_has() -> None:
    machine = MachineConfig(id="pump", device="rtsp://me:let-me-in@camera.example/sound")
    assert list(texts(redacted(Config(machine=(machine,))))).count(REMOVED) == 1


def test_what_is_needed_to_help_is_shown_and_what_is_not_set_is_not() -> None:
    config = Config(
        machine=(MachineConfig(id="pump", device="hw:1", channel=0, bundle=Path("/srv/b")),),
        mqtt=MqttConfig(host="broker.example", username="hall"),
    )
    shown = redacted(config)
    assert shown["machine"] == [
        {
            "id": "pump",
            "source": "microphone",
            "device": "hw:1",
            "channel": 0,
            "speed": "1",
            "pause_s": 300.0,
            "format": "S16_LE",
            "rate_hz": 16_000,
            "channels": 1,
            "bands": "event",
            "bundle": "/srv/b",
        }
    ]
    assert shown["mqtt"]["username"] == REMOVED
    assert "password_file" not in shown["mqtt"]


def test_the_parts_of_an_address_are_known_by_themselves() -> None:
    sink = SinkConfig(kind="webhook", url="https://me:let-me-in@example.org/hook?token=abc%20def")
    known = set(secrets_in(Config(sink=(sink,))))
    assert {"me", "let-me-in", "abc def"} <= known
