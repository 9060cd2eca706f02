"""Taking back what a broker keeps for whoever subscribes later."""

import time
from collections.abc import Iterable
from typing import Final

from ulid import ULID

from asd_monitor.models.errors import BrokerError
from asd_monitor.monitor.mqtt.connection import MqttConnection
from asd_monitor.monitor.mqtt.settings import MqttSettings
from asd_monitor.monitor.waker import Waker

_PATIENCE_S: Final = 10.0


def clear_retained(settings: MqttSettings, topics: Iterable[str]) -> None:
    """Publish an empty retained payload on each topic, which removes what is kept there.

    MQTT 3.1.1, 3.3.1.3. Returns when the broker has acknowledged all of them.

    Raises:
        BrokerError: the broker cannot be reached, refuses us, or does not acknowledge in 10 s.
        ConfigurationError: a TLS file cannot be used.
    """
    waker = Waker()
    try:
        # Under a name of its own: that of a running monitor would end the monitor's connection.
        client_id = f"asd-monitor-forget-{ULID()}"
        with MqttConnection(settings, client_id=client_id, will=None, waker=waker) as connection:
            receipts = [connection.publish(topic, b"", retain=True) for topic in topics]
            give_up_at_s = time.monotonic() + _PATIENCE_S
            while not all(receipt.is_published() for receipt in receipts):
                remaining_s = give_up_at_s - time.monotonic()
                if remaining_s <= 0:
                    raise BrokerError(
                        f"The broker at {settings.address} did not acknowledge; try again."
                    )
                connection.step(remaining_s)
    finally:
        waker.close()
