"""What a subscriber hears of one machine, and what is played to the microphone meanwhile."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.synth import SAMPLE_RATE_HZ
from tests.support.mosquitto import Heard, Subscriber
from tests.support.pulse import NullSinkServer
from tests.support.sounds import Sound

_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Topics:
    """Where one machine of one node is spoken of."""

    node: str
    machine: str

    @property
    def node_availability(self) -> str:
        """Whether the node is there."""
        return f"asd-monitor/{self.node}/availability"

    @property
    def machine_availability(self) -> str:
        """Whether the machine is listened to."""
        return f"asd-monitor/{self.node}/{self.machine}/availability"

    @property
    def state(self) -> str:
        """The machine's state."""
        return f"asd-monitor/{self.node}/{self.machine}/state"

    @property
    def event(self) -> str:
        """The machine's events."""
        return f"asd-monitor/{self.node}/{self.machine}/event"


def says(topic: str, payload: str) -> Callable[[Heard], bool]:
    """Whether a message is this one."""
    return lambda heard: (heard.topic, heard.payload) == (topic, payload)


def tells(topic: str, **fields: object) -> Callable[[Heard], bool]:
    """Whether a message has these fields."""
    return lambda heard: heard.topic == topic and fields.items() <= heard.json().items()


def wait_until_listened(subscriber: Subscriber, topics: Topics) -> None:
    """Wait until node and machine are said to be there."""
    for topic in (topics.node_availability, topics.machine_availability):
        subscriber.wait_for(says(topic, "online"), timeout_s=_PATIENCE_S)


def wait_for_event(subscriber: Subscriber, topics: Topics, event_type: str) -> dict[str, Any]:
    """Wait for the first event of a type."""
    is_it = tells(topics.event, event_type=event_type)
    return subscriber.wait_for(is_it, timeout_s=_PATIENCE_S).json()


def events(heard: Sequence[Heard], topics: Topics) -> list[dict[str, Any]]:
    """Events as a consumer sees them: delivered at least once, told apart by id and number."""
    told = [message.json() for message in heard if message.topic == topics.event]
    return list({(event["event_id"], event["seq"]): event for event in told}.values())


@contextmanager
def playing(server: NullSinkServer, sound: Sound) -> Iterator[datetime]:
    """Play while the context lasts; gives the moment (UTC) at which that was asked for."""
    asked_at = utc_now()
    player = server.start_playing(sound, sample_rate_hz=SAMPLE_RATE_HZ)
    try:
        yield asked_at
    finally:
        player.kill()
        player.wait()
