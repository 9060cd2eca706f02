"""Where a sound card is plugged in: what tells two microphones of one kind apart."""

import re
from pathlib import Path
from typing import Final

SOUND_CARDS: Final = Path("/sys/class/sound")
_ALSA_CARD = re.compile(r"\(hw:(\d+),\d+\)$")


def port_of(name: str, *, cards: Path = SOUND_CARDS) -> str | None:
    """Find the port of the ALSA card that a device belongs to.

    The kernel links every card to the hardware behind it. The path of that hardware names the USB
    port or PCI slot, and stays the same when the card gets another number.

    Args:
        name: PortAudio's name of the device, which ends in ``(hw:CARD,DEVICE)`` for a card.
        cards: where the kernel lists its cards.

    Returns:
        The path below ``/sys/devices``; None for a device that is no card, or where the kernel
        does not say.
    """
    number = _ALSA_CARD.search(name)
    if number is None:
        return None
    link = cards / f"card{number[1]}" / "device"
    if not link.exists():
        return None
    return str(link.resolve()).partition("/devices/")[2] or None
