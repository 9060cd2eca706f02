"""Hours of sound, as fast as it can be judged, with faults of all kinds at random moments."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asd_monitor.monitor.events import EventType
from asd_monitor.monitor.store.store import FILE_NAME
from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, knocking, normal_sound
from tests.support.daemons import Daemon, Resources, machine_table, mqtt_table, wait_until
from tests.support.fault_matrix import fault
from tests.support.mosquitto import Mosquitto, Subscriber, needs_mosquitto
from tests.support.sounds import Sound
from tests.system.faults.conftest import Hall
from tests.system.faults.test_kills import require_whole

pytestmark = [pytest.mark.system, needs_mosquitto]

MACHINES = ("busy", "bee")
# Judged in a second on a fast machine; enough that no machine runs out of sound.
SOUND_PER_S = 500.0
MOMENT_S = 40
LONGEST_PAUSE_S = 4.0
# Two machines that are judged at 250 times real time draw evidence all the time; what they hold
# was seen to end its growth, at 197 MB, within four minutes.
MOST_BYTES = 256e6
FILLED_AFTER_S = 240.0


def moments() -> dict[str, Sound]:
    """Stretches of 40 s: some with a fault of the machine, some with one of the microphone."""
    made: dict[str, Sound] = {}
    for number in range(4):
        made[f"knocking-{number}"] = sound = normal_sound(MOMENT_S, seed=50 + number)
        sound[: 16 * SAMPLE_RATE_HZ] += knocking(16, seed=50 + number)
    for name, value in (("nan", np.nan), ("silence", 0.0), ("infinite", np.inf)):
        made[name] = sound = normal_sound(MOMENT_S, seed=60)
        sound[10 * SAMPLE_RATE_HZ : 20 * SAMPLE_RATE_HZ] = value
    made["normal"] = normal_sound(MOMENT_S, seed=61)
    return made


def write_many(folder: Path, *, length_s: float, order: random.Random) -> Path:
    """A folder of at least so much sound, of `moments` in any order; each is a session."""
    folder.mkdir()
    kinds = []
    for name, sound in moments().items():
        kinds.append(folder.parent / f"{folder.name}-{name}.wav")
        soundfile.write(kinds[-1], sound, SAMPLE_RATE_HZ, subtype="FLOAT")
    for number in range(int(length_s / MOMENT_S) + 1):
        os.link(order.choice(kinds), folder / f"{number:05d}.wav")
    return folder


class Trouble:
    """The faults, and what the daemon held before each.

    Args:
        daemon: to kill.
        broker: to stop and to freeze.
    """

    def __init__(self, daemon: Daemon, broker: Mosquitto) -> None:
        self._daemon = daemon
        self._broker = broker
        self.pause = threading.Event()
        self.made: Counter[str] = Counter()
        self.lives: list[list[tuple[float, Resources]]] = [[]]
        self._born_s = time.monotonic()
        self._ended_before = 0

    def make(self, chance: random.Random, *, kills: bool) -> None:
        """Make one, of any kind; the killing of the daemon only where that is asked for."""
        if self._is_warm():
            self.lives[-1].append((time.monotonic() - self._born_s, self._daemon.resources))
        kinds: list[Callable[[random.Random], None]] = [
            self.broker_restarts,
            self.broker_hangs,
            *([self.daemon_is_killed] if kills else []),
        ]
        kind = chance.choice(kinds)
        self.made[kind.__name__] += 1
        kind(chance)

    def broker_restarts(self, chance: random.Random) -> None:
        """Away for a while; what it has promised to keep it keeps."""
        self._broker.stop()
        self.pause.wait(chance.uniform(0, 2))
        self._broker.start()

    def broker_hangs(self, chance: random.Random) -> None:
        """Answers nobody for a while."""
        with self._broker.frozen():
            self.pause.wait(chance.uniform(0, 3))

    def daemon_is_killed(self, chance: random.Random) -> None:
        """And started again."""
        self._daemon.kill()
        require_whole(self._daemon.data / FILE_NAME)
        self.pause.wait(chance.uniform(0, 0.5))
        self.lives.append([])
        self._ended_before = self._n_ended()
        self._born_s = time.monotonic()
        self._daemon.start()

    def _is_warm(self) -> bool:
        """Whether this life has seen an event to its end, evidence included."""
        return self._n_ended() > self._ended_before

    def _n_ended(self) -> int:
        return sum(event.event_type is EventType.ANOMALY_ENDED for event in self._daemon.events())


@fault(
    21,
    "a soak: sound as fast as it can be judged, with gaps, NaN, silence, broker restarts and "
    "hangs, SIGKILLs at random",
    "memory, descriptors and threads flat; every event of the store is at the subscriber, in order",
)
def test_nothing_is_lost_and_nothing_grows(
    hall: Hall, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    length_s: float = pytestconfig.getoption("--soak-s")
    chance = random.Random(2026)  # noqa: S311 - nothing secret
    tables = [
        machine_table(
            name,
            hall.trained.machine,
            paths=[write_many(tmp_path / name, length_s=length_s * SOUND_PER_S, order=chance)],
            speed="max",
        )
        for name in MACHINES
    ]
    with Mosquitto(tmp_path) as broker, Subscriber(broker.host, broker.port) as subscriber:
        daemon = Daemon(tmp_path / "hall", *tables, hall.quiet(), mqtt_table(broker.port))
        trouble = Trouble(daemon, broker)
        ends_s = time.monotonic() + length_s
        with daemon:
            while (left_s := ends_s - time.monotonic()) > 0:
                trouble.pause.wait(chance.uniform(1, LONGEST_PAUSE_S))
                # The last life is long, for what grows slowly.
                trouble.make(chance, kills=left_s > length_s / 2)
            daemon.kill()
            committed = {event.event_id: event.seq for event in daemon.events()}
        # Without more load, whatever the outbox still holds is delivered.
        daemon.configure(hall.quiet(), mqtt_table(broker.port))
        with daemon:
            wait_until(lambda: daemon.runs and daemon.waiting() == 0, lambda: daemon.log)
            told = [heard.json() for heard in subscriber.heard("/event")]
    assert trouble.made.total() >= length_s / 8
    assert committed.items() <= {event["event_id"]: event["seq"] for event in told}.items()
    for name in MACHINES:
        require_complete([event["seq"] for event in told if event["machine"] == name])
    for life in trouble.lives:
        require_flat(life)
    assert "Traceback" not in daemon.log
    assert "is damaged" not in daemon.log


def require_complete(seqs: list[int]) -> None:
    """None is missing, and what comes twice comes twice in a row."""
    assert seqs
    assert all(after - before in {0, 1} for before, after in pairwise(seqs))


def require_flat(life: list[tuple[float, Resources]]) -> None:
    """What a process holds, by its age in seconds, stays within bounds, and then stays as it is."""
    if not life:
        return
    _, first = life[0]
    for _, held in life:
        assert held.threads <= first.threads
        assert held.descriptors <= first.descriptors + 2
        assert held.rss_bytes <= MOST_BYTES
    filled = [held.rss_bytes for age_s, held in life if age_s >= FILLED_AFTER_S]
    if filled:
        assert filled[-1] <= 1.05 * filled[0]
