"""The feature configuration: every number the log-mel front end and the context depend on."""

import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureConfig:
    """How samples become frames and context windows.

    The defaults are those of the DCASE 2020 Task 2 baseline, uncentred so that they stream.

    Attributes:
        sample_rate_hz: rate that all sound is brought to.
        n_fft: samples per frame.
        hop_length: samples from one frame to the next.
        n_mels: mel bands (Slaney scale, area norm, 0 Hz to half the sample rate).
        n_frames: frames per context window.
        epsilon: added to the mel power before the logarithm.
    """

    sample_rate_hz: int = 16_000
    n_fft: int = 1024
    hop_length: int = 512
    n_mels: int = 128
    n_frames: int = 5
    epsilon: float = sys.float_info.epsilon

    @property
    def window_samples(self) -> int:
        """Samples that one context window covers."""
        return self.n_fft + (self.n_frames - 1) * self.hop_length
