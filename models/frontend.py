"""Samples to log-mel frames, block by block."""

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.features import FeatureConfig

_FRAMES_AT_ONCE = 32  # small enough for the spectra to stay in the processor's cache


class LogMel:
    """The streaming log-mel front end: a fold over the samples of a recording session.

    A frame is ``n_fft`` samples under a periodic Hann window, uncentred. Its power spectrum comes
    from a real FFT in double precision: between the harmonics of tonal sound, single precision
    is wrong by whole decibels. Frame ``i`` begins at sample ``i * hop_length``; it depends on its
    own samples alone and is computed in the same order of operations whatever frames are
    computed along with it, so how the samples are cut into blocks changes no bit of it. The
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
        self._bins, self._weights, self._starts = _filter_spans(mel_filters)
        self._memory = _Memory(n_fft=features.n_fft, n_terms=len(self._bins))
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
        for first in range(0, n_frames, _FRAMES_AT_ONCE):
            last = min(first + _FRAMES_AT_ONCE, n_frames)
            stretch = stream[first * hop : (last - 1) * hop + self._features.n_fft]
            log_mel[first:last] = self._log_mel(stretch)
        return log_mel

    def _log_mel(self, samples: NDArray[np.float32]) -> NDArray[np.float64]:
        n_fft, hop, memory = self._features.n_fft, self._features.hop_length, self._memory
        n_frames = (len(samples) - n_fft) // hop + 1
        strides = (hop * samples.itemsize, samples.itemsize)
        windows = np.ndarray((n_frames, n_fft), samples.dtype, samples, strides=strides)
        frames = np.multiply(windows, self._window, out=memory.frames[:n_frames])
        spectrum = np.fft.rfft(frames, axis=1, out=memory.spectrum[:n_frames])
        power = np.square(spectrum.real, out=memory.power[:n_frames])
        power += np.square(spectrum.imag, out=memory.imaginary[:n_frames])
        terms = power.take(self._bins, axis=1, out=memory.terms[:n_frames], mode="clip")
        terms *= self._weights
        mel = np.add.reduceat(terms, self._starts, axis=1)
        mel += self._features.epsilon
        decibels: NDArray[np.float64] = np.log10(mel, out=mel)
        decibels *= 10
        return decibels


class _Memory:
    """What the steps write to, frame after frame: new pages would have to be cleared each time."""

    def __init__(self, *, n_fft: int, n_terms: int) -> None:
        n_bins = n_fft // 2 + 1
        self.frames = np.empty((_FRAMES_AT_ONCE, n_fft))
        self.spectrum = np.empty((_FRAMES_AT_ONCE, n_bins), dtype=np.complex128)
        self.power = np.empty((_FRAMES_AT_ONCE, n_bins))
        self.imaginary = np.empty((_FRAMES_AT_ONCE, n_bins))
        self.terms = np.empty((_FRAMES_AT_ONCE, n_terms))


def _periodic_hann(n: int) -> NDArray[np.float64]:
    hann: NDArray[np.float64] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)
    return hann


def _filter_spans(
    mel_filters: NDArray[np.float32],
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.intp]]:
    """Lay the filters' supports end to end, because 98 % of the matrix is zeros.

    Returns:
        FFT bins ``(n_terms,)`` and their weights ``(n_terms,)``, band after band, and where each
        band begins among them, ``(n_mels,)``. A band without a bin keeps one, of weight zero.
    """
    supports = [np.flatnonzero(band) if band.any() else np.zeros(1, int) for band in mel_filters]
    bins = np.concatenate(supports)
    lengths = np.array([len(support) for support in supports])
    weights = mel_filters[np.repeat(np.arange(len(supports)), lengths), bins]
    return bins, weights.astype(np.float64), np.cumsum(lengths) - lengths
