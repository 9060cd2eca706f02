"""The webhook sink: posts every event to a web server, signed."""

import hashlib
import hmac
import http.client
import urllib.error
import urllib.request
from typing import IO, ClassVar, Final, Self

from asd_monitor.models.errors import DeliveryError
from asd_monitor.monitor.back_off import BackOff
from asd_monitor.monitor.config import SinkConfig, find_secret
from asd_monitor.monitor.durable_courier import BACK_OFF, DurableCourier
from asd_monitor.monitor.event_sink import EventSink
from asd_monitor.monitor.store.outbox import Outbox
from asd_monitor.monitor.store.store import Store

SIGNATURE_HEADER: Final = "X-Asd-Monitor-Signature"

# The time allowed is for each step: every address of the server, the request, the answer.
_LONGEST_TIMEOUTS: Final = 10
_NAME_LOOK_UP_S: Final = 60.0


class WebhookSink(EventSink):
    """Posts the JSON that is told over MQTT, at least once and in order; the receiver deduplicates.

    Only an answer 2xx takes an event, and one that is not taken holds up those behind it; a
    redirect takes none, for it would lose the body. With a
    secret the header ``X-Asd-Monitor-Signature: sha256=<hex>`` carries the HMAC-SHA256 (RFC 2104)
    of the body, by which the receiver knows who speaks; ``published_at`` in it says when.

    Args:
        url: where to, http or https.
        outbox: of this sink.
        secret: signs the body; None does not sign.
        timeout_s: longest wait for the server.
        name: of this sink, for the log.
        back_off: pauses after failures.
    """

    kind: ClassVar[str] = "webhook"

    def __init__(
        self,
        url: str,
        outbox: Outbox,
        *,
        secret: str | None = None,
        timeout_s: float = 10.0,
        name: str = kind,
        back_off: BackOff = BACK_OFF,
    ) -> None:
        self._url = url
        self._secret = secret
        self._timeout_s = timeout_s
        self._opener = urllib.request.build_opener(_NoRedirect)
        courier = DurableCourier(
            outbox,
            self._post,
            name=name,
            longest_s=_LONGEST_TIMEOUTS * timeout_s + _NAME_LOOK_UP_S,
            back_off=back_off,
        )
        super().__init__(courier)

    @classmethod
    def configured(cls, settings: SinkConfig, store: Store) -> Self:
        """The sink of a table ``[[sink]]``.

        Raises:
            ConfigurationError: the file with the secret cannot be read.
        """
        name = settings.name
        return cls(
            settings.url or "",
            store.outbox_for(settings.recipient),
            secret=find_secret(
                f"{name}-secret", file=settings.secret_file, key=f"{name}.secret_file"
            ),
            timeout_s=settings.timeout_s,
            name=name,
        )

    def _post(self, body: bytes) -> None:
        headers = {"Content-Type": "application/json", "User-Agent": "asd-monitor"}
        if self._secret is not None:
            headers[SIGNATURE_HEADER] = sign(body, secret=self._secret)
        request = urllib.request.Request(  # noqa: S310 - the configuration admits http and https
            self._url, data=body, headers=headers, method="POST"
        )
        try:
            with self._opener.open(request, timeout=self._timeout_s):
                pass
        except urllib.error.HTTPError as error:
            error.close()
            raise DeliveryError(f"{self._url} answers {error.code} to an event.") from error
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            reason = getattr(error, "reason", error)
            raise DeliveryError(f"{self._url} cannot be reached ({reason}).") from error


def sign(body: bytes, *, secret: str) -> str:
    """The value of the signature header: ``sha256=`` and the HMAC-SHA256 of the body, hex."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(  # noqa: PLR0917 - as the library calls it
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        """Follow none, so that the answer 3xx is an error."""
