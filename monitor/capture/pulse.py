"""What a PulseAudio or PipeWire server says about who records what, asked with ``pactl``.

When a source disappears, the server moves its recordings to another source and tells the one who
records nothing. Only the server can be asked which source a recording hears now.
"""

import os
import select
import shutil
import subprocess
from collections.abc import Callable
from typing import Final

import msgspec

LOOK_EVERY_S: Final = 2.0
"""Where the server tells of no changes. A look starts two processes: half a per cent of a core."""

LOOK_ANYWAY_S: Final = 30.0
"""Where it does."""

_ANSWER_S: Final = 5.0
_PID: Final = "application.process.id"


class _Recording(msgspec.Struct):
    source: int
    properties: dict[str, str]


class _Source(msgspec.Struct):
    index: int
    name: str


def source_of(recordings: bytes, sources: bytes, *, pid: int) -> str | None:
    """Find what a process records.

    Args:
        recordings: what ``pactl --format=json list source-outputs`` prints.
        sources: what ``pactl --format=json list sources`` prints.
        pid: of the process.

    Returns:
        The name of the source; None where the process records nothing that the server knows of,
        or the answers cannot be understood.
    """
    try:
        heard = msgspec.json.decode(recordings, type=list[_Recording])
        names = {each.index: each.name for each in msgspec.json.decode(sources, type=list[_Source])}
    except msgspec.DecodeError:
        return None
    ours = [each.source for each in heard if each.properties.get(_PID) == str(pid)]
    return names.get(ours[0]) if ours else None


def recorded_source(pid: int) -> str | None:
    """Ask the server what a process records; None where nobody can tell."""
    recordings, sources = _list("source-outputs"), _list("sources")
    return source_of(recordings, sources, pid=pid)


def wait_until_moved(
    wanted: str, *, pid: int, doubt: Callable[[], None], trust: Callable[[], None]
) -> str:
    """Return when a process that should record one source records another.

    Looks whenever the server tells of a change among sources and recordings, once more when it
    has surely begun to tell, and by and by. Where ``pactl`` is missing or fails, the answer is
    never.

    Args:
        wanted: the source.
        pid: of the process.
        doubt: called when the server has told of a change, before it is asked which.
        trust: called when it has been asked, and the recording is where it should be.

    Returns:
        The other source.
    """
    with subprocess.Popen(  # noqa: S603 - the pactl found on the path
        [_pactl(), "subscribe"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    ) as changes:
        assert changes.stdout is not None  # noqa: S101 - it is a pipe
        try:
            return _look_until(
                lambda: recorded_source(pid),
                wanted=wanted,
                changes=changes.stdout.fileno(),
                doubt=doubt,
                trust=trust,
            )
        finally:
            changes.kill()


def can_be_asked() -> bool:
    """Whether ``pactl`` is installed."""
    return shutil.which("pactl") is not None


def _look_until(
    look: Callable[[], str | None],
    *,
    wanted: str,
    changes: int,
    doubt: Callable[[], None],
    trust: Callable[[], None],
) -> str:
    watched, patience_s = [changes], LOOK_EVERY_S
    while True:
        source = look()
        if source is not None and source != wanted:
            return source
        trust()
        watched = _wait_for_news(watched, doubt, patience_s)
        patience_s = LOOK_ANYWAY_S if watched else LOOK_EVERY_S


def _wait_for_news(watched: list[int], doubt: Callable[[], None], patience_s: float) -> list[int]:
    """Wait until a source or a recording changed, or it is time to look anyway.

    Returns:
        What to watch next: nothing once the server has gone, so that the clock alone decides.
    """
    while readable := select.select(watched, [], [], patience_s)[0]:
        news = os.read(readable[0], 4096)
        if not news:
            return []
        if b"source" in news:
            doubt()
            break
    return watched


def _list(what: str) -> bytes:
    try:
        return subprocess.run(  # noqa: S603 - the pactl found on the path
            [_pactl(), "--format=json", "list", what],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_ANSWER_S,
            env=_environment(),
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return b""


def _pactl() -> str:
    return shutil.which("pactl") or "pactl"


def _environment() -> dict[str, str]:
    # Some versions write numbers with the locale's comma, which is no JSON.
    return os.environ | {"LC_ALL": "C"}
