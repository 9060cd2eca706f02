"""Recordings to unbroken runs of log-mel frames, faulty sound left out."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.errors import AudioError
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.frontend import LogMel
from asd_monitor.models.quality import flags, measure
from asd_monitor.models.recordings import Recording, read_blocks
from asd_monitor.models.resample import StreamResampler
from asd_monitor.models.training.progress import SoundSkipped
from asd_monitor.models.training.split import Span

PIECE_S = 10
"""A long recording is checked for faults in pieces of this length, and a faulty piece left out."""

Frames = NDArray[np.float32]


class FeatureReader:
    """Reads spans of recordings as log-mel, through the front end that also listens.

    Args:
        features: how samples become frames.
        mel_filters: ``(n_mels, n_fft // 2 + 1)``.
        channel: channel of the recordings; None mixes all.
        on_skipped: told of every file, or piece of one, that is left out.
    """

    def __init__(
        self,
        features: FeatureConfig,
        mel_filters: NDArray[np.float32],
        *,
        channel: int | None,
        on_skipped: Callable[[SoundSkipped], None],
    ) -> None:
        self._features = features
        self._mel_filters = mel_filters
        self._channel = channel
        self._on_skipped = on_skipped

    def read(self, span: Span) -> list[Frames]:
        """Read a span.

        Returns:
            Runs of log-mel frames in dB, float32 ``(n_frames, n_mels)``, each at least one
            context window long; none where the file cannot be read or all of it is faulty.
        """
        try:
            return [frames for frames in self._runs(span) if len(frames) >= self._features.n_frames]
        except AudioError as error:
            self._on_skipped(SoundSkipped(span.recording.path, str(error)))
            return []

    def seconds(self, runs: Sequence[Frames]) -> float:
        """How long the sound of some runs is."""
        overlap = self._features.n_fft - self._features.hop_length
        samples = sum(len(run) * self._features.hop_length + overlap for run in runs)
        return samples / self._features.sample_rate_hz

    def _runs(self, span: Span) -> Iterator[Frames]:
        run = _Run(self._features, self._mel_filters, span.recording.sample_rate_hz)
        for first, end in _pieces(span):
            samples = _read(span.recording, first, end, channel=self._channel)
            if self._is_sound(span.recording, first, samples):
                run.push(samples)
            else:
                yield run.finish()
        yield run.finish()

    def _is_sound(self, recording: Recording, first: int, samples: NDArray[np.float32]) -> bool:
        rate = recording.sample_rate_hz
        faults = flags(measure(samples, sample_rate_hz=rate))
        if faults:
            start_s, end_s = first / rate, (first + len(samples)) / rate
            self._on_skipped(
                SoundSkipped(
                    recording.path,
                    f"{recording.path} from {start_s:.0f} s to {end_s:.0f} s, which cannot be "
                    f"trained on: {', '.join(sorted(faults))}",
                )
            )
        return not faults


class _Run:
    """An unbroken run of sound on its way to frames; begins anew when it is finished.

    Keeps the frames alone, not the sound, which is four times as large and more.
    """

    def __init__(
        self, features: FeatureConfig, mel_filters: NDArray[np.float32], sample_rate_hz: int
    ) -> None:
        self._resampler = StreamResampler(sample_rate_hz, features.sample_rate_hz)
        self._log_mel = LogMel(features, mel_filters)
        self._frames: list[Frames] = []

    def push(self, samples: NDArray[np.float32]) -> None:
        self._frames.append(self._log_mel.push(self._resampler.push(samples)))

    def finish(self) -> Frames:
        """All frames of the run; none where nothing was pushed."""
        frames = [*self._frames, self._log_mel.push(self._resampler.finish())]
        self._frames.clear()
        self._log_mel.reset()
        return np.concatenate(frames)


def _pieces(span: Span) -> Iterator[tuple[int, int]]:
    """First and end sample of each piece; the last takes the remainder."""
    end = span.first_sample + span.n_samples
    step = PIECE_S * span.recording.sample_rate_hz
    starts = range(span.first_sample, max(end - step + 1, span.first_sample + 1), step)
    return pairwise((*starts, end))


def _read(
    recording: Recording, first: int, end: int, *, channel: int | None
) -> NDArray[np.float32]:
    blocks = read_blocks(recording, channel=channel, first_sample=first, n_samples=end - first)
    return np.concatenate([block.samples for block in blocks])
