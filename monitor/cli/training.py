"""What `asd-monitor train` does: one network, or several that are cross-fitted."""

from collections.abc import Sequence
from pathlib import Path

from asd_monitor.models.bundle import Bundle
from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.siblings import save_sibling
from asd_monitor.models.training.progress import (
    EpochDone,
    FileRead,
    SoundSkipped,
    TrainingProgress,
)
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.monitor.cli.console import note
from asd_monitor.monitor.cli.progress import Advance, progress


def train_bundle(
    paths: Sequence[Path], settings: TrainingSettings, target: Path, *, n_blocks: int | None
) -> Bundle:
    """Train and show how far it has come; siblings, if there are to be any, are written.

    Args:
        paths: recordings and folders of them.
        settings: what to train and how.
        target: where the bundle is to be.
        n_blocks: of the siblings; None for none.

    Returns:
        The bundle, not yet saved.

    Raises:
        ConfigurationError: the packages that only training needs are not installed.
        AsdMonitorError: see `asd_monitor.models.training.train.train`.
    """
    try:
        # Seconds of import, which no other command shall wait for.
        from asd_monitor.models.training.cross_fit import cross_fit  # noqa: PLC0415
        from asd_monitor.models.training.train import train  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"training needs {error.name}, which is not installed; "
            "install it with: pip install 'asd-monitor[train]'"
        ) from error
    with progress("training") as advance:
        if n_blocks is None:
            return train(paths, settings, lambda happened: _show(happened, advance))
        course = _Course(n_blocks + 1, advance)
        return cross_fit(
            paths,
            settings,
            lambda happened: _show(happened, course.advance),
            n_blocks=n_blocks,
            keep=lambda sibling: save_sibling(sibling, target),
            begin=course.begin,
        )


class _Course:
    """Progress through several trainings."""

    def __init__(self, n_trainings: int, advance: Advance) -> None:
        self._n_trainings = n_trainings
        self._advance = advance
        self._number = 0

    def begin(self) -> None:
        """Go on to the next training."""
        self._number += 1

    def advance(self, share: float, detail: str) -> None:
        """Show the share done of the present one."""
        whole = (self._number - 1 + share) / self._n_trainings
        self._advance(whole, f"network {self._number} of {self._n_trainings}, {detail}")


def _show(happened: TrainingProgress, advance: Advance) -> None:
    match happened:
        case FileRead(n_read=n_read, n_files=n_files):
            advance(0.0, f"read {n_read} of {n_files} files")
        case SoundSkipped(reason=reason):
            note(f"left out: {reason}")
        case EpochDone():
            advance(happened.epoch / happened.n_epochs, _say(happened))


def _say(done: EpochDone) -> str:
    """In so few words that they fit beside the bar on 80 columns."""
    found = f"loss {done.loss:.4f}, held-out {done.nll_held_out:.4f}"
    if done.n_epochs == 1:
        return f"in one pass: {found}"
    return f"epoch {done.epoch}: {found}, best {done.best_epoch}"
