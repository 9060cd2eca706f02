"""What `replay` and the processes that share its work tell each other: JSON, a line each."""

from pathlib import Path

import msgspec

from asd_monitor.models.recordings import Recording
from asd_monitor.monitor.alarms import Identity


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """The first line to a worker: how to judge.

    Attributes:
        bundle: file of the trained detector.
        calibration: file of its calibration.
        identity: who speaks about what, in events.
        channel: counted from 0; None mixes all channels.
    """

    bundle: Path
    calibration: Path
    identity: Identity
    channel: int | None


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Any further line to a worker: a session to judge.

    Attributes:
        session: its recordings.
        records: the file to write its records to, which exists as soon as it is complete.
    """

    session: tuple[Recording, ...]
    records: Path


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """A line from a worker, every now and then: it has judged so many seconds more."""

    seconds: float


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """A line from a worker: the records are written, or why they are not."""

    error: str | None = None


Reply = Progress | Finished


def encode(message: Setup | Job | Reply) -> bytes:
    """A message as a line."""
    return msgspec.json.encode(message, enc_hook=_path_as_text) + b"\n"


def decode_setup(line: bytes) -> Setup:
    """Read what `encode` wrote."""
    return msgspec.json.decode(line, type=Setup, dec_hook=_path_from_text)


def decode_job(line: bytes) -> Job:
    """Read what `encode` wrote."""
    return msgspec.json.decode(line, type=Job, dec_hook=_path_from_text)


def decode_reply(line: bytes) -> Reply:
    """Read what `encode` wrote."""
    reply: Reply = msgspec.json.decode(line, type=Reply)
    return reply


def _path_as_text(value: object) -> str:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(type(value))


def _path_from_text(kind: type, value: object) -> Path:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(kind)
