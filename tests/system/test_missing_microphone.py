"""A microphone that is not there: at the start, or from the middle on, with another beside it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from asd_monitor.models.timestamps import parse_utc
from asd_monitor.monitor.store.store import FILE_NAME, Store
from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, knocking, normal_sound
from tests.support.command_line import running
from tests.support.fault_matrix import fault
from tests.support.listening import Topics, events, says, wait_for_event
from tests.support.machines import install, knowing_calibration
from tests.support.mosquitto import Heard, Mosquitto, Subscriber, needs_mosquitto
from tests.support.pulse import NullSinkServer, what_is_missing
from tests.support.sounds import Sound
from tests.support.supervisor import Supervisor

MISSING = what_is_missing()
pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(MISSING is not None, reason=MISSING or ""),
    needs_mosquitto,
]

TOPICS = Topics("hall", "pump")
OURS, OTHER = "attic", "cellar"
PATIENCE_S = 60.0
THE_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NullSinkServer]:
    """A sound server whose only microphone is another machine's."""
    folder = tmp_path / "pulse"
    folder.mkdir()
    # The rate that the machine was learned at: a resampler makes it sound like another one.
    with NullSinkServer(folder, sinks=[OTHER], sample_rate_hz=SAMPLE_RATE_HZ) as started:
        yield started


@pytest.fixture
def subscriber(tmp_path: Path) -> Iterator[Subscriber]:
    """Hears what a daemon by the configuration in the folder says."""
    install(tmp_path / "data", TOPICS.machine)
    with Mosquitto(tmp_path) as broker, Subscriber(broker.host, broker.port) as subscribed:
        (tmp_path / "asd-monitor.toml").write_text(
            f'[node]\nname = "{TOPICS.node}"\ndata_dir = "data"\n'
            f'[[machine]]\nid = "{TOPICS.machine}"\ndevice = "{NullSinkServer.device(OURS)}"\n'
            f'[mqtt]\nhost = "{broker.host}"\nport = {broker.port}\n'
        )
        yield subscribed


@contextmanager
def daemon(
    folder: Path, server: NullSinkServer, supervisor: Supervisor
) -> Iterator[subprocess.Popen[str]]:
    """A daemon that lives until it is told to end."""
    surroundings = {**server.environment, **supervisor.environment}
    with running("run", "--config", folder / "asd-monitor.toml", more=surroundings) as process:
        yield process
        assert process.poll() is None, process.communicate()
        process.terminate()
        assert process.wait(20) == 0


@contextmanager
def playing(server: NullSinkServer, sound: Sound, sink: str) -> Iterator[None]:
    player = server.start_playing(sound, sample_rate_hz=SAMPLE_RATE_HZ, sink=sink)
    try:
        yield
    finally:
        player.kill()
        player.wait()


def wait_for_state(
    subscriber: Subscriber, *, after: datetime = THE_BEGINNING, **fields: object
) -> dict[str, Any]:
    """The first state after a moment that has these fields."""

    def is_it(heard: Heard) -> bool:
        if heard.topic != TOPICS.state:
            return False
        state = heard.json()
        return parse_utc(state["ts"]) > after and fields.items() <= state.items()

    return subscriber.wait_for(is_it, timeout_s=PATIENCE_S).json()


@fault(
    12,
    "microphone absent at start, plugged in later",
    "the loss is reported, and it is heard when it comes, without a restart",
)
def test_a_microphone_that_is_missing_at_the_start_is_reported_and_heard_when_it_comes(
    server: NullSinkServer, subscriber: Subscriber, tmp_path: Path
) -> None:
    with Supervisor(tmp_path) as supervisor, daemon(tmp_path, server, supervisor):
        lost = wait_for_event(subscriber, TOPICS, "capture_lost")
        state = wait_for_state(subscriber, reason="no_audio")
        subscriber.wait_for(says(TOPICS.machine_availability, "offline"))
        supervisor.wait_for("READY=1")
        assert (state["severity"], state["capture"]) == ("unknown", "lost")
        server.plug_in(OURS)
        with playing(server, normal_sound(60, seed=1), OURS):
            restored = wait_for_event(subscriber, TOPICS, "capture_restored")
            wait_for_state(subscriber, severity="normal", capture="healthy")
    assert restored["event_id"] == lost["event_id"]
    assert [heard.payload for heard in subscriber.heard(TOPICS.machine_availability)][:2] == [
        "offline",
        "online",
    ]


@fault(
    13,
    "two microphones, the recorded one removed",
    "nothing of the other is scored; unknown for wrong_device until it is back",
)
def test_nothing_of_another_microphone_is_scored_when_ours_is_pulled_out(
    server: NullSinkServer, subscriber: Subscriber, tmp_path: Path
) -> None:
    server.plug_in(OURS)
    # Whatever were heard of the other machine would be an alarm.
    other = normal_sound(120, seed=2) + knocking(120, seed=2)
    with (
        Supervisor(tmp_path) as supervisor,
        playing(server, other, OTHER),
        daemon(tmp_path, server, supervisor),
    ):
        with playing(server, normal_sound(60, seed=1), OURS):
            wait_for_state(subscriber, severity="normal")
            server.unplug(OURS)
            lost = wait_for_event(subscriber, TOPICS, "capture_lost")
            state = wait_for_state(subscriber, reason="wrong_device")
            assert (state["severity"], state["anomaly"]) == ("unknown", False)
        server.plug_in(OURS)
        with playing(server, normal_sound(60, seed=3), OURS):
            restored = wait_for_event(subscriber, TOPICS, "capture_restored")
            wait_for_state(subscriber, after=parse_utc(restored["ended_at"]), severity="normal")
    told = [event["event_type"] for event in events(subscriber.heard(), TOPICS)]
    assert told == ["capture_lost", "capture_restored"]
    with Store(tmp_path / "data" / FILE_NAME) as store:
        clips = store.scores.clips(TOPICS.machine, since=THE_BEGINNING)
    scores = [clip.score for clip in clips if clip.score is not None]
    assert scores
    assert max(scores) < knowing_calibration().thresholds.warning
    assert restored["event_id"] == lost["event_id"]
