"""The way to a broker, a stage at a time, so that the one that fails has a name."""

import enum
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from ulid import ULID

from asd_monitor.models.errors import BrokerError
from asd_monitor.monitor.messages import Topics
from asd_monitor.monitor.mqtt import words as mqtt_words
from asd_monitor.monitor.mqtt.client import tls_context
from asd_monitor.monitor.mqtt.connection import MqttConnection
from asd_monitor.monitor.mqtt.settings import MqttSettings
from asd_monitor.monitor.waker import Waker

_PATIENCE_S: Final = 5.0


class Stage(enum.StrEnum):
    """What has to work, in this order."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    TLS = "TLS"
    AUTHENTICATE = "authenticate"
    PUBLISH = "publish"
    READ_BACK = "read back"


@dataclass(frozen=True, slots=True)
class Step:
    """How a stage went.

    Attributes:
        stage: which one.
        passed: whether the next one can be tried.
        said: what was found, or why it failed and what to do, one sentence.
    """

    stage: Stage
    passed: bool
    said: str


def walk(settings: MqttSettings) -> Iterator[Step]:
    """Go the whole way, or until a stage fails; without TLS, its stage is left out.

    A message that is not retained is published to a topic that nobody else uses, under a client id
    of its own: a running monitor is not disturbed.

    Raises:
        ConfigurationError: a TLS file cannot be used.
    """
    context = tls_context(settings) if settings.uses_tls else None
    with ExitStack() as stack:
        traveller = _Traveller(settings, context, stack)
        stages: dict[Stage, Callable[[], str]] = {
            Stage.RESOLVE: traveller.resolve,
            Stage.CONNECT: traveller.connect,
            **({Stage.TLS: traveller.encrypt} if context is not None else {}),
            Stage.AUTHENTICATE: traveller.authenticate,
            Stage.PUBLISH: traveller.publish,
            Stage.READ_BACK: traveller.read_back,
        }
        for stage, pass_stage in stages.items():
            try:
                said = pass_stage()
            except BrokerError as error:
                yield Step(stage, passed=False, said=str(error))
                return
            yield Step(stage, passed=True, said=said)


class _Traveller:
    """Remembers from one stage to the next what was opened."""

    def __init__(
        self, settings: MqttSettings, context: ssl.SSLContext | None, stack: ExitStack
    ) -> None:
        self._settings = settings
        self._context = context
        self._stack = stack
        self._topic = f"{Topics(settings.node).base}/test"
        self._message = f"asd-monitor test-mqtt {ULID()}".encode()

    def resolve(self) -> str:
        """Find the addresses of the host."""
        host, port = self._settings.host, self._settings.port
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise self._unreachable(error) from error
        return f"{host} is {', '.join(dict.fromkeys(str(each[4][0]) for each in found))}"

    def connect(self) -> str:
        """Open a connection that the next stage uses."""
        try:
            self._channel = self._stack.enter_context(
                socket.create_connection((self._settings.host, self._settings.port), _PATIENCE_S)
            )
        except OSError as error:
            raise self._unreachable(error) from error
        return f"port {self._settings.port} of {self._channel.getpeername()[0]} answers"

    def encrypt(self) -> str:
        """Shake hands and check the certificate."""
        if self._context is None:
            raise ValueError("there is nothing to encrypt with")
        try:
            encrypted = self._stack.enter_context(
                self._context.wrap_socket(self._channel, server_hostname=self._settings.host)
            )
        except OSError as error:
            raise self._unreachable(error) from error
        certificate = encrypted.getpeercert() or {}
        until = certificate.get("notAfter", "an unknown date")
        return f"{encrypted.version()}, the broker's certificate is valid until {until}"

    def authenticate(self) -> str:
        """Log in, over a connection as the daemon makes it."""
        self._channel.close()
        waker = Waker()
        self._stack.callback(waker.close)
        self._connection = self._stack.enter_context(
            MqttConnection(
                self._settings,
                client_id=f"asd-monitor-test-{ULID()}",
                will=None,
                waker=waker,
            )
        )
        user = self._settings.username
        return "without a name" if user is None else f"as {user!r}"

    def publish(self) -> str:
        """Publish a message that the next stage waits for."""
        self._connection.subscribe(self._topic)
        receipt = self._connection.publish(self._topic, self._message, retain=False)
        if not self._step_until(receipt.is_published):
            raise BrokerError(
                f"The broker at {self._settings.address} does not acknowledge what is published to "
                f"{self._topic}; check its log."
            )
        if receipt.refusal is not None:
            raise BrokerError(receipt.refusal)
        return f"the broker took a message to {self._topic}"

    def read_back(self) -> str:
        """Wait for the message."""
        if not self._step_until(lambda: self._message in self._connection.take_heard()):
            raise BrokerError(
                f"The broker at {self._settings.address} did not send back what was published to "
                f"{self._topic}: its access rules keep us from publishing there, which MQTT 3.1.1 "
                "cannot tell, or from reading; allow both to look on, though the daemon only "
                "needs to publish."
            )
        return "the message came back"

    def _step_until(self, is_done: Callable[[], bool]) -> bool:
        give_up_at_s = time.monotonic() + _PATIENCE_S
        while not is_done():
            remaining_s = give_up_at_s - time.monotonic()
            if remaining_s <= 0:
                return False
            self._connection.step(remaining_s)
        return True

    def _unreachable(self, error: Exception) -> BrokerError:
        return BrokerError(mqtt_words.unreachable(error, self._settings))
