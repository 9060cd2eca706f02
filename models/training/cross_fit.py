"""Cross-fitting: a bundle trained on all sound, and siblings that have each not seen one block.

The siblings are for the calibration alone, as in cross-conformal prediction (V. Vovk,
"Cross-conformal predictors", Annals of Mathematics and Artificial Intelligence 74, 2015).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from asd_monitor.models.bundle import Bundle
from asd_monitor.models.training.blocks import Block, blocks_of_time
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.train import Report, train

Keep = Callable[[Bundle], Bundle]
"""Writes a sibling and returns it with its fingerprint."""

Begin = Callable[[], None]
"""Told that the next training begins."""


def cross_fit(
    recordings: Sequence[Path],
    settings: TrainingSettings,
    progress: Report,
    *,
    n_blocks: int,
    keep: Keep,
    begin: Begin,
) -> Bundle:
    """Train the siblings and then the bundle itself, all with the same settings.

    Args:
        recordings: sound files, and folders of them.
        settings: what to train and how; ``hold_out`` is left out of every training.
        progress: told of every file read or skipped and of every epoch.
        n_blocks: blocks of time, and so siblings.
        keep: called with each sibling as soon as it is trained.
        begin: called before each training.

    Returns:
        The bundle, not yet saved, which names its siblings.

    Raises:
        AsdMonitorError: see `asd_monitor.models.training.train.train`.
    """
    fingerprints = []
    for number, block in enumerate(blocks_of_time(n_blocks, hold_out=settings.hold_out), start=1):
        begin()
        sibling = keep(train(recordings, _without(settings, block, number), progress))
        fingerprints.append(sibling.fingerprint)
    begin()
    bundle = train(recordings, settings, progress)
    return replace(bundle, provenance=replace(bundle.provenance, siblings=tuple(fingerprints)))


def _without(settings: TrainingSettings, block: Block, number: int) -> TrainingSettings:
    return replace(
        settings, block=block, checkpoint=sibling_checkpoint(settings.checkpoint, number)
    )


def sibling_checkpoint(checkpoint: Path | None, number: int) -> Path | None:
    """Where the unfinished fit of a sibling is kept, beside that of the bundle."""
    return checkpoint and checkpoint.with_name(f"{checkpoint.name}-{number}")
