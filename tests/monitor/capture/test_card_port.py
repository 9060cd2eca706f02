from pathlib import Path

import pytest

from asd_monitor.monitor.capture.card_port import port_of


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    """The kernel's list of cards with a USB microphone as number 1."""
    plugged_in = tmp_path / "sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0"
    card = plugged_in / "sound/card1"
    card.mkdir(parents=True)
    (card / "device").symlink_to("../..")
    listed = tmp_path / "sys/class/sound"
    listed.mkdir(parents=True)
    (listed / "card1").symlink_to(card)
    return listed


def test_the_port_of_a_card_is_the_hardware_path_and_not_its_number(cards: Path) -> None:
    port = "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0"
    assert port_of("USB PnP Sound Device: Audio (hw:1,0)", cards=cards) == port
    (cards / "card1").rename(cards / "card3")
    assert port_of("USB PnP Sound Device: Audio (hw:3,0)", cards=cards) == port


@pytest.mark.parametrize("name", ["pulse", "default", "Another: Audio (hw:2,0)"])
def test_what_is_no_card_the_kernel_knows_has_no_port(name: str, cards: Path) -> None:
    assert port_of(name, cards=cards) is None
