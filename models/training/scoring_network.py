"""What the fitting loop needs of a network."""

from torch import Tensor, nn


class ScoringNetwork(nn.Module):
    """Maps standardised context windows ``(n, n_frames, n_mels)`` to their scores ``(n,)``."""

    def mean_score(self, windows: Tensor) -> Tensor:
        """What is to become small, a single number; a network that knows a shorter way takes it."""
        scores: Tensor = self(windows)
        return scores.mean()
