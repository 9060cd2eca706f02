"""The units under which systemd runs the daemon. Pure.

`scripts/reference.py` writes them to `systemd/`; `asd-monitor install-service` to a host.
"""

import hashlib
import re
from collections.abc import Collection
from pathlib import Path, PurePath
from typing import Final

PLAIN: Final = "asd-monitor.service"
TEMPLATE: Final = "asd-monitor@.service"
CREDENTIALS: Final = ("mqtt-username", "mqtt-password")
CONFIG: Final = Path("/etc/asd-monitor/asd-monitor.toml")

_UNIT: Final = """\
[Unit]
Description={description}
Documentation=man:systemd.exec(5)
Wants=network-online.target
After=network-online.target sound.target
# It restarts for ever: a microphone or a disk may come back after hours.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart={program} run --config {config}
# What cannot be used is refused in the log, and all goes on as before. systemd 253 and later know a
# Type=notify-reload for it.
ExecReload=kill -HUP $MAINPID
WatchdogSec=30s
TimeoutStartSec=90s
TimeoutStopSec=20s
Restart=always
RestartSec=5s
# 2: wrong usage, 78: wrong configuration. Trying again would not help.
RestartPreventExitStatus=2 78

# The store, the evidence and the machines live in /var/lib/{state}.
DynamicUser=yes
StateDirectory={state}
StateDirectoryMode=0700
UMask=0077
# Secrets, in files that root alone may read; no other process sees them, and the configuration
# need not name them.
{credentials}
# A core dump would hold them.
LimitCORE=0

# Microphones of ALSA (/dev/snd) and no other device. PrivateDevices= would hide them.
SupplementaryGroups=audio
DevicePolicy=closed
DeviceAllow=char-alsa rw

# The broker may be on any host, so addresses are not restricted (IPAddressDeny=). Where it is
# known, a drop-in can do it:
#   IPAddressDeny=any
#   IPAddressAllow=localhost 192.0.2.10
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX

# Nothing here makes code at run time, so that nobody else can either.
MemoryDenyWriteExecute=yes
CapabilityBoundingSet=
AmbientCapabilities=
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProcSubset=pid
PrivateTmp=yes
PrivateMounts=yes
PrivateIPC=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RemoveIPC=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""
_SEAL: Final = "# Written by asd-monitor; changes belong into a drop-in (systemctl edit). "


def plain_unit(
    program: str, config: PurePath = CONFIG, *, credentials: Collection[str] = ()
) -> str:
    """``asd-monitor.service``, one daemon with one configuration.

    Args:
        program: the command, by its path or, on systemd's own search path, by its name.
        config: its configuration file.
        credentials: those of `CREDENTIALS` that have a file of their name beside ``config``; the
            lines of the others are left for a later day.
    """
    return _UNIT.format(
        description="Acoustic machine monitor",
        program=quoted(program),
        config=quoted(str(config)),
        state="asd-monitor",
        credentials=_credential_lines(f"{config.parent}/".replace("%", "%%"), credentials),
    )


def template_unit(program: str) -> str:
    """``asd-monitor@.service``, one daemon per configuration ``/etc/asd-monitor/<instance>.toml``.

    Args:
        program: as for `plain_unit`.
    """
    return _UNIT.format(
        description="Acoustic machine monitor, configuration %i",
        program=quoted(program),
        config="/etc/asd-monitor/%i.toml",
        state="asd-monitor-%i",
        credentials=_credential_lines("/etc/asd-monitor/%i-", ()),
    )


def _credential_lines(beginning: str, known: Collection[str]) -> str:
    return "\n".join(
        f"{'' if name in known else '#'}LoadCredential={name}:{beginning}{name}"
        for name in CREDENTIALS
    )


def state_directory(instance: str | None = None) -> Path:
    """Where the service, or that instance of the template, keeps its data."""
    return Path("/var/lib", "asd-monitor" if instance is None else f"asd-monitor-{instance}")


def quoted(word: str) -> str:
    """A word of a command line as systemd reads it back (systemd.service(5), "Command lines")."""
    escaped = word.replace("%", "%%").replace("$", "$$")
    if not re.search(r"[\s'\"\\;]", escaped):
        return escaped
    return '"' + escaped.replace("\\", "\\\\").replace('"', '\\"') + '"'


def sealed(unit: str) -> str:
    """The unit with a first line by which `is_sealed` knows that nobody has changed it."""
    return f"{_SEAL}{_digest(unit)}\n{unit}"


def is_sealed(text: str) -> bool:
    """Whether a file is as some version of this program has written it."""
    first, _, unit = text.partition("\n")
    return first == f"{_SEAL}{_digest(unit)}"


def _digest(unit: str) -> str:
    return hashlib.sha256(unit.encode()).hexdigest()
