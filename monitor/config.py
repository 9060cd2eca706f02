"""The configuration file: TOML, every key checked, nothing guessed."""

import dataclasses
import difflib
import re
import socket
import tomllib
import typing
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.folders import DEFAULT_MACHINE, check_machine_id
from asd_monitor.monitor.mqtt_settings import DEFAULT_PORT, MqttSettings

TLS_PORT = 8883


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeConfig:
    """The table ``[node]``.

    Attributes:
        name: this computer's name in topics and payloads; the host name where not given.
        data_dir: folder of machines and store; where not given ``$STATE_DIRECTORY``, which systemd
            sets, else the XDG data folder.
    """

    name: str = field(default_factory=lambda: socket.gethostname().split(".")[0])
    data_dir: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineConfig:
    """One table ``[[machine]]``: one thing being listened to.

    Attributes:
        id: its name in topics, payloads and on disk.
        source: kind of source: ``microphone`` or ``files``.
        device: of a microphone: ``hw:1``, a name or a part of one, ``pulse:SOURCE``.
        channel: channel to listen to, counted from 0; the mean of all where not given.
        paths: of ``files``: recordings and folders, played in order.
        speed: of ``files``: ``1`` for real time, ``max`` for as fast as possible.
        bundle: file to use instead of the one in the machine's folder.
        calibration: file to use instead of the one in the machine's folder.
    """

    id: str = DEFAULT_MACHINE
    source: typing.Literal["microphone", "files"] = "microphone"
    device: str | None = None
    channel: int | None = None
    paths: tuple[Path, ...] = ()
    speed: typing.Literal["1", "max"] = "1"
    bundle: Path | None = None
    calibration: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttConfig:
    """The table ``[mqtt]``.

    Attributes:
        host: name or address of the broker; nothing is published where not given.
        port: its port; 8883 with TLS and 1883 without where not given.
        username: to log in with.
        password_file: file whose first line is the password; secrets are never written here.
        tls: encrypt the connection and check the broker's certificate.
        ca_file: authority that signed the broker's certificate, PEM; the system's where not given.
        cert_file: our certificate for mutual TLS, PEM.
        key_file: the key of ``cert_file``, PEM.
        keepalive_s: seconds between signs of life.
        home_assistant: introduce every machine to Home Assistant, by MQTT device discovery.
    """

    host: str | None = None
    port: int | None = None
    username: str | None = None
    password_file: Path | None = None
    tls: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    keepalive_s: int = 30
    home_assistant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkConfig:
    """One table ``[[sink]]``: one more who is told of every event, beside the broker.

    Attributes:
        kind: ``jsonl``, a file of lines; ``exec``, a program; ``webhook``, a web server.
        id: its name, under which it is remembered what it has not been told yet; ``kind`` where
            not given.
        path: of ``jsonl``: file to which each event is appended as one line of JSON.
        command: of ``exec``: program and arguments; it gets the event as JSON on its input.
        url: of ``webhook``: address to which the event is posted as JSON.
        secret_file: of ``webhook``: file whose first line signs what is posted; it is not signed
            where not given.
        timeout_s: of ``exec`` and ``webhook``: longest time for one event.
    """

    kind: typing.Literal["jsonl", "exec", "webhook"]
    id: str | None = None
    path: Path | None = None
    command: tuple[str, ...] = ()
    url: str | None = None
    secret_file: Path | None = None
    timeout_s: float = 10.0

    @property
    def name(self) -> str:
        """What it is called."""
        return self.id or self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration of one daemon."""

    node: NodeConfig = field(default_factory=NodeConfig)
    machine: tuple[MachineConfig, ...] = ()
    mqtt: MqttConfig = field(default_factory=MqttConfig)
    sink: tuple[SinkConfig, ...] = ()


def load_config(path: Path) -> Config:
    """Read and check a configuration file. Relative paths in it are relative to its folder.

    Raises:
        ConfigurationError: the file cannot be read, is not TOML, or has an unknown key, a value
            of the wrong type, or machines that contradict each other.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"cannot read the configuration {path}: {error.strerror}"
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"cannot read the configuration {path}: {error}") from error
    _refuse_unknown_keys(data, Config, where="", path=path)
    try:
        config: Config = msgspec.convert(data, Config, dec_hook=_decode_path)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{path}: {_in_words(str(error))}") from error
    _check(config, path)
    return typing.cast("Config", _resolve_paths(config, path.absolute().parent))


def _decode_path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise ValueError(f"Expected `str`, got `{type(value).__name__}`")


def _in_words(message: str) -> str:
    """Put the key before what is wrong with it, where msgspec puts it behind."""
    what, _, where = message.partition(" - at `$.")
    return f"{where.rstrip('`')}: {what[0].lower()}{what[1:]}" if where else message


def _refuse_unknown_keys(data: object, kind: object, *, where: str, path: Path) -> None:
    """Walk tables beside their dataclasses and name the nearest key for every unknown one."""
    if typing.get_origin(kind) is tuple and isinstance(data, list):
        for index, item in enumerate(data):
            _refuse_unknown_keys(
                item, typing.get_args(kind)[0], where=f"{where}[{index}]", path=path
            )
        return
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind) and isinstance(data, dict)):
        return
    known = typing.get_type_hints(kind)
    for key, value in data.items():
        full = f"{where}.{key}" if where else key
        if key not in known:
            raise ConfigurationError(f"{path}: unknown key {full}{_nearest(key, known)}")
        _refuse_unknown_keys(value, known[key], where=full, path=path)


def _nearest(key: str, known: typing.Iterable[str]) -> str:
    near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; known are {', '.join(known)}"


def _check(config: Config, path: Path) -> None:
    if not config.machine:
        raise ConfigurationError(f"{path}: no [[machine]] is configured, so there is nothing to do")
    if not re.fullmatch(r"[^+#/\s]+", config.node.name):
        raise ConfigurationError(
            f"{path}: node.name {config.node.name!r} becomes part of MQTT topics, so it may not be "
            "empty or have spaces, '+', '#' or '/'"
        )
    ids = [check_machine_id(machine.id) for machine in config.machine]
    twice = next((name for name in ids if ids.count(name) > 1), None)
    if twice:
        raise ConfigurationError(f"{path}: two machines have the id {twice}; ids must differ")
    for machine in config.machine:
        check_machine(machine, where=str(path))
    names = [sink.name for sink in config.sink]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ConfigurationError(
            f"{path}: two sinks have the id {twice}; give them ids that differ"
        )
    for sink in config.sink:
        _check_sink(sink, where=str(path))


def _check_sink(sink: SinkConfig, *, where: str) -> None:
    needed = {"jsonl": "path", "exec": "command", "webhook": "url"}[sink.kind]
    if not getattr(sink, needed):
        raise ConfigurationError(
            f"{where}: sink {sink.name} of kind {sink.kind} needs the key {needed}"
        )
    if sink.url and not _is_web_address(sink.url):
        raise ConfigurationError(
            f"{where}: sink {sink.name}: url {sink.url!r} is no address of a web server, such as "
            "https://example.org/hook"
        )
    if not sink.timeout_s > 0:
        raise ConfigurationError(f"{where}: sink {sink.name}: timeout_s has to be above 0")


def _is_web_address(url: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def check_machine(machine: MachineConfig, *, where: str) -> None:
    """See to it that a machine's source has what it needs.

    Raises:
        ConfigurationError: a key that its source needs is missing, or one is out of range.
    """
    needed = {"microphone": "device", "files": "paths"}[machine.source]
    if not getattr(machine, needed):
        raise ConfigurationError(
            f"{where}: machine {machine.id} with source {machine.source} needs the key {needed}"
        )
    if machine.channel is not None and machine.channel < 0:
        raise ConfigurationError(
            f"{where}: machine {machine.id}: channel {machine.channel} is negative; "
            "channels are counted from 0"
        )


def _resolve_paths(value: object, folder: Path) -> object:
    """The same dataclass with every relative path made absolute against the file's folder."""
    if isinstance(value, Path):
        return folder / value
    if isinstance(value, tuple):
        return tuple(_resolve_paths(item, folder) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        resolved = {
            f.name: _resolve_paths(getattr(value, f.name), folder)
            for f in dataclasses.fields(value)
        }
        return dataclasses.replace(value, **resolved)
    return value


def mqtt_settings(mqtt: MqttConfig, *, node: str) -> MqttSettings | None:
    """The settings of the connection to the broker; None where no broker is configured.

    Raises:
        ConfigurationError: a value cannot be used, or the password file cannot be read.
    """
    if mqtt.host is None:
        return None
    is_encrypted = mqtt.tls or mqtt.ca_file is not None or mqtt.cert_file is not None
    return MqttSettings(
        host=mqtt.host,
        port=mqtt.port or (TLS_PORT if is_encrypted else DEFAULT_PORT),
        node=node,
        username=mqtt.username,
        password=read_password(mqtt.password_file) if mqtt.password_file else None,
        tls=mqtt.tls,
        ca_file=mqtt.ca_file,
        cert_file=mqtt.cert_file,
        key_file=mqtt.key_file,
        keepalive_s=mqtt.keepalive_s,
        home_assistant=mqtt.home_assistant,
    )


def read_password(path: Path) -> str:
    """The first line of the broker's password file.

    Raises:
        ConfigurationError: it cannot be read or is empty.
    """
    return read_secret(path, key="mqtt.password_file")


def read_secret(path: Path, *, key: str) -> str:
    """The first line of a file that holds a secret.

    Args:
        path: the file.
        key: of the configuration that names the file.

    Raises:
        ConfigurationError: it cannot be read or is empty.
    """
    try:
        secret = path.read_text(encoding="utf-8").partition("\n")[0]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read {key} {path}: {error}") from error
    if not secret:
        raise ConfigurationError(f"{key} {path} has an empty first line")
    return secret
