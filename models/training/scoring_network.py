"""What the fitting loop needs of a network."""

import torch
from torch import Tensor, nn


class ScoringNetwork(nn.Module):
    """Maps standardised context windows ``(n, n_frames, n_mels)`` to their scores ``(n,)``.

    The mean of the scores is what is to become small. A network that knows a shorter way to it, or
    to its gradient, than torch's takes that.
    """

    @torch.no_grad()
    def mean_score(self, windows: Tensor) -> float:
        """The mean of the windows' scores."""
        return float(self(windows).mean())

    def differentiate(self, windows: Tensor) -> float:
        """The same; its gradient takes the place of the one that the parameters had."""
        self.zero_grad(set_to_none=False)
        score: Tensor = self(windows).mean()
        score.backward()  # type: ignore[no-untyped-call]
        return float(score.detach())
