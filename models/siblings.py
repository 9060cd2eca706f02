"""Bundles trained like another one, each without one block of its sound.

A bundle scores the sound it was fitted on too well to set thresholds by it. Where it has siblings,
every block is fresh for one of them, so that all of the sound can be used for both. They lie in a
folder beside it under their fingerprints, so that a bundle finds its own whatever else lies there.
"""

from pathlib import Path

from asd_monitor.models.bundle import Bundle, load_bundle, save_bundle
from asd_monitor.models.errors import BundleError

FOLDER = "siblings"
_NEW = "unnamed"


def save_sibling(sibling: Bundle, bundle: Path) -> Bundle:
    """Write a sibling where `load_siblings` finds it.

    Args:
        sibling: trained without one block.
        bundle: file of the bundle it belongs to, which need not exist yet.

    Returns:
        The sibling with its fingerprint.

    Raises:
        BundleError: the file cannot be written.
    """
    unnamed = bundle.parent / FOLDER / f"{_NEW}{bundle.suffix}"
    saved = save_bundle(sibling, unnamed)
    unnamed.replace(_place(bundle, saved.fingerprint))
    return saved


def load_siblings(bundle: Bundle, path: Path) -> tuple[Bundle, ...]:
    """Read the siblings of a bundle.

    Args:
        bundle: the bundle.
        path: of its file.

    Returns:
        All of them in the order of their blocks; none where it was trained without.

    Raises:
        BundleError: one is missing or damaged.
    """
    return tuple(_load(path, fingerprint) for fingerprint in bundle.provenance.siblings)


def _load(bundle: Path, fingerprint: str) -> Bundle:
    place = _place(bundle, fingerprint)
    if not place.exists():
        raise BundleError(
            f"{bundle} was trained with --cross-fit, and {place}, which calibrates it, is missing;"
            " copy that folder along, or train again"
        )
    sibling = load_bundle(place)
    if sibling.fingerprint != fingerprint:
        raise BundleError(f"{place} is not the file that {bundle} was trained with; train again")
    return sibling


def _place(bundle: Path, fingerprint: str) -> Path:
    return bundle.parent / FOLDER / f"{fingerprint[:16]}{bundle.suffix}"
