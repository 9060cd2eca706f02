"""The cable between the monitor and its broker."""

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.daemons import Daemon, mqtt_table
from tests.support.fault_matrix import fault
from tests.support.listening import Topics, says, tells
from tests.support.mosquitto import Mosquitto, Subscriber, needs_mosquitto
from tests.system.faults.conftest import Hall

pytestmark = [pytest.mark.system, needs_mosquitto]

KEEPALIVE_S = 4
PUMP = Topics("hall", "pump")


@dataclass(frozen=True)
class Cable:
    """A network of two ends, one here and one in a namespace.

    Attributes:
        namespace: where the other end is.
        device: this end.
        host: address of this end.
    """

    namespace: str
    device: str
    host: str

    def pull(self) -> None:
        """Take it out."""
        _ip("link", "set", self.device, "down")

    def plug(self) -> None:
        """Put it back."""
        _ip("link", "set", self.device, "up")


def _ip(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["ip", *words], capture_output=True, text=True, check=True)


@contextmanager
def cable() -> Iterator[Cable]:
    """Make one; the test is skipped where that is not possible."""
    if shutil.which("ip") is None:
        pytest.skip("needs the program ip (package iproute2)")
    name, number = f"asd{os.getpid()}", os.getpid() % 250
    made = Cable(namespace=name, device=f"{name}a", host=f"10.213.{number}.1")
    inside = ("netns", "exec", name, "ip")
    steps = [
        ("link", "add", made.device, "type", "veth", "peer", "name", f"{name}b", "netns", name),
        ("address", "add", f"{made.host}/30", "dev", made.device),
        ("link", "set", made.device, "up"),
        (*inside, "address", "add", f"10.213.{number}.2/30", "dev", f"{name}b"),
        (*inside, "link", "set", f"{name}b", "up"),
    ]
    try:
        _ip("netns", "add", name)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"a network namespace cannot be made here ({error.stderr.strip()})")
    try:
        for step in itertools.chain(steps):
            _ip(*step)
        yield made
    finally:
        _ip("netns", "delete", name)


@pytest.mark.slow
@fault(
    5,
    "link down and up in a network namespace",
    "noticed within 1.5 keep-alives; what happened meanwhile arrives when it is up",
)
def test_a_pulled_cable_is_noticed_and_nothing_is_lost(hall: Hall, tmp_path: Path) -> None:
    with cable() as line, Mosquitto(tmp_path, host=line.host) as broker:
        tables = (
            hall.troubled(),
            hall.quiet(),
            mqtt_table(broker.port, f"keepalive_s = {KEEPALIVE_S}", host=line.host),
        )
        launcher = ("ip", "netns", "exec", line.namespace)
        with (
            Daemon(tmp_path / "hall", *tables, launcher=launcher) as daemon,
            Subscriber(line.host, broker.port) as subscriber,
        ):
            subscriber.wait_for(says(PUMP.machine_availability, "online"), timeout_s=60)
            line.pull()
            daemon.wait_for_log("fallen silent", timeout_s=1.5 * KEEPALIVE_S + 2)
            daemon.wait_for_events(1)
            assert daemon.waiting() >= 1
            line.plug()
            started = tells(PUMP.event, event_type="anomaly_started")
            subscriber.wait_for(started, timeout_s=60)
            subscriber.wait_for(tells(PUMP.event, event_type="anomaly_ended"), timeout_s=60)
