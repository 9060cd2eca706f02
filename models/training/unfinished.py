"""Where an unfinished training is kept: beside the bundle that is to come of it."""

import glob
from pathlib import Path


def unfinished_path(bundle: Path) -> Path:
    """The checkpoint of the training that is to end in a bundle's file."""
    return bundle.with_name(f"{bundle.name}.unfinished")


def discard_unfinished(bundle: Path) -> None:
    """Remove the checkpoint of a bundle that is finished, and those of its siblings.

    Raises:
        OSError: one cannot be removed.
    """
    for checkpoint in bundle.parent.glob(f"{glob.escape(unfinished_path(bundle).name)}*"):
        checkpoint.unlink(missing_ok=True)
