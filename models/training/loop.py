"""Fits a network that maps context windows to scores; knows nothing else of it."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from asd_monitor.models.errors import AsdMonitorError, InsufficientSoundError
from asd_monitor.models.training.checkpoint import Checkpoint, fit_key
from asd_monitor.models.training.fit_state import FitState
from asd_monitor.models.training.flat_parameters import FlatParameters
from asd_monitor.models.training.gain import with_random_gain
from asd_monitor.models.training.progress import EpochDone
from asd_monitor.models.training.scoring_network import ScoringNetwork
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.sound import FitReport, Runs, TrainingSound

LEARNING_RATE = 0.001
BATCH_WINDOWS = 512
GRADIENT_NORM_MAX = 5.0


class WindowSet:
    """The context windows of unbroken runs, cut out of the frames when they are asked for.

    Args:
        runs: standardised frames.
        n_frames: frames per window.

    Raises:
        InsufficientSoundError: no run is as long as a window.
    """

    def __init__(self, runs: Runs, *, n_frames: int) -> None:
        run_starts = np.cumsum([0, *runs.lengths])[:-1]
        starts = [
            np.arange(start, start + length - n_frames + 1)
            for start, length in zip(run_starts, runs.lengths, strict=True)
        ]
        if not any(len(of_run) for of_run in starts):
            raise InsufficientSoundError(
                "no stretch of sound is as long as a context window; record longer stretches"
            )
        self._frames = torch.from_numpy(runs.frames)
        self._starts = torch.from_numpy(np.concatenate(starts))
        self._offsets = torch.arange(n_frames)

    def __len__(self) -> int:
        return len(self._starts)

    def windows(self, indices: Tensor) -> Tensor:
        """The windows of those numbers, ``(n, n_frames, n_mels)``."""
        places = self._starts[indices, None] + self._offsets
        return self._frames.index_select(0, places.flatten()).reshape(*places.shape, -1)

    def sample(self, n_windows: int) -> Tensor:
        """So many windows, or all if they are fewer, evenly spread over the runs."""
        n_chosen = min(n_windows, len(self))
        return self.windows(torch.linspace(0, len(self) - 1, n_chosen).round().long())


class FittingLoop:
    """Adam on random batches until the held-out score no longer falls; the best weights win.

    Works on the graphics processor where torch finds one. What was interrupted goes on with the
    pass after the last one that was kept, to the same end, bit for bit.

    Args:
        network: maps windows to their scores, lower is better.
        sound: to fit and to stop on.
        settings: epochs, patience, gain range, checkpoint.
        generator: of shuffling and gains.
    """

    def __init__(
        self,
        network: ScoringNetwork,
        sound: TrainingSound,
        settings: TrainingSettings,
        *,
        generator: torch.Generator,
    ) -> None:
        self._checkpoint = settings.checkpoint and Checkpoint(
            settings.checkpoint, key=fit_key(network, sound, settings)
        )
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._network = network.to(self._device)
        self._settings = settings
        self._fitted = WindowSet(sound.fitted, n_frames=sound.features.n_frames)
        self._stopping = WindowSet(sound.stopping, n_frames=sound.features.n_frames)
        self._std_db = torch.from_numpy(sound.std_db).to(self._device)
        self._parameters = FlatParameters(self._network)
        optimiser = torch.optim.Adam([self._parameters.vector], lr=LEARNING_RATE, fused=True)
        self._state = FitState(network, optimiser, generator)

    def run(self, progress: Callable[[EpochDone], None]) -> FitReport:
        """Fit the network, which then holds its best weights.

        Raises:
            AsdMonitorError: the loss became infinite or NaN.
            ConfigurationError: the checkpoint cannot be written.
        """
        with _one_thread():
            return self._run(progress)

    def _run(self, progress: Callable[[EpochDone], None]) -> FitReport:
        began = time.monotonic()
        state = self._state
        self._resume()
        while not self._is_done():
            loss = self._finite(self._train_epoch())
            held_out = self._finite(self._mean_score(self._stopping))
            state.finish_epoch(held_out)
            self._keep()
            progress(
                EpochDone(
                    epoch=state.epoch,
                    n_epochs=self._settings.epochs,
                    loss=loss,
                    nll_held_out=held_out,
                    best_epoch=state.best_epoch,
                    elapsed_s=time.monotonic() - began,
                )
            )
        state.restore_best()
        report = FitReport(
            epochs=state.best_epoch,
            nll_fitted=self._mean_score(self._fitted),
            nll_held_out=state.best_score,
        )
        self._network.cpu()
        return report

    def _is_done(self) -> bool:
        waited = self._state.epoch - self._state.best_epoch
        return self._state.epoch >= self._settings.epochs or waited >= self._settings.patience

    def _resume(self) -> None:
        if self._checkpoint and (kept := self._checkpoint.load()):
            self._state.load(kept)

    def _keep(self) -> None:
        if self._checkpoint:
            self._checkpoint.save(self._state.tensors())

    def _train_epoch(self) -> float:
        """Mean loss of one pass over the fitted windows."""
        self._network.train()
        order = torch.randperm(len(self._fitted), generator=self._state.generator)
        losses = [self._step(batch) * len(batch) for batch in _batches(order)]
        return math.fsum(losses) / len(order)

    def _step(self, batch: Tensor) -> float:
        windows = self._fitted.windows(batch).to(self._device)
        loss = self._network.differentiate(self._with_random_gain(windows))
        self._parameters.limit_gradient(GRADIENT_NORM_MAX)
        self._state.optimiser.step()
        return loss

    def _with_random_gain(self, windows: Tensor) -> Tensor:
        return with_random_gain(
            windows,
            std_db=self._std_db,
            range_db=self._settings.gain_range_db,
            generator=self._state.generator,
        )

    def _mean_score(self, windows: WindowSet) -> float:
        self._network.eval()
        scores = [
            len(batch) * self._network.mean_score(windows.windows(batch).to(self._device))
            for batch in _batches(torch.arange(len(windows)))
        ]
        return math.fsum(scores) / len(windows)

    def _finite(self, score: float) -> float:
        if not math.isfinite(score):
            raise AsdMonitorError(
                f"training diverged in epoch {self._state.epoch + 1}, its loss is {score}; try "
                "another seed, or leave out recordings that are much louder or quieter than the "
                "others"
            )
        return score


def _batches(indices: Tensor) -> tuple[Tensor, ...]:
    """As few batches as possible, all but equally large: none is too small to normalise over."""
    return indices.tensor_split(math.ceil(len(indices) / BATCH_WINDOWS))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let torch work on one core.

    For networks this small a second core saves a tenth of the time, but costs tenfold where it
    is shared, for then each of thousands of short operations waits for the other thread. The
    weights of a seed do not depend on the number of cores either.
    """
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)
