"""Random gains, drawn and in expectation."""

import numpy as np
import pytest
import torch

from asd_monitor.models.training.gain import gain_covariance, with_random_gain


def test_the_covariance_of_gains_is_that_of_gains_drawn() -> None:
    std_db = np.array([1, 2, 4], np.float32)
    silence = torch.zeros(50_000, 2, 3)
    gained = with_random_gain(
        silence,
        std_db=torch.from_numpy(std_db),
        range_db=6.0,
        generator=torch.Generator().manual_seed(0),
    )
    drawn = np.cov(gained.flatten(1).numpy().T)
    known = gain_covariance(std_db=std_db, n_frames=2, range_db=6.0)
    np.testing.assert_allclose(known, drawn, rtol=0.03)
    assert known[0, 0] == pytest.approx(12)


def test_a_range_of_zero_adds_nothing() -> None:
    assert not gain_covariance(std_db=np.ones(3, np.float32), n_frames=2, range_db=0.0).any()
