"""Fitting lowers the held-out NLL towards the entropy, the same way for the same seed."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from asd_monitor.models.detectors.group_made import Architecture
from asd_monitor.models.errors import AsdMonitorError, InsufficientSoundError
from asd_monitor.models.training.group_made import fit_group_made
from asd_monitor.models.training.loop import FittingLoop, WindowSet
from asd_monitor.models.training.scoring_network import ScoringNetwork
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.sound import FitReport, Runs, TrainingSound
from tests.support.fitting import SMALL, Epochs, ignore, steady_frames, training_sound, white_frames

GAUSSIAN_ENTROPY = 0.5 * math.log(2 * math.pi * math.e)
ARCHITECTURE = Architecture(ordering="idnn", components=1, hidden=(16, 16))
SETTINGS = TrainingSettings(epochs=25, patience=25, gain_range_db=0)


def fit_idnn(
    sound: TrainingSound, settings: TrainingSettings, *, epochs: Epochs | None = None
) -> tuple[list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]], FitReport]:
    weights, _, report = fit_group_made(ARCHITECTURE, sound, settings, epochs or ignore)
    return weights, report


def test_approaches_the_entropy_of_independent_gaussians() -> None:
    frames, stopping = (0.5 * white_frames(8_000, seed=seed) + 1 for seed in (0, 1))
    report = fit_idnn(training_sound(frames, stopping), SETTINGS)[1]
    assert report.nll_held_out == pytest.approx(GAUSSIAN_ENTROPY + math.log(0.5), abs=0.02)


def test_learns_what_neighbouring_frames_tell() -> None:
    sound = training_sound(steady_frames(6_000), steady_frames(1_000, seed=1))
    epochs = Epochs()
    report = fit_idnn(sound, replace(SETTINGS, epochs=15), epochs=epochs)[1]
    assert report.nll_held_out < epochs.done[0].nll_held_out
    assert report.nll_held_out < GAUSSIAN_ENTROPY - 0.5


def test_a_seed_gives_the_same_weights_and_another_seed_others() -> None:
    sound = training_sound(white_frames(2_000), white_frames(500, seed=1))
    settings = TrainingSettings(epochs=2, seed=5)
    first, again = fit_idnn(sound, settings)[0], fit_idnn(sound, settings)[0]
    other = fit_idnn(sound, replace(settings, seed=6))[0]
    for one, two, three in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(one, two)
        assert (one != three).any()


def test_fitting_leaves_the_global_generator_alone() -> None:
    sound = training_sound(white_frames(1_000), white_frames(500, seed=1))
    state = torch.get_rng_state()
    fit_idnn(sound, TrainingSettings(epochs=1))
    assert torch.equal(torch.get_rng_state(), state)


def test_fitting_gives_torchs_threads_back() -> None:
    n_threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        sound = training_sound(white_frames(100), white_frames(100))
        seen: list[int] = []
        fit_group_made(
            ARCHITECTURE,
            sound,
            TrainingSettings(epochs=1),
            lambda _epoch: seen.append(torch.get_num_threads()),
        )
        assert (seen, torch.get_num_threads()) == ([1], 2)
    finally:
        torch.set_num_threads(n_threads)


def test_stops_after_its_patience_and_keeps_the_best_weights() -> None:
    few = training_sound(white_frames(40), white_frames(300, seed=1))
    settings = TrainingSettings(epochs=500, patience=5, gain_range_db=0)
    epochs = Epochs()
    weights, report = fit_idnn(few, settings, epochs=epochs)
    held_out = [epoch.nll_held_out for epoch in epochs.done]
    assert len(held_out) == report.epochs + 5 < 500
    assert report.nll_held_out == min(held_out) == held_out[report.epochs - 1]
    until_best = fit_idnn(few, replace(settings, epochs=report.epochs))[0]
    for kept, best in zip(weights, until_best, strict=True):
        np.testing.assert_array_equal(kept, best)


def test_reports_every_epoch() -> None:
    sound = training_sound(white_frames(600), white_frames(200, seed=1))
    epochs = Epochs()
    fit_idnn(sound, TrainingSettings(epochs=3), epochs=epochs)
    assert [epoch.epoch for epoch in epochs.done] == [1, 2, 3]
    assert {epoch.n_epochs for epoch in epochs.done} == {3}
    elapsed = [epoch.elapsed_s for epoch in epochs.done]
    assert elapsed == sorted(elapsed)


def test_a_network_fitted_with_gains_minds_a_gain_less() -> None:
    frames, stopping = steady_frames(6_000), steady_frames(1_000, seed=1)
    louder = training_sound(frames, stopping + np.float32(1.5))
    plain = fit_idnn(louder, replace(SETTINGS, epochs=8))[1]
    robust = fit_idnn(louder, replace(SETTINGS, epochs=8, gain_range_db=6.0))[1]
    assert robust.nll_held_out < plain.nll_held_out - 0.2


class Recorder(ScoringNetwork):
    """Keeps the windows it is shown; its score can be told to diverge."""

    def __init__(self, score: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(score))
        self.shown: list[Tensor] = []

    def forward(self, windows: Tensor) -> Tensor:
        if self.training:
            self.shown.append(windows)
        return self.weight.expand(len(windows)) * 1.0


def recorded(gain_range_db: float) -> Tensor:
    """What a network sees of silence in standardised units."""
    silence = np.zeros((300, SMALL.n_mels), np.float32)
    sound = replace(
        training_sound(silence, silence[:5]),
        std_db=np.arange(1, SMALL.n_mels + 1, dtype=np.float32),
    )
    recorder = Recorder()
    settings = TrainingSettings(epochs=1, gain_range_db=gain_range_db)
    generator = torch.Generator().manual_seed(0)
    FittingLoop(recorder, sound, settings, generator=generator).run(ignore)
    return recorder.shown[0]


def test_a_gain_is_one_offset_in_db_for_all_of_a_window() -> None:
    gain_db = recorded(6.0) * torch.arange(1, SMALL.n_mels + 1)
    of_window = gain_db[:, :1, :1]
    torch.testing.assert_close(gain_db, of_window.expand_as(gain_db))
    assert len(set(of_window.flatten().tolist())) > 290
    assert -6 <= of_window.min() < -5.5
    assert 5.5 < of_window.max() <= 6


def test_a_range_of_zero_switches_gains_off() -> None:
    assert not recorded(0.0).any()


@pytest.mark.parametrize("score", [math.nan, math.inf])
def test_a_diverged_loss_is_one_sentence(score: float) -> None:
    sound = training_sound(white_frames(20), white_frames(20))
    generator = torch.Generator().manual_seed(0)
    loop = FittingLoop(Recorder(score), sound, TrainingSettings(), generator=generator)
    with pytest.raises(AsdMonitorError, match="diverged in epoch 1"):
        loop.run(ignore)


def test_windows_are_cut_within_runs_only() -> None:
    runs = Runs.of(
        *(
            np.arange(first, first + n, dtype=np.float32)[:, None].repeat(2, axis=1)
            for first, n in ((0, 7), (100, 3), (200, 5))
        )
    )
    windows = WindowSet(runs, n_frames=5)
    firsts = windows.windows(torch.arange(len(windows)))[:, :, 0]
    assert firsts[:, 0].tolist() == [0, 1, 2, 200]
    torch.testing.assert_close(firsts - firsts[:, :1], torch.arange(5.0).expand(4, 5))


def test_runs_shorter_than_a_window_are_refused() -> None:
    with pytest.raises(InsufficientSoundError, match="context window"):
        WindowSet(Runs.of(white_frames(4)), n_frames=5)
