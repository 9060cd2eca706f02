"""What the product is compared with computes the same."""

from itertools import islice

import numpy as np
import pytest
import torch

from asd_monitor.models.detectors.group_made import Architecture
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.frontend import LogMel
from asd_monitor.models.training.loop import BATCH_WINDOWS, FittingLoop, WindowSet
from asd_monitor.models.training.mel import mel_filters
from asd_monitor.models.training.network import GroupMadeNetwork
from asd_monitor.models.training.settings import TrainingSettings
from benchmarks.reference import TextbookGroupMade, clip_log_mel, hop_log_mel, textbook_epochs
from tests.support.bundles import random_group_made
from tests.support.fitting import SMALL, Epochs, steady_frames, training_sound
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


@pytest.mark.parametrize("name", ["idnn", "lr"])
def test_the_textbook_learns_as_the_product_does(name: str) -> None:
    architecture = Architecture(ordering=name, components=10, hidden=(32, 16, 32))
    frames = steady_frames(200)
    sound = training_sound(frames, frames[:50])
    # All windows are one batch, so that it does not matter how they are shuffled.
    windows = WindowSet(sound.fitted, n_frames=SMALL.n_frames).sample(BATCH_WINDOWS)
    generator = torch.Generator().manual_seed(0)
    network = GroupMadeNetwork(architecture, SMALL, generator=generator)
    weights, biases = network.folded()
    textbook = TextbookGroupMade(architecture, SMALL, weights=weights, biases=biases)
    passes = textbook_epochs(textbook, windows, windows[:50], batch_windows=BATCH_WINDOWS)
    told = Epochs()
    settings = TrainingSettings(epochs=30, patience=30, gain_range_db=0)
    FittingLoop(network, sound, settings, generator=generator).run(told)
    losses = [epoch.loss for epoch in told.done]
    np.testing.assert_allclose(losses, list(islice(passes, 30)), rtol=1e-5)
    assert losses[-1] < losses[0] - 0.1


def test_librosas_front_ends_give_the_products_frames() -> None:
    sound = noise(8_000)
    frames = LogMel(FEATURES, mel_filters(FEATURES)).push(sound)
    np.testing.assert_allclose(clip_log_mel(sound, FEATURES), frames, atol=1e-3)
    np.testing.assert_allclose(hop_log_mel(sound, FEATURES), frames, atol=1e-3)
