"""From sound in a microphone to an alert at a subscriber, with the real programs in between.

A private sound server plays the arithmetic machine into a null sink, the installed command listens
to the sink's monitor through PortAudio, and what `mosquitto_sub` prints is what is tested. Two
stories are lived through, once each; the tests say what was true in them.
"""

import json
import logging
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import pytest

from asd_monitor.models.timestamps import parse_utc, utc_now
from asd_monitor.monitor.config import NodeConfig
from asd_monitor.monitor.synth import SAMPLE_RATE_HZ
from tests.support.command_line import running
from tests.support.listening import (
    Topics,
    events,
    playing,
    says,
    tells,
    wait_for_event,
    wait_until_listened,
)
from tests.support.mosquitto import Heard, Mosquitto, Subscriber, needs_mosquitto, retained
from tests.support.pulse import NullSinkServer, what_is_missing
from tests.support.recorded import with_fault
from tests.system.conftest import Trained

MISSING = what_is_missing()
pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(MISSING is not None, reason=MISSING or ""),
    needs_mosquitto,
]

logger = logging.getLogger(__name__)

# The daemon starts in the first of it, and has to hear whole clips of it before the fault.
BEFORE_S = 22.0
FAULT_S = 12.0
AFTER_S = 60.0
STOPPING_S = 10.0
CONFIGURATION = """\
[node]
name = "{topics.node}"
data_dir = "data"

[[machine]]
id = "{topics.machine}"
device = "{device}"
bundle = "{files.bundle}"
calibration = "{files.calibration}"

[mqtt]
host = "{broker.host}"
port = {broker.port}
"""


@pytest.fixture(scope="module")
def sound_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NullSinkServer]:
    # The rate that the machine was learned at: a resampler makes it sound like another one.
    server = NullSinkServer(tmp_path_factory.mktemp("pulse"), sample_rate_hz=SAMPLE_RATE_HZ)
    with server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        yield server


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path_factory.mktemp("broker")) as listening:
        yield listening


def changes(told: Iterable[str]) -> list[str]:
    """What was told, without repetitions."""
    return [value for value, _ in groupby(told)]


@dataclass(frozen=True)
class Shift:
    """A machine with a fault that comes and goes, listened to until SIGTERM.

    Attributes:
        fault_at: the true onset, early by what sound takes to get through the sound server.
        alerted_at: when the subscriber had the alert.
        state_in_fault: what a newcomer was told of the machine then.
        state_after: what a newcomer was told of it when the event had ended.
        exit_code: of the daemon.
        topics: where it was spoken of.
        heard: all messages.
    """

    fault_at: datetime
    alerted_at: datetime
    state_in_fault: dict[str, Any]
    state_after: dict[str, Any]
    exit_code: int
    topics: Topics
    heard: list[Heard]

    @property
    def events(self) -> list[dict[str, Any]]:
        """What was told of events."""
        return events(self.heard, self.topics)

    def said(self, topic: str) -> list[str]:
        """The payloads of a topic."""
        return [heard.payload for heard in self.heard if heard.topic == topic]


@pytest.fixture(scope="module")
def shift(
    trained: Trained,
    sound_server: NullSinkServer,
    broker: Mosquitto,
    tmp_path_factory: pytest.TempPathFactory,
) -> Shift:
    topics = Topics(NodeConfig().name, "machine")
    options = ("--device", sound_server.device(), "--mqtt", f"{broker.host}:{broker.port}")
    data = ("--data-dir", tmp_path_factory.mktemp("shift"))
    sound = with_fault(before_s=BEFORE_S, fault_s=FAULT_S, after_s=AFTER_S, seed=11)

    def newest_state() -> dict[str, Any]:
        state: dict[str, Any] = json.loads(retained(broker.host, broker.port, topics.state))
        return state

    with (
        Subscriber(broker.host, broker.port) as subscriber,
        playing(sound_server, sound) as asked_at,
        running("run", *options, *trained.model, *data) as daemon,
    ):
        wait_until_listened(subscriber, topics)
        started = wait_for_event(subscriber, topics, "anomaly_started")
        alerted_at = utc_now()
        subscriber.wait_for(tells(topics.state, event_id=started["event_id"]))
        state_in_fault = newest_state()
        wait_for_event(subscriber, topics, "anomaly_ended")
        is_over = tells(topics.state, anomaly=False, last_anomaly_at=started["detected_at"])
        subscriber.wait_for(is_over)
        state_after = newest_state()
        asked_to_stop_s = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        exit_code = daemon.wait(STOPPING_S)
        logger.info("stopped %.2f s after SIGTERM", time.monotonic() - asked_to_stop_s)
        subscriber.wait_for(says(topics.node_availability, "offline"))
        heard = subscriber.heard()
    return Shift(
        fault_at=asked_at + timedelta(seconds=BEFORE_S),
        alerted_at=alerted_at,
        state_in_fault=state_in_fault,
        state_after=state_after,
        exit_code=exit_code,
        topics=topics,
        heard=heard,
    )


def test_one_fault_is_one_event_that_starts_and_ends(shift: Shift) -> None:
    started, ended = shift.events
    assert (started["event_type"], ended["event_type"]) == ("anomaly_started", "anomaly_ended")
    assert started["event_id"] == ended["event_id"]
    assert started["seq"] < ended["seq"]
    assert ended["started_at"] == started["started_at"]
    assert parse_utc(ended["started_at"]) < parse_utc(ended["ended_at"])


def test_the_onset_told_is_within_3_s_of_the_truth_and_detected_within_15_s(shift: Shift) -> None:
    started = shift.events[0]
    off_s = (parse_utc(started["started_at"]) - shift.fault_at).total_seconds()
    detection_s = (parse_utc(started["detected_at"]) - shift.fault_at).total_seconds()
    logger.info("onset off by %.2f s, detected after %.2f s", off_s, detection_s)
    assert abs(off_s) < 3
    assert 0 < detection_s < 15


def test_the_subscriber_has_the_alert_within_a_second_of_its_detection(shift: Shift) -> None:
    delay_s = (shift.alerted_at - parse_utc(shift.events[0]["detected_at"])).total_seconds()
    logger.info("the subscriber had the alert %.3f s after detected_at", delay_s)
    assert 0 < delay_s < 1


def test_whoever_comes_later_is_told_the_present_state(shift: Shift) -> None:
    started, _ = shift.events
    in_fault, after = shift.state_in_fault, shift.state_after
    assert (in_fault["severity"], in_fault["anomaly"]) == ("critical", True)
    assert in_fault["event_id"] == started["event_id"]
    assert (after["severity"], after["anomaly"]) == ("normal", False)
    assert after["event_id"] is None
    assert after["last_anomaly_at"] == started["detected_at"]
    assert in_fault["capture"] == after["capture"] == "healthy"


def test_the_state_follows_the_machine_and_is_unknown_before_and_after_listening(
    shift: Shift,
) -> None:
    told = [json.loads(payload)["severity"] for payload in shift.said(shift.topics.state)]
    assert changes(severity for severity in told if severity != "warning") == [
        "unknown",
        "normal",
        "critical",
        "normal",
        "unknown",
    ]


def test_sigterm_ends_it_with_a_goodbye_for_node_and_machine(shift: Shift) -> None:
    assert shift.said(shift.topics.node_availability) == ["online", "offline"]
    machine = changes(shift.said(shift.topics.machine_availability))
    assert machine[-2:] == ["online", "offline"]
    assert shift.exit_code == 0


@dataclass(frozen=True)
class Crash:
    """A daemon that is killed while an event is open, and started again.

    Attributes:
        told_when_dead: what a newcomer was told of the node then.
        before: messages up to the second start.
        after: messages from the second start on.
        topics: where it was spoken of.
    """

    told_when_dead: str
    before: list[Heard]
    after: list[Heard]
    topics: Topics


@pytest.fixture(scope="module")
def crash(
    trained: Trained,
    sound_server: NullSinkServer,
    broker: Mosquitto,
    tmp_path_factory: pytest.TempPathFactory,
) -> Crash:
    topics = Topics("hall", "pump")
    configuration = tmp_path_factory.mktemp("crash") / "asd-monitor.toml"
    configuration.write_text(
        CONFIGURATION.format(
            topics=topics, device=sound_server.device(), files=trained.machine, broker=broker
        )
    )
    sound = with_fault(before_s=BEFORE_S, fault_s=FAULT_S, after_s=AFTER_S, seed=12)
    with (
        Subscriber(broker.host, broker.port, topic=f"asd-monitor/{topics.node}/#") as subscriber,
        playing(sound_server, sound),
        running("run", "--config", configuration) as killed,
    ):
        wait_until_listened(subscriber, topics)
        wait_for_event(subscriber, topics, "anomaly_started")
        killed.kill()
        subscriber.wait_for(says(topics.node_availability, "offline"))
        told_when_dead = retained(broker.host, broker.port, topics.node_availability)
        before = subscriber.heard()
        with running("run", "--config", configuration):
            wait_for_event(subscriber, topics, "anomaly_ended")
            after = subscriber.heard()[len(before) :]
    return Crash(told_when_dead=told_when_dead, before=before, after=after, topics=topics)


def test_the_broker_says_that_a_killed_node_is_offline_and_that_it_is_back(crash: Crash) -> None:
    topic = crash.topics.node_availability
    assert [heard.payload for heard in crash.before if heard.topic == topic] == [
        "online",
        "offline",
    ]
    assert crash.told_when_dead == "offline"
    assert [heard.payload for heard in crash.after if heard.topic == topic] == ["online"]


def test_an_event_that_was_open_when_the_daemon_was_killed_goes_on_after_it(crash: Crash) -> None:
    started, ended = events([*crash.before, *crash.after], crash.topics)
    assert (started["event_type"], ended["event_type"]) == ("anomaly_started", "anomaly_ended")
    assert started["event_id"] == ended["event_id"]
    assert started["seq"] < ended["seq"]
    assert started["started_at"] == ended["started_at"]
    first_state = next(heard.json() for heard in crash.after if heard.topic == crash.topics.state)
    assert (first_state["anomaly"], first_state["event_id"]) == (True, started["event_id"])
