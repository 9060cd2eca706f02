"""The limit of a processor core: how fast it multiplies matrices."""

import numpy as np

SIDE = 512
FLOP = 2 * SIDE**3


class MatrixProduct:
    """A square product whose three matrices of a mebibyte each stay near the core.

    Args:
        dtype: of the numbers, ``float32`` or ``float64``.
    """

    def __init__(self, dtype: str = "float32") -> None:
        values = np.random.default_rng(0).standard_normal((SIDE, SIDE))
        self._left = values.astype(dtype)
        self._result = np.empty_like(self._left)

    def __call__(self) -> None:
        """Multiply once: `FLOP` floating-point operations."""
        np.matmul(self._left, self._left, out=self._result)
