"""Several bundles as one: an ensemble whose members were trained apart."""

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from asd_monitor.models.bundle import Bundle
from asd_monitor.models.errors import BundleError
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.provenance import Provenance


def combine(bundles: Sequence[Bundle]) -> Bundle:
    """Put the members of some bundles into one.

    What was fitted stays as it is. How the scores of the members become one depends on the machine
    and is for its calibration to say (`asd_monitor.models.fusion`).

    Args:
        bundles: one at least, all with the same features.

    Returns:
        The bundle, not yet saved. Its provenance tells of the first bundle's training, but names
        the sound that any of them has seen, so that none of it is taken for fresh, and no
        siblings, for nothing was trained like all of it.

    Raises:
        BundleError: two bundles do not hear the same features, so that they cannot share a scorer,
            or are one and the same.
    """
    first = bundles[0]
    _require_each_once(bundles)
    for number, other in enumerate(bundles[1:], start=2):
        _require_same_features(first, other, number)
    return replace(
        first,
        members=tuple(member for bundle in bundles for member in bundle.members),
        provenance=_joined([bundle.provenance for bundle in bundles]),
        fingerprint="",
    )


def _require_each_once(bundles: Sequence[Bundle]) -> None:
    first_of: dict[str, int] = {}
    for number, bundle in enumerate(bundles, start=1):
        known = first_of.setdefault(bundle.fingerprint, number)
        if known != number and bundle.fingerprint:
            raise BundleError(f"bundle {number} is bundle {known} once more; name each once")


def _require_same_features(first: Bundle, other: Bundle, number: int) -> None:
    differing = [
        f"{field.name} {there} instead of {here}"
        for field in fields(FeatureConfig)
        if (here := getattr(first.features, field.name))
        != (there := getattr(other.features, field.name))
    ]
    if not differing and not np.array_equal(first.mel_filters, other.mel_filters):
        differing = ["its mel filters"]
    if differing:
        raise BundleError(
            f"bundle {number} was trained on other features than the first "
            f"({', '.join(differing)}); train both with the same version"
        )


def _joined(known: Sequence[Provenance]) -> Provenance:
    # In the order in which they were named, each once.
    stretches = dict.fromkeys(stretch for each in known for stretch in each.stretches)
    return replace(
        known[0],
        created_at=max(each.created_at for each in known),
        stretches=tuple(stretches),
        siblings=(),
    )
