"""An MQTT broker inside this process, for the demo and for people without one."""

import asyncio
import importlib
import logging
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Final, Self

from asd_monitor.models.errors import ConfigurationError

_LISTENER: Final = "default"
_NOISY_LOGGERS: Final = ("amqtt", "transitions")


class EmbeddedBroker:
    """A broker for anybody who can reach its port: MQTT 3.1.1, anonymous, nothing kept on disk.

    Use it as a context manager; it listens from entering to leaving, on a thread of its own.

    Retained messages that somebody has subscribed to are told to every client that connects,
    subscribed or not (amqtt 0.12): a subscriber that minds looks at the topic.

    Args:
        host: address to listen on.
        port: TCP port; 0 for any that is free.

    Attributes:
        host: as given.
        port: where it listens; the chosen one once entered.

    Raises:
        ConfigurationError: on entering, where the package ``amqtt`` is missing, or the port is
            taken.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.port = port
        self._stop = asyncio.Event()
        self._listening: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, name="broker", daemon=True)

    def __enter__(self) -> Self:
        _import_amqtt()
        self._thread.start()
        try:
            self.port = self._listening.result()
        except OSError as error:
            self._thread.join()
            raise ConfigurationError(
                f"The embedded broker cannot listen on {self.host}:{self.port} "
                f"({error}); give another port."
            ) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            with _quiet():
                asyncio.run(self._serve())
        except BaseException as error:
            if self._listening.done():
                raise
            self._listening.set_exception(error)

    async def _serve(self) -> None:
        # amqtt opens no port of its own here: it could not tell which free one it was given.
        amqtt_broker, adapters = _import_amqtt()
        broker = amqtt_broker.Broker(_configuration())
        visits: set[asyncio.Task[Any]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            ears, mouth = adapters.StreamReaderAdapter(reader), adapters.StreamWriterAdapter(writer)
            serving = broker.external_connected(ears, mouth, _LISTENER)
            visit = asyncio.create_task(_see_out(serving, writer))
            visits.add(visit)
            visit.add_done_callback(visits.discard)

        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(accept, self.host, self.port)
        await broker.start()
        self._listening.set_result(server.sockets[0].getsockname()[1])
        await self._stop.wait()
        server.close()
        await broker.shutdown()
        for visit in visits:
            visit.cancel()
        await asyncio.gather(*visits, return_exceptions=True)


async def _see_out(serving: Coroutine[Any, Any, None], writer: asyncio.StreamWriter) -> None:
    try:
        await serving
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def _import_amqtt() -> tuple[Any, Any]:
    try:
        return importlib.import_module("amqtt.broker"), importlib.import_module("amqtt.adapters")
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "The embedded broker needs the package amqtt; "
            "install it with: pip install 'asd-monitor[broker]'"
        ) from error


def _configuration() -> dict[str, Any]:
    return {
        "listeners": {_LISTENER: {"type": "external"}},
        "plugins": {
            "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True},
        },
    }


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep amqtt's account of every packet and client out of our log."""
    loggers = [logging.getLogger(name) for name in _NOISY_LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
