"""Whether somebody may be speaking in a clip, to be rather dropped than kept.

A voice-activity detector alone takes the hum of a machine for speech. So what is steady is taken
out first; what remains has to be active for most of two seconds by WebRTC's detector
(https://pypi.org/project/webrtcvad-wheels/), and for a good part of them to have the pitch of a
voice: between 80 and 400 Hz, moving as in a sentence, and not from one moment to the next as by
chance.

It hears speech about as loud as the machine or louder. It misses whispering, single words and
speech drowned by the machine, and it drops sound that has a wandering pitch of its own, such as
engines that change their speed. Where sound may not be kept, keep none (``audio = false``).
"""

from typing import Final

import numpy as np
import soxr
import webrtcvad
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import signal

RATE_HZ: Final = 16_000
STEP_SAMPLES: Final = 480
"""30 ms, the longest that the voice-activity detector judges at a time."""

SPAN_STEPS: Final = 66
"""Two seconds."""

ACTIVE_SHARE: Final = 0.6
VOICED_SHARE: Final = 0.38
"""Of two seconds: speech 5 dB above a machine has more, knocking, whistling and rattling less."""

PITCH_HZ: Final = (80, 400)
LEAST_PERIODICITY: Final = 0.5
OVERTONE_SHARE: Final = 0.85
"""What repeats nearly as well within less than the period of a voice is a whistle."""

MOVES_SEMITONES: Final = (1.0, 14.0)
JUMPS_SEMITONES: Final = 1.5
_STRICTEST = 3
_FRAME = 512
_PITCH_FRAME = 640

Array = NDArray[np.float64]


def is_speech_likely(samples: NDArray[np.float32], *, sample_rate_hz: int) -> bool:
    """Whether speech is likely in a clip of two seconds or more.

    Args:
        samples: float32 ``(n_samples,)``; what is not finite counts as silence.
        sample_rate_hz: their rate.
    """
    sound = soxr.resample(np.nan_to_num(samples, posinf=0.0, neginf=0.0), sample_rate_hz, RATE_HZ)
    if len(sound) < SPAN_STEPS * STEP_SAMPLES + _PITCH_FRAME:
        return False
    changing = _without_what_is_steady(sound)
    active = _active(changing)
    semitones, periodicity = _pitch(changing)
    n_steps = min(len(active), len(semitones))
    voiced = active[:n_steps] & (periodicity[:n_steps] > LEAST_PERIODICITY)
    spans = range(0, n_steps - SPAN_STEPS + 1, SPAN_STEPS // 6)
    return any(
        _is_speech(active[i : i + SPAN_STEPS], voiced[i : i + SPAN_STEPS], semitones[i:])
        for i in spans
    )


def _is_speech(active: NDArray[np.bool_], voiced: NDArray[np.bool_], semitones: Array) -> bool:
    """Whether two seconds are active and voiced, with a pitch that moves as in a sentence."""
    if active.mean() < ACTIVE_SHARE or voiced.mean() < VOICED_SHARE:
        return False
    melody = semitones[: len(voiced)][voiced]
    low, high = np.percentile(melody, [15, 85])
    jumps = np.median(np.abs(np.diff(melody)))
    least, most = MOVES_SEMITONES
    return bool(least <= high - low <= most and jumps < JUMPS_SEMITONES)


def _without_what_is_steady(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Spectral subtraction of twice the median magnitude of each frequency."""
    _, _, spectra = signal.stft(sound, nperseg=_FRAME, noverlap=_FRAME * 3 // 4)
    magnitude = np.abs(spectra)
    steady = 2 * np.median(magnitude, axis=1, keepdims=True)
    spectra *= np.maximum(magnitude - steady, 0) / np.maximum(magnitude, np.finfo(float).tiny)
    _, rest = signal.istft(spectra, nperseg=_FRAME, noverlap=_FRAME * 3 // 4)
    changing: NDArray[np.float32] = rest[: len(sound)].astype(np.float32)
    return changing


def _active(sound: NDArray[np.float32]) -> NDArray[np.bool_]:
    """What the voice-activity detector says of each step, ``(n_steps,)``."""
    detector = webrtcvad.Vad(_STRICTEST)
    pcm = np.rint(np.clip(sound, -1, 1) * 32767).astype("<i2")
    steps = pcm[: len(pcm) // STEP_SAMPLES * STEP_SAMPLES].reshape(-1, STEP_SAMPLES)
    return np.array([detector.is_speech(step.tobytes(), RATE_HZ) for step in steps])


def _pitch(sound: NDArray[np.float32]) -> tuple[Array, Array]:
    """The pitch of each step in semitones above 1 Hz, and how periodic it is there, 0 to 1.

    By the normalised autocorrelation of 40 ms; 0 where a shorter period does nearly as well.
    """
    frames = sliding_window_view(sound, _PITCH_FRAME)[::STEP_SAMPLES]
    window = np.hanning(_PITCH_FRAME)
    frames = (frames - frames.mean(axis=1, keepdims=True)) * window
    repeats = _autocorrelation(frames) / _autocorrelation(window[np.newaxis])
    shortest, longest = RATE_HZ // PITCH_HZ[1], RATE_HZ // PITCH_HZ[0]
    lags = shortest + np.argmax(repeats[:, shortest:longest], axis=1)
    periodicity = repeats[np.arange(len(frames)), lags]
    is_beyond_first_dip = np.cumsum(repeats[:, :shortest] < 0, axis=1) > 0
    overtone = np.where(is_beyond_first_dip, repeats[:, :shortest], 0.0).max(axis=1)
    periodicity[overtone >= OVERTONE_SHARE * periodicity] = 0.0
    return 12 * np.log2(RATE_HZ / lags), periodicity


def _autocorrelation(frames: Array) -> Array:
    """Of each row, relative to lag 0, ``(n_frames, n_lags)``."""
    power = np.abs(np.fft.rfft(frames, 2048, axis=1)) ** 2
    correlation = np.fft.irfft(power, axis=1)[:, : _PITCH_FRAME // 2]
    relative: Array = correlation / np.maximum(correlation[:, :1], np.finfo(float).tiny)
    return relative
