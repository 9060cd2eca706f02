"""What becomes of a message that was handed to a broker."""

from paho.mqtt.reasoncodes import ReasonCode

from asd_monitor.monitor.mqtt import words as mqtt_words
from asd_monitor.monitor.mqtt.settings import MqttSettings


class Receipt:
    """What becomes of a published message.

    Attributes:
        refusal: why the broker has thrown it away, one sentence; None where it did not.
    """

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._is_published = False
        self.refusal: str | None = None

    def is_published(self) -> bool:
        """Whether the broker has answered, be it with a refusal."""
        return self._is_published

    def answer(self, reason: ReasonCode, settings: MqttSettings) -> None:
        """The broker's answer has come."""
        self._is_published = True
        if reason.is_failure:
            self.refusal = mqtt_words.not_published(reason, self._topic, settings)
