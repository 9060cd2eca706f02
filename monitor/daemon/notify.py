"""What a ``Type=notify`` service tells systemd (sd_notify(3)); nothing where nobody listens."""

import logging
import os
import socket
import time
from typing import Final

_log = logging.getLogger(__name__)

_MICROSECONDS_PER_S: Final = 1_000_000
_PATIENCE_S: Final = 1.0


def is_listened_to() -> bool:
    """Whether somebody, such as systemd, wants to be told."""
    return bool(os.environ.get("NOTIFY_SOCKET"))


def ready() -> None:
    """The service has started, or has finished reloading."""
    _notify("READY=1")


def status(text: str) -> None:
    """One line for ``systemctl status``."""
    _notify("STATUS=" + " ".join(text.splitlines()))


def watchdog() -> None:
    """The service is alive; see `watchdog_interval_s`."""
    _notify("WATCHDOG=1")


def reloading() -> None:
    """The service reads its configuration again; `ready` follows."""
    _notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")


def stopping() -> None:
    """The service is about to end."""
    _notify("STOPPING=1")


def watchdog_interval_s() -> float | None:
    """Seconds from one `watchdog` to the next: half of what systemd waits; None without one."""
    timeout_us = os.environ.get("WATCHDOG_USEC")
    for_pid = os.environ.get("WATCHDOG_PID")
    if timeout_us is None or (for_pid is not None and int(for_pid) != os.getpid()):
        return None
    return int(timeout_us) / _MICROSECONDS_PER_S / 2


def _notify(message: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        # Ten messages fit into the queue of a manager that does not read; it must not stop us.
        channel.settimeout(_PATIENCE_S)
        try:
            channel.sendto(message.encode(), address)
        except OSError as error:
            _log.warning("systemd cannot be told %r (%s).", message, error)
