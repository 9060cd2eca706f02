"""What the product is compared with computes the same."""

import numpy as np
import pytest
import torch

from asd_monitor.models.detectors.group_made import Architecture
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.frontend import LogMel
from asd_monitor.models.training.mel import mel_filters
from benchmarks.reference import TextbookGroupMade, clip_log_mel, hop_log_mel
from tests.support.bundles import random_group_made
from tests.support.sounds import noise

FEATURES = FeatureConfig()


@pytest.mark.parametrize("name", ["idnn", "lr"])
def test_the_textbook_scores_as_the_product_does(name: str) -> None:
    architecture = Architecture(ordering=name, components=10, hidden=(32, 16, 32))
    made = random_group_made(architecture)
    tensors = made.tensors()
    textbook = TextbookGroupMade(
        architecture,
        FEATURES,
        weights=[tensors[f"weight.{i}"] for i in range(4)],
        biases=[tensors[f"bias.{i}"] for i in range(4)],
    )
    windows = np.random.default_rng(0).standard_normal((40, 5, 128), dtype=np.float32)
    with torch.no_grad():
        by_textbook = textbook(torch.from_numpy(windows)).numpy()
    np.testing.assert_allclose(made.score_windows(windows)[0], by_textbook, atol=1e-4)


def test_librosas_front_ends_give_the_products_frames() -> None:
    sound = noise(8_000)
    frames = LogMel(FEATURES, mel_filters(FEATURES)).push(sound)
    np.testing.assert_allclose(clip_log_mel(sound, FEATURES), frames, atol=1e-3)
    np.testing.assert_allclose(hop_log_mel(sound, FEATURES), frames, atol=1e-3)
