"""Runs a command behind the system call filters of a unit, as systemd sets them up.

A script for Debian's own Python, as libseccomp's binding is a package of Debian's:
``/usr/bin/python3 tests/support/confined.py UNIT COMMAND...``
"""

import ctypes
import errno
import mmap
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PYTHON = "/usr/bin/python3"
SHM_EXEC = 0o100000


def what_is_missing() -> str | None:
    """Why nothing can be confined here; None where it can."""
    for command in ([PYTHON, "-c", "import seccomp"], ["systemd-analyze", "--version"]):
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return f"cannot run {' '.join(command)} (packages python3-seccomp, systemd)"
    return None


def confined(unit: Path, *command: object) -> list[str]:
    """The command line that runs a command behind the filters of a unit."""
    return [PYTHON, __file__, str(unit), *map(str, command)]


def _settings(unit: Path, key: str) -> list[str]:
    lines = unit.read_text(encoding="utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{key}=")]


def _calls(name: str) -> Iterator[str]:
    """The system calls of a group, those of the groups in it included."""
    if not name.startswith("@"):
        yield name
        return
    command = ["systemd-analyze", "--no-pager", "syscall-filter", name]
    listed = subprocess.run(command, check=True, capture_output=True, text=True)
    for line in listed.stdout.splitlines()[1:]:
        if line.strip() and not line.strip().startswith("#"):
            yield from _calls(line.strip())


def _allowed(unit: Path) -> set[str]:
    """What systemd.exec(5) makes of several SystemCallFilter=: the first one is the list."""
    calls: set[str] = {"execve", "exit", "exit_group", "getrlimit", "rt_sigreturn", "sigreturn"}
    for setting in _settings(unit, "SystemCallFilter"):
        names = {call for name in setting.lstrip("~").split() for call in _calls(name)}
        calls = calls - names if setting.startswith("~") else calls | names
    return calls


def _deny_writable_code() -> None:
    """MemoryDenyWriteExecute=yes."""
    import seccomp  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415

    both = mmap.PROT_WRITE | mmap.PROT_EXEC
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    refused = seccomp.ERRNO(errno.EPERM)
    rules.add_rule(refused, "mmap", seccomp.Arg(2, seccomp.MASKED_EQ, both, both))
    for call in ("mprotect", "pkey_mprotect"):
        code = seccomp.Arg(2, seccomp.MASKED_EQ, mmap.PROT_EXEC, mmap.PROT_EXEC)
        rules.add_rule(refused, call, code)
    rules.add_rule(refused, "shmat", seccomp.Arg(2, seccomp.MASKED_EQ, SHM_EXEC, SHM_EXEC))
    rules.load()


def _deny_calls(allowed: set[str]) -> None:
    """SystemCallFilter= and SystemCallErrorNumber=EPERM."""
    import seccomp  # noqa: PLC0415

    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for call in allowed:
        if seccomp.resolve_syscall(seccomp.Arch(), call) >= 0:
            rules.add_rule(seccomp.ALLOW, call)
    rules.load()


def main() -> None:
    """Confine this process, and become the command."""
    unit, command = Path(sys.argv[1]), sys.argv[2:]
    allowed = _allowed(unit)
    no_new_privileges = 38
    ctypes.CDLL(None).prctl(no_new_privileges, 1, 0, 0, 0)
    if _settings(unit, "MemoryDenyWriteExecute") == ["yes"]:
        _deny_writable_code()
    _deny_calls(allowed)
    os.execvp(command[0], command)  # noqa: S606 - what it is for


if __name__ == "__main__":
    main()
