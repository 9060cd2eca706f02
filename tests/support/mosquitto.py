"""A private, real MQTT broker, and a subscriber that writes down what it hears."""

import json
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

from tests.support.process_lines import ProcessLines

_PATIENCE_S = 20.0

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
needs_mosquitto = pytest.mark.skipif(
    MOSQUITTO is None or shutil.which("mosquitto_sub") is None,
    reason="needs the programs mosquitto and mosquitto_sub (packages mosquitto, mosquitto-clients)",
)


needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="needs the program openssl"
)


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, PEM."""

    file: Path
    key_file: Path


def self_signed_certificate(
    folder: Path, *, name: str = "certificate", of: str = "IP:127.0.0.1"
) -> Certificate:
    """A certificate that only who is told of it trusts.

    Args:
        folder: for its files.
        name: of its files.
        of: whom it is made for, as openssl's ``subjectAltName``.
    """
    made = Certificate(folder / f"{name}.pem", folder / f"{name}-key.pem")
    algorithm = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subject = ["-subj", "/CN=test", "-addext", f"subjectAltName={of}"]
    files = ["-out", str(made.file), "-keyout", str(made.key_file)]
    command = ["openssl", "req", "-x509", "-days", "2", *algorithm, *subject, *files]
    subprocess.run(command, check=True, capture_output=True)
    return made


def expired_certificate(folder: Path) -> Certificate:
    """A certificate of 127.0.0.1 that was valid for one day in 2020."""
    made = Certificate(folder / "expired.pem", folder / "expired-key.pem")
    authority = folder / "expired-authority"
    authority.mkdir()
    (authority / "index").touch()
    (authority / "ca.cnf").write_text(
        f"[ca]\ndefault_ca = own\n[own]\nnew_certs_dir = {authority}\n"
        f"database = {authority}/index\nrand_serial = yes\ndefault_md = sha256\n"
        "policy = any\nx509_extensions = v3\n[any]\ncommonName = supplied\n"
        "[v3]\nsubjectAltName = IP:127.0.0.1\n"
    )
    request = str(authority / "request.pem")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    commands = [
        ["req", "-new", *key, "-subj", "/CN=test", "-keyout", str(made.key_file), "-out", request],
        [
            *("ca", "-batch", "-selfsign", "-config", str(authority / "ca.cnf"), "-in", request),
            *("-keyfile", str(made.key_file), "-out", str(made.file), "-notext"),
            *("-startdate", "20200101000000Z", "-enddate", "20200102000000Z"),
        ],
    ]
    for command in commands:
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    return made


class Mosquitto:
    """A broker on a loopback port of its own. As a context manager it starts and stops.

    It keeps retained messages and queues of lasting sessions over `stop` and `start`, as a
    broker on a host does.

    Args:
        folder: for its configuration and database.
        users: names and passwords; anonymous access without.
        certificate: speak TLS with it.
        host: address to listen on.
        options: further lines of its configuration.
        acl: lines of its file of access rules; everything is allowed without.
    """

    def __init__(
        self,
        folder: Path,
        *,
        users: dict[str, str] | None = None,
        certificate: Certificate | None = None,
        host: str = "127.0.0.1",
        options: Sequence[str] = (),
        acl: Sequence[str] = (),
    ) -> None:
        self.host = host
        self._options = options
        self._acl = acl
        self.port = free_port()
        self._users = users
        self._certificate = certificate
        self._folder = folder / f"mosquitto-{self.port}"
        self._folder.mkdir()
        self._process: subprocess.Popen[str] | None = None
        self._lines: ProcessLines | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start, and return when it listens."""
        assert MOSQUITTO is not None
        self._process = _start([MOSQUITTO, "-c", str(self._write_configuration())])
        self._lines = ProcessLines(self._process)
        is_running = self._lines.wait_for(
            lambda lines: any(line.endswith(" running") for line in lines), _PATIENCE_S
        )
        said = self._lines.all()
        if not is_running:
            self.kill()
        assert is_running, said

    def stop(self) -> None:
        """End it in order; nothing where it does not run."""
        self._end(subprocess.Popen.terminate)

    def kill(self) -> None:
        """End it with SIGKILL."""
        self._end(subprocess.Popen.kill)

    @property
    def log(self) -> list[str]:
        """What it has said since its last start."""
        return self._lines.all() if self._lines else []

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """A time in which it lives, and answers nobody."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def forget(self) -> None:
        """Lose what a stopped broker has kept."""
        (self._folder / "mosquitto.db").unlink(missing_ok=True)

    def _end(self, end: Callable[[subprocess.Popen[str]], None]) -> None:
        if self._process is not None and self._lines is not None:
            end(self._process)
            self._lines.join()
        self._process = None

    def _write_configuration(self) -> Path:
        lines = [
            f"listener {self.port} {self.host}",
            "user root",
            "log_dest stderr",
            "persistence true",
            f"persistence_location {self._folder}/",
            f"allow_anonymous {'false' if self._users else 'true'}",
            *self._options,
        ]
        if self._acl:
            rules = self._folder / "acl"
            rules.write_text("\n".join(self._acl) + "\n")
            rules.chmod(0o600)
            lines.append(f"acl_file {rules}")
        if self._users:
            lines.append(f"password_file {self._write_passwords(self._users)}")
        if self._certificate:
            lines += [f"certfile {self._certificate.file}", f"keyfile {self._certificate.key_file}"]
        path = self._folder / "mosquitto.conf"
        path.write_text("\n".join(lines) + "\n")
        return path

    def _write_passwords(self, users: dict[str, str]) -> Path:
        path = self._folder / "passwords"
        path.touch(mode=0o600)
        for name, password in users.items():
            subprocess.run(["mosquitto_passwd", "-b", str(path), name, password], check=True)
        return path


@dataclass(frozen=True)
class Heard:
    """A message as a subscriber got it."""

    topic: str
    payload: str
    retain: bool

    def json(self) -> dict[str, Any]:
        """The payload as an object."""
        fields: dict[str, Any] = json.loads(self.payload)
        return fields


class Subscriber:
    """``mosquitto_sub`` in a lasting session. As a context manager it is subscribed on entering.

    Args:
        host: of the broker.
        port: of the broker.
        topic: filter.
        user: name and password, or None.
        ca_file: speak TLS, and trust this.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        topic: str = "#",
        user: tuple[str, str] | None = None,
        ca_file: Path | None = None,
    ) -> None:
        login = ["-u", user[0], "-P", user[1]] if user else []
        login += ["--cafile", str(ca_file)] if ca_file else []
        name = f"subscriber-{free_port()}"
        # mosquitto_sub keeps its lines back when no terminal reads them.
        self._command = [
            *(
                "stdbuf",
                "-oL",
                "mosquitto_sub",
                "-h",
                host,
                "-p",
                str(port),
                "-t",
                topic,
                "-q",
                "1",
            ),
            *("-i", name, "-c", "-d", "-v", "-F", "%j", *login),
        ]

    def __enter__(self) -> Self:
        self._process = _start(self._command)
        self._lines = ProcessLines(self._process)
        is_subscribed = self._lines.wait_for(
            lambda lines: any(line.startswith("Subscribed") for line in lines), _PATIENCE_S
        )
        if not is_subscribed:
            self.__exit__()
        assert is_subscribed, self._lines.all()
        return self

    def __exit__(self, *_: object) -> None:
        # Its handler of SIGTERM takes a lock that its main loop may hold, and then waits for ever.
        self._process.kill()
        self._lines.join()

    def heard(self, topic_end: str = "") -> list[Heard]:
        """What has come so far, of topics with this ending."""
        return _messages(self._lines.all(), topic_end)

    def wait_for(
        self, predicate: Callable[[Heard], bool], *, timeout_s: float = _PATIENCE_S
    ) -> Heard:
        """The first message, from the beginning on, that the predicate holds for."""
        found = self._lines.wait_for(lambda lines: any(map(predicate, _messages(lines))), timeout_s)
        assert found, self.heard()
        return next(filter(predicate, self.heard()))

    def wait_for_count(
        self, topic_end: str, count: int, *, timeout_s: float = _PATIENCE_S
    ) -> list[Heard]:
        """The messages of topics with this ending, when at least so many have come."""
        enough = self._lines.wait_for(
            lambda lines: len(_messages(lines, topic_end)) >= count, timeout_s
        )
        assert enough, self.heard()
        return self.heard(topic_end)


def retained(host: str, port: int, topic: str) -> str:
    """What a newcomer is told about a topic at once."""
    with Subscriber(host, port, topic=topic) as newcomer:
        return newcomer.wait_for(lambda heard: heard.retain and heard.topic == topic).payload


def _messages(lines: list[str], topic_end: str = "") -> list[Heard]:
    objects = [json.loads(line) for line in lines if line.startswith("{")]
    return [
        Heard(found["topic"], found.get("payload") or "", bool(found["retain"]))
        for found in objects
        if found["topic"].endswith(topic_end)
    ]


def _start(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
