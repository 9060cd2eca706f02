from pathlib import Path

import pytest

from asd_monitor.models.errors import AudioError, DeviceError
from asd_monitor.monitor.awaited import AwaitedSource
from asd_monitor.monitor.capture import devices
from asd_monitor.monitor.capture.device import Device
from asd_monitor.monitor.config import MachineConfig
from asd_monitor.monitor.configured_source import await_source, open_source
from asd_monitor.monitor.sources import microphone


@pytest.fixture(autouse=True)
def _no_microphone(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> list[Device]:
        return []

    monkeypatch.setattr(devices, "list_devices", none)
    monkeypatch.setattr(microphone, "list_devices", none)


MACHINE = MachineConfig(id="pump", device="usb")


def test_a_microphone_that_is_missing_is_an_error() -> None:
    with pytest.raises(DeviceError, match="'usb'"):
        open_source(MACHINE)


def test_unless_it_is_waited_for() -> None:
    source = await_source(MACHINE)
    assert isinstance(source, AwaitedSource)
    assert source.status.name == "usb"


def test_a_stream_that_nobody_sends_yet_is_waited_for_too() -> None:
    source = await_source(MachineConfig(id="pump", source="stream", url="http://localhost/pump"))
    assert isinstance(source, AwaitedSource)
    assert source.status.name == "http://localhost/pump"


@pytest.mark.parametrize("find", [open_source, await_source])
def test_recordings_have_to_be_there(find: type, tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="nowhere"):
        find(MachineConfig(id="pump", source="files", paths=(tmp_path / "nowhere",)))
