"""Recordings: finding, opening and reading them, and the sessions they make up."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.channels import to_mono
from asd_monitor.models.errors import AudioError
from asd_monitor.models.sound_file import SUFFIXES, SoundFile, named_errors
from asd_monitor.models.tags import parse_tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A sound file that can be opened.

    Attributes:
        path: the file.
        sample_rate_hz: its rate; ``n_samples`` and ``first_sample`` count at it.
        n_channels: its channels, counted from 0.
        n_samples: samples per channel, at least 1.
        session: the recording session it is part of, or None where it is one by itself.
        first_sample: position of its first sample in that session's source, else 0.
        recorded_at: UTC time of its first sample: as its tag says, else the file's modification
            time less its duration.
    """

    path: Path
    sample_rate_hz: int
    n_channels: int
    n_samples: int
    session: str | None
    first_sample: int
    recorded_at: datetime

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.n_samples / self.sample_rate_hz

    @property
    def end_sample(self) -> int:
        """Position after its last sample in its session's source."""
        return self.first_sample + self.n_samples


Session = tuple[Recording, ...]
"""A recording session: files that continue each other, or one file."""


def find_recordings(paths: Sequence[Path]) -> list[Path]:
    """Find sound files.

    Args:
        paths: files, taken as they are, and folders, searched through for names that end in one
            of `SUFFIXES`; hidden files are passed over.

    Returns:
        Each file once, in natural order (``clip2`` before ``clip10``).

    Raises:
        AudioError: a path does not exist, or a folder cannot be read or holds no sound file.
    """
    found = {file.absolute(): file for path in paths for file in _files_at(path)}
    return sorted(found.values(), key=natural_order)


def open_recording(path: Path) -> Recording:
    """Look at a sound file without reading it all.

    Raises:
        AudioError: it is missing, empty, no sound file, cut short, or holds no samples.
    """
    with SoundFile(path) as file:
        duration_s = file.n_samples / file.sample_rate_hz
        tag = parse_tag(file.comment)
        return Recording(
            path=path,
            sample_rate_hz=file.sample_rate_hz,
            n_channels=file.n_channels,
            n_samples=file.n_samples,
            session=tag.session if tag else None,
            first_sample=tag.first_sample if tag else 0,
            recorded_at=tag.recorded_at if tag else _began_at(path, duration_s),
        )


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, hexadecimal.

    Raises:
        AudioError: the file cannot be read.
    """
    with named_errors(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_blocks(
    recording: Recording,
    *,
    channel: int | None,
    first_sample: int = 0,
    n_samples: int | None = None,
    block_s: float = 1.0,
) -> Iterator[AudioBlock]:
    """Read a stretch of a recording, a block at a time.

    Args:
        recording: from `open_recording`.
        channel: counted from 0; None mixes all channels to their mean.
        first_sample: where the stretch begins in the file.
        n_samples: its length; None reads to the end.
        block_s: length of a block in seconds; the last one may be shorter.

    Yields:
        Consecutive blocks at the file's own rate, the first with ``gap_before``. Their positions
        are the source's: the recording's ``first_sample`` plus the position in the file.

    Raises:
        AudioError: there is no such channel, or the file is damaged or ends too early.
        ValueError: the stretch is not inside the recording.
    """
    end = recording.n_samples if n_samples is None else first_sample + n_samples
    if not 0 <= first_sample <= end <= recording.n_samples:
        raise ValueError(f"samples {first_sample} to {end} are not all in {recording.path}")
    _require_channel(recording, channel)
    step = max(1, round(block_s * recording.sample_rate_hz))
    with SoundFile(recording.path) as file:
        if first_sample:
            file.seek(first_sample)
        for position, frames in file.read_steps(first_sample, end, step):
            yield AudioBlock(
                samples=to_mono(frames, channel=channel),
                sample_rate_hz=recording.sample_rate_hz,
                first_sample=recording.first_sample + position,
                captured_at=recording.recorded_at
                + timedelta(seconds=position / recording.sample_rate_hz),
                gap_before=position == first_sample,
            )


def group_sessions(recordings: Iterable[Recording]) -> list[Session]:
    """Find the unbroken sessions among recordings.

    Files with one session tag, rate and channel count are put in the order of their
    ``first_sample``; each unbroken run of them is one session, so a file that is missing ends
    one. Any other file is a session of its own.

    Returns:
        The sessions, in the order in which their tag (or file) first appears.
    """
    groups: dict[tuple[object, ...], list[Recording]] = {}
    for index, recording in enumerate(recordings):
        untagged = index if recording.session is None else None
        key = (recording.session, recording.sample_rate_hz, recording.n_channels, untagged)
        groups.setdefault(key, []).append(recording)
    return [session for members in groups.values() for session in _unbroken(members)]


def read_session(
    session: Sequence[Recording], *, channel: int | None, block_s: float = 1.0
) -> Iterator[AudioBlock]:
    """Read a session as one stream; see `read_blocks`.

    Only its first block has ``gap_before``; positions continue across its files.

    Raises:
        AudioError: a file cannot be read to its end, or has no such channel.
    """
    for index, recording in enumerate(session):
        for block in read_blocks(recording, channel=channel, block_s=block_s):
            yield replace(block, gap_before=block.gap_before and index == 0)


def _files_at(path: Path) -> list[Path]:
    with named_errors(path):
        if not path.exists():
            raise AudioError(f"{path} does not exist; name a sound file or a folder of them.")
        if not path.is_dir():
            return [path]
        files = [
            Path(top, name) for top, _, names in os.walk(path, onerror=_raise) for name in names
        ]
    recordings = [file for file in files if looks_like_recording(file)]
    if not recordings:
        raise AudioError(
            f"{path} holds no recordings ({', '.join(SUFFIXES)}); name another folder."
        )
    return recordings


def _raise(error: OSError) -> None:
    raise error


def looks_like_recording(path: Path) -> bool:
    """Whether a file is a sound file by its name, and not a hidden one."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def natural_order(path: Path) -> tuple[list[list[tuple[str, int]]], str]:
    """Order digits in names by their value; names of equal value by their letters."""
    parts = [re.findall(r"(\D*)(\d*)", part) for part in path.parts]
    keys = [[(text, int(digits or -1)) for text, digits in part] for part in parts]
    return keys, str(path)


def _unbroken(recordings: list[Recording]) -> list[Session]:
    runs: list[list[Recording]] = []
    for recording in sorted(recordings, key=lambda recording: recording.first_sample):
        if runs and runs[-1][-1].end_sample == recording.first_sample:
            runs[-1].append(recording)
        else:
            runs.append([recording])
    return [tuple(run) for run in runs]


def _require_channel(recording: Recording, channel: int | None) -> None:
    if channel is not None and not 0 <= channel < recording.n_channels:
        raise AudioError(
            f"{recording.path} has no channel {channel}; "
            f"it has {recording.n_channels}, counted from 0."
        )


def _began_at(path: Path, duration_s: float) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) - timedelta(seconds=duration_s)
