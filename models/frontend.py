"""Samples to log-mel frames, block by block."""

import functools
import queue
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.cores import n_cores
from asd_monitor.models.features import FeatureConfig

_FRAMES_AT_ONCE = 32  # small enough for the spectra to stay in the processor's cache
_PRODUCTS = 8  # for so many groups of bands: of few bins each, and of one product's overhead each


class LogMel:
    """The streaming log-mel front end: a fold over the samples of a recording session.

    A frame is ``n_fft`` samples under a periodic Hann window, uncentred. Its power spectrum comes
    from a real FFT in double precision: between the harmonics of tonal sound, single precision
    is wrong by whole decibels. Frame ``i`` begins at sample ``i * hop_length``; it depends on its
    own samples alone and is computed by products of one shape, whatever frames are computed along
    with it, so how the samples are cut into blocks changes no bit of it. The
    values are those of ``10 * log10(librosa.feature.melspectrogram(center=False) + epsilon)``,
    the features of the DCASE 2020 Task 2 baseline.
    """

    def __init__(self, features: FeatureConfig, mel_filters: NDArray[np.float32]) -> None:
        """Prepare the front end.

        Args:
            features: sizes of frame, hop and filter bank.
            mel_filters: ``(n_mels, n_fft // 2 + 1)``.

        Raises:
            ValueError: ``mel_filters`` has another shape.
        """
        shape = (features.n_mels, features.n_fft // 2 + 1)
        if mel_filters.shape != shape:
            raise ValueError(f"mel filters have shape {mel_filters.shape}, not {shape}")
        self._features = features
        self._window = _periodic_hann(features.n_fft)
        self._spans = _filter_spans(mel_filters)
        self._memories = _memories(n_fft=features.n_fft, n_mels=features.n_mels)
        self._pending = np.empty(0, dtype=np.float32)

    def reset(self) -> None:
        """Forget the samples kept for the next frame: a new session begins."""
        self._pending = np.empty(0, dtype=np.float32)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next samples, finite; return the frames they complete.

        Args:
            samples: float32 ``(n_samples,)`` at ``features.sample_rate_hz``.

        Returns:
            Log-mel energies in dB, float32 ``(n_frames, n_mels)``; ``n_frames`` may be 0.
        """
        stream = np.concatenate([self._pending, samples])
        hop = self._features.hop_length
        n_frames = max(0, (len(stream) - self._features.n_fft) // hop + 1)
        self._pending = stream[n_frames * hop :].copy()
        log_mel = np.empty((n_frames, self._features.n_mels), dtype=np.float32)
        memory = self._memories.get()
        try:
            for first in range(0, n_frames, _FRAMES_AT_ONCE):
                last = min(first + _FRAMES_AT_ONCE, n_frames)
                stretch = stream[first * hop : (last - 1) * hop + self._features.n_fft]
                log_mel[first:last] = self._log_mel(stretch, memory)
        finally:
            self._memories.put(memory)
        return log_mel

    def _log_mel(self, samples: NDArray[np.float32], memory: "_Memory") -> NDArray[np.float64]:
        n_fft, hop = self._features.n_fft, self._features.hop_length
        n_frames = (len(samples) - n_fft) // hop + 1
        strides = (hop * samples.itemsize, samples.itemsize)
        windows = np.ndarray((n_frames, n_fft), samples.dtype, samples, strides=strides)
        frames = np.multiply(windows, self._window, out=memory.frames[:n_frames])
        spectrum = np.fft.rfft(frames, axis=1, out=memory.spectrum[:n_frames])
        power = np.square(spectrum.real, out=memory.power[:n_frames])
        power += np.square(spectrum.imag, out=memory.imaginary[:n_frames])
        for span in self._spans:
            # All rows, those left from before too: a product of another shape may have other bits.
            np.matmul(memory.power[:, span.bins], span.weights, out=memory.mel[:, span.bands])
        mel = memory.mel[:n_frames]
        mel += self._features.epsilon
        decibels: NDArray[np.float64] = np.log10(mel, out=mel)
        decibels *= 10
        return decibels


class _Memory:
    """What the steps write to, frame after frame: new pages would have to be cleared each time."""

    def __init__(self, *, n_fft: int, n_mels: int) -> None:
        n_bins = n_fft // 2 + 1
        self.frames = np.empty((_FRAMES_AT_ONCE, n_fft))
        self.spectrum = np.empty((_FRAMES_AT_ONCE, n_bins), dtype=np.complex128)
        self.power = np.zeros((_FRAMES_AT_ONCE, n_bins))
        self.imaginary = np.empty((_FRAMES_AT_ONCE, n_bins))
        self.mel = np.empty((_FRAMES_AT_ONCE, n_mels))


@functools.cache
def _memories(*, n_fft: int, n_mels: int) -> "queue.SimpleQueue[_Memory]":
    """For all front ends of these sizes together: no more can be at work than there are cores."""
    memories: queue.SimpleQueue[_Memory] = queue.SimpleQueue()
    for _ in range(n_cores()):
        memories.put(_Memory(n_fft=n_fft, n_mels=n_mels))
    return memories


@dataclass(frozen=True, slots=True, eq=False)
class _Span:
    """Neighbouring bands, the FFT bins that they cover, and their weights ``(n_bins, n_bands)``."""

    bands: slice
    bins: slice
    weights: NDArray[np.float64]


def _periodic_hann(n: int) -> NDArray[np.float64]:
    hann: NDArray[np.float64] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)
    return hann


def _filter_spans(mel_filters: NDArray[np.float32]) -> list[_Span]:
    """Cut the filters into groups of bands, because 98 % of the whole matrix is zeros."""
    n_mels = len(mel_filters)
    groups = np.array_split(np.arange(n_mels), min(_PRODUCTS, n_mels))
    return [_span(mel_filters, slice(group[0], group[-1] + 1)) for group in groups]


def _span(mel_filters: NDArray[np.float32], bands: slice) -> _Span:
    covered = np.flatnonzero(mel_filters[bands].any(axis=0))
    bins = slice(covered[0], covered[-1] + 1) if len(covered) else slice(0, 1)
    weights = np.ascontiguousarray(mel_filters[bands, bins].T, dtype=np.float64)
    return _Span(bands, bins, weights)
