"""What many tests of the monitor begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from asd_monitor.monitor.store.store import Store
from tests.support.mosquitto import Mosquitto
from tests.support.room import Room


@pytest.fixture
def store_file(tmp_path: Path) -> Path:
    return tmp_path / "s.sqlite"


@pytest.fixture
def store(store_file: Path) -> Iterator[Store]:
    with Store(store_file) as opened:
        yield opened


@pytest.fixture
def room(store: Store) -> Room:
    return Room(store)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as running:
        yield running
